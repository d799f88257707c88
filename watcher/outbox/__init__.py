"""Deliveries on their way out: claimed, rendered, sent, and what became of them written down.

A delivery whose fate is not known is settled by asking the receiver, before anything is sent again.
One `Sender` serves one receiver, so that a slow one delays nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from watcher import policy
from watcher.model import Alert, Delivery, DeliveryState
from watcher.outbox.events import Event, Listener, Trouble
from watcher.outbox.rest import Pace
from watcher.outbox.sender import Sender
from watcher.settings import Digest

__all__ = ["Event", "Listener", "Pace", "Sender", "Trouble", "drain", "plan_delivery"]


def plan_delivery(alert: Alert, *, now: datetime, digest: Digest | None = None) -> Delivery:
    """The delivery of an alert, due at once or with the receiver's next digest."""
    return Delivery(
        id=alert.delivery_id,
        receiver=alert.receiver,
        alert=alert,
        state=DeliveryState.PENDING,
        created_at=now,
        due_at=policy.next_digest(digest, now=now) if digest else now,
    )


def drain(
    sender: Sender, *, clock: Callable[[], datetime], wait: Callable[[float], object], patience: timedelta
) -> None:
    """Send what is waiting, until nothing is due within `patience`; `wait` passes seconds.

    Raises:
        StoreError: the database cannot be used; what was sent and not written down is settled later.
    """
    while (at := sender.step(now=clock())) is not None:
        ahead = at - clock()
        if ahead > patience:
            return
        if ahead > timedelta():
            wait(ahead.total_seconds())
