"""How long a receiver is left alone after what it did, and how far apart messages to one place are."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from watcher import policy
from watcher.errors import DeliveryDeferred, DeliveryError, ReceiverBroken

# So that several who were told to wait as long do not come back at once.
_APART = timedelta(seconds=1)


class Pace:
    """How far apart messages to one place are, whichever senders they come from; safe to share between threads."""

    def __init__(self, apart: timedelta) -> None:
        self._apart = apart
        self._turn = threading.Lock()
        self._free_at: datetime | None = None

    def take(self, now: datetime) -> datetime | None:
        """Take the right to send now; where it is too early, gives when to ask again."""
        with self._turn:
            # A clock that was ahead and is right again must not park us for as long as it was wrong.
            if self._free_at and now < self._free_at <= now + self._apart:
                return self._free_at
            self._free_at = now + self._apart
            return None


class Rest:
    """When a receiver may be asked or sent something again: longer each time it fails in a row."""

    def __init__(self, *, jitter: Callable[[], float]) -> None:
        self._jitter = jitter
        self._failures = 0
        self._until: datetime | None = None

    @property
    def failures(self) -> int:
        """How often it failed in a row."""
        return self._failures

    def until(self, now: datetime) -> datetime | None:
        """The end of the rest, None where there is none."""
        # A clock that was ahead and is right again must not park us for as long as it was wrong.
        if self._until and now < self._until <= now + 2 * policy.BACKOFF[-1]:
            return self._until
        self._until = None
        return None

    def after_success(self) -> None:
        """It took a message: it may be sent the next one."""
        self._failures = 0
        self._until = None

    def after(self, error: DeliveryError, now: datetime) -> None:
        """It did not: wait as it asks, or longer each time; a failure of one message alone delays no other."""
        if isinstance(error, DeliveryDeferred) and not error.charged:
            self._until = now + (error.retry_after or timedelta()) + _APART * self._jitter()
        elif isinstance(error, DeliveryDeferred) and error.alone:
            self._until = None
        else:
            self._failures += 1
            self._until = now + self._pause(error)

    def _pause(self, error: DeliveryError) -> timedelta:
        pause = policy.backoff(self._failures, jitter=self._jitter())
        if isinstance(error, ReceiverBroken):
            return min(pause, policy.MENDED_WITHIN)
        return (error.retry_after if isinstance(error, DeliveryDeferred) else None) or pause
