"""`watcher init`, `check` and `schema`: getting the user's files right."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from watcher.cli.options import config_option, edgar_of, read_all
from watcher.errors import ConfigError, DeliveryError, EdgarError, Mistake, ParseError, UsageError, UserFileError

if TYPE_CHECKING:
    from watcher.rules import RuleSet
    from watcher.settings import Settings

# Of stored filings, so much tells how words are spelt: 4 MB are read in a third of a second.
_TEXTS = 400
_CHARACTERS = 10_000


@click.command()
@click.argument("folder", metavar="[DIR]", default=Path(), type=click.Path(path_type=Path, file_okay=False))
@click.option("--user-agent", metavar="TEXT", help="Who asks EDGAR: a name and a mail address that somebody reads.")
@click.option("--slack", "channel", metavar="CHANNEL", help="The id of the Slack channel for alerts, or none.")
@click.option("--mail", "mailbox", metavar="ADDRESS", help="The mailbox for alerts and for trouble, or none.")
@click.option("--smtp", "smtp_host", metavar="HOST", help="The server that takes the mailbox's mail.")
@click.option("--yes", is_flag=True, help="Ask nothing, also on a terminal.")
def init(
    folder: Path,
    user_agent: str | None,
    channel: str | None,
    mailbox: str | None,
    smtp_host: str | None,
    yes: bool,
) -> None:
    """Write a commented config.toml, starter rules and the JSON Schemas into DIR; never overwrites.

    On a terminal it asks three questions first, and what it writes needs no editing. With --user-agent it asks none of
    those that an option answers, and writes the same; otherwise it writes an example to be edited.

    \b
    Examples:
      watcher init desk
      watcher init --user-agent "Acme Research ops@acme.com" --slack C0123456789
    """
    from watcher.cli import newcomer
    from watcher.cli.starter import starter_files

    config = folder / "config.toml"
    starter = starter_files()
    answers: newcomer.Answers | None = None
    if newcomer.is_somebody_there() and not yes and not config.exists():
        answers = newcomer.ask(user_agent=user_agent, channel=channel, mailbox=mailbox, smtp_host=smtp_host)
    elif user_agent is not None:
        answers = newcomer.ask(
            user_agent=user_agent, channel=channel or "", mailbox=mailbox or "", smtp_host=smtp_host or ""
        )
    elif channel or mailbox or smtp_host:
        raise UsageError("Nothing can be sent before EDGAR is asked: say who asks it with --user-agent.")
    if answers:
        starter = newcomer.fitted(starter, answers)
    _write(folder, starter)
    click.echo()
    option = "" if config == Path("config.toml") else f" --config {shlex.quote(str(config))}"
    if answers is None:
        click.echo(f"Next: put your name and mail address into {config}, then run `watcher check{option}`.")
        return
    for variable in answers.variables:
        click.echo(f"Set the environment variable {variable}: secrets do not stand in the file.")
    click.echo(f"Next: `watcher check --online{option}`, then `watcher run{option}`.")


def _write(folder: Path, starter: dict[str, str]) -> None:
    schemas = {
        "config.schema.json": _schema("config"),
        "rules/rules.schema.json": _schema("rules"),
        "rules/topics.schema.json": _schema("topics"),
    }
    files = {**starter, **{name: f"{json.dumps(schema, indent=1)}\n" for name, schema in schemas.items()}}
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            # "x": a link counts as a file that is there, also where what it points to is not.
            with path.open("x", encoding="utf-8") as file:
                file.write(content)
        except FileExistsError:
            click.echo(f"kept     {path}")
        else:
            click.echo(f"written  {path}")


def _schema(of: str, config: Path | None = None) -> dict[str, Any]:
    """A schema; those of rules and topics know the topics and receivers of a config, where there is one."""
    if of == "config":
        from watcher.config import config_schema

        return config_schema()
    from watcher.config import read_outline
    from watcher.rules import load_topics, rules_schema, topics_schema

    if config is None or not config.exists():
        return rules_schema() if of == "rules" else topics_schema()
    outline = read_outline(config)
    topics = load_topics(outline.rules).names
    return rules_schema(topics=topics, receivers=outline.receivers) if of == "rules" else topics_schema(topics=topics)


@click.command()
@click.argument("of", metavar="config|rules|topics", type=click.Choice(["config", "rules", "topics"]))
@config_option
def schema(of: str, config: Path) -> None:
    """Print the JSON Schema of the config, of rule files or of topics.yaml, with the names that your config uses.

    \b
    Examples:
      watcher schema config > config.schema.json
      watcher schema rules > rules/rules.schema.json
    """
    click.echo(json.dumps(_schema(of, config), indent=2))


@click.command()
@click.option("--online", is_flag=True, help="Also ask EDGAR and every receiver; nothing is sent.")
@config_option
def check(online: bool, config: Path) -> None:
    """Check the config, the rules, every rule's examples and your templates; every mistake is told at once.

    \b
    Examples:
      watcher check
      watcher check --online --config desk/config.toml
    """
    from watcher.messages.wording import counted
    from watcher.rules import lint_rules

    settings, rules, mistakes = read_all(config)
    mistakes += _tried_out(settings, rules)
    if settings is None or rules is None or mistakes:
        raise UserFileError(mistakes)
    known_tickers, seen_words = _vocabulary(settings.database)
    for warning in lint_rules(rules, known_tickers=known_tickers, seen_words=seen_words):
        click.echo(f"warning: {warning}", err=True)
    in_force = sum(rule.enabled for rule in rules.rules)
    if not in_force:
        click.echo("warning: no rule is in force, so nobody will be told of any filing", err=True)
    switched_off = len(rules.rules) - in_force
    counts = (counted(len(settings.receivers), "receiver"), counted(len(rules.rules), "rule"))
    click.echo(f"{config}: {', '.join(counts)}{f', {switched_off} switched off' if switched_off else ''}.")
    if online and not _check_online(settings):
        click.get_current_context().exit(1)


def _tried_out(settings: Settings | None, rules: RuleSet | None) -> list[Mistake]:
    """What shows only when templates and examples are tried."""
    from watcher.cli.examples import failed_examples
    from watcher.messages import check_templates

    mistakes: list[Mistake] = []
    if settings is not None and settings.templates:
        try:
            check_templates(settings.templates)
        except ConfigError as error:
            mistakes += error.mistakes
    if rules is not None:
        mistakes += failed_examples(rules)
    return mistakes


def _vocabulary(database: Path) -> tuple[frozenset[str] | None, frozenset[str]]:
    """The company list's tickers and the words that the latest filings use, as far as the database knows them."""
    from watcher.rules import common_words
    from watcher.store import Store

    if not database.exists():
        return None, frozenset()
    with Store(database, read_only=True) as store:
        return store.known_tickers() or None, common_words(store.latest_texts(limit=_TEXTS, characters=_CHARACTERS))


def _check_online(settings: Settings) -> bool:
    # A list: every receiver is asked, also after one that failed.
    answers = [_report(*found) for found in _asked(settings)]
    return all(answers)


def _report(name: str, ok: bool, told: str) -> bool:
    mark = click.style("ok", fg="green") if ok else click.style("failed", fg="red")
    # What a receiver tells begins with its name; what it refuses need not.
    click.echo(f"{mark}  {name}: {told.removeprefix(f'{name}: ')}", err=not ok)
    return ok


def _asked(settings: Settings) -> Iterator[tuple[str, bool, str]]:
    from watcher.feed import merge_entries, parse_feed
    from watcher.messages.wording import counted
    from watcher.notify import open_notifier

    with edgar_of(settings) as edgar:
        try:
            page = parse_feed(edgar.fetch_feed_page(form=settings.edgar.forms[0], start=0))
            listed = counted(len(merge_entries(page.entries)), "filing")
            yield "EDGAR", True, f"lists {listed} on its first page"
        except (EdgarError, ParseError) as error:
            yield "EDGAR", False, str(error)
    for name, receiver in settings.receivers.items():
        notifier = open_notifier(receiver)
        try:
            yield name, True, notifier.check()
        except DeliveryError as error:
            yield name, False, str(error)
        finally:
            notifier.close()
