"""Filings as they arrive: a stream of events that a page follows without being loaded again."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import StreamingResponse

from watcher.dashboard.site import Site
from watcher.errors import StoreError

_LOOK_EVERY_S = 0.5
# A line that says nothing keeps proxies from hanging up, and tells the server when nobody listens any more.
_BREATHE_EVERY_S = 15.0


def day_stamp(versions: dict[str, str]) -> str:
    """A word for a day's filings as a page shows them; another one as soon as a line would read differently."""
    return hashlib.sha256(json.dumps(versions, sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which filings of a day a page shows."""

    day: date
    matched: bool = False
    words: str = ""


def read_choice(request: Request, day: date) -> Choice:
    """What a page's address asks for."""
    query = request.query_params
    return Choice(day, matched=query.get("matched") == "1", words=query.get("q", "").strip()[:100])


def read_day(text: str) -> date:
    """The day in an address.

    Raises:
        HTTPException: it is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise HTTPException(404, "There is no such day; write it as 2026-03-02.") from None


async def stream(site: Site, request: Request) -> StreamingResponse:
    """Events for a page that was rendered with the stamp `known`.

    `rows` holds lines that are new or changed, `status` the state at the top, `stale` says to load the list again.
    """
    choice = read_choice(request, read_day(request.query_params.get("day", "")))
    follower = Follower(site, choice, known=request.query_params.get("known", ""))
    return StreamingResponse(_events(site, follower), media_type="text/event-stream")


async def _events(site: Site, follower: Follower) -> AsyncIterator[str]:
    breathed = time.monotonic()
    yield "retry: 2000\n\n"
    while not site.stopping.is_set():
        try:
            events = await run_in_threadpool(follower.look)
        except StoreError:
            events = []
        for name, data in events:
            yield f"event: {name}\ndata: {json.dumps(data)}\n\n"
        if events:
            breathed = time.monotonic()
        elif time.monotonic() - breathed > _BREATHE_EVERY_S:
            breathed = time.monotonic()
            yield ": \n\n"
        await asyncio.sleep(_LOOK_EVERY_S)


class Follower:
    """What one page shows, and what has changed since."""

    def __init__(self, site: Site, choice: Choice, *, known: str) -> None:
        self._site = site
        self._choice = choice
        self._known = known
        self._shown: dict[str, str] | None = None
        self._written = -1
        self._status = ""

    def look(self) -> list[tuple[str, Any]]:
        """The events since the last look, by name."""
        return [*self._rows(), *self._state()]

    def _rows(self) -> list[tuple[str, Any]]:
        written = self._site.store.data_version()
        if written == self._written:
            return []
        self._written = written
        versions = self._site.store.day_versions(self._choice.day)
        if self._shown is None:
            self._shown = versions
            return [] if day_stamp(versions) == self._known else [("stale", {})]
        changed = [number for number, version in versions.items() if self._shown.get(number) != version]
        self._shown = versions
        if not changed:
            return []
        lines = self._site.store.filing_lines(
            day=self._choice.day,
            accession_numbers=changed,
            matched=self._choice.matched,
            words=self._choice.words,
        )
        summary = self._site.store.day_summary(self._choice.day)
        rows = [
            {
                "id": line.filing.accession_number,
                "html": self._site.render("_filing_row.html.j2", line=line, dated=False),
            }
            for line in reversed(lines)
        ]
        return [("rows", {"rows": rows, "summary": self._site.render("_summary.html.j2", summary=summary)})]

    def _state(self) -> list[tuple[str, Any]]:
        now = self._site.clock()
        html = self._site.render(
            "_status.html.j2", health=self._site.health(), is_open=self._site.calendar.is_open(now)
        )
        if html == self._status:
            return []
        self._status = html
        return [("status", {"html": html, "day": self._site.today().isoformat()})]
