"""EDGAR's clock: New York time, business days, and the hours in which it accepts filings.

Source: 17 CFR 232.12(c): filings are accepted 6:00-22:00 Eastern on weekdays except federal holidays.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Self
from zoneinfo import ZoneInfo

from watcher.settings import EdgarSettings

if TYPE_CHECKING:
    from holidays import HolidayBase

NEW_YORK = ZoneInfo("America/New_York")
OPENS = time(6, 0)
CLOSES = time(22, 0)
# 8-Ks accepted after 17:30 are held and released the next business morning.
HELD_FROM = time(17, 30)


def new_york(moment: datetime) -> datetime:
    """The same moment on New York's clock."""
    return moment.astimezone(NEW_YORK)


def from_new_york(day: date, at: time) -> datetime:
    """The UTC moment of a New York wall-clock time."""
    return datetime.combine(day, at, NEW_YORK).astimezone(UTC)


@dataclass(frozen=True)
class Calendar:
    """Which days EDGAR works: weekdays less federal holidays, corrected by the user's overrides."""

    closed_on: AbstractSet[date] = frozenset()
    open_on: AbstractSet[date] = frozenset()

    @classmethod
    def of(cls, edgar: EdgarSettings) -> Self:
        """The calendar as the user's settings correct it."""
        return cls(closed_on=edgar.closed_on, open_on=edgar.open_on)

    @cached_property
    def _federal(self) -> HolidayBase:
        # Imported here: it is the slowest import of the package, and most commands need no calendar.
        from holidays.countries.united_states import US

        return US()  # type: ignore[no-untyped-call]

    def is_business_day(self, day: date) -> bool:
        """Whether EDGAR accepts filings on that New York day."""
        if day in self.open_on:
            return True
        return day.weekday() < 5 and day not in self.closed_on and day not in self._federal

    def previous_business_day(self, day: date) -> date:
        """The last business day before that day."""
        day -= timedelta(days=1)
        while not self.is_business_day(day):
            day -= timedelta(days=1)
        return day

    def next_business_day(self, day: date) -> date:
        """The first business day after that day."""
        day += timedelta(days=1)
        while not self.is_business_day(day):
            day += timedelta(days=1)
        return day

    def is_open(self, moment: datetime) -> bool:
        """Whether EDGAR accepts filings at that moment."""
        local = new_york(moment)
        return self.is_business_day(local.date()) and OPENS <= local.time() < CLOSES
