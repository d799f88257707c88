"""A month at high speed: nothing missed, nothing repeated, memory flat, the database as large as documented.

    python tests/soak.py            # --days and --filings make it shorter

What lives through the month is `watcher run` itself, a process with all its threads, between a simulated EDGAR, a
loopback Slack, a program that takes webhooks and a mail server; only nobody waits for time (tests/rehearsal.py). All
of them have outages and lose answers. The daemon is killed and ended by signals in the first quarter, lives through
the rest in one process, so that a leak would show, with a reload by SIGHUP every day, and is killed again in the
last day's rush.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time as real_time
from collections import Counter
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import httpx
from loopback_hook import SECRET, LoopbackHook
from loopback_mail import LoopbackMail, closed_port
from loopback_slack import DROP_AFTER, DROP_BEFORE, GARBAGE, HTML, HTML_AFTER, LoopbackSlack, limit, refuse
from loopback_slack import Fault as Refusal
from moments import at, business_days
from rehearsal import SharedTime
from watching import COMPANY_TICKERS, TOKEN

from watcher.hours import Calendar
from watcher.model import DeliveryState
from watcher.simulator import Fault, Quirks, SimulatedFiling, Simulator
from watcher.simulator.days import business_day
from watcher.store import Store

CALENDAR = Calendar()
FIRST = date(2026, 3, 2)
RELEASE_WORDS = 1500
FLAT_WITHIN = 0.05
# docs/operate.md, "How large it grows".
FACTS_A_FILING = 10_000
LONGEST_STANDSTILL_S = 120.0
RULES = """\
- {{id: everything, title: Anything at all, when: {{form: 8-K}}, notify: [desk, bus]}}
- {{id: shadow-{turn}, title: A rule that changes, shadow: yes, when: {{text: word{turn}}}, notify: [desk]}}
"""
CONFIG = """\
rules = ["rules.yaml"]
keep_text = "7d"
[edgar]
user_agent = "Soak soak@acme.example"
poll_interval = "30s"
quiet_poll_interval = "2m"
requests_per_second = {budget}
www_url = "{edgar}"
data_url = "{edgar}"
search_url = "{edgar}"
[operator]
notify = ["inbox"]
canary = "07:00"
daily_note = "18:00"
[http]
listen = "127.0.0.1:{port}"
[receivers.desk]
type = "slack"
token = {{ env = "SLACK_BOT_TOKEN" }}
channel = "C0DESK"
api_url = "{slack}"
[receivers.bus]
type = "webhook"
url = "http://{hook}/"
secret = {{ env = "WEBHOOK_SECRET" }}
[receivers.inbox]
type = "email"
host = "127.0.0.1"
port = {mail}
security = "none"
from = "alerts@example.com"
to = ["desk@example.com"]
"""


# --- what goes on around the daemon ----------------------------------------------------------------------


class World:
    """EDGAR, Slack, webhooks and mail, with all that goes wrong with them."""

    def __init__(self, stack: ExitStack, clock: SharedTime, days: list[date], per_day: int) -> None:
        self._clock, self._dice = clock, random.Random(1)
        self.listed: set[str] = set()
        self.edgar = Simulator([], clock=clock, company_tickers=COMPANY_TICKERS, quirks=Quirks(shift=2))
        self.slack = LoopbackSlack(clock=lambda: clock.seconds, fault_for=lambda method: self._slack_fault())
        self.hook = LoopbackHook()
        self.mail = LoopbackMail(security="none")
        for day in days:
            for filing in business_day(day, filings=per_day, burst=per_day // 8):
                late = timedelta(seconds=self._dice.choice([0] * 30 + [15, 40] * 5 + [300]))
                self.edgar.publish(_longer(filing, self._dice), archive_delay=late)
                self.listed.add(filing.filing.accession_number)
        self.edgar.break_down(*_edgar_faults(days))
        for server in (self.edgar, self.slack, self.hook, self.mail):
            stack.enter_context(server)

    def _slack_fault(self) -> Refusal | None:
        """Down from 08:30 to 09:00 New York, and otherwise now and then an answer that is lost."""
        now = self._clock()
        day = now.date()
        if at(day, 8, 30) <= now < at(day, 9):
            return refuse("internal_error") if day.day % 2 else HTML
        faults = [DROP_AFTER, DROP_BEFORE, GARBAGE, HTML, HTML_AFTER, limit(1)]
        return self._dice.choice(faults) if self._dice.random() < 0.02 else None

    def lose_answers(self) -> None:
        """The next webhooks and mails go wrong."""
        self.hook.fail(refuse("503"), DROP_BEFORE, DROP_AFTER, limit(2), DROP_AFTER)
        self.mail.fail("drop_before", "drop_after", "MAIL 421 busy")


def _longer(filing: SimulatedFiling, dice: random.Random) -> SimulatedFiling:
    """The filing with a main document as long as a short press release; words come as often as words do."""
    words = " ".join(f"word{int(dice.paretovariate(0.8)) % 20_000}" for _ in range(RELEASE_WORDS))
    return replace(filing, source=filing.body.replace(b"<p>SIGNATURE", f"<p>{words}</p><p>SIGNATURE".encode()))


def _edgar_faults(days: list[date]) -> list[Fault]:
    faults = []
    kinds = ["html", "cut", "short", "reset", "empty", "retry-later", "error", "wrong-type", "drop", "block"]
    for n, day in enumerate(days):
        faults.append(Fault(kinds[n % len(kinds)], times=2, since=at(day, 7 + n % 12)))
        if n % 5 == 2:
            faults.append(Fault("maintenance", since=at(day, 15, 50), until=at(day, 17, 40)))
    return faults


# --- the daemon ------------------------------------------------------------------------------------------


class Watch:
    """One process of `watcher run` after the other."""

    def __init__(self, folder: Path, clock: SharedTime, world: World) -> None:
        self._folder, self._clock = folder, clock
        self._port = closed_port()
        self._urls = {
            "edgar": world.edgar.url,
            "slack": world.slack.api_url,
            "hook": world.hook.address,
            "mail": world.mail.port,
        }
        self.database = folder / "watcher.db"
        self.log = folder / "daemon.log"
        self.restarts: Counter[str] = Counter()
        self.reloads = 0
        self._write_files()
        self._start()

    def _write_files(self) -> None:
        config = CONFIG.format(port=self._port, budget=5 + self.reloads % 2, **self._urls)
        (self._folder / "config.toml").write_text(config, encoding="utf-8")
        (self._folder / "rules.yaml").write_text(RULES.format(turn=self.reloads), encoding="utf-8")

    def _start(self) -> None:
        command = [sys.executable, Path(__file__).with_name("rehearsal.py"), "config.toml", "time"]
        environ = os.environ | {"SLACK_BOT_TOKEN": TOKEN, "WEBHOOK_SECRET": SECRET}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=self._folder, env=environ, stdout=log, stderr=log)

    def live(self, until: datetime) -> None:
        """Let it work until then."""
        self._clock.allow(until)
        moved, before = real_time.monotonic(), self._clock.seconds
        while (now := self._clock.seconds) < until.timestamp():
            if now > before:
                moved, before = real_time.monotonic(), now
            if self._process.poll() is not None or real_time.monotonic() - moved > LONGEST_STANDSTILL_S:
                raise RuntimeError(
                    f"The daemon stands still at {self._clock()}; its log ends with:\n{self._last_log()}"
                )
            real_time.sleep(0.002)

    def _last_log(self) -> str:
        return self.log.read_text(encoding="utf-8")[-3000:]

    def end(self) -> None:
        """End it by SIGTERM."""
        self._process.terminate()
        if code := self._process.wait(20):
            raise RuntimeError(f"The daemon ended with {code}:\n{self._last_log()}")

    def restart(self) -> None:
        """End it by SIGTERM, and begin again some minutes later with nothing but the database."""
        self.end()
        self._begin_again("ended")

    def kill(self, *, within: timedelta, after_s: float) -> None:
        """Kill it at some moment while it works, and begin again."""
        self._clock.allow(self._clock() + within)
        real_time.sleep(after_s)
        self._process.kill()
        self._process.wait(20)
        self._begin_again("killed")

    def _begin_again(self, how: str) -> None:
        self.restarts[how] += 1
        later = self._clock() + timedelta(minutes=20)
        self._clock.allow(later)
        self._clock.pass_to(later.timestamp())
        self._start()

    def reload(self) -> None:
        """Have changed rules and a changed budget taken."""
        begun = self._beginnings()
        self.reloads += 1
        self._write_files()
        self._process.send_signal(signal.SIGHUP)
        until = real_time.monotonic() + LONGEST_STANDSTILL_S
        while self._beginnings() == begun:
            if real_time.monotonic() > until:
                raise RuntimeError(f"The changed files are not taken:\n{self._last_log()}")
            real_time.sleep(0.1)

    def _beginnings(self) -> int:
        return self.log.read_text(encoding="utf-8").count("watching rules=")

    def resident_mb(self) -> float:
        """Memory that the process holds now."""
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def metrics_kb(self) -> float:
        """Size of what Prometheus reads."""
        return len(httpx.get(f"http://127.0.0.1:{self._port}/metrics", timeout=30).raise_for_status().content) / 1e3


# --- the month -------------------------------------------------------------------------------------------


class Diary:
    """What was measured every evening."""

    def __init__(self) -> None:
        self.memory: list[float] = []
        self.sizes: list[float] = []
        self.metrics: list[float] = []

    def note(self, day: date, watch: Watch, world: World) -> None:
        """Measure, and say it."""
        self.memory.append(watch.resident_mb())
        self.sizes.append(watch.database.stat().st_size / 1e6)
        self.metrics.append(watch.metrics_kb())
        _say(
            f"{day}  {len(world.slack.shown()):6} shown  {self.memory[-1]:6.1f} MB memory  "
            f"{self.sizes[-1]:6.1f} MB database  {self.metrics[-1]:5.1f} KB metrics"
        )


def soak(days: list[date], per_day: int, folder: Path) -> bool:
    """Live through the days and say what came of it; gives whether all of it is as it must be."""
    clock = SharedTime(folder / "time", start=at(days[0], 5, 50))
    with ExitStack() as stack:
        world = World(stack, clock, days, per_day)
        watch = Watch(folder, clock, world)
        diary = Diary()
        begun = real_time.monotonic()
        for n, day in enumerate(days):
            _live_through(day, watch, world, young=n < len(days) // 4)
            diary.note(day, watch, world)
        watch.live(at(CALENDAR.next_business_day(days[-1]), 6, 15))
        watch.kill(within=timedelta(hours=1), after_s=0.1)
        watch.live(at(CALENDAR.next_business_day(days[-1]), 9))
        watch.end()
        seconds = real_time.monotonic() - begun
        asked = world.edgar.requests
        while_blocked = sum(request.while_blocked for request in asked)
        _say(
            f"{len(world.listed)} filings of {len(days)} days in {seconds:.0f} s: {len(asked)} requests, "
            f"{while_blocked} while blocked; ended {watch.restarts['ended']}, killed {watch.restarts['killed']}, "
            f"reloaded {watch.reloads} times"
        )
        return _judge(watch.database, world, diary) and not while_blocked


def _live_through(day: date, watch: Watch, world: World, *, young: bool) -> None:
    dice = random.Random(day.toordinal())
    watch.live(at(day, 12, 30))
    watch.reload()
    watch.live(at(day, 16, 4))
    world.lose_answers()
    if young:
        watch.kill(within=timedelta(minutes=30), after_s=dice.uniform(0.05, 0.6))
        watch.live(at(day, 19))
        watch.restart()
    watch.live(at(CALENDAR.next_business_day(day), 5, 50))


def _judge(database: Path, world: World, diary: Diary) -> bool:
    with Store(database) as store:
        store.check()
        rows = store.latest_deliveries(limit=len(world.listed) * 3)
        states = store.delivery_counts()
        audits = store.audits(limit=60)
        seen = store.known_accession_numbers(world.listed)
    shown = world.slack.shown()
    slack = Counter(row.alert.report.accession_number for row in rows if row.receiver == "desk" and shown[row.id])
    hook = _told_by_webhook(world)
    missed = sum(number not in seen or not slack[number] or not hook[number] for number in world.listed)
    repeated = sum(count > 1 for count in shown.values()) + sum(
        slack[number] > 1 or hook[number] > 1 for number in world.listed
    )
    unsettled = sum(states.values()) - states[DeliveryState.SENT]
    heard = _heard(world)
    with closing(sqlite3.connect(database)) as connection:
        ((under_way,),) = connection.execute("SELECT count(*) FROM troubles")
    lasting = heard["troubles"] - heard["over"] - under_way
    _say(f"missed {missed}, repeated {repeated}, unsettled {unsettled}, not called off {lasting}")
    _say("the operator heard " + ", ".join(f"{count} {what}" for what, count in heard.items()))
    _say(f"{len(audits)} audits: listed {sum(one.listed for one in audits)}, late {sum(one.late for one in audits)}")
    growth = _compared("memory", diary.memory, "MB")
    labels = _compared("metrics", diary.metrics, "KB")
    half = len(diary.sizes) // 2
    # By half way as many texts go as come: what is added from there on are the facts, which stay.
    share = len(world.listed) * (len(diary.sizes) - 1 - half) / len(diary.sizes)
    facts = (diary.sizes[-1] - diary.sizes[half]) * 1e6 / max(1, share)
    _say(
        f"database: {diary.sizes[half]:.1f} MB half way, {diary.sizes[-1]:.1f} MB at the end: "
        f"{facts:.0f} bytes a filing stay"
    )
    right = not (missed or repeated or unsettled or lasting)
    return right and growth <= FLAT_WITHIN and labels <= FLAT_WITHIN and facts <= FACTS_A_FILING


def _told_by_webhook(world: World) -> Counter[str]:
    """How often each filing was told, the same webhook-id counting once, as the specification has it."""
    bodies = {headers["webhook-id"]: body["data"] for headers, body in world.hook.received}
    alerts = [alert for data in bodies.values() for alert in data.get("alerts", [data])]
    return Counter(alert["filing"]["accession_number"] for alert in alerts)


def _heard(world: World) -> dict[str, int]:
    """What the operator's mails say; one that came twice under its Message-ID counts once."""
    subjects = {str(mail["Message-ID"]): str(mail["Subject"]) for mail in world.mail.mails}.values()
    words = {
        "troubles": "Trouble:",
        "over": "Over:",
        "audit notes": "Audit of",
        "daily notes": "read against",
        "canaries": "canary",
    }
    return {what: sum(word in subject for subject in subjects) for what, word in words.items()}


def _compared(what: str, measured: list[float], unit: str) -> float:
    """By how much the last quarter's mean is above the second's."""
    quarter = max(1, len(measured) // 4)
    second, last = (sum(part) / len(part) for part in (measured[quarter : 2 * quarter], measured[-quarter:]))
    growth = last / second - 1
    _say(f"{what}: second quarter {second:.1f} {unit}, last quarter {last:.1f} {unit} ({growth:+.1%})")
    return growth


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Run the soak; the exit code is 0 only where all is as it must be."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--days", type=int, default=22)
    options.add_argument("--filings", type=int, default=9000)
    options.add_argument("--folder", type=Path, help="an empty folder that keeps the database and the log")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        sys.exit(not soak(business_days(FIRST, given.days), round(given.filings / given.days), folder))


if __name__ == "__main__":
    main()
