"""`watcher backtest`: how often rules would have fired."""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from watcher.cli.companies import CompanyList, company_list
from watcher.cli.options import (
    config_option,
    edgar_of,
    existing_store,
    json_option,
    now,
    outline_if_any,
    read_day,
    settings_of,
)
from watcher.cli.output import printable, show_json, show_table, with_progress
from watcher.cli.reading import rules_for
from watcher.cli.sources import submission_files
from watcher.errors import EdgarError, UsageError

if TYPE_CHECKING:
    from watcher.backtest import Backtest, Change, Outcome
    from watcher.model import CurrentReport, Filing
    from watcher.rules import RuleSet

_BAR_WIDTH = 40
_AT_ONCE = 50


class FileReader:
    """Reads submission files with the tickers of a company list; goes to other processes as it is."""

    def __init__(self, tickers_of: CompanyList) -> None:
        self._tickers_of = tickers_of

    def __call__(self, path: Path) -> CurrentReport:
        """The report of a file."""
        from watcher.pipeline import read_filing

        return read_filing(None, path.read_bytes(), self._tickers_of)


@click.command()
@click.argument("sources", metavar="[SOURCE]...", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--rules", "rule_path", type=click.Path(path_type=Path), help="Rules to use instead of the config's.")
@click.option("--against", type=click.Path(path_type=Path), help="Other rules: show what they gain and lose.")
@click.option("--history", type=click.Path(path_type=Path), help="Go over EDGAR's history, kept in this folder.")
@click.option("--since", metavar="DAY", type=read_day, help="Only filings filed on or after this day.")
@click.option("--until", metavar="DAY", type=read_day, help="Only filings filed on or before this day.")
@click.option("--csv", "as_csv", is_flag=True, help="Print every match as a line of CSV.")
@click.option("--html", type=click.Path(path_type=Path), help="Also write a page with charts and sentences.")
@json_option
@config_option
def backtest(
    sources: tuple[Path, ...],
    rule_path: Path | None,
    against: Path | None,
    history: Path | None,
    since: date | None,
    until: date | None,
    as_csv: bool,
    html: Path | None,
    as_json: bool,
    config: Path,
) -> None:
    """Say how often each rule would have fired, and on which filings.

    SOURCE is a submission file or a folder of them. Without one, the filings that the database holds are used, or
    with --history those that EDGAR lists between --since and --until.

    \b
    Examples:
      watcher backtest
      watcher backtest filings/ --rules rules/biotech.yaml --csv
      watcher backtest --history edgar/ --since 2026-01-01 --html page.html
    """
    from watcher.backtest import changes, page, tally

    begun = time.perf_counter()
    if as_csv and as_json:
        raise UsageError("Standard output takes one of --csv and --json.")
    if since and until and until < since:
        raise UsageError(f"Nothing lies between --since {since} and --until {until}; --until is the later day.")
    rules = rules_for(rule_path, config)
    rule_sets = [rules] if against is None else [rules, rules_for(against, config)]
    if history is not None:
        if sources or since is None:
            raise UsageError("--history takes no SOURCE, and needs --since to know where to begin.")
        files: list[Path] | None = _download(history, rule_sets, config, since, until or now().date())
    else:
        files = list(_files(sources)) if sources else None
    held, stopped = _until_stopped(_outcomes(files, rule_sets, config))
    result, *other = (tally(held, each, number=n, since=since, until=until) for n, each in enumerate(rule_sets))
    compared = changes(result, other[0]) if other else None
    if html is not None:
        html.write_text(page(result, compared=compared), encoding="utf-8")
        click.echo(f"The page is written to {html}.", err=True)
    if as_csv:
        _show_csv(result)
    elif as_json:
        show_json(result_object(result, compared, seconds=time.perf_counter() - begun))
    else:
        _show(result, compared)
    for outcome in result.unreadable:
        click.echo(printable(f"{outcome.source}: {outcome.error}"), err=True)
    if result.unreadable or stopped:
        click.get_current_context().exit(1)


def result_object(result: Backtest, compared: tuple[Change, ...] | None, *, seconds: float) -> dict[str, object]:
    """A backtest as `--json` prints it."""
    shown: dict[str, object] = {
        "filings": result.filings,
        "seconds": round(seconds, 3),
        "rules": [
            {
                "id": history.rule_id,
                "matches": len(history.filings),
                "most_in_one_day": history.busiest_day[1] if history.busiest_day else 0,
                "accession_numbers": list(history.accession_numbers),
            }
            for history in result.rules
        ],
    }
    if compared is not None:
        shown["changes"] = [
            {"id": change.rule_id, "gained": list(change.gained), "lost": list(change.lost)} for change in compared
        ]
    return shown


def _outcomes(files: list[Path] | None, rule_sets: list[RuleSet], config: Path) -> Iterator[Outcome]:
    """What the files give, or the database's reports where none are named."""
    from watcher.backtest import outcomes_of_files, outcomes_of_reports

    outline = outline_if_any(config)
    if files is not None:
        with ExitStack() as opened:
            companies = company_list(outline, lambda: opened.enter_context(edgar_of(settings_of(config))))
        found = outcomes_of_files(files, rule_sets, FileReader(companies))
        return with_progress(found, len(files), "Matching")
    if outline is None:
        raise UsageError(f"There is nothing to go over: name files, or a config with a database ({config} is missing).")
    return outcomes_of_reports(_stored_reports(outline.database), rule_sets)


def _until_stopped(outcomes: Iterable[Outcome]) -> tuple[list[Outcome], bool]:
    """The outcomes, on Ctrl-C those that are known by then, and whether that was the end."""
    found: list[Outcome] = []
    try:
        found.extend(outcomes)
    except KeyboardInterrupt:
        if not found:
            raise
        from watcher.messages.wording import counted

        click.echo(f"\nwatcher: Stopped after {counted(len(found), 'filing')}; what follows is about these.", err=True)
        return found, True
    return found, False


def _stored_reports(database: Path) -> Iterator[CurrentReport]:
    """The reports of a database whose texts are kept, a few at a time; how many are gone is said."""
    with existing_store(database) as store:
        numbers, gone = store.filings_with_texts()
        if gone:
            from watcher.messages.wording import counted

            left_out = f"{counted(gone, 'filing')} left out: texts are dropped after `keep_text`"
            click.echo(f"watcher: {left_out}.", err=True)
        for start in range(0, len(numbers), _AT_ONCE):
            yield from store.reports(numbers[start : start + _AT_ONCE])


def _files(sources: Iterable[Path]) -> Iterator[Path]:
    for source in sources:
        if source.is_dir():
            yield from submission_files(source)
        else:
            yield source


def _download(folder: Path, rule_sets: list[RuleSet], config: Path, since: date, until: date) -> list[Path]:
    """The files of the filings of a time that some rule could match."""
    from watcher.backtest import HistoryDownload, filings_between, worth_fetching
    from watcher.store import Store

    settings = settings_of(config)
    with Store(settings.database) as store, edgar_of(settings, store) as edgar:
        companies = company_list(outline_if_any(config), lambda: edgar)
        listed = filings_between(edgar, settings.edgar.forms, since, until, folder=folder, today=now().date())
        wanted = {
            filing.accession_number: filing
            for rules in rule_sets
            for filing in worth_fetching(listed, rules, companies)
        }
        fetched = HistoryDownload(edgar, folder).fetch(list(wanted.values()))
        return _kept(with_progress(fetched, len(wanted), "Downloading"), len(wanted))


def _kept(fetched: Iterator[tuple[Filing, Path | None]], total: int) -> list[Path]:
    """The files that came; broken off, it is said how many are there."""
    kept: list[Path] = []
    try:
        for filing, path in fetched:
            if path is None:
                click.echo(f"{filing.accession_number}: EDGAR's archive does not have it.", err=True)
            else:
                kept.append(path)
    except (EdgarError, KeyboardInterrupt):
        told = f"{len(kept):,} of {total:,} filings are downloaded; the same command goes on from there"
        click.echo(f"\nwatcher: {told}.", err=True)
        raise
    return kept


def _show(result: Backtest, compared: tuple[Change, ...] | None) -> None:
    from watcher.messages.wording import counted

    click.echo(f"{counted(result.filings, 'filing')}, {counted(len(result.rules), 'rule')}", err=True)
    show_table(
        ("rule", "matches", "most in one day", "latest"),
        (
            (
                history.rule_id,
                len(history.filings),
                "{} on {}".format(*reversed(history.busiest_day)) if history.busiest_day else "",
                history.accession_numbers[-1] if history.filings else "",
            )
            for history in result.rules
        ),
    )
    for history in result.rules:
        months = history.per_month
        if len(months) > 1 and sys.stdout.isatty():
            click.echo(f"\n{history.rule_id}")
            most = max(months.values())
            for month, count in months.items():
                click.echo(f"  {month} {'█' * round(count / most * _BAR_WIDTH)} {count}")
    for change in compared or ():
        click.echo(f"{change.rule_id}: gains {len(change.gained)}, loses {len(change.lost)}")
        for sign, numbers in (("+", change.gained), ("-", change.lost)):
            for number in numbers:
                click.echo(f"  {sign} {number}")
    if compared == ():
        click.echo("Both rule sets match the same filings.")


def _show_csv(result: Backtest) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(("rule", "filed_on", "accession_number", "company", "form", "where", "quote", "url"))
    for history in result.rules:
        for outcome, hit in history.filings:
            passage = hit.passage
            writer.writerow(
                map(
                    _csv_cell,
                    (
                        history.rule_id,
                        str(outcome.on or ""),
                        outcome.accession_number,
                        outcome.company,
                        outcome.form,
                        passage.where if passage else "",
                        passage.quote if passage else "; ".join(hit.because),
                        outcome.url,
                    ),
                )
            )


def _csv_cell(text: str) -> str:
    """The text, quoted where a spreadsheet would take it for a formula: filings say what they like."""
    text = printable(text)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\n")) else text
