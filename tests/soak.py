"""A simulated month at high speed: nothing missed, nothing repeated, memory flat, the database as large as documented.

EDGAR is simulated in a process of its own, so that the memory measured is the watcher's alone. The watcher's parts run
in this process from the first day to the last, through restarts, reloads, outages and broken answers; time is
simulated, so nothing waits. Run it with `python tests/soak.py`; `--days` and `--filings` make it shorter.
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import multiprocessing
import os
import random
import sys
import tempfile
import time as real_time
from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

from watcher.cadence import next_audit_at
from watcher.daemon.duties import Duties
from watcher.edgar import Edgar
from watcher.hours import Calendar, from_new_york
from watcher.model import Message, Receipt
from watcher.notices import watch_health
from watcher.outbox import Sender
from watcher.rules import load_rules
from watcher.settings import ConsoleSettings, EdgarSettings, OperatorSettings, Settings
from watcher.simulator import Fault, Quirks, SimulatedFiling, Simulator, SteppedClock
from watcher.simulator.days import business_day
from watcher.store import Store

CALENDAR = Calendar()
FIRST = date(2026, 3, 2)
KEEP_TEXT = timedelta(days=7)
RELEASE_WORDS = 1500
FLAT_WITHIN = 0.05
# docs/operate.md, "How large it grows".
FACTS_A_FILING = 10_000
RULES = """\
- {{id: everything, title: Anything at all, when: {{form: 8-K}}, notify: [desk]}}
- {{id: shadow-{turn}, title: A rule that changes, shadow: yes, when: {{text: word{turn}}}, notify: [desk]}}
"""


# --- EDGAR, in a process of its own ----------------------------------------------------------------------


def serve_edgar(now: Synchronized[float], days: list[date], per_day: int, line: Connection) -> None:
    """Serve the days' filings with all that goes wrong, until something comes down the line."""
    tickers = json.dumps({"0": {"cik_str": 5_000_001, "ticker": "EXMP", "title": "EXAMPLE COMPANY 1"}}).encode()
    simulator = Simulator(
        [],
        clock=lambda: datetime.fromtimestamp(now.value, UTC),
        company_tickers=tickers,
        quirks=Quirks(shift=2),
    )
    dice = random.Random(1)
    listed = set()
    for day in days:
        for filing in business_day(day, filings=per_day, burst=per_day // 8):
            late = dice.choice([0, 0, 0, 15, 40, 300])
            simulator.publish(_longer(filing, dice), archive_delay=timedelta(seconds=late))
            listed.add(filing.filing.accession_number)
    simulator.break_down(*_troubles(days))
    with simulator:
        line.send((simulator.url, listed))
        line.recv()
        line.send((len(simulator.requests), sum(request.while_blocked for request in simulator.requests)))


def _longer(filing: SimulatedFiling, dice: random.Random) -> SimulatedFiling:
    """The filing with a main document as long as a short press release; words come as often as words do."""
    words = " ".join(f"word{int(dice.paretovariate(0.8)) % 20_000}" for _ in range(RELEASE_WORDS))
    return replace(filing, source=filing.body.replace(b"<p>SIGNATURE", f"<p>{words}</p><p>SIGNATURE".encode()))


def _troubles(days: list[date]) -> list[Fault]:
    faults = []
    kinds = ["html", "cut", "short", "reset", "empty", "retry-later", "error", "wrong-type", "drop", "block"]
    for n, day in enumerate(days):
        faults.append(Fault(kinds[n % len(kinds)], times=2, since=_at(day, 7 + n % 12)))
        if n % 5 == 2:
            faults.append(Fault("maintenance", since=_at(day, 15, 50), until=_at(day, 17, 40)))
    return faults


def _at(day: date, hour: int, minute: int = 0) -> datetime:
    return from_new_york(day, time(hour, minute))


# --- the watcher, in this one ----------------------------------------------------------------------------


class SharedClock(SteppedClock):
    """A stepped clock that another process reads."""

    def __init__(self, start: datetime, shared: Synchronized[float]) -> None:
        super().__init__(start)
        self._shared = shared
        shared.value = start.timestamp()

    def sleep(self, seconds: float) -> None:
        """Let that much time pass at once, there too."""
        super().sleep(seconds)
        self._shared.value = self().timestamp()


class Desk:
    """A receiver that counts what it shows."""

    can_find = True
    folds_repeats = False
    pace = timedelta(0)
    place = ""

    def __init__(self) -> None:
        self.shown: Counter[str] = Counter()

    def send(self, message: Message) -> Receipt:
        """Show it: a combined message shows all that it holds."""
        self.shown.update(message.holds or (message.delivery_id,))
        return Receipt(message.delivery_id)

    def find(
        self, delivery_ids: Collection[str], since: datetime, *, threads: Collection[str] = ()
    ) -> dict[str, Receipt]:
        """Those that were shown."""
        return {name: Receipt(name) for name in delivery_ids if name in self.shown}


class Watch:
    """The watcher's parts, made anew at every restart and reload."""

    def __init__(self, folder: Path, url: str, clock: SteppedClock, desk: Desk) -> None:
        self.settings = Settings(
            path=folder / "config.toml",
            rules=(folder / "rules.yaml",),
            database=folder / "watcher.db",
            edgar=EdgarSettings(
                "Soak soak@acme.example",
                poll_interval=timedelta(minutes=10),
                quiet_poll_interval=timedelta(minutes=30),
                **dict.fromkeys(("www_url", "data_url", "search_url"), url),
            ),
            receivers={"desk": ConsoleSettings("desk")},
            operator=OperatorSettings(notify=("desk",), canary=time(7), daily_note=time(18)),
            keep_text=KEEP_TEXT,
        )
        self._clock, self._desk = clock, desk
        self._turn = 0
        self.restarts = self.reloads = 0
        self.store = Store(self.settings.database)
        self._open()

    def _open(self) -> None:
        (path,) = self.settings.rules
        path.write_text(RULES.format(turn=self._turn), encoding="utf-8")
        self._edgar = Edgar(
            self.settings.edgar,
            clock=self._clock,
            monotonic=self._clock.monotonic,
            sleep=self._clock.sleep,
            blocked_until=self.store.blocked_until(),
            on_block=self.store.keep_block,
        )
        rules = load_rules(self.settings.rules, receivers=["desk"])
        self.duties = Duties(
            self.settings, rules, self.store, self._edgar, clock=self._clock, monotonic=self._clock.monotonic
        )
        self._sender = Sender("desk", self._desk, self.store, give_up_after=timedelta(hours=24))

    def reload(self) -> None:
        """Take changed rules, as SIGHUP has them taken."""
        self.reloads += 1
        self._turn += 1
        self._edgar.close()
        self._open()

    def restart(self) -> None:
        """Begin with nothing but the database."""
        self.restarts += 1
        self._edgar.close()
        self.store.close()
        self.store = Store(self.settings.database)
        self.store.abandon_leases(now=self._clock())
        self._open()

    def live(self, until: datetime) -> None:
        """Poll, read, audit, search, deliver and keep up until then."""
        poll_at = audit_at = hourly_at = self._clock()
        while self._clock() < until:
            now = self._clock()
            if now >= poll_at:
                self.duties.refresh_tickers()
                self.duties.poll()
                poll_at = self.duties.next_poll_at(jitter=0.5) or now + timedelta(hours=1)
            if now >= audit_at:
                done = self.duties.audit()
                audit_at = next_audit_at(now=now, calendar=CALENDAR) if done else now + timedelta(minutes=30)
            if now >= hourly_at:
                if self.duties.is_search_due():
                    self.duties.search()
                self.duties.tell_daily()
                self.duties.keep_up()
                watch_health(self.store, ["desk"], now=self._clock(), also=self.duties.troubles())
                hourly_at = now + timedelta(hours=1)
            self.duties.read_due()
            send_at = self._send()
            waits = self.duties.seconds_to_next_filing()
            read_at = self._clock() + timedelta(seconds=waits) if waits is not None else poll_at
            following = min(poll_at, audit_at, hourly_at, read_at, send_at or poll_at)
            self._clock.move_to(max(following, self._clock() + timedelta(seconds=1)))

    def _send(self) -> datetime | None:
        while (at := self._sender.step(now=self._clock())) is not None and at <= self._clock():
            pass
        return at

    def close(self) -> None:
        """End."""
        self._edgar.close()
        self.store.close()


def resident_mb() -> float:
    """Memory that this process holds now."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def business_days(count: int) -> list[date]:
    """So many business days from the first one on."""
    days = [FIRST]
    while len(days) < count:
        days.append(CALENDAR.next_business_day(days[-1]))
    return days


def soak(days: list[date], per_day: int, folder: Path) -> bool:
    """Live through the days and say what came of it; gives whether all of it is as it must be."""
    context = multiprocessing.get_context("spawn")
    now: Synchronized[float] = context.Value("d", 0.0)
    line, other_end = context.Pipe()
    clock = SharedClock(_at(days[0], 5, 50), now)
    edgar = context.Process(target=serve_edgar, args=(now, days, per_day, other_end), daemon=True)
    edgar.start()
    url, listed = line.recv()
    desk = Desk()
    watch = Watch(folder, url, clock, desk)
    memory, sizes = [], []
    begun = real_time.monotonic()
    for n, day in enumerate(days):
        watch.live(until=_at(day, 12, 30))
        watch.restart() if n % 2 else watch.reload()
        watch.live(until=_at(CALENDAR.next_business_day(day), 5, 50))
        memory.append(resident_mb())
        sizes.append(watch.settings.database.stat().st_size / 1e6)
        _say(f"{day}  {len(desk.shown):6} shown  {memory[-1]:6.1f} MB memory  {sizes[-1]:6.1f} MB database")
    watch.live(until=_at(CALENDAR.next_business_day(days[-1]), 9))
    seconds = real_time.monotonic() - begun
    line.send("done")
    requests, while_blocked = line.recv()
    edgar.join()
    good = _judge(watch, desk, listed, memory, sizes)
    _say(
        f"{len(listed)} filings of {len(days)} days in {seconds:.0f} s: {requests} requests, {while_blocked} while "
        f"blocked, {watch.restarts} restarts, {watch.reloads} reloads"
    )
    watch.close()
    return good and not while_blocked


def _judge(watch: Watch, desk: Desk, listed: set[str], memory: list[float], sizes: list[float]) -> bool:
    store = watch.store
    seen = store.known_accession_numbers(listed)
    rows = store.latest_deliveries(limit=len(listed) * 2)
    told = Counter(row.alert.report.accession_number for row in rows if desk.shown[row.id])
    missed = len(listed - seen) + sum(1 for number in listed if number not in told)
    repeated = sum(count > 1 for count in desk.shown.values()) + sum(told[number] > 1 for number in listed)
    audits = store.audits(limit=60)
    late = sum(audit.late for audit in audits)
    quarter = max(1, len(memory) // 4)
    second, last = (sum(part) / len(part) for part in (memory[quarter : 2 * quarter], memory[-quarter:]))
    growth = last / second - 1
    store.check()
    _say(f"missed {missed}, repeated {repeated}, late {late}; {len(audits)} audits")
    _say(f"memory: second quarter {second:.1f} MB, last quarter {last:.1f} MB ({growth:+.1%})")
    half = len(sizes) // 2
    # By half way as many texts go as come: what is added from there on are the facts, which stay.
    facts = (sizes[-1] - sizes[half]) * 1e6 / max(1, len(listed) * (len(sizes) - 1 - half) / len(sizes))
    _say(f"database: {sizes[half]:.1f} MB half way, {sizes[-1]:.1f} MB at the end: {facts:.0f} bytes a filing stay")
    return not missed and not repeated and growth <= FLAT_WITHIN and facts <= FACTS_A_FILING


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Run the soak; the exit code is 0 only where all is as it must be."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--days", type=int, default=22)
    options.add_argument("--filings", type=int, default=9000)
    given = options.parse_args()
    logging.getLogger().addHandler(logging.NullHandler())
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(not soak(business_days(given.days), round(given.filings / given.days), Path(folder)))


if __name__ == "__main__":
    main()
