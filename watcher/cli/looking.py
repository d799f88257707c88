"""`watcher filings`, `deliveries`, `search`, `audit`, `status` and `backup`: looking into the state."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from watcher.cli.options import (
    config_option,
    edgar_of,
    existing_store,
    json_option,
    no_receiver,
    now,
    read_day,
    settings_of,
)
from watcher.cli.output import moment, show_json, show_table
from watcher.errors import UsageError
from watcher.model import DeliveryState, FilingState

if TYPE_CHECKING:
    from watcher.health import Health
    from watcher.model import Delivery
    from watcher.store import FilingRow, Latencies, Passage

_LIMIT = click.option(
    "--limit", metavar="COUNT", type=click.IntRange(1), default=50, show_default=True, help="At most so many."
)

_WHOLE_SECONDS_FROM = 60
_FILING_WORDS = {
    FilingState.SEEN: "waiting",
    FilingState.READ: "read",
    FilingState.UNREADABLE: "unreadable",
    FilingState.BASELINE: "baseline",
}


@click.command()
@click.option("--state", type=click.Choice([str(state) for state in FilingState]), help="Only those that stand there.")
@_LIMIT
@json_option
@config_option
def filings(state: str | None, limit: int, as_json: bool, config: Path) -> None:
    """List the filings that were seen, newest first.

    \b
    Examples:
      watcher filings
      watcher filings --state unreadable --json
    """
    with existing_store(settings_of(config).database) as store:
        rows = store.latest_filings(state=FilingState(state) if state else None, limit=limit)
    if as_json:
        for row in rows:
            show_json(_filing_object(row))
        return
    show_table(
        ("accepted", "accession number", "form", "company", "items", "state", "rules matched"),
        (
            (
                row.filing.accepted_at,
                row.filing.accession_number,
                row.filing.form,
                ", ".join(filer.name for filer in row.filing.filers),
                " ".join(row.filing.items),
                row.state + (f": {row.last_error}" if row.last_error else ""),
                " ".join(row.matched),
            )
            for row in rows
        ),
    )


def _filing_object(row: FilingRow) -> dict[str, Any]:
    filing = row.filing
    return {
        "accession_number": filing.accession_number,
        "form": filing.form,
        "filers": [{"cik": filer.cik, "name": filer.name, "tickers": list(filer.tickers)} for filer in filing.filers],
        "items": list(filing.items),
        "filed_on": filing.filed_on,
        "accepted_at": moment(filing.accepted_at),
        "seen_at": moment(row.seen_at),
        "state": row.state,
        "late": row.late,
        "last_error": row.last_error,
        "url": filing.url,
        "matched": list(row.matched),
    }


@click.command()
@click.option(
    "--state", type=click.Choice([str(state) for state in DeliveryState]), help="Only those that stand there."
)
@click.option("--receiver", metavar="NAME", help="Only those to one receiver.")
@click.option("--retry", "retried", metavar="ID", multiple=True, help="Send a dead delivery again.")
@_LIMIT
@json_option
@config_option
def deliveries(
    state: str | None, receiver: str | None, retried: tuple[str, ...], limit: int, as_json: bool, config: Path
) -> None:
    """List deliveries, newest first; or send dead ones again.

    \b
    Examples:
      watcher deliveries --state dead
      watcher deliveries --retry bbec748b58de62f92a3f
    """
    settings = settings_of(config)
    with existing_store(settings.database, read_only=not retried) as store:
        for delivery_id in retried:
            store.retry_delivery(delivery_id, now=now())
            click.echo(f"The delivery {delivery_id} is pending again; a running watcher sends it.", err=True)
        if retried:
            return
        rows = store.latest_deliveries(state=DeliveryState(state) if state else None, receiver=receiver, limit=limit)
    if receiver and not rows and receiver not in settings.receivers:
        raise no_receiver(receiver, settings, config)
    if as_json:
        for row in rows:
            show_json(_delivery_object(row))
        return
    show_table(
        ("id", "receiver", "state", "accession number", "company", "rules", "tries", "last error"),
        (
            (
                row.id,
                row.receiver,
                row.state,
                row.alert.report.accession_number,
                ", ".join(filer.name for filer in row.alert.report.filers),
                " ".join(match.rule_id for match in row.alert.matches),
                row.attempts,
                row.last_error,
            )
            for row in rows
        ),
    )


def _delivery_object(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "receiver": delivery.receiver,
        "state": delivery.state,
        "accession_number": delivery.alert.report.accession_number,
        "rules": [match.rule_id for match in delivery.alert.matches],
        "created_at": moment(delivery.created_at),
        "due_at": moment(delivery.due_at),
        "attempts": delivery.attempts,
        "last_error": delivery.last_error,
        "sent_at": moment(delivery.sent_at),
        "receipt": delivery.receipt,
        "possibly_repeated": delivery.possibly_repeated,
    }


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("query", metavar="QUERY...", nargs=-1, required=True, type=click.UNPROCESSED)
@click.option("--since", metavar="DAY", type=read_day, help="Only filings filed on or after this day.")
@_LIMIT
@json_option
@config_option
def search(query: tuple[str, ...], since: date | None, limit: int, as_json: bool, config: Path) -> None:
    """Search the texts of stored filings, newest first.

    QUERY is words that must all be there, "phrases in quotes", beginnings (licens*), words that must not be there
    (-merger), and OR between alternatives. The exit code is 1 where nothing is found.

    \b
    Examples:
      watcher search 'licens*' -merger
      watcher search "reverse split" --since 2026-01-01
    """
    with existing_store(settings_of(config).database) as store:
        found = store.search(" ".join(_quoted(term) for term in query), since=since, limit=limit)
    for passage in found if as_json else ():
        show_json(_passage_object(passage))
    if not as_json:
        show_table(
            ("filed", "accession number", "company", "where", "passage"),
            (
                (
                    passage.filing.filed_on,
                    passage.filing.accession_number,
                    ", ".join(filer.name for filer in passage.filing.filers),
                    passage.where,
                    passage.quote,
                )
                for passage in found
            ),
        )
    if not found:
        click.get_current_context().exit(1)


def _quoted(term: str) -> str:
    """A term as it was meant: the shell takes the quotes of a phrase away."""
    return f'"{term}"' if " " in term and not re.search(r'"| OR | -', term) else term


def _passage_object(passage: Passage) -> dict[str, Any]:
    filing = passage.filing
    return {
        "accession_number": filing.accession_number,
        "filed_on": filing.filed_on,
        "filers": [{"cik": filer.cik, "name": filer.name} for filer in filing.filers],
        "where": passage.where,
        "quote": passage.quote,
        "url": filing.url,
    }


@click.command()
@click.argument("day", metavar="[DAY]", required=False, type=read_day)
@json_option
@config_option
def audit(day: date | None, as_json: bool, config: Path) -> None:
    """Compare EDGAR's daily index of DAY with what was seen; without DAY, of the last one that is whole.

    What is missing waits to be read and is alerted on as late by the next `watcher run`.

    \b
    Examples:
      watcher audit
      watcher audit 2026-03-02 --json
    """
    from watcher.audit import audit_day, index_is_whole_at, last_whole_day
    from watcher.hours import Calendar, new_york

    settings = settings_of(config)
    calendar = Calendar.of(settings.edgar)
    audited = day or last_whole_day(now=now(), calendar=calendar)
    if not calendar.is_business_day(audited):
        raise UsageError(f"{audited} ({audited:%A}) was no business day of EDGAR's and has no index; name another.")
    if (whole_at := index_is_whole_at(audited)) > now():
        # Half an index, kept as the day's audit, would hide what was filed after it was made.
        raise UsageError(
            f"EDGAR's index of {audited} is whole only from {new_york(whole_at):%Y-%m-%d %H:%M} New York time on; "
            "name an earlier day, or leave it out."
        )
    with existing_store(settings.database, read_only=False) as store, edgar_of(settings, store) as edgar:
        found = audit_day(edgar, store, settings.edgar.forms, audited, now=now())
    if as_json:
        show_json({"date": found.day, "listed": found.listed, "seen": found.seen, "late": found.late})
    else:
        click.echo(f"{found.day}: listed {found.listed}, seen {found.seen}, late {found.late}")
    if found.late:
        click.get_current_context().exit(1)


@click.command()
@json_option
@config_option
def status(as_json: bool, config: Path) -> None:
    """Say whether the watcher does its work: ok, late or failing, and why. The exit code is 0 only when ok.

    \b
    Examples:
      watcher status
      watcher status --json
    """
    from watcher.health import State, examine

    settings = settings_of(config)
    with existing_store(settings.database) as store:
        health = examine(store, now=now(), edgar=settings.edgar)
        poll = store.jobs().get("poll")
    failure = poll.last_error if poll else ""
    if as_json:
        show_json({**health_object(health), "last_poll_error": failure})
    else:
        _show_health(health, failure)
    if health.state is not State.OK:
        click.get_current_context().exit(1)


def health_object(health: Health) -> dict[str, Any]:
    """The state of the watcher as `status --json` prints it."""
    audit = health.last_audit
    return {
        "state": health.state,
        "reasons": list(health.reasons),
        "last_poll_at": moment(health.last_poll_at),
        "filings": {
            "seen": sum(health.filings.values()),
            "waiting": health.filings[FilingState.SEEN],
            "read": health.filings[FilingState.READ],
            "unreadable": health.filings[FilingState.UNREADABLE],
            "baseline": health.filings[FilingState.BASELINE],
        },
        "deliveries": {str(state): count for state, count in health.deliveries.items()},
        "seconds_from_acceptance_to_delivery": asdict(health.from_acceptance),
        "seconds_from_seen_to_delivery": asdict(health.from_seen),
        "last_audit": audit and {"date": audit.day, "listed": audit.listed, "seen": audit.seen, "late": audit.late},
    }


def _show_health(health: Health, poll_failure: str) -> None:
    colour = {"ok": "green", "late": "yellow", "failing": "red"}[health.state]
    click.secho(health.state, fg=colour, bold=True)
    for reason in health.reasons:
        click.echo(f"  {reason}")
    click.echo(f"last poll   {moment(health.last_poll_at) or 'never'}")
    # Before it has lasted long enough to change the state.
    if poll_failure and not any(poll_failure in reason for reason in health.reasons):
        click.echo(f"  the try after that failed: {poll_failure}")
    counts = ((state, health.filings[state]) for state in FilingState)
    click.echo("filings     " + ", ".join(f"{_FILING_WORDS[state]} {count}" for state, count in counts))
    click.echo("deliveries  " + ", ".join(f"{state} {count}" for state, count in health.deliveries.items()))
    click.echo(f"from acceptance to delivery  {_seconds(health.from_acceptance)}")
    click.echo(f"from seeing to delivery      {_seconds(health.from_seen)}")
    if audit := health.last_audit:
        click.echo(f"last audit  {audit.day}: listed {audit.listed}, seen {audit.seen}, late {audit.late}")


def _seconds(latencies: Latencies) -> str:
    if latencies.p50 is None or latencies.p95 is None:
        return "nothing was sent in the last 7 days"
    return f"{_duration(latencies.p50)} (median), {_duration(latencies.p95)} (95 % within)"


def _duration(seconds: float) -> str:
    from watcher.messages.wording import span

    return f"{seconds:.1f} s" if seconds < _WHOLE_SECONDS_FROM else span(timedelta(seconds=seconds))


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@config_option
def backup(file: Path, config: Path) -> None:
    """Copy the database into FILE, consistent also while a daemon runs; never overwrites.

    \b
    Examples:
      watcher backup copies/2026-03-02.db
    """
    with existing_store(settings_of(config).database) as store:
        store.back_up(file)
    click.echo(f"The database is copied to {file}; to restore it, stop the daemon and put it in place of the old one.")
