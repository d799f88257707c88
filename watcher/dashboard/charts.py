"""Figures as geometry: what the templates draw as SVG, without a script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from watcher.hours import Calendar, new_york
from watcher.messages.wording import span
from watcher.store import Audit, Durations

# Seconds; the last bar takes everything beyond.
BOUNDS = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)


@dataclass(frozen=True, slots=True)
class Bar:
    """One column of a chart, in units of its view box."""

    x: float
    y: float
    width: float
    height: float
    label: str
    """What stands under it."""
    tip: str
    value: int


@dataclass(frozen=True, slots=True)
class BarChart:
    """Columns in a box of `width` by `height`."""

    width: float
    height: float
    bars: tuple[Bar, ...]
    most: int


def bar_chart(values: Sequence[tuple[str, str, int]], *, width: float, height: float, gap: float = 0.25) -> BarChart:
    """Columns for (label, tip, value); `gap` is the share of a column's place that stays empty."""
    most = max((value for _, _, value in values), default=0)
    place = width / max(len(values), 1)
    bars = []
    for number, (label, tip, value) in enumerate(values):
        tall = height * value / most if most else 0.0
        tall = max(tall, 1.5) if value else 0.0
        x = place * (number + gap / 2)
        bars.append(
            Bar(round(x, 2), round(height - tall, 2), round(place * (1 - gap), 2), round(tall, 2), label, tip, value)
        )
    return BarChart(width, height, tuple(bars), most)


def hits_chart(hits: Mapping[date, int], *, last: date, days: int, width: float, height: float) -> BarChart:
    """Hits on each of so many days up to `last`, weekends only where there were some."""
    each = [last - timedelta(days=days - 1 - number) for number in range(days)]
    values = [
        (f"{day.day} {day:%b}", f"{day:%a} {day.day} {day:%b}: {hits.get(day, 0)}", hits.get(day, 0))
        for day in each
        if day.weekday() < 5 or hits.get(day)
    ]
    return bar_chart(values, width=width, height=height)


def histogram(durations: Durations, *, width: float, height: float) -> BarChart:
    """How many took how long."""
    counts = [after - before for before, after in pairwise((0, *durations.within, durations.count))]
    labels = [f"≤ {span(timedelta(seconds=bound))}" for bound in BOUNDS]
    labels.append("longer")
    values = [(label, f"{label}: {count:,}", count) for label, count in zip(labels, counts, strict=True)]
    return bar_chart(values, width=width, height=height, gap=0.12)


@dataclass(frozen=True, slots=True)
class LineChart:
    """A line in a box of `width` by `height`."""

    width: float
    height: float
    points: str
    """For SVG's `polyline`."""
    highest: float
    latest: float


def rate_chart(
    rates: Sequence[tuple[datetime, float]], *, budget: float, now: datetime, width: float, height: float
) -> LineChart:
    """Requests per second over the last hour; the budget is the upper edge."""
    hour = timedelta(hours=1).total_seconds()
    recent = [(at, rate) for at, rate in rates if (now - at).total_seconds() <= hour]
    points = [
        f"{width * (1 - (now - at).total_seconds() / hour):.1f},{height * (1 - min(rate / budget, 1.0)):.1f}"
        for at, rate in recent
    ]
    highest = max((rate for _, rate in recent), default=0.0)
    return LineChart(width, height, " ".join(points), highest, recent[-1][1] if recent else 0.0)


@dataclass(frozen=True, slots=True)
class AuditDay:
    """A day in the calendar of audits."""

    day: date
    audit: Audit | None
    state: str
    """`whole`, `late`, `empty` (EDGAR had no index), `open` (not audited), `closed`, or `ahead`."""

    @property
    def tip(self) -> str:
        """What the audit found, in words."""
        said = {"closed": "EDGAR is closed", "ahead": "", "open": "not audited", "empty": "EDGAR has no index"}
        audit = self.audit
        found = f"listed {audit.listed:,}, seen {audit.seen:,}, late {audit.late:,}" if audit else ""
        return f"{self.day:%a} {self.day.day} {self.day:%b %Y}: {said.get(self.state) or found}"


def audit_calendar(
    audits: Sequence[Audit], *, now: datetime, calendar: Calendar, weeks: int, since: date | None
) -> list[list[AuditDay]]:
    """Weeks of Monday to Friday, the current one last; days before `since` were not watched."""
    by_day = {audit.day: audit for audit in audits}
    today = new_york(now).date()
    monday = today - timedelta(days=today.weekday())
    calendar_weeks = [
        [
            _audit_day(
                monday - timedelta(weeks=weeks - 1 - week) + timedelta(days=number), by_day, today, calendar, since
            )
            for number in range(5)
        ]
        for week in range(weeks)
    ]
    return [week for week in calendar_weeks if week[0].day == monday or any(one.state != "ahead" for one in week)]


def _audit_day(
    day: date, by_day: Mapping[date, Audit], today: date, calendar: Calendar, since: date | None
) -> AuditDay:
    audit = by_day.get(day)
    if audit is not None:
        state = "late" if audit.late else "whole" if audit.listed else "empty"
    elif day >= today or since is None or day <= since:
        state = "ahead"
    else:
        state = "open" if calendar.is_business_day(day) else "closed"
    return AuditDay(day, audit, state)
