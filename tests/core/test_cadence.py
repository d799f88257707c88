"""When EDGAR is asked, and how far back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moments import at

from watcher import cadence
from watcher.cadence import Crawl
from watcher.errors import EdgarBlocked, EdgarRefused, EdgarUnavailable
from watcher.hours import Calendar
from watcher.settings import EdgarSettings

CALENDAR = Calendar()
SETTINGS = EdgarSettings("Example ops@example.com")
FRIDAY, SATURDAY, MONDAY, TUESDAY = date(2026, 3, 6), date(2026, 3, 7), date(2026, 3, 9), date(2026, 3, 10)


@pytest.mark.parametrize(
    ("now", "last_success", "last_deep", "due"),
    [
        (at(TUESDAY, 11), None, None, True),
        (at(TUESDAY, 11), at(TUESDAY, 10, 59), at(TUESDAY, 10, 55), False),
        (at(TUESDAY, 11), at(TUESDAY, 10, 59), at(TUESDAY, 10, 50), True),
        (at(TUESDAY, 11), at(TUESDAY, 10, 30), at(TUESDAY, 10, 55), True),
        (at(TUESDAY, 6), at(TUESDAY, 5, 59), at(TUESDAY, 5, 59, 50), True),
        (at(TUESDAY, 6, 0, 20), at(TUESDAY, 6, 0, 18), at(TUESDAY, 6), False),
        (at(TUESDAY, 6, 0, 30), at(TUESDAY, 6, 0, 28), at(TUESDAY, 6), True),
        (at(SATURDAY, 6, 0, 30), at(SATURDAY, 6), at(SATURDAY, 5, 59), False),
        (at(TUESDAY, 11), at(TUESDAY, 11, 30), at(TUESDAY, 11, 30), True),
    ],
    ids=["first", "steady", "now and then", "downtime", "release", "just swept", "sweep", "weekend", "set back"],
)
def test_deep_polls_come_when_rows_may_appear_behind(now, last_success, last_deep, due):
    """The first poll, the 06:00 release, downtime and a clock set back all make a poll look deep."""
    found = cadence.is_deep_poll_due(now=now, last_success_at=last_success, last_deep_at=last_deep, calendar=CALENDAR)
    assert found is due


def test_steady_poll_reaches_twenty_minutes_past_the_last_success():
    """Between two polls, rows listed late by minutes are still looked for."""
    reach = cadence.reach_back_to(
        now=at(TUESDAY, 11), last_success_at=at(TUESDAY, 10, 59), deep=False, calendar=CALENDAR
    )
    assert reach == at(TUESDAY, 10, 39)


@pytest.mark.parametrize(
    ("now", "last_success", "reach"),
    [
        (at(TUESDAY, 6), at(TUESDAY, 5, 59), at(MONDAY, 17)),
        (at(MONDAY, 6), at(MONDAY, 5, 59), at(FRIDAY, 17)),
        (at(MONDAY, 6), None, at(FRIDAY, 17)),
        (at(TUESDAY, 10), at(MONDAY, 6, 5), at(FRIDAY, 17)),
        (at(TUESDAY, 10), at(TUESDAY, 12), at(MONDAY, 17)),
    ],
    ids=["overnight", "weekend", "first", "downtime over a release", "clock set back"],
)
def test_deep_poll_reaches_past_the_evening_before(now, last_success, reach):
    """A deep poll finds what was held since the evening before the last release that was surely seen."""
    assert cadence.reach_back_to(now=now, last_success_at=last_success, deep=True, calendar=CALENDAR) == reach


@pytest.mark.parametrize(
    ("start", "rows", "new_rows", "oldest", "expected"),
    [
        (0, 100, 0, at(TUESDAY, 9), Crawl.COMPLETE),
        (0, 100, 1, at(TUESDAY, 9), 80),
        (0, 100, 0, at(TUESDAY, 11), 80),
        (80, 37, 37, at(TUESDAY, 11), Crawl.COMPLETE),
        (0, 0, 0, None, Crawl.COMPLETE),
        (4960, 100, 0, at(TUESDAY, 11), Crawl.HORIZON),
        (4920, 100, 0, at(TUESDAY, 11), 5000),
    ],
    ids=["done", "something new", "not far enough", "last page", "empty", "horizon", "last start"],
)
def test_crawl_goes_on_until_nothing_new_and_far_enough(start, rows, new_rows, oldest, expected):
    """Neither a known row nor a page boundary ends a crawl; the horizon is told apart from its end."""
    reached = cadence.next_start(start, rows=rows, new_rows=new_rows, reaches_back_to=oldest, reach_to=at(TUESDAY, 10))
    assert reached == expected


@given(st.floats(0, 1), st.integers(0, 365 * 86400))
def test_polling_never_stops_and_never_sleeps_through_the_opening(jitter, second):
    """The next poll is within the interval of the hour, and at the latest a second after EDGAR opens."""
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
    due = cadence.next_poll_at(now=now, settings=SETTINGS, calendar=CALENDAR, jitter=jitter)
    interval = SETTINGS.poll_interval if CALENDAR.is_open(now) else SETTINGS.quiet_poll_interval
    assert now < due <= now + interval * 1.1
    opening = cadence.opens_at(now, CALENDAR)
    assert due <= opening + timedelta(seconds=1) or CALENDAR.is_open(now)
    assert CALENDAR.is_open(opening)


def test_failures_back_off_and_errors_are_obeyed():
    """Outages are asked about ever more rarely, blocks are waited out, refusals are not asked about at all."""
    now = at(TUESDAY, 11)
    outage = EdgarUnavailable("down")
    waits = [
        (cadence.next_poll_after(outage, failures=n, now=now, jitter=0.5) - now).total_seconds() for n in range(1, 8)
    ]
    assert waits == [5, 10, 20, 40, 80, 120, 120]
    asked = EdgarUnavailable("down", retry_after=timedelta(minutes=7))
    assert cadence.next_poll_after(asked, failures=1, now=now, jitter=0.5) == now + timedelta(minutes=7)
    until = now + timedelta(minutes=10)
    assert cadence.next_poll_after(EdgarBlocked("blocked", until=until), failures=1, now=now, jitter=0) > until
    assert cadence.next_poll_after(EdgarRefused("who?"), failures=1, now=now, jitter=0) is None


def test_missing_submission_is_asked_for_by_age_for_an_hour():
    """The first tries come within seconds, later ones within minutes, and after an hour the audit takes over."""
    now = seen = at(TUESDAY, 11)
    attempts, tries = 1, []
    while following := cadence.next_fetch_at(seen_at=seen, attempts=attempts, now=now):
        tries.append(following)
        now, attempts = following, attempts + 1
    assert sum(moment <= seen + timedelta(minutes=1) for moment in tries) >= 4
    assert timedelta(hours=1) <= tries[-1] - seen < timedelta(minutes=65)
    assert len(tries) < 30


def test_audit_comes_every_business_morning():
    """The audit is due once each business morning, after the release."""
    assert cadence.next_audit_at(now=at(FRIDAY, 5), calendar=CALENDAR) == at(FRIDAY, 6, 30)
    assert cadence.next_audit_at(now=at(FRIDAY, 6, 30), calendar=CALENDAR) == at(MONDAY, 6, 30)
    assert cadence.next_audit_at(now=at(SATURDAY, 12), calendar=CALENDAR) == at(MONDAY, 6, 30)


def test_clock_skew_is_what_the_feed_says():
    """A clock that is off shows; the feed's whole seconds do not."""
    now = at(TUESDAY, 11)
    assert cadence.clock_skew(now + timedelta(minutes=3), now=now) == timedelta(minutes=3)
    assert cadence.clock_skew(now - timedelta(seconds=1.5), now=now) == timedelta(0)
