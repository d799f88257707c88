"""Kill the sending process at random moments, under every fault of Slack and SMTP, and count what is visible.

    python tests/crash.py --kills 1000

Each life of the process is a real one with the real database, ended by SIGKILL after a few milliseconds. At the end
one life goes on to the end. Then each delivery must be visible exactly once in the channel, and mails may repeat
only under their own Message-ID.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

from alerts import alert
from loopback_mail import LoopbackMail
from loopback_slack import DROP_AFTER, DROP_BEFORE, GARBAGE, HTML, HTML_AFTER, LoopbackSlack, limit, refuse, slow

from watcher.model import Alert, DeliveryState
from watcher.notify.email import EmailNotifier
from watcher.notify.slack import SlackNotifier
from watcher.outbox import Sender, plan_delivery
from watcher.settings import EmailSettings, Secret, SlackSettings
from watcher.store import Store

START = datetime(2026, 3, 9, 14, 0, tzinfo=UTC)
LONGEST_LIFE_S = 0.3
SLACK_FAULTS = [DROP_AFTER, DROP_BEFORE, GARBAGE, HTML, HTML_AFTER, limit(1), refuse("internal_error"), slow(0.05)]
MAIL_FAULTS = ["drop_before", "drop_after", "DATA 451 try later", "RCPT 450 greylisted", "MAIL 421 busy"]


def main() -> int:
    """Run, print the counts, and give 0 if nothing is missing or repeated."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        counts = crash(Path(folder) / "watcher.db", kills=chosen.kills, seed=chosen.seed)
    sys.stdout.write(json.dumps(counts, indent=2) + "\n")
    return 0 if counts["missing"] == counts["repeated"] == counts["strange_mails"] == 0 else 1


def crash(database: Path, *, kills: int, seed: int) -> dict[str, int]:
    """Live until it has been killed that often; gives what was seen then."""
    dice = random.Random(seed)
    now = [START]
    slack = LoopbackSlack(clock=lambda: now[0].timestamp())
    mail = LoopbackMail(security="none")
    # Forked before any thread runs: a process that is forked among threads may inherit their locks.
    nursery = Nursery(database, slack.api_url, mail.port)
    told: list[Alert] = []
    outcomes: Counter[str] = Counter()
    with ExitStack() as stack:
        stack.callback(nursery.close)
        stack.enter_context(slack)
        stack.enter_context(mail)
        slack.fault_for = lambda method: dice.choice(SLACK_FAULTS) if dice.random() < 0.4 else None
        while outcomes["killed"] < kills:
            now[0] += timedelta(seconds=dice.expovariate(1 / 8))
            # Often one, sometimes a crowd that is combined.
            fresh = [_alert(len(told) + more, now[0]) for more in range(dice.choices([0, 1, 2, 14], [8, 8, 2, 0.5])[0])]
            told += fresh
            mail.fail(*([dice.choice(MAIL_FAULTS)] if dice.random() < 0.4 else []))
            outcomes[nursery.live(fresh, now[0], seconds=dice.uniform(0, LONGEST_LIFE_S))] += 1
        before_the_last_life = len(slack.messages["C0DESK"])
        slack.fault_for = lambda method: None
        mail.forgive()
        while told and nursery.live([], now[0], seconds=60.0) != "done":
            now[0] += timedelta(minutes=1)
    lives = {f"lives_{name}": count for name, count in outcomes.items()}
    return _counts(database, told, slack, mail) | lives | {"slack_messages_under_fire": before_the_last_life}


def _alert(number: int, now: datetime) -> Alert:
    return alert(number + 1, accepted_at=now - timedelta(seconds=30))


def _counts(database: Path, told: list[Alert], slack: LoopbackSlack, mail: LoopbackMail) -> dict[str, int]:
    shown = slack.shown()
    mails = Counter(str(one["Message-ID"]) for one in mail.mails)
    carried = " ".join(str(one.get_body(("plain",)).get_content()) for one in mail.mails)  # type: ignore[union-attr]
    names = {one.report.filers[0].name for one in told}
    with Store(database) as store:
        states = store.delivery_counts()
        sent = {one.receipt for one in store.latest_deliveries(receiver="inbox", limit=10**6)}
    return {
        "alerts": len(told),
        "slack_messages": len(slack.messages["C0DESK"]),
        "missing": sum(shown[one.delivery_id] == 0 for one in told) + sum(name not in carried for name in names),
        "repeated": sum(shown[one.delivery_id] > 1 for one in told),
        "mails": sum(mails.values()),
        "mails_repeated_under_their_id": sum(mails.values()) - len(mails),
        "strange_mails": len(set(mails) - sent),
        "not_settled": sum(states.values()) - states[DeliveryState.SENT],
    }


class Nursery:
    """A process without threads, whose children send until they are killed."""

    def __init__(self, database: Path, api_url: str, smtp_port: int) -> None:
        self._line, theirs = Pipe()
        sys.stdout.flush()
        self._process = os.fork()
        if self._process == 0:
            self._line.close()
            _exit_after(lambda: _nurse(theirs, database, api_url, smtp_port))
        theirs.close()

    def live(self, fresh: list[Alert], now: datetime, *, seconds: float) -> str:
        """One life: queue these and send; gives `killed`, `idle` or `done` (nothing is left)."""
        self._line.send((fresh, now, seconds))
        return str(self._line.recv())

    def close(self) -> None:
        """End the nursery."""
        self._line.close()
        os.waitpid(self._process, 0)


def _nurse(line: Connection, database: Path, api_url: str, smtp_port: int) -> None:
    while True:
        try:
            fresh, now, seconds = line.recv()
        except EOFError:
            return
        with Store(database) as store:
            store.enqueue([plan_delivery(one, now=now) for one in [*fresh, *(_for_mail(one) for one in fresh)]])
        child = os.fork()
        if child == 0:
            _exit_after(lambda now=now: _send(database, api_url, smtp_port, now))  # type: ignore[misc]
        line.send(_end_of(child, database, seconds))


def _for_mail(one: Alert) -> Alert:
    return alert(int(one.report.accession_number[-6:]), receiver="inbox", accepted_at=one.report.accepted_at)


def _end_of(child: int, database: Path, seconds: float) -> str:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if os.waitpid(child, os.WNOHANG) != (0, 0):
            with Store(database) as store:
                states = store.delivery_counts()
            return "done" if sum(states.values()) == states[DeliveryState.SENT] else "idle"
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "killed"


def _send(database: Path, api_url: str, smtp_port: int, now: datetime) -> None:
    """What a daemon does with its receivers, at a clock that stands still unless somebody waits."""
    desk = SlackSettings("desk", Secret(LoopbackSlack.token), "C0DESK", api_url)
    inbox = EmailSettings("inbox", "127.0.0.1", "alerts@example.com", ("desk@example.com",), smtp_port, "none")
    with Store(database) as store:
        store.abandon_leases(now=now)
        senders = [
            Sender("desk", SlackNotifier(desk, timeout=5), store, give_up_after=timedelta(days=30)),
            Sender("inbox", EmailNotifier(inbox, timeout=5), store, give_up_after=timedelta(days=30)),
        ]
        # Deaths come at all ages: now and then as soon as what is in doubt may be looked up.
        for later in (0, 1, 2, 16, 40):
            for sender in senders:
                sender.step(now=now + timedelta(seconds=later))


def _exit_after(act: Callable[[], None]) -> None:
    """Be a child: do this and nothing of the parent's."""
    try:
        act()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
