"""Seeing what EDGAR lists: recorded crawls, shifting pages, the horizon, and a burst of filings."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from watcher.edgar import Edgar
from watcher.feed import parse_feed
from watcher.hours import from_new_york
from watcher.model import Filer, Filing
from watcher.pipeline import poll
from watcher.settings import EdgarSettings
from watcher.simulator import Quirks, SimulatedFiling, Simulator, SteppedClock
from watcher.simulator.days import heavy_day
from watcher.store import Store

DAY = date(2026, 3, 3)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    """A database that already watches."""
    with Store(tmp_path / "watcher.db") as opened:
        opened.start_watch(since=LONG_AGO, at=LONG_AGO)
        yield opened


def a_client(simulator, clock):
    """A client of the simulated EDGAR."""
    settings = EdgarSettings("Example ops@example.com", www_url=simulator.url)
    return Edgar(settings, clock=clock, monotonic=clock.monotonic, sleep=clock.sleep)


def look(edgar, store, clock, reach_back_to=LONG_AGO):
    """One poll of the simulated EDGAR."""
    settings = EdgarSettings("Example ops@example.com")
    return poll(edgar, store, settings, now=clock(), reach_back_to=reach_back_to)


def filings(count, form="8-K"):
    """Filings that EDGAR only lists, a minute apart."""
    start = from_new_york(DAY, time(6))
    for n in range(count):
        filing = Filing(f"0000333333-26-{n:06}", form, (Filer(1000 + n, f"Company {n}"),), filed_on=DAY)
        yield SimulatedFiling(filing, None, start + timedelta(seconds=n))


def test_recorded_sweep_is_seen_completely(real_data, store):
    """One poll over a recorded crawl, with rows that repeat and move, sees every watched filing once."""
    folder = real_data / "feeds" / "sweep-2025-12-12"
    entries = [entry for path in sorted(folder.glob("*.atom")) for entry in parse_feed(path.read_bytes()).entries]
    recorded = {entry.accession_number for entry in entries if entry.form.startswith("8-K")}
    clock = SteppedClock(datetime(2025, 12, 12, 23, 4, tzinfo=UTC))
    with Simulator(folder, quirks=Quirks(shift=3)) as simulator, a_client(simulator, clock) as edgar:
        seen = look(edgar, store, clock)
        assert set(seen.new) == recorded
        assert len(seen.new) == len(recorded) == 281
        assert seen.reached
        again = look(edgar, store, clock)
    assert (again.new, again.gained) == ((), ())


@pytest.mark.parametrize("shift", [-20, -7, 0, 7, 20])
def test_rows_that_move_while_one_pages_are_not_lost(store, shift):
    """Pages that move up or down by as much as they overlap still give every row."""
    clock = SteppedClock(from_new_york(DAY, time(12)))
    with Simulator(quirks=Quirks(shift=shift)) as simulator, a_client(simulator, clock) as edgar:
        for filing in filings(430):
            simulator.publish(filing)
        seen = look(edgar, store, clock)
    assert len(seen.new) == 430


def test_passing_the_horizon_is_told(store):
    """Where EDGAR lists no more and the poll has not reached back far enough, it says so and never asks further."""
    clock = SteppedClock(from_new_york(DAY, time(12)))
    with Simulator(quirks=Quirks(rate_limit=1000)) as simulator, a_client(simulator, clock) as edgar:
        for filing in filings(5300):
            simulator.publish(filing)
        seen = look(edgar, store, clock)
        assert all(request.status == 200 for request in simulator.requests)
    assert not seen.reached
    assert 5000 <= len(seen.new) <= 5100


def test_burst_of_a_heavy_day_is_seen_as_it_is_listed(store):
    """With a poll every two seconds, each filing of a burst (24 a minute) is seen within three of its listing."""
    clock = SteppedClock(from_new_york(DAY, time(16, 5)))
    with Simulator(clock=clock) as simulator, a_client(simulator, clock) as edgar:
        published = {one.filing.accession_number: simulator.publish(one) for one in heavy_day(DAY)}
        look(edgar, store, clock)
        waits = []
        while clock() < from_new_york(DAY, time(16, 8)):
            seen = look(edgar, store, clock, reach_back_to=clock() - timedelta(minutes=20))
            waits += [clock() - published[number].listed_at for number in seen.new]
            clock.sleep(2)
        assert simulator.most_in_one_second() <= 10
    assert len(waits) >= 60
    assert max(waits) <= timedelta(seconds=3)
