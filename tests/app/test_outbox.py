"""The outbox against a real database and a Slack that misbehaves."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from alerts import ACCEPTED_AT, alert
from full_disk import full_disk
from loopback_mail import LoopbackMail
from loopback_slack import DROP_AFTER, DROP_BEFORE, GARBAGE, HTML, HTML_AFTER, Fault, LoopbackSlack, limit, refuse

from watcher.errors import DeliveryDeferred, DeliveryError, DeliveryUnknown, StoreError
from watcher.messages import render
from watcher.model import Alert, DeliveryState, Message, Receipt
from watcher.notify.email import EmailNotifier
from watcher.notify.slack import SlackNotifier
from watcher.notify.slack_webhook import SlackWebhookNotifier
from watcher.outbox import Event, Pace, Sender, Trouble, drain, plan_delivery
from watcher.settings import Digest, EmailSettings, Secret, SlackSettings, SlackWebhookSettings
from watcher.simulator import SteppedClock
from watcher.store import Store

DAY = timedelta(hours=24)


@pytest.fixture
def clock() -> SteppedClock:
    """The time of day, a minute after the first filing."""
    return SteppedClock(ACCEPTED_AT + timedelta(minutes=1))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty database."""
    with Store(tmp_path / "watcher.db") as opened:
        yield opened


@pytest.fixture
def slack(clock: SteppedClock) -> Iterator[LoopbackSlack]:
    """A workspace on the same clock."""
    with LoopbackSlack(clock=lambda: clock().timestamp()) as workspace:
        yield workspace


def _settings_of(slack: LoopbackSlack) -> SlackSettings:
    return SlackSettings("desk", Secret(slack.token), "C0DESK", slack.api_url)


@pytest.fixture
def events() -> list[Event]:
    """What the operator heard."""
    return []


@pytest.fixture
def sender(slack: LoopbackSlack, store: Store, events: list[Event]) -> Sender:
    """The sender of the receiver `desk`."""
    return _make_sender(slack, store, events)


def _make_sender(slack: LoopbackSlack, store: Store, events: list[Event], **options: object) -> Sender:
    chosen: dict[str, object] = {"give_up_after": DAY, "listen": events.append, "jitter": lambda: 0.5} | options
    return Sender("desk", SlackNotifier(_settings_of(slack), timeout=2), store, **chosen)  # type: ignore[arg-type]


def _queue(store: Store, *alerts: Alert, now: datetime) -> None:
    store.enqueue([plan_delivery(one, now=now) for one in alerts])


def _run(sender: Sender, clock: SteppedClock, *, patience: timedelta = DAY) -> None:
    drain(sender, clock=clock, wait=clock.sleep, patience=patience)


def test_an_alert_is_shown_and_settled(sender: Sender, store: Store, slack: LoopbackSlack, clock: SteppedClock):
    """A queued alert is in the channel once, and the database knows where."""
    _queue(store, alert(1), now=clock())
    _run(sender, clock)
    (message,) = slack.messages["C0DESK"]
    delivery = store.delivery(alert(1).delivery_id)
    assert delivery is not None
    assert (delivery.state, delivery.receipt) == (DeliveryState.SENT, f"C0DESK/{message['ts']}")
    assert [attempt.outcome for attempt in store.attempts_of(delivery.id)] == ["sent"]


@pytest.mark.parametrize(
    "fault",
    [DROP_BEFORE, DROP_AFTER, HTML, HTML_AFTER, GARBAGE, limit(7), refuse("internal_error"), refuse("request_timeout")],
    ids=lambda fault: fault.code or fault.kind,
)
def test_whatever_goes_wrong_once_the_alert_is_shown_once(
    fault: Fault, sender: Sender, store: Store, slack: LoopbackSlack, clock: SteppedClock, events: list[Event]
):
    """A lost, late, false or missing answer leads to exactly one visible message."""
    _queue(store, alert(1), alert(2), now=clock())
    slack.fail("chat.postMessage", fault)
    _run(sender, clock)
    assert slack.shown() == {alert(1).delivery_id: 1, alert(2).delivery_id: 1}
    assert store.delivery_counts()[DeliveryState.SENT] == 2
    assert not events
    assert "Possibly a repeat" not in str(slack.messages)


def test_a_crash_while_sending_is_settled_by_asking(store: Store, slack: LoopbackSlack, clock: SteppedClock):
    """A process that ends after Slack took the message, before it wrote that down, does not repeat it."""
    _queue(store, alert(1), alert(2), now=clock())
    for _ in range(2):
        store.claim_deliveries("desk", now=clock(), lease=timedelta(minutes=1))
    _slack_posts(slack, alert(1))
    store.abandon_leases(now=clock())
    _run(_make_sender(slack, store, []), clock)
    assert slack.shown() == {alert(1).delivery_id: 1, alert(2).delivery_id: 1}


def _slack_posts(slack: LoopbackSlack, one: Alert) -> None:
    SlackNotifier(_settings_of(slack)).send(render(one))


def test_nothing_is_sent_again_before_the_settling_delay(
    sender: Sender, store: Store, slack: LoopbackSlack, clock: SteppedClock
):
    """While a message may still be on its way into the channel, nobody is asked and nothing is repeated."""
    _queue(store, alert(1), now=clock())
    slack.fail("chat.postMessage", DROP_AFTER)
    sender.step(now=clock())
    again = sender.step(now=clock() + timedelta(seconds=2))
    assert again is not None
    assert slack.calls("conversations.history") == 0
    assert slack.calls("chat.postMessage") == 1


def test_what_cannot_be_looked_up_is_marked(sender: Sender, store: Store, slack: LoopbackSlack, clock: SteppedClock):
    """Without the scope to read the channel, a repeat after a lost answer says that it may be one."""
    slack.scopes.discard("channels:history")
    _queue(store, alert(1), now=clock())
    slack.fail("chat.postMessage", DROP_AFTER)
    _run(sender, clock)
    first, second = slack.messages["C0DESK"]
    assert "Possibly a repeat" not in str(first)
    assert "Possibly a repeat" in str(second)


def test_a_lost_database_repeats_nothing_that_is_late(
    slack: LoopbackSlack, store: Store, clock: SteppedClock, tmp_path: Path
):
    """A fresh database against a channel that holds our messages finds them there."""
    old = [alert(number) for number in range(1, 4)]
    _queue(store, *old, now=clock())
    _run(_make_sender(slack, store, []), clock)
    slack.page = 1
    with Store(tmp_path / "fresh.db") as fresh:
        _queue(fresh, *(alert(number, late="found by audit") for number in range(1, 5)), now=clock())
        _run(_make_sender(slack, fresh, []), clock)
        assert fresh.delivery_counts()[DeliveryState.SENT] == 4
    assert set(slack.shown().values()) == {1}
    assert len(slack.messages["C0DESK"]) == 4


def test_a_restored_backup_repeats_nothing(slack: LoopbackSlack, store: Store, clock: SteppedClock, tmp_path: Path):
    """A backup taken before an alert was sent finds it in the channel."""
    _queue(store, alert(1), now=clock())
    with Store(tmp_path / "backup.db") as backup:
        _queue(backup, alert(1), now=clock())
        _run(_make_sender(slack, store, []), clock)
        clock.sleep(86_400)
        _run(_make_sender(slack, backup, []), clock)
        assert backup.delivery_counts()[DeliveryState.SENT] == 1
    assert slack.shown() == {alert(1).delivery_id: 1}


def test_a_limited_receiver_is_left_alone_and_not_charged(
    sender: Sender, store: Store, slack: LoopbackSlack, clock: SteppedClock
):
    """`Retry-After` parks the receiver for that long, and the attempt does not count."""
    _queue(store, alert(1), now=clock())
    slack.fail("chat.postMessage", limit(40))
    again = sender.step(now=clock())
    assert again is not None
    assert timedelta(seconds=40) <= again - clock() <= timedelta(seconds=41)
    assert sender.step(now=clock() + timedelta(seconds=39)) == again
    _run(sender, clock)
    delivery = store.delivery(alert(1).delivery_id)
    assert delivery is not None
    assert delivery.attempts == 1
    assert len(store.attempts_of(delivery.id)) == 2


@pytest.mark.parametrize("code", ["invalid_auth", "token_revoked", "is_archived", "channel_not_found"])
def test_a_broken_receiver_keeps_its_rows_and_resumes(
    code: str, sender: Sender, store: Store, slack: LoopbackSlack, clock: SteppedClock, events: list[Event]
):
    """The operator hears once that it broke and once that it works; everything is shown, nothing dies."""
    _queue(store, *(alert(number) for number in range(1, 4)), now=clock())
    slack.fail("chat.postMessage", *[refuse(code)] * 4)
    for _ in range(4):
        clock.sleep(600)
        sender.step(now=clock())
        assert code in sender.broken
    clock.sleep(3 * 86_400)
    _run(sender, clock)
    assert [event.trouble for event in events] == [Trouble.BROKEN, Trouble.OVER]
    assert set(slack.shown().values()) == {1}
    assert len(slack.shown()) == 3
    assert slack.token not in str(events)


def test_a_rejected_message_is_sent_as_plain_text_once(
    sender: Sender, store: Store, slack: LoopbackSlack, clock: SteppedClock, events: list[Event]
):
    """A message that Slack does not accept arrives without blocks, and the operator hears of the bug."""
    _queue(store, alert(1), now=clock())
    slack.fail("chat.postMessage", refuse("invalid_blocks"))
    _run(sender, clock)
    (message,) = slack.messages["C0DESK"]
    assert "blocks" not in message
    assert "License Agreement" in message["text"]
    assert [event.trouble for event in events] == [Trouble.REJECTED]


def test_a_message_that_is_never_accepted_dies_and_can_be_retried(
    sender: Sender, store: Store, slack: LoopbackSlack, clock: SteppedClock, events: list[Event]
):
    """Rejected in both forms it is dead, its neighbours go on, and a retry sends it."""
    _queue(store, alert(1), alert(2), now=clock())
    slack.fail("chat.postMessage", refuse("invalid_blocks"), refuse("msg_too_long"))
    _run(sender, clock)
    assert slack.shown() == {alert(2).delivery_id: 1}
    assert [event.trouble for event in events] == [Trouble.DEAD]
    store.retry_delivery(alert(1).delivery_id, now=clock())
    _run(sender, clock)
    assert slack.shown() == {alert(1).delivery_id: 1, alert(2).delivery_id: 1}


def test_a_day_of_error_pages_repeats_nothing_and_asks_rarely(
    sender: Sender, store: Store, slack: LoopbackSlack, clock: SteppedClock, events: list[Event]
):
    """Slack fails for hours, taking some messages all the same: each is shown once, and Slack is left in peace."""
    down = True
    posts = iter([HTML_AFTER, HTML, DROP_AFTER] * 100)
    slack.fault_for = lambda method: (next(posts) if method == "chat.postMessage" else HTML) if down else None
    for number in range(1, 25):
        _queue(store, alert(number), now=clock())
        _run(sender, clock, patience=timedelta(seconds=40))
        clock.sleep(1800)
    assert len(slack.requests) + slack.calls("conversations.history") < 60
    down = False
    _run(sender, clock)
    assert slack.shown() == {alert(number).delivery_id: 1 for number in range(1, 25)}
    assert "Possibly a repeat" not in str(slack.messages)
    assert not events


class Down:
    """A receiver that cannot be reached until somebody puts it up, then shows what it gets."""

    can_find = False
    folds_repeats = False
    pace = timedelta(seconds=1)
    place = ""

    def __init__(self) -> None:
        self.error: DeliveryError | None = DeliveryDeferred("nobody answers")
        self.got: list[Message] = []

    def send(self, message: Message) -> Receipt:
        """Fail, or show the message."""
        if self.error:
            raise self.error
        self.got.append(message)
        return Receipt(message.delivery_id)

    send_plain = send

    def find(
        self, delivery_ids: Collection[str], since: datetime, *, threads: Collection[str] = ()
    ) -> dict[str, Receipt]:
        """Nobody asks it."""
        raise AssertionError("not to be asked")

    def check(self) -> str:
        """Nothing to check."""
        return "down"

    def close(self) -> None:
        """Nothing is open."""


def test_a_receiver_down_for_hours_gets_everything_in_order(store: Store, clock: SteppedClock, events: list[Event]):
    """What waited arrives in the order of acceptance, combined, and nothing is dropped."""
    down = Down()
    sender = Sender("desk", down, store, give_up_after=DAY, listen=events.append)
    for number in (5, 3, 8, 1, 30, 2, *range(9, 30), 4, 6, 7):
        _queue(store, alert(number), now=clock())
        _run(sender, clock, patience=timedelta(seconds=1))
        clock.sleep(1200)
    assert not down.got
    down.error = None
    _run(sender, clock)
    arrived = [one for message in down.got for one in message.holds or (message.delivery_id,)]
    assert arrived == [alert(number).delivery_id for number in range(1, 31)]
    assert len(down.got) < 10
    assert not events


def test_a_receiver_down_for_too_long_leaves_dead_deliveries_and_a_word(
    store: Store, clock: SteppedClock, events: list[Event]
):
    """After `give_up_after` deliveries are dead and reported; younger ones still arrive."""
    down = Down()
    sender = Sender("desk", down, store, give_up_after=DAY, listen=events.append)
    _queue(store, *(alert(number) for number in range(1, 6)), now=clock())
    _run(sender, clock, patience=timedelta(seconds=1))
    clock.sleep(23 * 3600)
    _queue(store, alert(6), now=clock())
    clock.sleep(2 * 3600)
    _run(sender, clock, patience=timedelta(seconds=40))
    counts = store.delivery_counts()
    assert (counts[DeliveryState.DEAD], counts[DeliveryState.PENDING]) == (5, 1)
    assert [(event.trouble, len(event.deliveries)) for event in events] == [(Trouble.DEAD, 5)]
    down.error = None
    _run(sender, clock)
    assert [message.delivery_id for message in down.got] == [alert(6).delivery_id]


def test_one_message_a_second_and_channel(sender: Sender, store: Store, slack: LoopbackSlack, clock: SteppedClock):
    """Several waiting alerts go out a second apart."""
    slack.posts_per_second = 1
    _queue(store, *(alert(number) for number in range(1, 8)), now=clock())
    _run(sender, clock)
    assert slack.calls("chat.postMessage") == 7
    times = [float(message["ts"]) for message in slack.messages["C0DESK"]]
    assert all(later - earlier >= 0.99 for earlier, later in pairwise(times))


def test_being_woken_early_does_not_change_the_pace(
    sender: Sender, store: Store, slack: LoopbackSlack, clock: SteppedClock
):
    """A step that comes too soon after a message sends nothing."""
    _queue(store, alert(1), alert(2), now=clock())
    sender.step(now=clock())
    again = sender.step(now=clock() + timedelta(milliseconds=100))
    assert again == clock() + timedelta(seconds=1)
    assert slack.calls("chat.postMessage") == 1


def test_a_deleted_parent_does_not_stop_its_replies(
    sender: Sender, store: Store, slack: LoopbackSlack, clock: SteppedClock
):
    """Where the message to answer is gone, the alert stands on its own; a lost answer there is settled too."""
    _queue(store, alert(1), now=clock())
    _run(sender, clock)
    slack.messages["C0DESK"].clear()
    _queue(store, alert(1, continues="also matches b"), now=clock())
    slack.fail("chat.postMessage", DROP_BEFORE)
    _run(sender, clock)
    (message,) = slack.messages["C0DESK"]
    assert "thread_ts" not in message
    assert not sender.broken


def test_the_operator_hears_of_addresses_that_were_refused(store: Store, clock: SteppedClock, events: list[Event]):
    """A mail that reached some of its recipients is delivered, and the rest is not passed over in silence."""
    with LoopbackMail(security="none") as mail:
        mail.refused.add("risk@example.com")
        to = ("desk@example.com", "risk@example.com")
        settings = EmailSettings("desk", "127.0.0.1", "alerts@example.com", to, mail.port, "none")
        sender = Sender("desk", EmailNotifier(settings, timeout=5), store, give_up_after=DAY, listen=events.append)
        _queue(store, alert(1), now=clock())
        _run(sender, clock)
    assert store.delivery_counts()[DeliveryState.SENT] == 1
    assert [event.trouble for event in events] == [Trouble.PARTLY]


def test_a_crowd_is_combined_and_each_one_can_be_found(
    sender: Sender, store: Store, slack: LoopbackSlack, clock: SteppedClock
):
    """More than ten waiting alerts make one message, which is settled like any other when its answer is lost."""
    _queue(store, *(alert(number) for number in range(1, 13)), now=clock())
    slack.fail("chat.postMessage", DROP_AFTER)
    _run(sender, clock)
    assert len(slack.messages["C0DESK"]) == 1
    assert slack.shown() == {alert(number).delivery_id: 1 for number in range(1, 13)}
    assert "12 filings" in slack.messages["C0DESK"][0]["text"]


def test_a_repeated_combined_message_is_the_same_message(store: Store, clock: SteppedClock):
    """Where repeats are folded by their id, a combined message keeps its id though more is waiting."""
    down = Down()
    down.folds_repeats = True
    sent: list[str] = []

    def lost(message: Message) -> Receipt:
        sent.append(message.delivery_id)
        if len(sent) == 1:
            raise DeliveryUnknown("the answer was lost")
        return Receipt(message.delivery_id)

    down.send = lost  # type: ignore[method-assign]
    sender = Sender("desk", down, store, give_up_after=DAY)
    _queue(store, *(alert(number) for number in range(2, 14)), now=clock())
    sender.step(now=clock())
    _queue(store, alert(1), now=clock())
    _run(sender, clock)
    assert sorted(sent).count(sent[0]) == 2


def test_a_digest_collects(slack: LoopbackSlack, store: Store, clock: SteppedClock):
    """A receiver with a digest gets one message at its hour, with everything."""
    digest = Digest(at=time(18, 0))
    store.enqueue([plan_delivery(alert(number), now=clock(), digest=digest) for number in range(1, 5)])
    sender = _make_sender(slack, store, [], digest=digest)
    _run(sender, clock, patience=timedelta(minutes=1))
    assert not slack.messages["C0DESK"]
    _run(sender, clock)
    assert clock().isoformat() >= "2026-03-08T22:00"
    assert len(slack.messages["C0DESK"]) == 1
    assert len(slack.shown()) == 4


def test_later_matches_and_amendments_answer_in_the_thread(
    sender: Sender, store: Store, slack: LoopbackSlack, clock: SteppedClock
):
    """What continues an alert, or amends its filing, stands in its thread; a lost answer there is settled too."""
    first = alert(1)
    _queue(store, first, now=clock())
    _run(sender, clock)
    more = alert(1, continues="also matches second-rule")
    amendment = alert(2, form="8-K/A", is_amendment=True, amends=first.report.accession_number)
    _queue(store, more, amendment, now=clock())
    slack.fail("chat.postMessage", DROP_AFTER)
    _run(sender, clock)
    parent, *replies = slack.messages["C0DESK"]
    assert [reply["thread_ts"] for reply in replies] == [parent["ts"]] * 2
    assert set(slack.shown().values()) == {1}


def test_a_failing_template_does_not_hold_up_the_alert(
    slack: LoopbackSlack, store: Store, clock: SteppedClock, events: list[Event], tmp_path: Path
):
    """A user's template that fails is reported, and the built-in one is sent."""
    (tmp_path / "alert.txt.j2").write_text("{{ nothing.like.this }}")
    _queue(store, alert(1), now=clock())
    _run(_make_sender(slack, store, events, templates=tmp_path), clock)
    assert len(slack.messages["C0DESK"]) == 1
    assert [event.trouble for event in events] == [Trouble.TEMPLATE]


def test_a_clock_that_was_a_day_ahead_parks_nobody_for_a_day(
    sender: Sender, store: Store, slack: LoopbackSlack, clock: SteppedClock
):
    """When the clock is set back, a parked receiver goes on."""
    _queue(store, alert(1), now=clock())
    slack.fail("chat.postMessage", limit(30))
    sender.step(now=clock() + DAY)
    sender.step(now=clock())
    assert len(slack.messages["C0DESK"]) == 1
    assert store.delivery_counts()[DeliveryState.SENT] == 1


def test_a_doubt_from_a_clock_that_was_a_day_ahead_is_settled_at_once(
    sender: Sender, store: Store, slack: LoopbackSlack, clock: SteppedClock
):
    """A lost answer noted under a wrong clock is looked up when the clock is right again."""
    _queue(store, alert(1), now=clock())
    slack.fail("chat.postMessage", DROP_AFTER)
    sender.step(now=clock() + DAY)
    sender.step(now=clock())
    assert slack.calls("chat.postMessage") == 1
    assert store.delivery_counts()[DeliveryState.SENT] == 1


def test_what_a_wrong_clock_put_off_is_sent_after_a_restart(
    sender: Sender, store: Store, slack: LoopbackSlack, clock: SteppedClock
):
    """A message that waits for another try under a clock a day ahead does not wait for that day to come."""
    _queue(store, alert(1), now=clock())
    slack.fail("chat.postMessage", refuse("request_timeout"))
    sender.step(now=clock() + DAY)
    sender.step(now=clock())
    assert not slack.messages["C0DESK"]
    _run(_make_sender(slack, store, []), clock, patience=timedelta(minutes=1))
    assert slack.shown() == {alert(1).delivery_id: 1}


def test_a_clock_that_jumps_by_a_day_gives_nothing_up(store: Store, clock: SteppedClock, events: list[Event]):
    """One failure under a clock that is a day ahead leaves everything to be sent, under either clock."""
    down = Down()
    sender = Sender("desk", down, store, give_up_after=DAY, listen=events.append)
    _queue(store, *(alert(number) for number in range(1, 4)), now=clock())
    sender.step(now=clock() + DAY)
    down.error = None
    _run(sender, clock)
    assert [message.delivery_id for message in down.got] == [alert(number).delivery_id for number in range(1, 4)]
    assert not events


def test_a_disk_that_is_full_after_the_sending(store: Store, slack: LoopbackSlack, clock: SteppedClock):
    """A message that could not be written down as sent is looked up when it can be, and not sent again."""

    class Filling(SlackNotifier):
        def send(self, message: Message) -> Receipt:
            receipt = super().send(message)
            disk.enter_context(full_disk(store.path))
            return receipt

    _queue(store, alert(1), now=clock())
    sender = Sender("desk", Filling(_settings_of(slack), timeout=2), store, give_up_after=DAY)
    with ExitStack() as disk, pytest.raises(StoreError):
        sender.step(now=clock())
    assert store.delivery_counts()[DeliveryState.SENDING] == 1
    _run(sender, clock)
    assert store.delivery_counts()[DeliveryState.SENT] == 1
    assert slack.shown() == {alert(1).delivery_id: 1}
    assert slack.calls("chat.postMessage") == 1


def test_receivers_of_one_channel_share_its_pace(slack: LoopbackSlack, store: Store, clock: SteppedClock):
    """Two senders to the same channel take turns: together one message a second."""
    notifiers = [SlackNotifier(replace(_settings_of(slack), name=name), timeout=2) for name in ("desk", "also")]
    assert len({notifier.place for notifier in notifiers}) == 1
    pace = Pace(notifiers[0].pace)
    senders = [
        Sender(name, notifier, store, give_up_after=DAY, pace=pace)
        for name, notifier in zip(("desk", "also"), notifiers, strict=True)
    ]
    _queue(store, *(alert(number, receiver=name) for number in range(1, 4) for name in ("desk", "also")), now=clock())
    while store.delivery_counts()[DeliveryState.SENT] < 6:
        for sender in senders:
            sender.step(now=clock())
        clock.sleep(0.25)
    times = [float(message["ts"]) for message in slack.messages["C0DESK"]]
    assert len(times) == 6
    assert all(later - earlier >= 0.99 for earlier, later in pairwise(times))


def test_receivers_of_one_incoming_webhook_share_its_pace(slack: LoopbackSlack):
    """The same address is the same channel, by whatever name; the place does not tell the address, which is secret."""
    urls = {"desk": slack.webhook_url, "also": slack.webhook_url, "other": f"{slack.webhook_url}2"}
    places = [SlackWebhookNotifier(SlackWebhookSettings(name, Secret(url))).place for name, url in urls.items()]
    assert places[0] == places[1] != places[2]
    assert "services" not in "".join(places)


def test_a_receiver_down_for_a_day_holds_up_no_other(slack: LoopbackSlack, store: Store, clock: SteppedClock):
    """While Slack is down mails go out at once; a day later Slack shows everything, in order and combined."""
    slack.fault_for = lambda method: DROP_BEFORE
    with LoopbackMail(security="none") as mail:
        settings = EmailSettings("inbox", "127.0.0.1", "alerts@example.com", ("d@example.com",), mail.port, "none")
        inbox = Sender("inbox", EmailNotifier(settings, timeout=5), store, give_up_after=2 * DAY)
        desk = _make_sender(slack, store, [], give_up_after=2 * DAY)
        for number in range(1, 25):
            accepted_at = clock()
            both = [alert(number, receiver=name, accepted_at=accepted_at) for name in ("desk", "inbox")]
            _queue(store, *both, now=clock())
            inbox.step(now=clock())
            assert len(mail.mails) == number
            _run(desk, clock, patience=timedelta(minutes=20))
            clock.sleep(max(0.0, (accepted_at + timedelta(hours=1) - clock()).total_seconds()))
    assert not slack.messages["C0DESK"]
    slack.fault_for = lambda method: None
    _run(desk, clock)
    shown = slack.messages["C0DESK"]
    assert list(slack.shown()) == [alert(number).delivery_id for number in range(1, 25)]
    assert set(slack.shown().values()) == {1}
    assert len(shown) <= 3
