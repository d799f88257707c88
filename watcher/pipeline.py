"""The main job in two steps: `poll` sees what EDGAR lists, `evaluate` reads a filing and queues its alerts."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from watcher.cadence import PAGE, Crawl, next_audit_at, next_fetch_at, next_start
from watcher.errors import EdgarBlocked, EdgarRefused, EdgarUnavailable, NotYetAvailable, ParseError
from watcher.feed import UnreadableRow, merge_entries, parse_feed, scan_feed
from watcher.forms import is_watched
from watcher.hours import Calendar, new_york
from watcher.match import could_match, match_rules
from watcher.model import Alert, CurrentReport, Delivery, Filing, Match
from watcher.report import read_report
from watcher.rules import RuleSet, Topics
from watcher.settings import EdgarSettings
from watcher.store import DueFiling, Seen, Store, merge_filers, without_texts
from watcher.submission import parse_submission

log = logging.getLogger(__name__)

# A body that cannot be read may have been cut off: it is fetched again this often before it is given up.
_READING_TRIES = 4
_LONGEST_WAIT = timedelta(days=7)
_NO_WAIT = timedelta(0)


class Feed(Protocol):
    """Where filings are listed."""

    def fetch_feed_page(self, *, form: str, start: int, count: int = 100) -> bytes:
        """One page of the current-filings feed."""


class Archive(Protocol):
    """Where filings are kept."""

    def fetch_submission(self, filing: Filing) -> bytes:
        """A complete submission."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one poll saw."""

    new: tuple[str, ...] = ()
    gained: tuple[str, ...] = ()
    pages: int = 0
    unreadable_rows: tuple[UnreadableRow, ...] = ()
    edgar_clock: datetime | None = None
    """EDGAR's own time when it made the first page."""
    reached: bool = True
    """False where EDGAR's list ended before it reached back far enough: the daily indexes know the rest."""


def poll(
    edgar: Feed,
    store: Store,
    settings: EdgarSettings,
    *,
    now: datetime,
    reach_back_to: datetime,
    alert_all: bool = False,
) -> Sighting:
    """Look at EDGAR's list until a page holds nothing new and reaches back far enough.

    On a fresh database everything listed becomes the baseline, seen without alerting. With `alert_all` everything
    that was accepted since `reach_back_to` is read, whether or not the database is fresh.

    Raises:
        EdgarError, FeedError: there was no usable answer; what the pages before it listed is kept.
    """
    if alert_all:
        with store.transaction():
            store.start_watch(since=min(reach_back_to, store.watched_since() or reach_back_to), at=now)
            store.reopen_baseline(since=reach_back_to, at=now)
    baseline = store.watched_since() is None
    seen = _join([_look(edgar, store, form, settings, now, reach_back_to, baseline) for form in settings.forms])
    if baseline:
        # Only now: a baseline that was laid by half goes on as one.
        store.start_watch(since=reach_back_to, at=now)
        log.info("baseline laid filings=%d", len(seen.new))
    return seen


def _look(
    edgar: Feed,
    store: Store,
    form: str,
    settings: EdgarSettings,
    now: datetime,
    reach_back_to: datetime,
    baseline: bool,
) -> Sighting:
    sightings: list[Sighting] = []
    following: int | Crawl = 0
    while not isinstance(following, Crawl):
        body = edgar.fetch_feed_page(form=form, start=following, count=PAGE)
        scan = scan_feed(body)
        sighting = Sighting(pages=1, edgar_clock=scan.updated_at)
        odd = set(scan.unlinked) - store.known_accession_numbers(scan.unlinked) if scan.unlinked else ()
        if odd or not store.knows_registrants(scan.registrants):
            page = parse_feed(body)
            filings = [filing for filing in merge_entries(page.entries) if is_watched(filing.form, settings.forms)]
            seen = _see(store, filings, now, baseline)
            sighting = replace(sighting, new=seen.new, gained=seen.gained, unreadable_rows=page.unreadable_rows)
        sightings.append(sighting)
        following = next_start(
            following,
            rows=scan.rows,
            # What is older than the baseline's reach is not alerted on later either.
            new_rows=0 if baseline else len(sighting.new) + len(sighting.gained),
            reaches_back_to=scan.reaches_back_to,
            reach_to=reach_back_to,
        )
    return replace(_join(sightings), reached=following is Crawl.COMPLETE)


def _see(store: Store, filings: Iterable[Filing], now: datetime, baseline: bool) -> Seen:
    """Remember what a page lists; what was filed on an earlier day, while nobody looked, is late."""
    today = new_york(now).date()
    late = {
        filing.accession_number: f"filed on {filing.filed_on:%Y-%m-%d}, and seen only on {today:%Y-%m-%d}"
        for filing in filings
        if filing.filed_on and filing.filed_on < today and not baseline
    }
    return store.see(filings, at=now, baseline=baseline, late=late)


def _join(sightings: Sequence[Sighting]) -> Sighting:
    return Sighting(
        new=tuple(number for sighting in sightings for number in sighting.new),
        gained=tuple(number for sighting in sightings for number in sighting.gained),
        pages=sum(sighting.pages for sighting in sightings),
        unreadable_rows=tuple(row for sighting in sightings for row in sighting.unreadable_rows),
        edgar_clock=next((sighting.edgar_clock for sighting in sightings if sighting.edgar_clock), None),
        reached=all(sighting.reached for sighting in sightings),
    )


class Outcome(StrEnum):
    """What came of trying to read a filing."""

    READ = "read"
    NOT_NEEDED = "not needed"
    """No rule could match it by company, form or item, and it was not downloaded."""
    DEFERRED = "deferred"
    UNREADABLE = "unreadable"


def evaluate(
    due: DueFiling,
    archive: Archive,
    store: Store,
    rules: RuleSet,
    *,
    plan: Callable[[Alert], Delivery],
    now: datetime,
    fetch: str = "all",
    calendar: Calendar,
) -> Outcome:
    """Read one filing and queue what the rules say about it; `plan` makes an alert a delivery.

    A filing that cannot be had or read is put off, and given up at last; both are kept in the store.

    Raises:
        EdgarBlocked, EdgarRefused: nothing can be asked of EDGAR for now; the filing waits.
        StoreError: the database cannot be used; the filing is still unread.
    """
    number = due.filing.accession_number
    filing = with_tickers(due.filing, store.tickers_of)
    if fetch == "needed" and not could_match(rules, filing):
        store.mark_read(number, at=now, considered=filing.filers)
        return Outcome.NOT_NEEDED
    try:
        body = archive.fetch_submission(filing)
        report = read_filing(filing, body, store.tickers_of, topics=rules.topics)
        matches = match_rules(rules, report)
    except (EdgarBlocked, EdgarRefused):
        raise
    except NotYetAvailable as error:
        until = next_fetch_at(seen_at=due.seen_at, attempts=due.tries + 1, now=now)
        return _await(due, store, str(error), until or next_audit_at(now=now, calendar=calendar), now=now)
    except EdgarUnavailable as error:
        until = next_fetch_at(seen_at=now, attempts=due.tries + 1, now=now)
        return _await(due, store, str(error), max(until or now, now + (error.retry_after or _NO_WAIT)), now=now)
    except ParseError as error:
        return _put_off(due, store, str(error), now=now)
    except Exception as error:
        # A poison filing must not stop its neighbours, whatever it triggers in the reading of it.
        log.exception("filing failed accession_number=%s", number)
        return _put_off(due, store, f"{type(error).__name__}: {error}", now=now)
    _keep(due, report, matches, store, plan, now=now)
    return Outcome.READ


def _await(due: DueFiling, store: Store, reason: str, until: datetime, *, now: datetime) -> Outcome:
    """Ask again later for what EDGAR did not give; after a week it will not come any more."""
    number = due.filing.accession_number
    if now - due.seen_at > _LONGEST_WAIT:
        store.mark_unreadable(number, at=now, error=reason)
        log.error("filing given up accession_number=%s reason=%s", number, reason)
        return Outcome.UNREADABLE
    store.defer_filing(number, error=reason, until=until, charged=False)
    log.info("filing deferred accession_number=%s until=%s reason=%s", number, until.isoformat(), reason)
    return Outcome.DEFERRED


def _put_off(due: DueFiling, store: Store, error: str, *, now: datetime) -> Outcome:
    """Have a filing sent again that came and could not be read; give it up when that does not help."""
    number = due.filing.accession_number
    if due.failures + 1 >= _READING_TRIES:
        store.mark_unreadable(number, at=now, error=error)
        log.error("filing unreadable accession_number=%s reason=%s", number, error)
        return Outcome.UNREADABLE
    until = next_fetch_at(seen_at=now, attempts=due.failures + 1, now=now) or now
    store.defer_filing(number, error=error, until=until)
    return Outcome.DEFERRED


TickersOf = Callable[[int], tuple[str, ...]]
"""From a CIK to its tickers in the company list."""


def with_tickers(filing: Filing, tickers_of: TickersOf) -> Filing:
    """The filing with the tickers that the company list gives its filers."""
    return replace(
        filing,
        filers=tuple(
            replace(filer, tickers=filer.tickers or tickers_of(filer.cik)) if filer.cik else filer
            for filer in filing.filers
        ),
    )


def read_filing(
    filing: Filing | None, body: bytes, tickers_of: TickersOf, *, topics: Topics | None = None
) -> CurrentReport:
    """The report of a submission, with the company list's tickers for every registrant it names.

    `topics` are those to look for, by default the shipped ones.

    Raises:
        SubmissionError: the bytes are not a submission.
    """
    submission = parse_submission(body)
    if filing is None:
        filing = Filing(submission.accession_number, submission.form, ())
    listed = replace(filing, filers=merge_filers(filing.filers, submission.filers))
    return read_report(submission, with_tickers(listed, tickers_of), topics=topics)


def _keep(
    due: DueFiling,
    report: CurrentReport,
    matches: Sequence[Match],
    store: Store,
    plan: Callable[[Alert], Delivery],
    *,
    now: datetime,
) -> None:
    number = due.filing.accession_number
    # The list's number is the key, whatever a header says.
    report = replace(report, accession_number=number)
    with store.transaction():  # all of it, or the filing is still unread
        earlier = store.matches_of(number)
        known = {match.rule_id for match in earlier}
        report = replace(report, amends=store.filing_amended_by(report))
        fresh = [match for match in matches if match.rule_id not in known]
        store.save_report(report)
        store.save_matches(number, fresh, at=now)
        told = {name for match in earlier if not match.shadow for name in match.notify}
        alerts = alerts_by_receiver(report, fresh, seen_at=due.seen_at, late=due.late, told=told)
        deliveries = [
            replace(plan(alert), thread=store.receipt_of(number, alert.receiver) or "")
            if alert.continues
            else plan(alert)
            for alert in alerts
        ]
        store.enqueue(deliveries)
        store.mark_read(number, at=now, considered=(*due.filing.filers, *report.filers))
    for match in fresh:
        log.info("rule matched accession_number=%s rule=%s shadow=%s", number, match.rule_id, match.shadow)
    log.info("filing read accession_number=%s rules=%d alerts=%d", number, len(fresh), len(alerts))


def alerts_by_receiver(
    report: CurrentReport,
    matches: Iterable[Match],
    *,
    seen_at: datetime,
    late: str = "",
    told: Iterable[str] = (),
) -> list[Alert]:
    """One alert for each receiver, however many rules matched; `told` already has one on this filing."""
    facts = without_texts(report)
    by_receiver: dict[str, list[Match]] = {}
    for match in matches:
        for receiver in () if match.shadow else dict.fromkeys(match.notify):
            by_receiver.setdefault(receiver, []).append(match)
    return [
        Alert(receiver, facts, tuple(found), seen_at, late, _continues(found) if receiver in told else "")
        for receiver, found in by_receiver.items()
    ]


def _continues(matches: Iterable[Match]) -> str:
    return "also matches " + ", ".join(sorted(match.rule_id for match in matches))
