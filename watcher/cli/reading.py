"""`watcher read` and `watcher explain`: what the parser and the rules see."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from watcher.cli.options import config_option, json_option, rules_of
from watcher.cli.output import moment, printable, show_json, with_progress
from watcher.cli.sources import Reader, Reading, count_files
from watcher.errors import UsageError

if TYPE_CHECKING:
    from watcher.match import Explanation
    from watcher.model import CurrentReport
    from watcher.rules import RuleSet, Topics


@click.command()
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@click.option("--text", is_flag=True, help="Include the text of items and exhibits.")
@json_option
@config_option
def read(sources: tuple[str, ...], text: bool, as_json: bool, config: Path) -> None:
    """Show what the parser sees in filings.

    SOURCE is a submission file (.txt, .nc), a primary document (.htm), a folder of such files, an accession number or
    an EDGAR URL.

    \b
    Examples:
      watcher read filing.txt
      watcher read filings/ --json --text
      watcher read 0001144204-17-013452
    """
    from watcher.messages.data import report_data

    def show(reading: Reading, report: CurrentReport) -> None:
        if as_json:
            show_json({"source": reading.source, **report_data(report, text=text)})
        else:
            _show_report(reading.source, report, text=text)

    _each(sources, config, show, as_json=as_json)


@click.command()
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@click.option("--rules", "rule_path", type=click.Path(path_type=Path), help="Rules to use instead of the config's.")
@json_option
@config_option
def explain(sources: tuple[str, ...], rule_path: Path | None, as_json: bool, config: Path) -> None:
    """For every rule: whether it matches a filing, and why or why not, with the evidence.

    \b
    Examples:
      watcher explain filing.txt
      watcher explain 0001144204-17-013452 --rules rules/biotech.yaml
    """
    from watcher.match import explain_rules

    rules = rules_for(rule_path, config)

    def show(reading: Reading, report: CurrentReport) -> None:
        explanations = explain_rules(rules, report)
        if as_json:
            explained = [explanation_object(explanation) for explanation in explanations]
            show_json(
                {"source": reading.source, "accession_number": report.accession_number or None, "rules": explained}
            )
        else:
            _show_explanations(report, explanations)

    _each(sources, config, show, as_json=as_json, topics=rules.topics)


def _each(
    sources: tuple[str, ...],
    config: Path,
    show: Callable[[Reading, CurrentReport], None],
    *,
    as_json: bool,
    topics: Topics | None = None,
) -> None:
    """Show every source; what cannot be read is told in its place, and the exit code is 1 in the end."""
    failed = False
    with Reader(config) as reader:
        # On a terminal the readings themselves show how far it is.
        total = 0 if sys.stdout.isatty() else count_files(sources)
        for reading in with_progress(reader.read(sources, topics=topics), total, "Reading"):
            if reading.report is not None:
                show(reading, reading.report)
                continue
            failed = True
            if as_json:
                show_json({"source": reading.source, "error": reading.error})
            else:
                click.echo(printable(f"{reading.source}: {reading.error}"), err=True)
    if failed:
        click.get_current_context().exit(1)


def rules_for(rule_path: Path | None, config: Path) -> RuleSet:
    """The rules of a path (of a file with the `topics.yaml` beside it), of the config, or of the folder `rules`."""
    from watcher.rules import TOPICS_FILE_NAME, load_rules

    if rule_path is not None:
        beside = rule_path.parent / TOPICS_FILE_NAME
        return load_rules([rule_path, beside] if rule_path.is_file() and beside.is_file() else [rule_path])
    if config.exists():
        return rules_of(config)
    if Path("rules").is_dir():
        return load_rules([Path("rules")])
    raise UsageError(
        f"There are no rules to explain: name some with --rules, or a config that does ({config} is missing)."
    )


def explanation_object(explanation: Explanation) -> dict[str, Any]:
    """One rule's answer as `explain --json` prints it."""
    from watcher.messages.data import evidence_data

    return {
        "id": explanation.rule_id,
        "matched": explanation.matched,
        "because": list(explanation.because),
        "why_not": list(explanation.why_not),
        "evidence": [evidence_data(evidence) for evidence in explanation.evidence],
    }


def _show_report(source: str, report: CurrentReport, *, text: bool) -> None:
    names = ", ".join(
        filer.name + (f" ({', '.join(filer.tickers)})" if filer.tickers else "") for filer in report.filers
    )
    click.secho(printable(f"{report.form} of {names or 'an unnamed company'}"), bold=True)
    accepted = f", accepted {moment(report.accepted_at)}" if report.accepted_at else ""
    click.echo(printable(f"  {report.accession_number or source}{accepted}"))
    for item in report.items:
        where = "" if item.in_header and item.in_body else " (header only)" if item.in_header else " (body only)"
        click.echo(printable(f"  Item {item.code}  {item.title}{where}"))
        if text:
            click.echo(_indented(report.body[item.start : item.end]))
    for exhibit in report.exhibits:
        kind = "" if exhibit.kind == "other" else exhibit.kind
        what = ", ".join(filter(None, (kind, "" if exhibit.searched else "not searchable")))
        shown = ": ".join(filter(None, (what, exhibit.headline or exhibit.description)))
        click.echo(printable(f"  {exhibit.type}  {shown}").rstrip())
        if text:
            click.echo(_indented(exhibit.text))
    if report.topics:
        click.echo(f"  Topics: {', '.join(topic.name for topic in report.topics)}")
    for warning in report.warnings:
        click.secho(printable(f"  Note: {warning}"), fg="yellow")
    click.echo()


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in printable(text).splitlines())


def _show_explanations(report: CurrentReport, explanations: list[Explanation]) -> None:
    name = report.filers[0].name if report.filers else "an unnamed company"
    click.secho(printable(f"{report.form} {report.accession_number} of {name}"), bold=True)
    for explanation in explanations:
        mark, colour = ("matches", "green") if explanation.matched else ("does not match", "red")
        click.echo(f"  {explanation.rule_id} " + click.style(mark, fg=colour))
        for reason in explanation.because:
            click.echo(printable(f"    + {reason}"))
        for reason in explanation.why_not:
            click.echo(printable(f"    - {reason}"))
        for evidence in explanation.evidence:
            where, before, found, after = map(
                printable, (evidence.where, evidence.before, evidence.found, evidence.after)
            )
            click.echo(f"      {where}: {before}{click.style(found, bold=True)}{after}")
    click.echo()
