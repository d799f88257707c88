"""How long a receiver is left alone after what it did."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from watcher import policy
from watcher.errors import DeliveryDeferred, DeliveryError, ReceiverBroken

# So that several who were told to wait as long do not come back at once.
_APART = timedelta(seconds=1)


class Rest:
    """When a receiver may be asked or sent something again: longer each time it fails in a row."""

    def __init__(self, *, pace: timedelta, jitter: Callable[[], float]) -> None:
        self._pace = pace
        self._jitter = jitter
        self._failures = 0
        self._until: datetime | None = None

    def until(self, now: datetime) -> datetime | None:
        """The end of the rest, None where there is none."""
        # A clock that was ahead and is right again must not park us for as long as it was wrong.
        if self._until and now < self._until <= now + 2 * policy.BACKOFF[-1]:
            return self._until
        self._until = None
        return None

    def after_success(self, now: datetime) -> None:
        """It took a message: the next one may follow at its pace."""
        self._failures = 0
        self._until = now + self._pace

    def after(self, error: DeliveryError, now: datetime) -> None:
        """It did not: wait as it asks, or longer each time; a failure of one message alone delays no other."""
        if isinstance(error, DeliveryDeferred) and not error.charged:
            self._until = now + (error.retry_after or timedelta()) + _APART * self._jitter()
        elif isinstance(error, DeliveryDeferred) and error.alone:
            self._until = now + self._pace
        else:
            self._failures += 1
            self._until = now + self._pause(error)

    def _pause(self, error: DeliveryError) -> timedelta:
        pause = policy.backoff(self._failures, jitter=self._jitter())
        if isinstance(error, ReceiverBroken):
            return min(pause, policy.MENDED_WITHIN)
        return (error.retry_after if isinstance(error, DeliveryDeferred) else None) or pause
