"""Days with more rows than a page, and more than EDGAR's list holds: what stands deep in it is seen all the same."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import date, datetime, timedelta

import pytest
from moments import at

from watcher.daemon.duties import Duties
from watcher.edgar import Edgar
from watcher.model import Filer, Filing
from watcher.rules import load_rules
from watcher.settings import ConsoleSettings, EdgarSettings, Settings
from watcher.simulator import Quirks, SimulatedFiling, Simulator, SteppedClock
from watcher.simulator.days import business_day, made_up
from watcher.store import Store

EVENING, MORNING = date(2026, 3, 30), date(2026, 3, 31)
BUDGET = 5
POLL_EVERY = timedelta(seconds=30)
SWEPT_WITHIN = 2 * POLL_EVERY + timedelta(seconds=15)
"""A release at 06:00 to 06:15: a poll every half minute, every second one at the latest a deep one."""
FOUND_WITHIN = timedelta(minutes=12)
"""At any other time: a deep poll every ten minutes."""


@pytest.fixture
def watch(tmp_path):
    """Open a watcher with one rule on the simulated EDGAR."""
    (tmp_path / "rules.yaml").write_text("- {id: everything, when: {form: 8-K}, notify: [desk]}\n", encoding="utf-8")
    store = Store(tmp_path / "watcher.db")
    opened: list[Edgar] = []

    def open_watch(simulator: Simulator, clock: SteppedClock) -> tuple[Store, Duties]:
        settings = Settings(
            path=tmp_path / "config.toml",
            rules=(tmp_path / "rules.yaml",),
            database=tmp_path / "watcher.db",
            edgar=EdgarSettings(
                "Example ops@example.com",
                poll_interval=POLL_EVERY,
                quiet_poll_interval=POLL_EVERY,
                requests_per_second=BUDGET,
                **dict.fromkeys(("www_url", "data_url", "search_url"), simulator.url),
            ),
            receivers={"desk": ConsoleSettings("desk")},
        )
        edgar = Edgar(settings.edgar, clock=clock, monotonic=clock.monotonic, sleep=clock.sleep)
        opened.append(edgar)
        rules = load_rules(settings.rules, receivers=["desk"])
        return store, Duties(settings, rules, store, edgar, clock=clock, monotonic=clock.monotonic)

    yield open_watch
    for edgar in opened:
        edgar.close()
    store.close()


def only_listed(n: int, accepted_at: datetime, filed_on: date) -> SimulatedFiling:
    """A filing of which nothing but its row is needed."""
    filing = Filing(f"0000777777-26-{n:06}", "8-K", (Filer(7_000_000 + n, f"COMPANY {n}"),), accepted_at, filed_on)
    return SimulatedFiling(filing, None, accepted_at)


def poll_until(duties: Duties, clock: SteppedClock, end: datetime) -> None:
    """Poll as the daemon does."""
    while clock() < end:
        assert duties.poll()
        clock.move_to(duties.next_poll_at(jitter=0.5))


def test_filings_released_deep_in_the_list_are_seen(watch):
    """Held overnight and released behind pages of newer rows: within a minute of a sweep, else of ten, all are seen."""
    clock = SteppedClock(at(EVENING, 17, 20))
    with Simulator(clock=clock, quirks=Quirks(shift=-7)) as simulator:
        held = [only_listed(n, at(EVENING, 17, 31) + timedelta(seconds=40 * n), MORNING) for n in range(260)]
        # The oldest of them stand under all the others, and come after them.
        releases = [(6, 3, 20), (6, 6, 10), (6, 11, 40), (7, 15, 5), (7, 42, 50), (8, 1, 35)]
        behind = {held[n].filing.accession_number: at(MORNING, *moment) for n, moment in enumerate(releases)}
        published = [simulator.publish(one, listed_at=behind.get(one.filing.accession_number)) for one in held] + [
            simulator.publish(one) for one in business_day(MORNING, filings=900)
        ]
        store, duties = watch(simulator, clock)
        poll_until(duties, clock, at(EVENING, 17, 25))
        clock.move_to(at(MORNING, 5, 55))
        poll_until(duties, clock, at(MORNING, 8, 12))
    seen_at = {row.filing.accession_number: row.seen_at for row in store.latest_filings(limit=5000)}
    due = {one.filing.accession_number: one.listed_at for one in published if one.listed_at < at(MORNING, 8)}
    due |= behind
    assert due.keys() - seen_at.keys() == set()
    waits = {number: seen_at[number] - listed_at for number, listed_at in due.items()}
    deep = [waits.pop(number) for number in behind]
    sys.stdout.write(f"heavy morning: {len(due)} seen within {max(waits.values())}, deep ones {[*map(str, deep)]}\n")
    assert max(waits.values()) <= POLL_EVERY + timedelta(seconds=15)
    assert max(deep[:3]) <= SWEPT_WITHIN
    assert max(deep[3:]) <= FOUND_WITHIN
    assert simulator.most_in_one_second() <= BUDGET


def test_days_of_downtime_beyond_the_list_come_from_the_daily_indexes(watch):
    """What EDGAR's list no longer holds is had from the indexes, oldest day first, told once and as late."""
    days = [date(2026, 4, day) for day in (6, 7, 8, 9)]
    clock = SteppedClock(at(days[0], 9))
    with Simulator(clock=clock) as simulator:
        for filing in crowded_days(days[1:]):
            simulator.publish(filing)
        store, duties = watch(simulator, clock)
        assert duties.poll()
        clock.move_to(at(date(2026, 4, 10), 9))
        asked_before = len(simulator.requests)
        assert duties.poll()
        listed = store.known_accession_numbers([one.filing.accession_number for one in simulator.filings])
        assert duties.audit()
        duties.reading.read_due()
        indexes = [request.target for request in simulator.requests[asked_before:] if "/daily-index/" in request.target]
        assert simulator.most_in_one_second() <= BUDGET
        everything = {one.filing.accession_number for one in simulator.filings}
    told: Counter[str] = Counter()
    late: dict[str, str] = {}
    for delivery in store.latest_deliveries(limit=1000):
        told[delivery.alert.report.accession_number] += 1
        late[delivery.alert.report.accession_number] = delivery.alert.late
    beyond = everything - listed
    totals = {audit.day: (audit.listed, audit.seen, audit.late) for audit in store.audits()}
    sys.stdout.write(f"downtime: {len(listed)} from the list, {len(beyond)} from the indexes, {totals}\n")
    assert [target.rpartition(".")[0][-8:] for target in indexes] == [f"{day:%Y%m%d}" for day in days]
    assert len(beyond) > 10
    assert told == Counter(dict.fromkeys(everything, 1))
    assert all("audit of 2026-04-07" in late[number] for number in beyond)
    assert all("and seen only on 2026-04-10" in late[number] for number in listed)
    assert sum(late for _, _, late in totals.values()) == len(beyond)


def crowded_days(days: list[date]) -> list[SimulatedFiling]:
    """On each day forty filings of fifty registrants: 2,000 rows."""
    found = []
    for day in days:
        for n in range(40):
            filers = tuple(Filer(8_000_000 + k, f"TRUST {k}") for k in range(50))
            number = f"0000666666-26-{day.day:02}{n:04}"
            found.append(made_up(Filing(number, "8-K", filers, at(day, 9) + timedelta(minutes=5 * n), day, ("8.01",))))
    return found
