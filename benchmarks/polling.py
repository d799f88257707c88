"""What an idle poll costs: a page of 100 known rows, beyond the HTTP request."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import cast

from watcher.daemon.duties import Duties
from watcher.edgar import Edgar
from watcher.feed import merge_entries, parse_feed, scan_feed
from watcher.rules import load_rules
from watcher.settings import ConsoleSettings, EdgarSettings, Settings
from watcher.simulator import Simulator
from watcher.simulator.days import business_day
from watcher.simulator.pages import feed_page
from watcher.store import Store

ROUNDS = 300


def run() -> None:
    """Print the figures."""
    clock = _ticking(datetime(2026, 3, 3, 15, tzinfo=UTC))
    with Simulator() as simulator, tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "bench.db") as store:
        for filing in business_day(date(2026, 3, 2)):
            simulator.publish(filing)
        settings = EdgarSettings("Example ops@example.com", www_url=simulator.url)
        with Edgar(settings, clock=clock) as edgar:
            body = edgar.fetch_feed_page(form="8-K")
        store.see(merge_entries(parse_feed(body).entries), at=clock(), baseline=True)
        scanning = _milliseconds(lambda: scan_feed(body))
        idle = _milliseconds(_idle_polls(Path(folder), settings, store, body, clock))
        parsing = _milliseconds(lambda: parse_feed(body), rounds=20)
    print(f"polling, a page of 100 known rows, {len(body):,} bytes, CPU beyond the request")
    print(f"  looking through its bytes    {scanning:9.3f} ms")
    print(
        f"  a whole idle poll            {idle:9.3f} ms   cadence, comparing with the database, and noting its success"
    )
    print(f"  parsing it (something new)   {parsing:9.3f} ms")


class _Page:
    """An EDGAR whose answer is at hand; behind the first page its list ends."""

    def __init__(self, body: bytes) -> None:
        self._body, self._end = body, feed_page([], now=datetime(2026, 3, 3, 15, tzinfo=UTC))

    def fetch_feed_page(self, *, form: str, start: int, count: int = 100) -> bytes:
        """The page, without a request."""
        return self._end if start else self._body


def _idle_polls(
    folder: Path, settings: EdgarSettings, store: Store, body: bytes, clock: Callable[[], datetime]
) -> Callable[[], object]:
    """What the daemon does for a poll that brings nothing new."""
    (folder / "rules.yaml").write_text("- {id: all, when: {form: 8-K}, notify: [desk]}\n", encoding="utf-8")
    whole = Settings(
        path=folder / "config.toml",
        rules=(folder / "rules.yaml",),
        database=store.path,
        edgar=settings,
        receivers={"desk": ConsoleSettings("desk")},
    )
    store.start_watch(since=clock(), at=clock())
    duties = Duties(whole, load_rules(whole.rules), store, cast("Edgar", _Page(body)), clock=clock)
    duties.poll()  # the first one looks deep
    return lambda: (duties.poll(), duties.next_poll_at(jitter=0.5))


def _milliseconds(action: Callable[[], object], rounds: int = ROUNDS) -> float:
    begun = time.process_time()
    for _ in range(rounds):
        action()
    return (time.process_time() - begun) / rounds * 1000


def _ticking(start: datetime) -> Callable[[], datetime]:
    begun = time.monotonic()
    return lambda: start + timedelta(seconds=time.monotonic() - begun)


if __name__ == "__main__":
    run()
