"""Ten business days of a simulated EDGAR with everything that goes wrong: nothing is missed, nothing is told twice."""

from __future__ import annotations

import random
import sys
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from moments import at, business_days

from watcher.cadence import next_audit_at
from watcher.daemon.duties import Duties
from watcher.edgar import Edgar
from watcher.hours import Calendar
from watcher.model import Filer, Filing
from watcher.rules import load_rules
from watcher.settings import ConsoleSettings, EdgarSettings, Settings
from watcher.simulator import Fault, Quirks, SimulatedFiling, Simulator, SteppedClock
from watcher.simulator.days import business_day, made_up
from watcher.store import Store

CALENDAR = Calendar()
FIRST = date(2026, 3, 2)
BUDGET = 5
LATE = 3
RULES = "- {id: everything, title: Anything at all, when: {form: 8-K}, notify: [desk]}\n"


class Killed(BaseException):
    """The process ends here, in the middle of whatever it was doing."""


class Process:
    """A watcher that can be killed wherever it looks at the clock, and started again on its database."""

    def __init__(self, folder: Path, simulator: Simulator, clock: SteppedClock, dice: random.Random) -> None:
        (folder / "rules.yaml").write_text(RULES, encoding="utf-8")
        self.settings = Settings(
            path=folder / "config.toml",
            rules=(folder / "rules.yaml",),
            database=folder / "watcher.db",
            edgar=EdgarSettings(
                "Example ops@example.com",
                poll_interval=timedelta(minutes=20),
                quiet_poll_interval=timedelta(hours=1),
                requests_per_second=BUDGET,
                **dict.fromkeys(("www_url", "data_url", "search_url"), simulator.url),
            ),
            receivers={"desk": ConsoleSettings("desk")},
        )
        self._rules = load_rules(self.settings.rules, receivers=["desk"])
        self._clock, self._dice = clock, dice
        self.kills = -1
        self.mortal = True
        self.start()

    def start(self) -> None:
        """Begin with nothing but the database."""
        self.kills += 1
        self.store = Store(self.settings.database)
        self._edgar = Edgar(
            self.settings.edgar,
            # No death between EDGAR's word "blocked" and our note of it: nobody can heed what he has not read.
            clock=self._clock,
            monotonic=self._clock.monotonic,
            sleep=self._clock.sleep,
            transport=httpx.HTTPTransport(verify=False),  # nothing here is encrypted, and certificates load slowly
            blocked_until=self.store.blocked_until(),
            on_block=self.store.keep_block,
        )
        self.duties = Duties(
            self.settings, self._rules, self.store, self._edgar, clock=self._now, monotonic=self._clock.monotonic
        )

    def end(self) -> None:
        """Let go of everything at once."""
        self._edgar.close()
        self.store.close()

    def live(self, until: datetime) -> None:
        """Poll, read and audit until then, and come back after every death."""
        self._poll_at = self._audit_at = self._clock()
        while self._clock() < until:
            try:
                following = self._do_what_is_due()
            except Killed:
                self.end()
                self.start()
                self._poll_at = following = self._clock()
            self._clock.move_to(max(following, self._clock() + timedelta(seconds=1)))

    def _do_what_is_due(self) -> datetime:
        """One turn of the daemon's work; gives when the next is due."""
        now = self._clock()
        if now >= self._poll_at:
            self.duties.poll()
            self._poll_at = self.duties.next_poll_at(jitter=0.5)
        self.duties.reading.read_due()
        if now >= self._audit_at:
            done = self.duties.audit()
            self._audit_at = next_audit_at(now=now, calendar=CALENDAR) if done else now + timedelta(minutes=30)
        waits = self.duties.reading.seconds_to_next_filing()
        read_at = self._clock() + timedelta(seconds=waits) if waits is not None else self._poll_at
        return min(self._poll_at, self._audit_at, read_at)

    def _now(self) -> datetime:
        if self.mortal and self._dice.random() < 1 / 250:
            raise Killed
        return self._clock()


def publish_days(simulator: Simulator, days: list[date], dice: random.Random) -> set[str]:
    """Fill the days, one of them heavily, with late archives among them; gives what EDGAR will list."""
    numbers = set()
    for n, day in enumerate(days):
        filings = business_day(day, filings=150, burst=120) if n == 5 else business_day(day, filings=12)
        for filing in filings:
            late = dice.choice([0, 0, 0, 15, 40, 300, 1200])
            simulator.publish(filing, archive_delay=timedelta(seconds=late))
            numbers.add(filing.filing.accession_number)
    # EDGAR may list a filing days after its acceptance: deep behind everything that polls look at.
    for n in range(LATE):
        filing = late_filing(n, accepted_at=at(days[4], 12, n), listed_on=days[8])
        simulator.publish(filing, listed_at=at(days[8], 13))
        numbers.add(filing.filing.accession_number)
    return numbers


def late_filing(n: int, *, accepted_at: datetime, listed_on: date) -> SimulatedFiling:
    """A filing that EDGAR dates days after its acceptance."""
    filers = (Filer(6_000_000 + n, f"LATE COMPANY {n}"),)
    return made_up(Filing(f"0000888888-26-{n:06}", "8-K", filers, accepted_at, listed_on, ("8.01",)))


def troubles(days: list[date]) -> list[Fault]:
    """Outages of minutes and of a whole day, blocks, and broken answers of every kind."""
    return [
        Fault("maintenance", since=at(days[1], 15, 50), until=at(days[1], 17, 40)),
        Fault("maintenance", since=at(days[3], 0), until=at(days[4], 4)),
        Fault("drop", since=at(days[5], 8), until=at(days[5], 8, 40)),
        *(Fault("block", times=1, since=at(day, 16, 7)) for day in (days[2], days[6], days[8])),
        *(
            Fault(kind, times=2, since=at(days[n], 7 + n))
            for n, kind in enumerate(["html", "cut", "short", "reset", "empty", "retry-later", "error", "wrong-type"])
        ),
        Fault("absent", "/Archives/edgar/daily-index/*", since=at(days[7], 6), until=at(days[7], 8)),
    ]


def tell(store: Store, now: datetime) -> Counter[str]:
    """Take every delivery as its sender would; gives how often each filing is told."""
    told: Counter[str] = Counter()
    while batch := store.claim_deliveries("desk", now=now, lease=timedelta(minutes=1), limit=50):
        for delivery in batch:
            told[delivery.alert.report.accession_number] += 1
            store.settle_delivery(delivery.id, "shown", at=now)
    return told


@pytest.mark.parametrize("seed", [1])
def test_ten_days_of_trouble_miss_nothing_and_tell_nothing_twice(tmp_path, seed):
    """Killed at random, through outages, blocks, late archives and releases: what EDGAR lists is told exactly once."""
    dice = random.Random(seed)
    days = business_days(FIRST, 10)
    clock = SteppedClock(at(days[0], 5, 50))
    with Simulator(clock=clock, quirks=Quirks(shift=-3)) as simulator:
        listed = publish_days(simulator, days, dice)
        simulator.break_down(*troubles(days))
        process = Process(tmp_path, simulator, clock, dice)
        try:
            process.live(until=at(CALENDAR.next_business_day(days[-1]), 9))
            process.mortal = False
            process.duties.reading.read_due()
            audits = process.store.audits(limit=20)
            told = tell(process.store, clock())
            seen = process.store.known_accession_numbers(listed)
        finally:
            process.end()
    totals = {name: sum(getattr(audit, name) for audit in audits) for name in ("listed", "seen", "late")}
    sys.stdout.write(f"ten days: {totals}, killed {process.kills} times, {len(simulator.requests)} requests\n")
    assert process.kills > 10
    assert seen == listed
    assert told == Counter(dict.fromkeys(listed, 1))
    assert totals == {"listed": len(listed), "seen": len(listed) - LATE, "late": LATE}
    assert len(audits) == 10
    assert simulator.most_in_one_second() <= BUDGET
    assert [request.at for request in simulator.requests if request.while_blocked] == []
