"""Rules that suddenly fire a lot, or have gone quiet, and those about which nothing can be said."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from watcher.health.frequency import odd_rules

TODAY = date(2026, 3, 31)


def _days(first: int, last: int, count: int) -> dict[date, int]:
    """So many on each day from `first` days ago to `last` days ago."""
    return {TODAY - timedelta(days=ago): count for ago in range(last, first + 1)}


STEADY = _days(35, 0, 100)


@pytest.mark.parametrize(
    ("matches", "filings", "odd"),
    [
        (_days(35, 1, 2) | _days(0, 0, 20), STEADY, "busy"),
        (_days(35, 1, 2) | _days(0, 0, 19), STEADY, ""),
        (_days(35, 1, 6) | _days(0, 0, 24), STEADY, ""),
        (_days(0, 0, 30), STEADY, "busy"),
        (_days(0, 0, 30), _days(3, 0, 100), ""),
        (_days(35, 7, 2), STEADY, "quiet"),
        (_days(35, 6, 2), STEADY, ""),
        (_days(35, 7, 1), STEADY, ""),
        (_days(35, 7, 2), _days(35, 7, 100), ""),
        (_days(35, 7, 2), _days(35, 7, 100) | _days(6, 0, 40), ""),
        ({}, STEADY, ""),
        ({}, {}, ""),
    ],
)
def test_what_is_odd_is_told_by_what_was_before(matches, filings, odd):
    """Busy is much more than ever before; quiet is nothing although filings enough were read to expect ten matches."""
    troubles = odd_rules({"rule": matches}, filings, rules=["rule"], today=TODAY)
    assert list(troubles) == ([f"rule rule {odd}"] if odd else [])


def test_only_rules_in_force_are_judged():
    """A rule that was taken away has not gone quiet."""
    assert odd_rules({"gone": _days(35, 7, 2)}, STEADY, rules=["other"], today=TODAY) == {}
