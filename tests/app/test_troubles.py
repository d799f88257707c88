"""Each kind of trouble, provoked: the operator hears of it exactly once, and exactly once that it is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from moments import at
from screen import Screen
from watching import COMPANY_TICKERS

from watcher.daemon import Clock, Daemon
from watcher.edgar import Edgar
from watcher.hours import Calendar
from watcher.model import Filer, Filing, Match
from watcher.rules import load_rules
from watcher.settings import ConsoleSettings, EdgarSettings, OperatorSettings, Settings
from watcher.simulator import Fault, SimulatedFiling, Simulator, SteppedClock
from watcher.simulator.days import made_up
from watcher.store import Audit, Store

MONDAY = date(2026, 3, 2)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
RULES = """\
- {id: other, title: Other events, when: {item: 8.01}, notify: [desk]}
- {id: chief, title: A chief leaves, when: {item: 5.02}, notify: [desk]}
"""


class SmallDisk(Store):
    """A database on a disk with as much room as a test wants."""

    def __init__(self, path: Path, *, free: int) -> None:
        super().__init__(path)
        self.free = free

    def free_bytes(self) -> int:
        """What is left."""
        return self.free


class Desk:
    """A watcher that begins anew for each look, as cron has it: it knows what the file of the database knows, no more.

    So whatever is told once here is told once through any number of restarts.
    """

    def __init__(self, folder: Path, *, operator: OperatorSettings | None = None, rules: str = RULES) -> None:
        (folder / "rules.yaml").write_text(rules, encoding="utf-8")
        self.clock = SteppedClock(at(MONDAY, 9, 40))
        self.simulator = Simulator([], clock=self.clock, company_tickers=COMPANY_TICKERS)
        self.settings = Settings(
            path=folder / "config.toml",
            rules=(folder / "rules.yaml",),
            database=folder / "watcher.db",
            edgar=EdgarSettings(
                "Tests tests@acme.example", **dict.fromkeys(("www_url", "data_url", "search_url"), self.simulator.url)
            ),
            receivers={name: ConsoleSettings(name) for name in ("desk", "phone")},
            operator=operator or OperatorSettings(notify=("phone",)),
        )
        self.store = SmallDisk(self.settings.database, free=10**12)
        self.desk, self.phone = Screen(), Screen()
        self._published = 0

    def look(self) -> None:
        """One process that looks, reads, delivers and tells the operator."""
        self.store.close()
        self.store = SmallDisk(self.settings.database, free=self.store.free)
        with Edgar(
            self.settings.edgar,
            clock=self.clock,
            monotonic=self.clock.monotonic,
            sleep=self.clock.sleep,
            blocked_until=self.store.blocked_until(),
            on_block=self.store.keep_block,
        ) as edgar:
            receivers = {"desk": self.desk, "phone": self.phone}
            Daemon(
                self.settings,
                load_rules(self.settings.rules),
                self.store,
                edgar,
                receivers,
                clock=Clock(self.clock, self.clock.monotonic, self.clock.sleep),
                operator={"phone": self.phone},
            ).once()

    def look_for(self, span: timedelta, *, every: timedelta = MINUTE) -> None:
        """Look every so often for a while."""
        until = self.clock() + span
        while self.clock() < until:
            self.look()
            self.clock.sleep(every.total_seconds())

    def begin(self) -> None:
        """Look for the first time at a list whose first page is full, as though the watch had begun a month ago."""
        friday = at(MONDAY - 3 * DAY, 12)
        for n in range(110):
            self._publish(friday + n * MINUTE, friday.date())
        self.look()
        self.store.start_watch(since=self.clock() - 30 * DAY, at=self.clock())
        for days in range(1, 32):
            self.store.save_audit(Audit(MONDAY - days * DAY, listed=0, seen=0, late=0), at=self.clock())

    def publish(self, *items: str, count: int = 1) -> None:
        """EDGAR accepts filings now, and lists them within a minute."""
        for _ in range(count):
            self._publish(self.clock(), self.clock().date(), *items)
        self.clock.sleep(60)

    def slip_in(self, *items: str) -> None:
        """EDGAR files one today that it accepted ten days ago: deep behind everything that its list shows."""
        self._publish(self.clock() - 10 * DAY, self.clock().date(), *items)

    def _publish(self, accepted_at: datetime, day: date, *items: str) -> None:
        self._published += 1
        number = f"0009990000-26-{self._published:06}"
        filing = Filing(number, "8-K", (Filer(9990001, "Acme Inc."),), accepted_at, day, items or ("7.01",))
        self.simulator.publish(made_up(filing))

    def told(self, beginning: str) -> list[str]:
        """What the operator heard that begins so."""
        subjects = [message.subject.removeprefix("[edgar-watcher] ") for message in self.phone.messages]
        return [subject for subject in subjects if subject.startswith(beginning)]


@pytest.fixture
def desk(tmp_path: Path):
    """A desk that watches."""
    desk = Desk(tmp_path)
    with desk.simulator:
        desk.begin()
        yield desk
        desk.store.close()


def silence(desk: Desk) -> None:
    """EDGAR's list is read and shows nothing new for hours."""
    desk.publish()
    desk.look_for(4 * HOUR, every=20 * MINUTE)
    desk.publish()
    desk.look_for(HOUR, every=20 * MINUTE)


def outage(desk: Desk) -> None:
    """EDGAR answers every request with its maintenance page for an hour."""
    desk.simulator.break_down(Fault("maintenance"))
    desk.look_for(HOUR, every=5 * MINUTE)
    desk.simulator.recover()
    desk.look_for(5 * MINUTE)


def block(desk: Desk) -> None:
    """EDGAR blocks the machine for ten minutes."""
    desk.simulator.break_down(Fault("block", times=1))
    desk.look_for(20 * MINUTE)


def refusal(desk: Desk) -> None:
    """EDGAR does not accept the user agent."""
    desk.simulator.break_down(Fault("undeclared"))
    desk.look_for(40 * MINUTE, every=2 * MINUTE)
    desk.simulator.recover()
    desk.look_for(5 * MINUTE)


def broken_receiver(desk: Desk) -> None:
    """Slack does not take the token for half an hour."""
    desk.desk.broken = "Slack does not accept the token."
    desk.publish("8.01")
    desk.look_for(30 * MINUTE, every=3 * MINUTE)
    desk.desk.broken = ""
    desk.look_for(30 * MINUTE, every=3 * MINUTE)


def unreadable(desk: Desk) -> None:
    """A filing comes again and again and is no submission."""
    garbage = Filing("0009990007-26-000001", "8-K", (Filer(1, "Acme"),), desk.clock(), MONDAY, ("8.01",))
    desk.simulator.publish(SimulatedFiling(garbage, b"<SEC-DOCUMENT>\n</SEC-DOCUMENT>\n", desk.clock()))
    desk.look_for(20 * MINUTE)
    for _ in range(15):
        desk.publish()
        desk.look_for(2 * HOUR, every=2 * HOUR)


def full_disk(desk: Desk) -> None:
    """The disk is nearly full until somebody frees some."""
    desk.store.free = 10_000_000
    desk.look_for(5 * MINUTE)
    desk.store.free = 10**12
    desk.look_for(5 * MINUTE)


def late_filings(desk: Desk) -> None:
    """EDGAR's index of a day holds a filing that its list never showed; that of the next day holds none."""
    desk.slip_in()
    for day in (MONDAY + DAY, MONDAY + 2 * DAY, MONDAY + 3 * DAY):
        desk.clock.move_to(at(day, 8))
        desk.look_for(5 * MINUTE)


def busy_rule(desk: Desk) -> None:
    """After a quiet week a rule matches thirty filings in a day."""
    day = MONDAY
    for _ in range(6):
        day = Calendar().next_business_day(day)
        desk.clock.move_to(at(day, 10))
        desk.publish("8.01")
        desk.look()
    desk.publish("8.01", count=30)
    desk.look_for(2 * HOUR, every=20 * MINUTE)
    desk.clock.move_to(at(Calendar().next_business_day(day), 10))
    desk.publish()
    desk.look_for(HOUR, every=20 * MINUTE)


def quiet_rule(desk: Desk) -> None:
    """A rule that matched four filings a day matches none for a week, though as many are read."""
    first = MONDAY - 30 * DAY
    with desk.store.transaction():
        for n in range(31):
            matching = [f"0009990009-26-{n * 10 + k:06}" for k in range(4)] if n < 22 else []
            _store_day(desk.store, first + n * DAY, matching, others=4 if n < 22 else 8)
    desk.clock.move_to(at(MONDAY + DAY, 10))
    desk.publish()
    desk.look_for(HOUR, every=20 * MINUTE)
    desk.publish("5.02")
    desk.look_for(HOUR, every=20 * MINUTE)


def _store_day(store: Store, day: date, matching: list[str], *, others: int) -> None:
    moment = at(day, 12)
    numbers = [*matching, *(f"0009990008-26-{day:%m%d}{k:02}" for k in range(others))]
    filings = [Filing(number, "8-K", (Filer(1, "Acme"),), moment, day) for number in numbers]
    store.start_watch(since=moment - DAY, at=moment)
    store.see(filings, at=moment)
    for number in numbers:
        if number in matching:
            store.save_matches(number, [Match("chief", "A chief leaves", ("desk",))], at=moment)
        store.mark_read(number, at=moment)


@pytest.mark.parametrize(
    ("provoke", "told"),
    [
        (silence, "EDGAR's list is read and has shown nothing new since"),
        (outage, "EDGAR's list was last read at"),
        (block, "EDGAR blocks us for asking too much"),
        (refusal, "EDGAR takes the user agent for an undeclared tool"),
        (broken_receiver, "Slack does not accept the token."),
        (unreadable, "1 filing given up as unreadable in the last 24 hours"),
        (full_disk, "the disk that holds watcher.db is nearly full: 10 MB are free"),
        (late_filings, "the audit of 2026-03-02 found 1 filing that had not been seen"),
        (busy_rule, "the rule other has matched 31 filings today"),
        (quiet_rule, "the rule chief has matched nothing for a week"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_trouble_is_told_once_and_called_off_once(desk: Desk, provoke: Callable[[Desk], None], told: str):
    """Whatever goes on besides, this trouble begins once and is over once, and no other trouble is told."""
    provoke(desk)
    (over,) = desk.told("Over:")
    assert told[:40] in over
    (begun,) = desk.told("Trouble:")
    assert begun.startswith(f"Trouble: {told}")


def test_the_canary_goes_through_everything_once_a_day(tmp_path):
    """Every day at its time a made-up filing goes by rules and deliveries to the operator, and leaves no trace."""
    desk = Desk(tmp_path, operator=OperatorSettings(notify=("phone",), canary=time(10, 0)))
    with desk.simulator:
        desk.look_for(2 * DAY, every=4 * HOUR)
        songs = [message for message in desk.phone.messages if "canary" in message.subject]
        assert len(songs) == 2
        assert "The canary sings, and the watcher works" in songs[0].text
        assert "**the canary sings**" in songs[0].text
        assert desk.desk.messages == []
        assert sum(desk.store.filing_counts().values()) == 0
        assert desk.store.latencies_from_acceptance(since=desk.clock() - 7 * DAY).p50 is None
        desk.store.close()


def test_the_daily_note_comes_also_when_all_is_quiet(tmp_path):
    """Once a day it says what was seen, read, evaluated and sent since the last one, whether or not that is nothing."""
    desk = Desk(tmp_path, operator=OperatorSettings(notify=("phone",), daily_note=time(18, 0)))
    with desk.simulator:
        desk.look()
        desk.clock.move_to(at(MONDAY, 17))
        desk.look()
        desk.publish("8.01")
        desk.publish("7.01")
        desk.look_for(90 * MINUTE, every=15 * MINUTE)
        desk.clock.move_to(at(MONDAY + DAY, 18, 1))
        desk.look()
        first, second = desk.told("All quiet:")
        assert first == "All quiet: 2 filings read against 2 rules, 1 matched, 1 alert sent"
        assert second == "All quiet: 0 filings read against 2 rules, 0 matched, 0 alerts sent"
        desk.store.close()


def test_looking_once_also_asks_full_text_search(desk: Desk):
    """What the list never shows is read as late by processes that end after each look; the search is asked rarely."""
    desk.clock.sleep(3660)
    desk.slip_in("8.01")
    before = len(desk.simulator.requests)
    desk.look_for(30 * MINUTE, every=2 * MINUTE)
    late = [row.filing.accession_number for row in desk.store.latest_filings(limit=200) if row.late]
    assert late == ["0009990000-26-000111"]
    assert [message.accession_number for message in desk.desk.messages] == late
    assert sum("search-index" in request.target for request in desk.simulator.requests[before:]) <= 3


def test_old_texts_are_forgotten_by_the_watcher_itself(desk: Desk):
    """Texts go after `keep_text`, also where every process ends after one look."""
    desk.publish("8.01")
    desk.look()
    assert desk.store.search("told")
    desk.clock.sleep(91 * 86400)
    desk.look()
    assert desk.store.search("told") == []
    assert desk.store.filings_with_texts()[0] == []
