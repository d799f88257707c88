"""What every page is made of: the database, the rules in force, the templates, the state at the top."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from watcher import __version__
from watcher.dashboard.meter import Meter
from watcher.edgar import EdgarStatistics
from watcher.health import Health, examine
from watcher.hours import Calendar, new_york
from watcher.item_codes import TITLES
from watcher.messages.view import distinct_passages
from watcher.messages.wording import counted, new_york_time, one_line, place_name, safe_url, span, utc_time
from watcher.rules import RuleSet
from watcher.settings import Settings
from watcher.store import Store

FOLDER = Path(__file__).parent
_HEALTH_IS_FRESH_S = 1.0


@dataclass(frozen=True)
class _Examined:
    monotonic: float
    health: Health


class Site:
    """Everything that the pages share; safe to use from several threads."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        rules: Callable[[], RuleSet],
        *,
        clock: Callable[[], datetime],
        statistics: Callable[[], EdgarStatistics] | None = None,
    ) -> None:
        self.settings = settings
        self.store = store
        self.rules = rules
        self.clock = clock
        self.statistics = statistics or (lambda: EdgarStatistics(0, 0, {}))
        self.meter = Meter(self.statistics)
        self.calendar = Calendar.of(settings.edgar)
        self.stopping = threading.Event()
        self._examined: _Examined | None = None
        self._templates = _environment()

    def today(self) -> date:
        """The day in New York."""
        return new_york(self.clock()).date()

    def health(self) -> Health:
        """How the watcher is doing, at most a second old."""
        examined, monotonic = self._examined, time.monotonic()
        if examined is None or monotonic - examined.monotonic > _HEALTH_IS_FRESH_S:
            health = examine(self.store, now=self.clock(), edgar=self.settings.edgar)
            examined = self._examined = _Examined(monotonic, health)
        return examined.health

    def render(self, template: str, **values: Any) -> str:
        """A template with these values, escaped."""
        return self._templates.get_template(template).render(values)

    def page(self, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """A whole page, with the state of the watcher at its top."""
        now = self.clock()
        shared = {
            "health": self.health(),
            "now": now,
            "is_open": self.calendar.is_open(now),
            "signed_in": self.settings.http_token is not None,
            "status": status,
        }
        return HTMLResponse(self.render(template, **shared, **values), status_code=status)


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        address=safe_url,
        line=one_line,
        place=place_name,
        distinct=distinct_passages,
        seconds=_seconds,
        moment=_moment,
        day=_day,
        count=_count,
        counted=counted,
    )
    environment.globals.update(
        version=__version__, asset=_asset, item_title=lambda code: TITLES.get(code, ""), new_york=new_york
    )
    return environment


@cache
def _asset(name: str) -> str:
    """The address of a file in `static/`, another one for each content."""
    content = (FOLDER / "static" / name).read_bytes()
    return f"/static/{name}?{hashlib.sha256(content).hexdigest()[:8]}"


def _seconds(value: float | timedelta | None) -> str:
    if value is None:
        return "–"
    seconds = value.total_seconds() if isinstance(value, timedelta) else value
    return f"{seconds:.1f} s" if 0 <= seconds < 10 else span(timedelta(seconds=seconds))


def _moment(value: datetime | None, form: str = "%H:%M:%S") -> str | Markup:
    """A time on New York's clock, with the exact one for programs."""
    if value is None:
        return "–"
    local = new_york(value)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        value.isoformat(), f"{new_york_time(value)} New York · {utc_time(value)} UTC", local.strftime(form)
    )


def _day(value: date) -> str:
    return f"{value:%A} {value.day} {value:%B %Y}"


def _count(value: int) -> str:
    return f"{value:,}"
