"""Business days of made-up filings, distributed over the hours as EDGAR's are.

Counts and hours follow recorded days: 180 to 240 current reports, peaks at 08:00 and after 16:00, 11 to 18 held
overnight, few with several registrants. At the height of a season for results there are 1,200, of which 120 within five
minutes.
"""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta

from watcher.hours import HELD_FROM, Calendar, from_new_york
from watcher.model import Filer, Filing
from watcher.simulator.filings import SimulatedFiling
from watcher.simulator.writing import Part, write_submission

BURST = 120
"""Filings in the five minutes after 16:05 of a heavy day."""
HEAVY_DAY = 1200
ORDINARY_DAY = 220

_HOURS = {6: 6, 7: 9, 8: 19, 9: 9, 10: 5, 11: 5, 12: 5, 13: 4, 14: 4, 15: 5, 16: 58, 17: 35, 18: 3, 19: 2, 20: 2, 21: 1}
_ITEMS = (
    ("8.01",),
    ("7.01", "9.01"),
    ("2.02", "9.01"),
    ("5.02",),
    ("1.01", "9.01"),
    ("5.07",),
    ("2.02", "7.01", "9.01"),
)
# Few come between 17:30, when filing for the day ends, and 22:00.
_LAST_SECOND = {17: 1900}
_FORMS = ("8-K",) * 36 + ("8-K/A",) * 3 + ("8-K12B",)
_COMPANIES = 4000


def business_day(
    day: date, *, filings: int = ORDINARY_DAY, burst: int = 0, calendar: Calendar | None = None
) -> list[SimulatedFiling]:
    """The current reports accepted on a business day, oldest first; the same day always has the same ones."""
    calendar = calendar or Calendar()
    dice = random.Random(day.toordinal())  # noqa: S311 - a made-up day is no secret
    times = [_moment(day, dice) for _ in range(filings - burst)]
    start = from_new_york(day, time(16, 5))
    times += [start + timedelta(seconds=dice.uniform(0, 300)) for _ in range(burst)]
    return [_filing(day, n, moment, dice, calendar) for n, moment in enumerate(sorted(times), start=1)]


def heavy_day(day: date, *, calendar: Calendar | None = None) -> list[SimulatedFiling]:
    """A day at the height of a season for results."""
    return business_day(day, filings=HEAVY_DAY, burst=BURST, calendar=calendar)


def _moment(day: date, dice: random.Random) -> datetime:
    (hour,) = dice.choices(list(_HOURS), weights=list(_HOURS.values()))
    return from_new_york(day, time(hour)) + timedelta(seconds=dice.randrange(_LAST_SECOND.get(hour, 3600)))


def _filing(day: date, n: int, accepted_at: datetime, dice: random.Random, calendar: Calendar) -> SimulatedFiling:
    held = accepted_at >= from_new_york(day, HELD_FROM)
    first = dice.randrange(_COMPANIES)
    registrants = dice.choices((1, 2, 4), weights=(95, 4, 1))[0]
    filing = Filing(
        accession_number=f"{990_000 + day.toordinal() % 10_000:010}-{day:%y}-{n:06}",
        form=dice.choice(_FORMS),
        filers=tuple(
            Filer(5_000_000 + (first + k) % _COMPANIES, f"EXAMPLE COMPANY {(first + k) % _COMPANIES}")
            for k in range(registrants)
        ),
        accepted_at=accepted_at,
        filed_on=calendar.next_business_day(day) if held else day,
        items=dice.choice(_ITEMS),
    )
    return made_up(filing)


def made_up(filing: Filing) -> SimulatedFiling:
    """A filing with a small submission that says what its facts say; it needs its filers, times and items."""
    if filing.accepted_at is None:
        raise ValueError(f"filing {filing.accession_number} has no acceptance time")
    return SimulatedFiling(filing, write_submission(filing, _parts(filing)), filing.accepted_at)


def _parts(filing: Filing) -> list[Part]:
    company = filing.filers[0].name
    items = "".join(f"<p>Item {code}. What happened at {company}.</p><p>It is told here.</p>" for code in filing.items)
    parts = [Part(filing.form, f"<html><body>{items}<p>SIGNATURE</p></body></html>", "form8-k.htm")]
    if "9.01" in filing.items:
        release = f"<html><body><p>{company} Announces an Example</p><p>Nothing of it is real.</p></body></html>"
        parts.append(Part("EX-99.1", release, "ex99-1.htm"))
    return parts
