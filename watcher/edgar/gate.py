"""When a request may go out: one budget, one block and one circuit breaker for all threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from watcher.errors import EdgarBlocked, EdgarError, EdgarRefused, EdgarUnavailable

WINDOW = 1.0
"""Seconds in which at most the budget's requests arrive at EDGAR."""
_MARGIN = 0.005
_FAILURES_TO_OPEN = 5
_FIRST_PAUSE = 5.0
_LONGEST_PAUSE = 120.0
_LONGEST_BLOCK = 3600.0


@dataclass(eq=False, slots=True)
class Slot:
    """A request on its way: it counts until one second after its answer began."""

    answered_at: float | None = None
    is_probe: bool = False


class Gate:
    """Lets requests through within the budget, and none while EDGAR blocks, refuses or is down.

    A request arrives at EDGAR at some moment between its sending and its answer. Because it counts until one second
    after the answer began, no more than `requests_per_second` can arrive in any one-second window, whatever the network
    does to them. After a block or an outage one request goes first, and the others wait for what it meets.
    Time is monotonic: a clock that is set, or a machine that sleeps, neither frees nor freezes it.
    """

    def __init__(
        self,
        requests_per_second: int,
        *,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._budget = requests_per_second
        self._clock, self._monotonic, self._sleep = clock, monotonic, sleep
        self._turn = threading.Lock()
        self._lock = threading.Lock()
        self._slots: list[Slot] = []
        self._trouble: EdgarError | None = None
        self._closed_until = 0.0
        self._probe: Slot | None = None
        self._failures = 0

    def stay_silent(self, error: EdgarBlocked) -> None:
        """Let nothing through until a block that was met earlier is over, at most an hour."""
        with self._lock:
            seconds = (error.until - self._clock()).total_seconds()
            if seconds > 0:
                self._close(error, min(seconds, _LONGEST_BLOCK))

    def admit(self) -> Slot:
        """Wait for a free slot of the budget.

        Raises:
            EdgarBlocked, EdgarUnavailable, EdgarRefused: no request may go out now; nothing was sent.
        """
        with self._turn:  # one waits for the next slot, the others behind it
            while True:
                with self._lock:
                    probing = self._check_open()
                    wait = self._wait()
                    if not wait:
                        slot = Slot(is_probe=probing)
                        self._slots.append(slot)
                        if probing:
                            self._probe = slot
                        return slot
                self._sleep(wait)

    def answered(self, slot: Slot) -> None:
        """Note that the answer to a request began."""
        with self._lock:
            slot.answered_at = self._monotonic()

    def leave(self, slot: Slot, error: EdgarError | None) -> None:
        """Note how a request ended; an error closes the gate where it is not about one object only."""
        with self._lock:
            if slot.answered_at is None:
                slot.answered_at = self._monotonic()
            if self._probe is slot:
                self._probe = None
            if isinstance(error, EdgarRefused):
                self._trouble = error
            elif isinstance(error, EdgarBlocked):
                self._close(error, (error.until - self._clock()).total_seconds())
            elif isinstance(error, EdgarUnavailable):
                self._count_failure(error, slot)
            elif self._trouble is None or slot.is_probe:
                self._trouble, self._failures = None, 0

    def abandon(self, slot: Slot) -> None:
        """Give a slot back after something that says nothing about EDGAR."""
        with self._lock:
            slot.answered_at = self._monotonic()
            if self._probe is slot:
                self._probe = None

    def _check_open(self) -> bool:
        """Whether the next request is the one that tries after trouble."""
        trouble = self._trouble
        if trouble is None:
            return False
        remaining = self._closed_until - self._monotonic()
        if isinstance(trouble, EdgarRefused):
            raise EdgarRefused(str(trouble), url=trouble.url)
        if remaining <= 0 and self._probe is None:
            return True
        wait = timedelta(seconds=max(remaining, WINDOW))
        if isinstance(trouble, EdgarBlocked):
            raise EdgarBlocked(str(trouble), url=trouble.url, until=self._clock() + wait)
        raise EdgarUnavailable(str(trouble), url=trouble.url, retry_after=wait)

    def _wait(self) -> float:
        """Seconds until a slot may be free; 0 where one is."""
        now = self._monotonic()
        self._slots = [slot for slot in self._slots if slot.answered_at is None or now < slot.answered_at + WINDOW]
        if len(self._slots) < self._budget:
            return 0.0
        ends = [slot.answered_at + WINDOW - now for slot in self._slots if slot.answered_at is not None]
        return (min(ends) if ends else 0.0) + _MARGIN

    def _count_failure(self, error: EdgarUnavailable, slot: Slot) -> None:
        self._failures += 1
        if error.retry_after:
            self._close(error, error.retry_after.total_seconds())
        elif self._failures >= _FAILURES_TO_OPEN or slot.is_probe:
            doublings = min(max(self._failures - _FAILURES_TO_OPEN, 0), 10)
            self._close(error, min(_FIRST_PAUSE * 2**doublings, _LONGEST_PAUSE))

    def _close(self, error: EdgarError, seconds: float) -> None:
        if isinstance(self._trouble, EdgarRefused):
            return
        until = self._monotonic() + seconds
        if (
            isinstance(self._trouble, EdgarBlocked)
            and not isinstance(error, EdgarBlocked)
            and until < self._closed_until
        ):
            return
        self._trouble, self._closed_until = error, until
