"""The process ends at every step of a delivery, and every answer may be lost: each alert is shown once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alerts import ACCEPTED_AT, alert
from loopback_mail import LoopbackMail
from loopback_slack import DROP_AFTER, DROP_BEFORE, GARBAGE, HTML, HTML_AFTER, Fault, LoopbackSlack, limit, refuse
from mortal import Countdown, Mortal

from watcher.model import Alert, DeliveryState
from watcher.notify import Notifier
from watcher.notify.email import EmailNotifier
from watcher.notify.slack import SlackNotifier
from watcher.outbox import Sender, drain, plan_delivery
from watcher.settings import EmailSettings, Secret, SlackSettings
from watcher.simulator import SteppedClock
from watcher.store import Store

DAY = timedelta(hours=24)
ALERTS = [alert(1), alert(2, late="found by audit")]


class Killed(BaseException):
    """The process ends here; nothing catches it."""


def _die() -> None:
    raise Killed


def _live(
    path: Path, clock: SteppedClock, open_notifier: Callable[[], Notifier], deaths: list[tuple[int, bool]]
) -> Counter[str]:
    """Start, send, and start again after each death; gives how deliveries ended up."""
    with Store(path) as store:
        store.enqueue([plan_delivery(one, now=clock()) for one in ALERTS])
    for countdown, after in [*deaths, (0, False)]:
        left = Countdown(countdown, _die, after=after)
        with Store(path) as store:
            store.abandon_leases(now=clock())
            mortal: Any = Mortal(store, left)
            notifier: Any = Mortal(open_notifier(), left)
            sender = Sender("desk", notifier, mortal, give_up_after=DAY, jitter=lambda: 0.5)
            try:
                drain(sender, clock=clock, wait=clock.sleep, patience=DAY)
            except Killed:
                clock.sleep(1)
            counts = store.delivery_counts()
    return Counter({str(state): count for state, count in counts.items() if count})


@pytest.fixture
def clock() -> SteppedClock:
    """The time of day, a minute after the first filing."""
    return SteppedClock(ACCEPTED_AT + timedelta(minutes=1))


@pytest.fixture
def slack(clock: SteppedClock) -> Iterator[LoopbackSlack]:
    """A workspace on the same clock."""
    with LoopbackSlack(clock=lambda: clock().timestamp()) as workspace:
        yield workspace


def _open(slack: LoopbackSlack) -> Notifier:
    return SlackNotifier(SlackSettings("desk", Secret(slack.token), "C0DESK", slack.api_url), timeout=2)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("fault", [None, DROP_AFTER, DROP_BEFORE, limit(3)], ids=lambda fault: fault and fault.kind)
def test_ending_at_any_step_loses_and_repeats_nothing(
    fault: Fault | None, after: bool, slack: LoopbackSlack, clock: SteppedClock, tmp_path: Path
):
    """Killed at each call of the store and of Slack in turn, alone or with a lost answer: shown once each."""
    for step in range(1, 32):
        slack.messages.clear()
        if fault:
            slack.fail("chat.postMessage", fault)
        ended = _live(tmp_path / f"{step}.db", clock, lambda: _open(slack), [(step, after)])
        assert ended == {DeliveryState.SENT: 2}, step
        assert slack.shown() == {one.delivery_id: 1 for one in ALERTS}, step
        assert "Possibly a repeat" not in str(slack.messages)


@pytest.mark.parametrize("seed", range(12))
def test_any_mixture_of_deaths_and_faults_shows_everything_once(
    seed: int, slack: LoopbackSlack, clock: SteppedClock, tmp_path: Path
):
    """A bad day: half of all requests go wrong in some way, and the process dies again and again."""
    dice = random.Random(seed)
    faults = [DROP_AFTER, DROP_BEFORE, GARBAGE, HTML, HTML_AFTER, limit(2), refuse("internal_error"), None, None, None]
    slack.fault_for = lambda method: dice.choice(faults)
    deaths = [(dice.randrange(1, 60), dice.random() < 0.5) for _ in range(6)]
    ended = _live(tmp_path / "watcher.db", clock, lambda: _open(slack), deaths)
    assert ended == {DeliveryState.SENT: 2}
    assert slack.shown() == {one.delivery_id: 1 for one in ALERTS}


def test_mails_repeat_only_under_their_own_message_id(clock: SteppedClock, tmp_path: Path):
    """A mailbox cannot be asked: whatever is sent again is the same mail, and nothing is missing."""
    with LoopbackMail(security="none") as mail:
        settings = EmailSettings("desk", "127.0.0.1", "a@example.com", ("b@example.com",), mail.port, "none")
        for step in range(1, 22):
            mail.mails.clear()
            mail.fail("drop_after")
            ended = _live(
                tmp_path / f"{step}.db", clock, lambda: EmailNotifier(settings, timeout=2), [(step, bool(step % 2))]
            )
            assert ended == {DeliveryState.SENT: 2}, step
            ids = {str(one["Message-ID"]) for one in mail.mails}
            assert ids == {f"<{one.delivery_id}@example.com>" for one in ALERTS}, step


def test_a_single_mail_in_doubt_is_not_drawn_into_a_crowd(clock: SteppedClock, tmp_path: Path):
    """A mail that may have arrived alone is sent again alone, though enough is waiting to be combined."""
    with LoopbackMail(security="none") as mail, Store(tmp_path / "watcher.db") as store:
        settings = EmailSettings("desk", "127.0.0.1", "a@example.com", ("b@example.com",), mail.port, "none")
        sender = Sender("desk", EmailNotifier(settings, timeout=2), store, give_up_after=DAY)
        store.enqueue([plan_delivery(alert(1), now=clock())])
        mail.fail("drop_after")
        sender.step(now=clock())
        store.enqueue([plan_delivery(alert(number), now=clock()) for number in range(2, 20)])
        drain(sender, clock=clock, wait=clock.sleep, patience=DAY)
        ids = [str(one["Message-ID"]) for one in mail.mails]
    assert ids[:2] == [f"<{alert(1).delivery_id}@example.com>"] * 2
    assert len(ids) == 3


def test_a_crowd_that_dies_while_sending_repeats_as_the_same_mail(clock: SteppedClock, tmp_path: Path):
    """A combined mail in doubt keeps its Message-ID, though more alerts came in meanwhile."""
    crowd: list[Alert] = [alert(number) for number in range(1, 13)]
    with LoopbackMail(security="none") as mail, Store(tmp_path / "watcher.db") as store:
        settings = EmailSettings("desk", "127.0.0.1", "a@example.com", ("b@example.com",), mail.port, "none")
        store.enqueue([plan_delivery(one, now=clock()) for one in crowd])
        notifier: Any = Mortal(EmailNotifier(settings, timeout=2), Countdown(1, _die, after=True))
        with pytest.raises(Killed):
            Sender("desk", notifier, store, give_up_after=DAY).step(now=clock())
        store.abandon_leases(now=clock())
        store.enqueue([plan_delivery(alert(number), now=clock()) for number in range(20, 35)])
        sender = Sender("desk", EmailNotifier(settings, timeout=2), store, give_up_after=DAY)
        drain(sender, clock=clock, wait=clock.sleep, patience=DAY)
        ids = Counter(str(one["Message-ID"]) for one in mail.mails)
        assert sorted(ids.values()) == [1, 2]
        assert store.delivery_counts()[DeliveryState.SENT] == 27
