"""Kill the daemon again and again, under every fault of Slack and SMTP, and count what is visible.

    python tests/crash.py --kills 1000

The daemon is the real one, in a process of its own, on a real database, between a simulated EDGAR, a loopback Slack
and a real mail server; only its clock is ours, so that hours of back-off pass at once. It dies by SIGKILL at random
moments, most of them while it delivers, and besides at every step that it takes on its store, on EDGAR and on its
receivers, before and after it. At the end it lives on. Then each filing must be visible exactly once in the channel,
and mails may repeat only under their own Message-ID.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lives import Ending, Nursery, SharedClock
from loopback_mail import LoopbackMail
from loopback_slack import (
    DROP_AFTER,
    DROP_BEFORE,
    GARBAGE,
    HTML,
    HTML_AFTER,
    Fault,
    LoopbackSlack,
    limit,
    refuse,
    slow,
)
from watching import COMPANY_TICKERS, RULES, TOKEN, accession_number, submission

from watcher.model import DeliveryState
from watcher.rules import load_rules
from watcher.settings import EdgarSettings, EmailSettings, Secret, Settings, SlackSettings
from watcher.simulator import Quirks, Simulator
from watcher.store import Store

START = datetime(2026, 3, 9, 14, 0, tzinfo=UTC)
LONGEST_LIFE_S = 0.8
LONGEST_STEPS_S = 1.5
ALL_STEPS = 120
"""More than a daemon takes from its start until a filing is delivered to both receivers."""
SLACK_FAULTS = [DROP_AFTER, DROP_BEFORE, GARBAGE, HTML, HTML_AFTER, limit(1), refuse("internal_error"), slow(0.05)]
MAIL_FAULTS = ["drop_before", "drop_after", "garbage", "DATA 451 try later", "RCPT 450 greylisted", "MAIL 421 busy"]
SETTLED_AFTER = timedelta(seconds=16)


def main() -> int:
    """Run, print the counts, and give 0 if nothing is missing or repeated."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=1000, help="kills at random moments")
    parser.add_argument("--steps", type=int, default=ALL_STEPS, help="kills before, and as many after, each step")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        counts = crash(Path(folder), kills=chosen.kills, steps=chosen.steps, seed=chosen.seed)
    sys.stdout.write(json.dumps(counts, indent=2) + "\n")
    wrong = ("missing", "repeated", "strange_mails", "not_settled", "ended_by_itself")
    return 1 if any(counts[name] for name in wrong) else 0


def crash(folder: Path, *, kills: int, steps: int, seed: int) -> dict[str, int]:
    """Live until it was killed that often; gives what was seen then."""
    clock = SharedClock(START)
    slack = LoopbackSlack(clock=lambda: clock().timestamp())
    mail = LoopbackMail(security="none")
    edgar = Simulator(clock=clock, quirks=Quirks(rate_limit=10**6), company_tickers=COMPANY_TICKERS)
    settings = _settings(folder, edgar, slack, mail)
    # Forked before any thread runs: a process that is forked among threads may inherit their locks.
    nursery = Nursery(settings, load_rules(settings.rules), clock, log=folder / "daemon.log")
    with ExitStack() as stack:
        stack.callback(nursery.close)
        for server in (slack, mail, edgar):
            stack.enter_context(server)
        world = World(nursery, clock, edgar, slack, mail, random.Random(seed))
        with Store(settings.database) as store:
            store.start_watch(since=START - timedelta(days=1), at=START)
        for step in range(steps):
            world.die_at_step(step + 1, after=False)
            world.die_at_step(step + 1, after=True)
        while world.endings[Ending.KILLED] < kills:
            world.die_some_time()
        under_fire = len(slack.messages["C0DESK"])
        world.live_on(settings.database)
    endings = {f"{ending}": world.endings[ending] for ending in Ending}
    return endings | {"slack_messages_under_fire": under_fire} | _counts(settings.database, world)


class World:
    """What happens around the daemon's lives: filings, faults, time."""

    def __init__(
        self,
        nursery: Nursery,
        clock: SharedClock,
        edgar: Simulator,
        slack: LoopbackSlack,
        mail: LoopbackMail,
        dice: random.Random,
    ) -> None:
        self.slack, self.mail = slack, mail
        self.endings: Counter[Ending] = Counter()
        self.published: list[str] = []
        self._nursery, self._clock, self._edgar, self._dice = nursery, clock, edgar, dice
        slack.fault_for = self._slack_fault

    def die_at_step(self, step: int, *, after: bool) -> None:
        """One life with one new filing, ended at that step; at a random moment where it never gets there."""
        self._trouble_comes(filings=1)
        self._nursery.bear(seconds=LONGEST_STEPS_S, steps=step, after=after)
        self.endings[self._nursery.bury()] += 1

    def die_some_time(self) -> None:
        """One life that ends at any moment, often right while something is being delivered."""
        # Often one filing, sometimes a crowd that is combined.
        self._trouble_comes(filings=self._dice.choices([0, 1, 2, 14], [4, 10, 3, 0.5])[0])
        self._nursery.bear(seconds=LONGEST_LIFE_S)
        manner = self._dice.random()
        if manner < 0.3:
            time.sleep(self._dice.uniform(0, LONGEST_LIFE_S))
        else:
            if manner < 0.6:
                # What is in doubt may be looked up in this life.
                time.sleep(self._dice.uniform(0.1, 0.3))
                self._clock.advance(SETTLED_AFTER)
                self._publish(1)
            self._await_delivery()
            time.sleep(self._dice.choice([0, 0.003, 0.03]) * self._dice.random())
        self._nursery.kill()
        self.endings[self._nursery.bury()] += 1

    def live_on(self, database: Path) -> None:
        """Everything works again: live until all is delivered, at most for forty lives: a busy machine needs many."""
        self.slack.fault_for = lambda method: None
        self.mail.forgive()
        for _ in range(40):
            self._clock.advance(timedelta(hours=2))
            self._nursery.bear(seconds=30.0)
            time.sleep(1)
            self._clock.advance(SETTLED_AFTER)
            self._publish(1)
            until = time.monotonic() + 5
            while time.monotonic() < until and not _all_sent(database, len(self.published)):
                time.sleep(0.1)
            self._nursery.kill()
            self._nursery.bury()
            if _all_sent(database, len(self.published)):
                return

    def _trouble_comes(self, *, filings: int) -> None:
        self._clock.advance(timedelta(seconds=self._dice.expovariate(1 / 8)))
        self._publish(filings)
        self.mail.fail(*([self._dice.choice(MAIL_FAULTS)] if self._dice.random() < 0.4 else []))

    def _publish(self, filings: int) -> None:
        for _ in range(filings):
            number = len(self.published) + 1
            age = datetime.now(UTC) - self._clock() + timedelta(seconds=30)
            self._edgar.publish(submission(number, age=int(age.total_seconds())), listed_at=self._clock())
            self.published.append(accession_number(number))

    def _slack_fault(self, method: str) -> Fault | None:
        return self._dice.choice(SLACK_FAULTS) if self._dice.random() < 0.4 else None

    def _await_delivery(self) -> None:
        """Wait until a receiver is sent something, or the life is over."""
        before, until = self._received(), time.monotonic() + LONGEST_LIFE_S
        while self._received() == before and time.monotonic() < until:
            time.sleep(0.001)

    def _received(self) -> int:
        return len(self.slack.requests) + len(self.mail.mails)


def _settings(folder: Path, edgar: Simulator, slack: LoopbackSlack, mail: LoopbackMail) -> Settings:
    (folder / "rules.yaml").write_text(RULES, encoding="utf-8")
    often = timedelta(seconds=0.1)
    return Settings(
        path=folder / "config.toml",
        rules=(folder / "rules.yaml",),
        database=folder / "watcher.db",
        edgar=EdgarSettings(
            "Loopback Tests tests@loopback.example",
            poll_interval=often,
            quiet_poll_interval=often,
            requests_per_second=1000,
            www_url=edgar.url,
            data_url=edgar.url,
            search_url=edgar.url,
        ),
        receivers={
            "desk": SlackSettings("desk", Secret(TOKEN), "C0DESK", slack.api_url),
            "inbox": EmailSettings("inbox", "127.0.0.1", "alerts@example.com", ("d@example.com",), mail.port, "none"),
        },
        give_up_after=timedelta(days=30),
    )


def _all_sent(database: Path, filings: int) -> bool:
    with Store(database) as store:
        states = store.delivery_counts()
    return sum(states.values()) == states[DeliveryState.SENT] == 2 * filings


def _counts(database: Path, world: World) -> dict[str, int]:
    shown = world.slack.shown()
    mails = Counter(str(one["Message-ID"]) for one in world.mail.mails)
    carried = " ".join(str(one.get_body(("plain",)).get_content()) for one in world.mail.mails)  # type: ignore[union-attr]
    with Store(database) as store:
        states = store.delivery_counts()
        kept = {name: store.latest_deliveries(receiver=name, limit=10**6) for name in ("desk", "inbox")}
    for one in [one for each in kept.values() for one in each if one.state is not DeliveryState.SENT]:
        sys.stderr.write(f"not settled: {one.id} for {one.receiver}, {one.state}, {one.attempts} attempts\n")
    shown_of = {one.alert.report.accession_number: shown[one.id] for one in kept["desk"]}
    return {
        "filings": len(world.published),
        "slack_messages": len(world.slack.messages["C0DESK"]),
        "missing": sum(not shown_of.get(number) for number in world.published)
        + sum(number not in carried for number in world.published),
        "repeated": sum(times > 1 for times in shown.values()),
        "marked_as_repeats": str(world.slack.messages).count("Possibly a repeat"),
        "mails": sum(mails.values()),
        "mails_repeated_under_their_id": sum(mails.values()) - len(mails),
        "strange_mails": len(set(mails) - {one.receipt for one in kept["inbox"]}),
        "not_settled": sum(states.values()) - states[DeliveryState.SENT],
    }


if __name__ == "__main__":
    sys.exit(main())
