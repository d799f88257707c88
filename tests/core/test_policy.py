"""When to try again, and when a digest is due."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.policy import backoff, gives_up, next_digest
from watcher.settings import Digest

NOON = datetime(2026, 3, 6, 17, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_waits_grow_from_seconds_to_an_hour():
    """5 s, 30 s, 2 min, 10 min, 30 min, then hourly for ever."""
    minutes = [backoff(failures, jitter=0.5).total_seconds() / 60 for failures in range(1, 9)]
    assert minutes == pytest.approx([5 / 60, 0.5, 2, 10, 30, 60, 60, 60])


@given(st.integers(-1, 1_000), st.floats(0, 1))
def test_jitter_moves_a_wait_by_a_fifth_at_most(failures: int, jitter: float):
    """Receivers that failed together do not come back together, nor much later."""
    plain = backoff(failures, jitter=0.5)
    assert plain * 0.8 - timedelta(microseconds=1) <= backoff(failures, jitter=jitter)
    assert backoff(failures, jitter=jitter) <= plain * 1.2 + timedelta(microseconds=1)


def test_a_delivery_is_tried_for_as_long_as_the_user_says():
    """Given up when it is that old, not before."""
    assert not gives_up(NOON, failures=9, now=NOON + HOUR - timedelta(seconds=1), give_up_after=HOUR)
    assert gives_up(NOON, failures=3, now=NOON + HOUR, give_up_after=HOUR)


def test_one_failure_gives_nothing_up():
    """However old a delivery is, a failure or two may be a clock that was set or a network that is not there yet."""
    assert not gives_up(NOON, failures=2, now=NOON + 99 * HOUR, give_up_after=HOUR)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-03-06T22:29:59Z", "2026-03-06T22:30:00Z"),
        ("2026-03-06T22:30:00Z", "2026-03-07T22:30:00Z"),
        ("2026-03-07T23:00:00Z", "2026-03-08T21:30:00Z"),  # the clocks go forward in between
        ("2026-11-01T02:00:00Z", "2026-11-01T22:30:00Z"),  # and back
    ],
)
def test_a_daily_digest_comes_at_its_hour_in_new_york(now: str, due: str):
    """17:30 is 17:30 on New York's clock, in summer and in winter."""
    daily = Digest(at=time(17, 30))
    assert next_digest(daily, now=datetime.fromisoformat(now)) == datetime.fromisoformat(due)


@given(st.integers(0, 10**8), st.integers(1, 720))
def test_a_frequent_digest_comes_within_its_interval(seconds: int, minutes: int):
    """Alerts wait no longer than the interval, and those of one interval go together."""
    now = NOON + timedelta(seconds=seconds)
    digest = Digest(every=timedelta(minutes=minutes))
    due = next_digest(digest, now=now)
    assert now < due <= now + timedelta(minutes=minutes)
