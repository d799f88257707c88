"""The budget of requests over all threads, counted where they arrive."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from watcher.edgar import Edgar
from watcher.edgar.gate import Gate
from watcher.errors import EdgarBlocked, EdgarError, EdgarRefused, EdgarUnavailable, NotYetAvailable
from watcher.settings import EdgarSettings
from watcher.simulator import Fault, Quirks, Simulator, SteppedClock

START = datetime(2026, 3, 3, 15, tzinfo=UTC)


def most_within_a_second(times):
    """The most of these moments that lie within one second."""
    return max(sum(1 for other in times if first <= other < first + 1.0) for first in times)


def test_budget_holds_in_every_second_over_all_threads():
    """Eight threads that ask as fast as they can never bring more requests to EDGAR in a second than the budget."""
    with Simulator() as simulator:
        settings = EdgarSettings("Example ops@example.com", www_url=simulator.url, requests_per_second=9)
        with Edgar(settings, clock=lambda: datetime.now(UTC)) as edgar, ThreadPoolExecutor(8) as pool:
            for answer in [pool.submit(edgar.fetch_feed_page, form="8-K") for _ in range(30)]:
                assert answer.result()
        arrivals = [request.arrived for request in simulator.requests]
    assert len(arrivals) == 30
    assert most_within_a_second(arrivals) <= 9
    assert max(arrivals) - min(arrivals) < 6


def test_budget_holds_on_a_stepped_clock():
    """In simulated time too, the sixth request waits until a second after the first was answered."""
    clock = SteppedClock(START)
    with Simulator(clock=clock) as simulator:
        settings = EdgarSettings("Example ops@example.com", www_url=simulator.url, requests_per_second=5)
        with Edgar(settings, clock=clock, monotonic=clock.monotonic, sleep=clock.sleep) as edgar:
            for _ in range(23):
                edgar.fetch_feed_page(form="8-K")
        assert simulator.most_in_one_second() == 5
    assert clock() - START < timedelta(seconds=5)


def a_gate(clock, budget=2):
    """A gate on a stepped clock."""
    return Gate(budget, clock=clock, monotonic=clock.monotonic, sleep=clock.sleep)


def test_request_on_its_way_holds_its_slot():
    """A request counts from its sending until a second after its answer began, however long the network takes."""
    clock = SteppedClock(START)
    gate = a_gate(clock)
    first, second = gate.admit(), gate.admit()
    clock.sleep(30)
    gate.answered(second)
    gate.admit()
    assert clock() - START >= timedelta(seconds=31)
    gate.leave(first, None)


def test_one_request_goes_first_after_trouble():
    """When a pause is over, one request is let through; the others are turned away until it is answered."""
    clock = SteppedClock(START)
    gate = a_gate(clock)
    gate.leave(gate.admit(), EdgarBlocked("blocked", until=START + timedelta(minutes=10)))
    clock.sleep(601)
    probe = gate.admit()
    with pytest.raises(EdgarBlocked):
        gate.admit()
    gate.leave(probe, NotYetAvailable("an answer"))
    gate.leave(gate.admit(), None)


def test_probe_that_is_abandoned_lets_another_try():
    """A request that ended without telling anything about EDGAR does not hold the gate shut."""
    clock = SteppedClock(START)
    gate = a_gate(clock)
    gate.leave(gate.admit(), EdgarBlocked("blocked", until=START + timedelta(minutes=10)))
    clock.sleep(601)
    gate.abandon(gate.admit())
    gate.leave(gate.admit(), None)


def test_answers_already_on_their_way_change_no_block():
    """What another thread had asked before the block neither lifts nor shortens it; a refusal outlasts everything."""
    clock = SteppedClock(START)
    gate = a_gate(clock, budget=5)
    blocked, late, later, refused = (gate.admit() for _ in range(4))
    gate.leave(blocked, EdgarBlocked("blocked", until=START + timedelta(minutes=10)))
    gate.leave(late, None)
    gate.leave(later, EdgarUnavailable("down", retry_after=timedelta(seconds=1)))
    clock.sleep(300)
    with pytest.raises(EdgarBlocked):
        gate.admit()
    gate.leave(refused, EdgarRefused("who?"))
    clock.sleep(10_000)
    with pytest.raises(EdgarRefused):
        gate.admit()


def test_no_thread_asks_while_a_block_lasts():
    """Threads that were waiting for their turn when the block came do not ask either."""
    with Simulator(quirks=Quirks(rate_limit=100)) as simulator:
        simulator.break_down(Fault("block"))
        settings = EdgarSettings("Example ops@example.com", www_url=simulator.url, requests_per_second=1)
        with Edgar(settings, clock=lambda: datetime.now(UTC)) as edgar:
            failures: list[EdgarError] = []

            def ask():
                with suppress(AssertionError):
                    try:
                        edgar.fetch_feed_page(form="8-K")
                    except EdgarError as error:
                        failures.append(error)

            threads = [threading.Thread(target=ask) for _ in range(6)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert len(simulator.requests) == 1
    assert [type(error) for error in failures] == [EdgarBlocked] * 6
