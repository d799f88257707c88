"""What an idle poll costs: a page of 100 known rows, beyond the HTTP request."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from watcher.edgar import Edgar
from watcher.feed import merge_entries, parse_feed, scan_feed
from watcher.settings import EdgarSettings
from watcher.simulator import Simulator
from watcher.simulator.days import business_day
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
        idle = _milliseconds(lambda: store.knows_registrants(scan_feed(body).registrants))
        parsing = _milliseconds(lambda: parse_feed(body), rounds=20)
    print(f"polling, a page of 100 known rows, {len(body):,} bytes, CPU beyond the request")
    print(f"  looking through its bytes    {scanning:9.3f} ms")
    print(f"  an idle poll                 {idle:9.3f} ms")
    print(f"  parsing it (something new)   {parsing:9.3f} ms")


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
