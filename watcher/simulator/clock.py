"""Clocks that run as a test or a replay wants them to."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta


class FastClock:
    """A clock that starts at a moment and runs `speed` times as fast as the real one."""

    def __init__(self, start: datetime, speed: float = 1.0) -> None:
        self._start, self._speed = start.astimezone(UTC), speed
        self._began = time.monotonic()

    def __call__(self) -> datetime:
        """The moment on this clock."""
        return self._start + timedelta(seconds=(time.monotonic() - self._began) * self._speed)


class SteppedClock:
    """A clock that moves only when somebody sleeps on it, for any number of threads."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)
        self._elapsed = 0.0
        self._lock = threading.Lock()

    def __call__(self) -> datetime:
        """The moment on this clock."""
        with self._lock:
            return self._now

    def monotonic(self) -> float:
        """Seconds slept so far."""
        with self._lock:
            return self._elapsed

    def sleep(self, seconds: float) -> None:
        """Let that much time pass at once."""
        with self._lock:
            self._elapsed += seconds
            self._now += timedelta(seconds=seconds)

    def move_to(self, moment: datetime) -> None:
        """Let time pass until that moment; nothing happens if it is past."""
        self.sleep(max(0.0, (moment - self()).total_seconds()))

    def set_wrongly(self, by: timedelta) -> None:
        """Step the wall clock as a person or a time server may; no time passes."""
        with self._lock:
            self._now += by
