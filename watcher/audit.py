"""Proof that nothing was missed: EDGAR's daily index against what was seen."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Protocol

from watcher.errors import NotYetAvailable
from watcher.forms import is_watched
from watcher.hours import Calendar, from_new_york, new_york
from watcher.indexes import merge_rows, parse_index
from watcher.model import Filing
from watcher.store import Audit, Store

log = logging.getLogger(__name__)

# The index of a day appears from 22:00 New York time on; by the next morning it is whole.
_INDEX_IS_WHOLE = time(6, 30)
_INDEX_MAY_COME_WITHIN = timedelta(days=5)
_KEPT_DAYS = 60
# What full-text search lists and the list does not show within this time is late.
CONFIRMED_AFTER = timedelta(minutes=9)


class Edgar(Protocol):
    """What an audit asks of EDGAR."""

    def fetch_daily_index(self, day: date) -> bytes:
        """The master index of one day's filings."""

    def search_filings(self, *, form: str, first_day: date, last_day: date) -> list[Filing]:
        """What full-text search lists."""


def audit_days(
    edgar: Edgar, store: Store, forms: Sequence[str], *, now: datetime, calendar: Calendar
) -> Iterator[Audit]:
    """Audit every business day since the last audit whose index is whole by now, oldest first.

    Raises:
        EdgarError, IndexFileError: an index could not be had or read; the audits before it are kept.
    """
    since = store.watched_since()
    if since is None:
        return
    audited = {audit.day for audit in store.audits(limit=_KEPT_DAYS)}
    day = max(new_york(since).date(), new_york(now).date() - timedelta(days=_KEPT_DAYS))
    absent: NotYetAvailable | None = None
    while index_is_whole_at(day := calendar.next_business_day(day)) <= now:
        if day in audited:
            continue
        try:
            yield audit_day(edgar, store, forms, day, now=now)
        except NotYetAvailable as error:
            # An index may come late, and a day on which EDGAR was closed unexpectedly has none.
            if new_york(now).date() - day <= _INDEX_MAY_COME_WITHIN:
                absent = error
                continue
            nothing = Audit(day, listed=0, seen=0, late=0)
            store.save_audit(nothing, at=now)
            yield nothing
    if absent:
        raise absent


def index_is_whole_at(day: date) -> datetime:
    """From when on a day's index holds all that was filed on it."""
    return from_new_york(day + timedelta(days=1), _INDEX_IS_WHOLE)


def last_whole_day(*, now: datetime, calendar: Calendar) -> date:
    """The last business day whose index holds all that was filed on it by now."""
    day = calendar.previous_business_day(new_york(now).date())
    return day if index_is_whole_at(day) <= now else calendar.previous_business_day(day)


def audit_day(edgar: Edgar, store: Store, forms: Sequence[str], day: date, *, now: datetime) -> Audit:
    """Compare one day's index with what was seen, and have what is missing read as late.

    Raises:
        NotYetAvailable: EDGAR has no index of that day (yet): it was closed, or the day is not over.
        EdgarError, IndexFileError: the index could not be had or read.
    """
    try:
        index = parse_index(edgar.fetch_daily_index(day))
    except NotYetAvailable as error:
        raise NotYetAvailable(
            f"EDGAR has no index of {day} (yet): it appears from 22:00 New York time on, and is whole by 06:30; "
            "of a day on which EDGAR was closed there is none.",
            url=error.url,
        ) from error
    for line in index.unreadable_lines:
        log.warning("index line unreadable day=%s line=%r", day, line[:200])
    listed = [filing for filing in merge_rows(index) if is_watched(filing.form, forms)]
    audit = _compare(store, listed, day)
    with store.transaction():
        store.see(listed, at=now, late=f"found by the audit of {day:%Y-%m-%d}")
        store.save_audit(audit, at=now)
    return audit


def _compare(store: Store, listed: Sequence[Filing], day: date) -> Audit:
    seen = store.known_accession_numbers([filing.accession_number for filing in listed])
    late = sum(1 for filing in listed if filing.accession_number not in seen)
    return Audit(day, listed=len(listed), seen=len(listed) - late, late=late)


def search_today(edgar: Edgar, store: Store, forms: Sequence[str], *, now: datetime) -> int:
    """Compare what full-text search lists for today with what was seen; gives how many are suspected to be missing.

    What was suspected `CONFIRMED_AFTER` ago is read as late; the others may still appear in EDGAR's list.

    Raises:
        EdgarError: the search did not answer.
    """
    if store.watched_since() is None:  # everything would be new to a database without its baseline
        return 0
    today = new_york(now).date()
    found = [filing for form in forms for filing in edgar.search_filings(form=form, first_day=today, last_day=today)]
    listed = [filing for filing in found if is_watched(filing.form, forms)]
    known = store.known_accession_numbers([filing.accession_number for filing in listed])
    unseen = {filing.accession_number: filing for filing in listed if filing.accession_number not in known}
    with store.transaction():
        suspected = store.suspect(unseen, at=now)
        late = [number for number, since in suspected.items() if now - since >= CONFIRMED_AFTER]
        store.see((unseen.pop(number) for number in late), at=now, late="found by full-text search")
        store.suspect(unseen, at=now)
    return len(unseen)
