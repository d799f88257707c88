"""The watcher knows how it is doing, and tells its operator once when that changes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from alerts import alert

from watcher.audit import search_today
from watcher.errors import DeliveryDeferred, DeliveryUnknown
from watcher.health import State, diagnose, examine
from watcher.heartbeat import beat
from watcher.model import Filer, Filing, Message, Receipt
from watcher.notices import note_audit, note_event, send_notices, watch_health
from watcher.outbox import Event, Pace, Trouble, plan_delivery
from watcher.settings import EdgarSettings, Secret
from watcher.store import Audit, Store

NOW = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
EDGAR = EdgarSettings("Tests tests@acme.example")
AT_ONCE = dict.fromkeys(("desk", "inbox", "phone"), Pace(timedelta()))


class Recorder:
    """A receiver that keeps what it is sent, after the errors it is to raise first."""

    folds_repeats = False

    def __init__(self, *errors: Exception, can_find: bool = False) -> None:
        self.can_find = can_find
        self.messages: list[Message] = []
        self._errors = list(errors)

    def send(self, message: Message) -> Receipt:
        """Keep it, or raise the next error; a message in doubt is kept all the same."""
        error = self._errors.pop(0) if self._errors else None
        if error is None or isinstance(error, DeliveryUnknown):
            self.messages.append(message)
        if error:
            raise error
        return Receipt(message.delivery_id)

    def find(self, delivery_ids: Collection[str], since: datetime) -> dict[str, Receipt]:
        """Those that were kept."""
        kept = (one.delivery_id for one in self.messages)
        return {name: Receipt(name) for name in kept if name in delivery_ids}

    @property
    def subjects(self) -> list[str]:
        """The subject of each message."""
        return [message.subject for message in self.messages]


@pytest.fixture
def store(tmp_path: Path):
    """A database whose daemon polled a moment ago."""
    with Store(tmp_path / "watcher.db") as opened:
        opened.start_watch(since=NOW - timedelta(days=1), at=NOW)
        opened.job_succeeded("poll", started_at=NOW, at=NOW)
        yield opened


def _filing(number: int) -> Filing:
    return Filing(f"0000000101-26-{number:06}", "8-K", (Filer(101, "Acme"),), NOW, date(2026, 3, 3))


def test_all_is_well_while_polls_succeed(store):
    """A watcher that polled a moment ago and owes nothing is ok."""
    assert (examine(store, now=NOW, edgar=EDGAR).state, examine(store, now=NOW, edgar=EDGAR).reasons) == (State.OK, ())


@pytest.mark.parametrize(("minutes", "state"), [(4, State.OK), (6, State.LATE), (31, State.FAILING)])
def test_silence_is_late_and_then_failing(store, minutes, state):
    """How long ago EDGAR's list was read decides, whatever anybody claims."""
    assert examine(store, now=NOW + minutes * MINUTE, edgar=EDGAR).state is state


@pytest.mark.parametrize(("minutes", "state"), [(29, State.OK), (31, State.LATE), (61, State.FAILING)])
def test_who_polls_rarely_is_late_later(store, minutes, state):
    """A pause that the user chose is no trouble: three polls must be missing."""
    edgar = EdgarSettings("Tests tests@acme.example", quiet_poll_interval=10 * MINUTE)
    assert examine(store, now=NOW + minutes * MINUTE, edgar=edgar).state is state


def test_the_reason_of_failing_polls_is_told(store):
    """The last error of the poll is in the reason, not a guess."""
    store.job_failed("poll", started_at=NOW, at=NOW, error="EDGAR does not accept the user agent.")
    (reason,) = examine(store, now=NOW + 31 * MINUTE, edgar=EDGAR).reasons
    assert reason.endswith("EDGAR does not accept the user agent.")


def test_unread_filings_and_unsent_deliveries_are_late(store):
    """A filing that waits for half an hour and a delivery that waits for five minutes are told with their reason."""
    store.see([_filing(1)], at=NOW)
    store.defer_filing(_filing(1).accession_number, error="not there yet", until=NOW, charged=False)
    store.enqueue([plan_delivery(alert(), now=NOW)])
    receiver = f"receiver {alert().receiver}"
    for minutes, told in ((4, set()), (6, {receiver}), (31, {receiver, "waiting filings"})):
        now = NOW + minutes * MINUTE
        store.job_succeeded("poll", started_at=now, at=now)
        health = examine(store, now=now, edgar=EDGAR)
        assert set(health.troubles) == told
    assert health.state is State.LATE
    assert "not there yet" in health.troubles["waiting filings"]


def test_what_was_given_up_is_failing_for_a_day(store):
    """A dead delivery and an unreadable filing need somebody; a day later they are history."""
    store.see([_filing(1)], at=NOW)
    store.mark_unreadable(_filing(1).accession_number, at=NOW, error="no document")
    planned = plan_delivery(alert(), now=NOW)
    store.enqueue([planned])
    store.bury_delivery(planned.id, error="channel gone", at=NOW)
    assert examine(store, now=NOW, edgar=EDGAR).state is State.FAILING
    assert set(examine(store, now=NOW, edgar=EDGAR).troubles) == {"unreadable filings", f"dead {planned.receiver}"}
    later = NOW + timedelta(days=1, seconds=1)
    store.see([_filing(2)], at=later)
    store.job_succeeded("poll", started_at=later, at=later)
    assert examine(store, now=later, edgar=EDGAR).state is State.OK


def test_late_filings_of_an_audit_are_told(store):
    """An audit that found something leaves the state late until the next one finds nothing."""
    store.save_audit(Audit(date(2026, 3, 2), listed=9, seen=8, late=1), at=NOW)
    assert examine(store, now=NOW, edgar=EDGAR).state is State.LATE
    store.save_audit(Audit(date(2026, 3, 3), listed=9, seen=9, late=0), at=NOW)
    assert examine(store, now=NOW, edgar=EDGAR).state is State.OK


def test_trouble_is_told_once_and_called_off_once(store):
    """However often it is looked at, one notice when it begins and one when it is over, to each operator."""
    inbox, phone = Recorder(), Recorder()
    operator = {"inbox": inbox, "phone": phone}
    for minute in (0, 31, 32, 33, 34):
        if minute == 34:
            store.job_succeeded("poll", started_at=NOW + 34 * MINUTE, at=NOW + 34 * MINUTE)
        watch_health(store, tuple(operator), now=NOW + minute * MINUTE, edgar=EDGAR)
        send_notices(store, operator, now=NOW + minute * MINUTE, paces=AT_ONCE)
    assert inbox.subjects == phone.subjects
    begun, over = inbox.subjects
    assert begun.startswith("[edgar-watcher] Trouble: EDGAR's list was last read")
    assert over.startswith("[edgar-watcher] Over: ")


def test_a_broken_receiver_is_told_by_another_one(store):
    """A notice that one operator's receiver does not take waits there, and reaches the others at once."""
    broken, phone = Recorder(DeliveryDeferred("no answer")), Recorder()
    operator = {"inbox": broken, "phone": phone}
    watch_health(
        store, tuple(operator), now=NOW, edgar=EDGAR, also={"receiver inbox": "The mail server refuses the password."}
    )
    send_notices(store, operator, now=NOW, paces=AT_ONCE)
    assert (len(broken.messages), len(phone.messages)) == (0, 1)
    send_notices(store, operator, now=NOW + 10 * MINUTE, paces=AT_ONCE)
    assert (len(broken.messages), len(phone.messages)) == (1, 1)


def test_a_notice_in_doubt_is_looked_up(store):
    """A notice that arrived without an answer is not sent again where the receiver can be asked."""
    desk = Recorder(DeliveryUnknown("the answer was lost"), can_find=True)
    watch_health(store, ("desk",), now=NOW, edgar=EDGAR, also={"disk": "The disk is nearly full."})
    for minute in (0, 10, 20):
        send_notices(store, {"desk": desk}, now=NOW + minute * MINUTE, paces=AT_ONCE)
    assert len(desk.messages) == 1


def test_the_morning_note_says_what_was_seen(store):
    """The operator reads every morning what EDGAR listed and what was seen of it, once a day."""
    inbox = Recorder()
    for _ in range(2):
        note_audit(store, ("inbox",), Audit(date(2026, 3, 2), listed=412, seen=412, late=0), now=NOW, edgar=EDGAR)
        send_notices(store, {"inbox": inbox}, now=NOW, paces=AT_ONCE)
    (message,) = inbox.messages
    assert message.subject == "[edgar-watcher] Audit of 2026-03-02: listed 412, seen 412, late 0"
    assert "State: ok." in message.text


def test_a_message_that_was_refused_is_told_once_a_day(store):
    """A rejected form or a failed template is told, not once for each message; what health tells is not told twice."""
    inbox = Recorder()
    for trouble in (Trouble.TEMPLATE, Trouble.TEMPLATE, Trouble.DEAD, Trouble.BROKEN):
        note_event(store, ("inbox",), Event("desk", trouble, "A template failed.", ("id",)), now=NOW)
    note_event(
        store, ("inbox",), Event("desk", Trouble.TEMPLATE, "A template failed.", ()), now=NOW + timedelta(days=1)
    )
    send_notices(store, {"inbox": inbox}, now=NOW + timedelta(days=1), paces=AT_ONCE)
    assert inbox.subjects == ["[edgar-watcher] Delivery: A template failed."] * 2


class _Search:
    """Full-text search that lists some filings."""

    def __init__(self, *filings: Filing) -> None:
        self._filings = list(filings)

    def search_filings(self, *, form: str, first_day: date, last_day: date) -> list[Filing]:
        return self._filings


def test_full_text_search_finds_what_the_list_did_not_show(store):
    """What is unseen at two looks is read as late; what the list shows in between is not."""
    today = date(2026, 3, 3)
    listed = Filing(_filing(1).accession_number, "8-K", (Filer(101, "Acme"),), filed_on=today)
    missed = Filing(_filing(2).accession_number, "8-K", (Filer(101, "Acme"),), filed_on=today)
    search = _Search(listed, missed)
    assert search_today(search, store, ("8-K",), now=NOW) == 2
    store.see([_filing(1)], at=NOW)
    assert search_today(search, store, ("8-K",), now=NOW + MINUTE) == 1
    assert search_today(search, store, ("8-K",), now=NOW + 10 * MINUTE) == 0
    late = {due.filing.accession_number: due.late for due in store.filings_due(now=NOW + 10 * MINUTE)}
    assert late == {listed.accession_number: "", missed.accession_number: "found by full-text search"}


@pytest.mark.parametrize(("status", "good"), [(200, True), (500, False)])
def test_the_heartbeat_is_asked_and_never_logged(status, good, caplog):
    """The switch hears of us; its URL, a secret, is in no log."""

    class Switch(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Switch) as server:
        thread = Thread(target=server.handle_request)
        thread.start()
        assert beat(Secret(f"http://127.0.0.1:{server.server_port}/very-secret")) is good
        thread.join()
    assert beat(Secret("http://127.0.0.1:9/very-secret")) is False
    assert "very-secret" not in caplog.text


def test_notices_keep_the_pace_of_their_channel(store):
    """Where alerts and notices share a channel, together one goes out a second; none is lost, none fails by it."""
    desk, pace = Recorder(), Pace(timedelta(seconds=1))
    for key in ("disk", "clock"):
        watch_health(store, ("desk",), now=NOW, edgar=EDGAR, also={"disk": "It is full.", key: f"{key} is wrong."})
    assert pace.take(NOW) is None  # an alert
    times, now = [], NOW
    while (at := send_notices(store, {"desk": desk}, now=now, paces={"desk": pace})) is not None:
        times.append((len(desk.messages), (at - NOW).total_seconds()))
        now = at
    assert times == [(0, 1.0), (1, 2.0)]
    assert len(desk.messages) == 2


@pytest.mark.parametrize("sentence", ["The disk is nearly full.", "A very long story, told at length. " * 10])
def test_a_notice_says_its_sentence_once(store, sentence):
    """The text repeats what the subject says only where the subject cuts it short; it says where to look."""
    desk = Recorder()
    for minute, also in ((0, {"disk": sentence}), (1, {})):
        now = NOW + minute * MINUTE
        watch_health(store, ("desk",), now=now, edgar=EDGAR, also=also)
        send_notices(store, {"desk": desk}, now=now, paces=AT_ONCE)
    for message, more in zip(desk.messages, ("docs/operate.md", "It began on Tue 03 Mar at 10:00"), strict=True):
        body = message.text.removeprefix(message.subject)
        assert (message.subject + body).count(sentence) == 1
        assert more in body


def test_a_look_costs_the_same_after_years(store):
    """What is asked every minute reads what is under way, not all the filings and deliveries that ever were."""

    later = NOW + timedelta(hours=2)
    store.job_succeeded("poll", started_at=later, at=later)

    def steps() -> int:
        count = 0

        def step() -> None:
            nonlocal count
            count += 1

        store._db.conn.set_progress_handler(step, 10)
        diagnose(store, now=later, edgar=EDGAR)
        store.failing_receivers()
        store._db.conn.set_progress_handler(None, 0)
        return count

    def live(numbers: range) -> None:
        alerts = [alert(number) for number in numbers]
        with store.transaction():
            store.see([_filing(number) for number in numbers], at=NOW)
            store.enqueue([plan_delivery(one, now=NOW) for one in alerts])
            for number, one in zip(numbers, alerts, strict=True):
                store.mark_read(_filing(number).accession_number, at=NOW)
                store.settle_delivery(one.delivery_id, "1", at=NOW)
        store.tidy()

    live(range(10))
    before = steps()
    live(range(10, 500))
    assert steps() <= before + 10
