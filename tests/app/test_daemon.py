"""The daemon's threads: each does its duty when woken or when its time has come, and none stops another."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from loopback_slack import LoopbackSlack
from screen import Screen
from watching import COMPANY_TICKERS, RULES, accession_number, submission

from watcher.daemon import Clock, Daemon
from watcher.daemon.duties import Duties
from watcher.daemon.workers import Worker
from watcher.edgar import Edgar
from watcher.errors import StoreError
from watcher.model import Message, Receipt
from watcher.notify.slack import SlackNotifier
from watcher.rules import load_rules
from watcher.settings import ConsoleSettings, EdgarSettings, Secret, Settings, SlackSettings
from watcher.simulator import Fault, Simulator, SteppedClock
from watcher.store import Store


class ShiftedClock:
    """The real time, with somebody's hand on it."""

    def __init__(self) -> None:
        self.by = timedelta(0)

    def __call__(self) -> datetime:
        """What it shows."""
        return datetime.now(UTC) + self.by


@contextmanager
def _working(daemon: Daemon) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=daemon.run, args=(stop.is_set,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


@pytest.fixture
def simulator():
    """An EDGAR with nothing in it."""
    with Simulator([], company_tickers=COMPANY_TICKERS) as loopback:
        yield loopback


@pytest.fixture
def settings(tmp_path: Path, simulator):
    """A desk and an inbox, and an EDGAR that is asked five times a second."""
    (tmp_path / "rules.yaml").write_text(RULES)
    return Settings(
        path=tmp_path / "config.toml",
        rules=(tmp_path / "rules.yaml",),
        database=tmp_path / "watcher.db",
        edgar=EdgarSettings(
            "Tests tests@acme.example",
            poll_interval=timedelta(seconds=0.2),
            quiet_poll_interval=timedelta(seconds=0.2),
            requests_per_second=10,
            www_url=simulator.url,
            data_url=simulator.url,
            search_url=simulator.url,
        ),
        receivers={name: ConsoleSettings(name) for name in ("desk", "inbox")},
    )


def test_a_clock_that_is_set_delays_nothing(simulator, settings):
    """A filing that comes after the clock was set back or forth by a day is told as soon as any other."""
    clock, desk, inbox = ShiftedClock(), Screen(), Screen()
    with Store(settings.database) as store, Edgar(settings.edgar, clock=clock) as edgar:
        store.start_watch(since=clock() - timedelta(days=30), at=clock())
        daemon = Daemon(
            settings, load_rules(settings.rules), store, edgar, {"desk": desk, "inbox": inbox}, clock=Clock(clock)
        )
        with _working(daemon):
            for number, days in enumerate((0, -1, 2), start=1):
                clock.by += timedelta(days=days)
                simulator.publish(submission(number))
                assert desk.came.acquire(timeout=20)
                assert inbox.came.acquire(timeout=20)
    assert [message.accession_number for message in desk.messages] == [accession_number(number) for number in (1, 2, 3)]


def test_the_operator_hears_of_a_wrong_clock(simulator, settings):
    """A clock that is a day off EDGAR's is a trouble, until it is right again."""
    clock = ShiftedClock()
    with Store(settings.database) as store, Edgar(settings.edgar, clock=clock) as edgar:
        duties = Duties(settings, load_rules(settings.rules), store, edgar, clock=clock)
        for days, told in ((0, ""), (1, "24 h ahead of EDGAR's"), (-1, "24 h behind EDGAR's"), (0, "")):
            clock.by = timedelta(days=days, seconds=1 if days > 0 else -1)
            assert duties.poll()
            sentence = duties.troubles().get("clock", "")
            assert bool(sentence) == bool(told)
            assert told in sentence


def test_a_receiver_that_hangs_delays_no_other(simulator, settings):
    """While one receiver does not come back from a message, another one gets all of its own."""
    hanging, inbox = threading.Event(), Screen()

    class Hanging(Screen):
        def send(self, message: Message) -> Receipt:
            hanging.wait(20)
            return super().send(message)

    with Store(settings.database) as store, Edgar(settings.edgar, clock=ShiftedClock()) as edgar:
        store.start_watch(since=datetime.now(UTC) - timedelta(hours=1), at=datetime.now(UTC))
        receivers = {"desk": Hanging(), "inbox": inbox}
        daemon = Daemon(settings, load_rules(settings.rules), store, edgar, receivers, clock=Clock())
        with _working(daemon):
            for number in (1, 2):
                simulator.publish(submission(number))
                assert inbox.came.acquire(timeout=20)
            hanging.set()


def test_a_worker_is_woken_and_wakes_by_itself():
    """A duty runs at once, when it is woken, and when the time it asked for has passed."""
    ran = threading.Semaphore(0)
    waits = iter([None, 0.0, None])

    def duty() -> float | None:
        ran.release()
        return next(waits)

    worker = Worker("test", duty)
    worker.start()
    assert ran.acquire(timeout=5)
    assert not ran.acquire(timeout=0.05)
    worker.wake()
    assert ran.acquire(timeout=5)
    assert ran.acquire(timeout=5)
    worker.stop()
    worker.join(5)
    assert not worker.is_alive()


def test_waking_a_worker_while_it_works_is_remembered():
    """What comes in while a duty runs is seen to right after it."""
    began, go_on, calls = threading.Semaphore(0), threading.Semaphore(0), []

    def duty() -> None:
        calls.append(1)
        began.release()
        go_on.acquire(timeout=5)

    worker = Worker("test", duty)
    worker.start()
    assert began.acquire(timeout=5)
    worker.wake()
    worker.wake()
    go_on.release()
    assert began.acquire(timeout=5)
    worker.stop()
    go_on.release()
    worker.join(5)
    assert len(calls) == 2


@pytest.mark.parametrize("error", [StoreError("The disk is full."), KeyError("a bug")])
def test_a_duty_that_fails_is_tried_again(error, caplog):
    """A worker outlives what its duty raises, and says it; an expected error without a traceback."""
    ran = threading.Semaphore(0)

    def duty() -> None:
        ran.release()
        raise error

    worker = Worker("test", duty)
    worker.start()
    assert ran.acquire(timeout=5)
    worker.wake()
    assert ran.acquire(timeout=5)
    worker.stop()
    worker.join(5)
    assert "duty failed worker=test" in caplog.text
    assert ("Traceback" in caplog.text) is isinstance(error, KeyError)


def test_readers_that_have_nothing_to_do_rest(simulator, settings):
    """While one reader waits for an answer of EDGAR, the others do not ask the database again and again."""
    asked: list[str] = []

    class Counting(Store):
        def next_filing_due(self) -> datetime | None:
            asked.append(threading.current_thread().name)
            return super().next_filing_due()

    desk = Screen()
    with Counting(settings.database) as store, Edgar(settings.edgar, clock=ShiftedClock(), patience=2.0) as edgar:
        store.start_watch(since=datetime.now(UTC) - timedelta(hours=1), at=datetime.now(UTC))
        simulator.break_down(Fault("hang", "*.txt", times=1))
        simulator.publish(submission(1))
        daemon = Daemon(
            settings, load_rules(settings.rules), store, edgar, {"desk": desk, "inbox": Screen()}, clock=Clock()
        )
        with _working(daemon):
            assert desk.came.acquire(timeout=30)
    assert len(asked) < 400


def test_alerts_and_notices_of_one_channel_keep_its_pace_together(simulator, settings):
    """Two receivers and the operator are the same Slack channel: it never gets two messages within a second."""
    clock = SteppedClock(datetime.now(UTC))
    with (
        LoopbackSlack(clock=lambda: clock().timestamp(), posts_per_second=1) as slack,
        Store(settings.database) as store,
        Edgar(settings.edgar, clock=clock) as edgar,
    ):
        store.start_watch(since=clock() - timedelta(minutes=10), at=clock())
        simulator.publish(submission(1))
        channel = SlackSettings("desk", Secret(slack.token), "C0DESK", slack.api_url)
        daemon = Daemon(
            settings,
            load_rules(settings.rules),
            store,
            edgar,
            {name: SlackNotifier(replace(channel, name=name)) for name in ("desk", "inbox")},
            clock=Clock(clock, clock.monotonic, clock.sleep),
            operator={"desk": SlackNotifier(channel)},
        )
        daemon.troubles["files"] = "The changed files are wrong."
        assert daemon.once()
        times = [float(message["ts"]) for message in slack.messages["C0DESK"]]
        assert len(times) == slack.calls("chat.postMessage") == 3
        assert all(later - earlier >= 0.99 for earlier, later in pairwise(times))
