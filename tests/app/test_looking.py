"""How the daemon looks at EDGAR: by EDGAR's clock, without noise, and silently until its baseline is laid."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

import pytest

from watcher.audit import CONFIRMED_AFTER
from watcher.daemon.duties import Duties
from watcher.edgar import Edgar
from watcher.hours import from_new_york
from watcher.model import Filer, Filing, FilingState
from watcher.rules import load_rules
from watcher.settings import ConsoleSettings, EdgarSettings, OperatorSettings, Settings
from watcher.simulator import Fault, Simulator, SteppedClock
from watcher.simulator.days import made_up
from watcher.store import Store

DAY = date(2026, 3, 3)


def at(hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A moment of New York's clock."""
    return from_new_york(DAY, time(hour, minute, second))


def filing(n: int, accepted_at: datetime) -> Filing:
    """A filing of that day."""
    return Filing(f"0000555555-26-{n:06}", "8-K", (Filer(500 + n, f"COMPANY {n}"),), accepted_at, DAY, ("8.01",))


@pytest.fixture
def duties_on(tmp_path):
    """Open the duties of a watcher on a simulated EDGAR, by a clock of its own."""
    (tmp_path / "rules.yaml").write_text("- {id: everything, when: {form: 8-K}, notify: [desk]}\n", encoding="utf-8")
    opened: list[Edgar | Store] = []

    def open_duties(simulator: Simulator, clock: SteppedClock, *, notify: tuple[str, ...] = ()) -> tuple[Duties, Store]:
        settings = Settings(
            path=tmp_path / "config.toml",
            rules=(tmp_path / "rules.yaml",),
            database=tmp_path / "watcher.db",
            edgar=EdgarSettings(
                "Example ops@example.com",
                quiet_poll_interval=timedelta(minutes=10),
                **dict.fromkeys(("www_url", "data_url", "search_url"), simulator.url),
            ),
            receivers={"desk": ConsoleSettings("desk")},
            operator=OperatorSettings(notify=notify),
        )
        store = Store(settings.database)
        edgar = Edgar(settings.edgar, clock=clock, monotonic=clock.monotonic, sleep=clock.sleep)
        opened.extend((edgar, store))
        rules = load_rules(settings.rules, receivers=["desk"])
        return Duties(settings, rules, store, edgar, clock=clock, monotonic=clock.monotonic), store

    yield open_duties
    for one in opened:
        one.close()


@pytest.mark.parametrize("minutes", [-6, 0, 6], ids=["behind", "right", "ahead"])
def test_the_opening_is_met_by_edgars_clock(duties_on, minutes):
    """However wrong our clock is, the first poll after EDGAR opens comes within a second of EDGAR's 06:00."""
    edgars, ours = SteppedClock(at(5, 55)), SteppedClock(at(5, 55) + timedelta(minutes=minutes))
    with Simulator(clock=edgars) as simulator:
        duties, _ = duties_on(simulator, ours)
        assert duties.poll()
        assert at(6) <= duties.next_poll_at(jitter=0.5) - timedelta(minutes=minutes) <= at(6, 0, 1)


def test_a_row_that_cannot_be_read_is_named_once(duties_on, caplog):
    """Its neighbours are seen, and the log does not fill while EDGAR goes on listing it."""
    clock = SteppedClock(at(11))
    with Simulator(clock=clock) as simulator:
        duties, store = duties_on(simulator, clock)
        duties.poll()
        for n in range(3):
            simulator.publish(made_up(filing(n, at(11, 0, n))))
        clock.sleep(60)
        simulator.break_down(Fault("damaged-row"))
        for _ in range(5):
            assert duties.poll()
            clock.sleep(2)
        assert caplog.text.count("feed row unreadable") == 1
        assert sum(store.filing_counts().values()) == 2
        simulator.recover()
        assert duties.poll()
        assert sum(store.filing_counts().values()) == 3


def test_nothing_is_late_before_the_baseline_is_laid(duties_on):
    """While the first look has not succeeded, full-text search tells of nothing: all of it may be the baseline's."""
    clock = SteppedClock(at(11))
    with Simulator(clock=clock) as simulator:
        simulator.publish(made_up(filing(1, at(10))))
        simulator.break_down(Fault("maintenance", "*browse-edgar*"))
        duties, store = duties_on(simulator, clock)
        assert not duties.poll()
        for _ in range(3):
            duties.search()
            clock.sleep(CONFIRMED_AFTER.total_seconds())
        assert sum(store.filing_counts().values()) == 0
        simulator.recover()
        clock.sleep(300)
        assert duties.poll()
        assert store.filing_counts()[FilingState.BASELINE] == 1


def test_many_audits_are_summed_up(duties_on, caplog):
    """Days that are audited at one go are one line and one note; a day with late filings has its own note."""
    caplog.set_level("INFO")
    clock = SteppedClock(at(11))
    missed = Filing("0000555555-26-000009", "8-K", (Filer(509, "COMPANY 9"),), at(12), DAY, ("8.01",))
    with Simulator(clock=clock) as simulator:
        duties, store = duties_on(simulator, clock, notify=("desk",))
        assert duties.poll()
        simulator.publish(made_up(missed))
        clock.sleep(timedelta(days=8).total_seconds())
        assert duties.audit()
        (line,) = (record.getMessage() for record in caplog.records if record.getMessage().startswith("audited"))
        assert line.startswith("audited days=6 until=2026-03-10 listed=1 seen=0 late=1")
        subjects = [notice.subject for notice in store.notices_due(now=clock())]
        assert [re.findall(r"2026-\d\d-\d\d", subject)[0] for subject in subjects] == ["2026-03-03", "2026-03-10"]


def test_an_index_that_is_not_there_says_when_it_comes(duties_on, caplog):
    """EDGAR may be late with an index: that is a warning with what to expect, and no error."""
    clock = SteppedClock(at(11))
    with Simulator(clock=clock) as simulator:
        duties, _ = duties_on(simulator, clock)
        assert duties.poll()
        clock.sleep(timedelta(days=1).total_seconds())
        simulator.break_down(Fault("absent", "*daily-index*"))
        assert not duties.audit()
    (record,) = (record for record in caplog.records if "job=audit" in record.getMessage())
    assert record.levelname == "WARNING"
    assert "EDGAR has no index of 2026-03-03 (yet): it appears from 22:00 New York time on" in record.getMessage()
