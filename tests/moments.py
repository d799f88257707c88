"""Moments as tests write them."""

from __future__ import annotations

from datetime import date, datetime, time

from watcher.hours import Calendar, from_new_york


def at(day: date, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A moment of New York's clock."""
    return from_new_york(day, time(hour, minute, second))


def business_days(first: date, count: int) -> list[date]:
    """So many business days from the first one on."""
    calendar, days = Calendar(), [first]
    while len(days) < count:
        days.append(calendar.next_business_day(days[-1]))
    return days
