"""When to ask EDGAR, how far back a poll must look, and when to try again.

The feed sorts by acceptance, but filings do not appear in that order: current reports accepted after 17:30 New York
time are held and appear at 06:00 of the next business day *behind* rows already seen. So a poll is never steered by the
newest row it knows, but by how far back it has looked. Times are meant on EDGAR's clock: add `clock_skew` to one's own.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from enum import StrEnum

from watcher.errors import EdgarBlocked, EdgarError, EdgarRefused, EdgarUnavailable
from watcher.hours import OPENS, Calendar, from_new_york, new_york
from watcher.settings import EdgarSettings

PAGE = 100
"""Rows that one page is asked for, the most that EDGAR gives."""
OVERLAP = 20
"""Rows that two pages share, because rows move down while one asks."""
LAST_START = 5000
"""EDGAR lists 5,100 rows; asking further is answered like an outage."""

STEADY_REACH = timedelta(minutes=20)
_EVENING = time(17, 0)
_SWEEP_UNTIL = time(6, 15)
_SWEEP_EVERY = timedelta(seconds=30)
_DEEP_EVERY = timedelta(minutes=10)
_DOWNTIME = timedelta(minutes=10)

_JITTER = 0.1
_FIRST_BACK_OFF, _LONGEST_BACK_OFF = timedelta(seconds=5), timedelta(minutes=2)

# The submission usually comes within a minute of its row, at times only after twenty.
_TRY_AGAIN_AFTER = tuple(timedelta(seconds=seconds) for seconds in (5, 10, 15, 20, 30, 60, 120, 240))
GIVE_UP_FETCHING_AFTER = timedelta(hours=1)

_AUDIT_AT = time(6, 30)


class Crawl(StrEnum):
    """How a crawl through the feed's pages ended."""

    COMPLETE = "complete"
    """It looked back as far as it had to."""
    HORIZON = "horizon"
    """EDGAR lists no more: what is older must come from the daily indexes."""


def clock_skew(edgar_at: datetime, *, now: datetime) -> timedelta:
    """How far EDGAR's clock is ahead of ours, from the feed's own `updated`; it counts whole seconds."""
    skew = edgar_at - now
    return timedelta(0) if abs(skew) <= timedelta(seconds=2) else skew


def evening_before(moment: datetime, calendar: Calendar) -> datetime:
    """17:00 New York time of the business day before: no filing released that morning was accepted earlier."""
    return from_new_york(calendar.previous_business_day(new_york(moment).date()), _EVENING)


def is_deep_poll_due(
    *, now: datetime, last_success_at: datetime | None, last_deep_at: datetime | None, calendar: Calendar
) -> bool:
    """Whether the next poll has to look past the evening before: after downtime, at the release, and now and then."""
    if last_success_at is None or last_deep_at is None or now - last_success_at > _DOWNTIME:
        return True
    if now < last_deep_at:  # our clock was set back
        return True
    local = new_york(now)
    released = calendar.is_business_day(local.date()) and local.time() >= OPENS
    if released and new_york(last_deep_at) < local.replace(hour=OPENS.hour, minute=0, second=0, microsecond=0):
        return True
    in_sweep = released and local.time() < _SWEEP_UNTIL
    return now - last_deep_at >= (_SWEEP_EVERY if in_sweep else _DEEP_EVERY)


def reach_back_to(*, now: datetime, last_success_at: datetime | None, deep: bool, calendar: Calendar) -> datetime:
    """The acceptance time past which a poll must look, so that nothing listed since the last success is left out."""
    known_until = min(last_success_at or now, now)
    if not deep:
        return known_until - STEADY_REACH
    # After downtime a release may have been missed that held filings of the evening before it.
    return evening_before(known_until, calendar)


def next_start(
    start: int, *, rows: int, new_rows: int, reaches_back_to: datetime | None, reach_to: datetime
) -> int | Crawl:
    """Where the next page starts, or how the crawl ended.

    A crawl goes on until a page holds nothing new and reaches back far enough, or the list ends.
    """
    if rows < PAGE or reaches_back_to is None:
        return Crawl.COMPLETE
    if not new_rows and reaches_back_to < reach_to:
        return Crawl.COMPLETE
    following = start + PAGE - OVERLAP
    return following if following <= LAST_START else Crawl.HORIZON


def next_poll_at(*, now: datetime, settings: EdgarSettings, calendar: Calendar, jitter: float) -> datetime:
    """When to poll again after a success; `jitter` is a random number from 0 to 1 and shifts it by up to a tenth."""
    if calendar.is_open(now):
        return now + _jittered(settings.poll_interval, jitter)
    due = now + _jittered(settings.quiet_poll_interval, jitter)
    return min(due, opens_at(now, calendar) + timedelta(seconds=jitter))


def opens_at(now: datetime, calendar: Calendar) -> datetime:
    """The next moment at which EDGAR begins to accept filings."""
    day = new_york(now).date()
    today = from_new_york(day, OPENS)
    if calendar.is_business_day(day) and now < today:
        return today
    return from_new_york(calendar.next_business_day(day), OPENS)


def next_poll_after(error: EdgarError, *, failures: int, now: datetime, jitter: float) -> datetime | None:
    """When to poll again after the n-th failure in a row; None where asking again is useless until somebody acts."""
    if isinstance(error, EdgarRefused):
        return None
    if isinstance(error, EdgarBlocked):
        return max(error.until, now) + timedelta(seconds=1 + jitter)
    back_off: timedelta = min(_FIRST_BACK_OFF * 2 ** min(max(failures - 1, 0), 10), _LONGEST_BACK_OFF)
    asked_for = error.retry_after if isinstance(error, EdgarUnavailable) else None
    return now + max(_jittered(back_off, jitter), asked_for or timedelta(0))


def next_fetch_at(*, seen_at: datetime, attempts: int, now: datetime) -> datetime | None:
    """When to ask again for a submission that was not there at the n-th attempt; None once it is left to the audit."""
    if now - seen_at >= GIVE_UP_FETCHING_AFTER:
        return None
    return now + _TRY_AGAIN_AFTER[min(max(attempts, 1), len(_TRY_AGAIN_AFTER)) - 1]


def next_audit_at(*, now: datetime, calendar: Calendar) -> datetime:
    """The next business morning's moment for auditing the business day before it."""
    day = new_york(now).date()
    if not calendar.is_business_day(day) or now >= from_new_york(day, _AUDIT_AT):
        day = calendar.next_business_day(day)
    return from_new_york(day, _AUDIT_AT)


def _jittered(interval: timedelta, jitter: float) -> timedelta:
    return interval * (1 + _JITTER * (2 * jitter - 1))
