"""Threads that do one duty over and over, and end when they are told to."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from watcher.errors import WatcherError

log = logging.getLogger(__name__)

Duty = Callable[[], float | None]
"""Does what is due and gives the seconds until it wants to be called again; None for "when woken"."""

Wait = Callable[[threading.Event, float | None], object]
"""Waits for a bell, at most so many seconds."""

_LONGEST_PAUSE = 10.0


class Worker(threading.Thread):
    """Calls its duty when it is woken, and when the time that the duty asked for has passed.

    Waking it while it works is remembered, so that nothing that came in between is overlooked. The time is monotonic:
    a clock that is set does not change it.
    """

    def __init__(self, name: str, duty: Duty, *, wait: Wait = threading.Event.wait) -> None:
        super().__init__(name=name, daemon=True)
        self._duty, self._wait = duty, wait
        self._bell = threading.Event()
        self._stopping = False
        self._failure = ""
        self._failures = 0

    def wake(self) -> None:
        """Call the duty now, or again as soon as it returns."""
        self._bell.set()

    def stop(self) -> None:
        """End after the call that is under way, without waiting for it."""
        self._stopping = True
        self._bell.set()

    def run(self) -> None:
        """The thread's life."""
        seconds: float | None = 0.0
        while not self._stopping:
            self._wait(self._bell, seconds)
            self._bell.clear()
            if not self._stopping:
                seconds = self._call()

    def _call(self) -> float | None:
        try:
            seconds = self._duty()
        except WatcherError as error:
            # The same trouble again and again is one event.
            if str(error) != self._failure:
                self._failure = str(error)
                log.error("duty failed worker=%s reason=%s", self.name, error)  # noqa: TRY400 - the sentence says it all
            return self._pause()
        except Exception:
            log.exception("duty failed worker=%s", self.name)
            return self._pause()
        self._failure, self._failures = "", 0
        return seconds

    def _pause(self) -> float:
        """Soon again at first, for what is over in a moment."""
        self._failures = min(self._failures + 1, 10)
        return min(2.0 ** (self._failures - 1), _LONGEST_PAUSE)
