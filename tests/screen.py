"""A receiver whose messages a test looks at."""

from __future__ import annotations

import threading
from datetime import timedelta

from watcher.errors import ReceiverBroken
from watcher.model import Message, Receipt


class Screen:
    """Keeps what it is sent while it is not broken, and tells who waits for it."""

    can_find = False
    folds_repeats = False
    pace = timedelta(0)
    place = ""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.came = threading.Semaphore(0)
        self.broken = ""

    def send(self, message: Message) -> Receipt:
        """Keep it."""
        if self.broken:
            raise ReceiverBroken(self.broken)
        self.messages.append(message)
        self.came.release()
        return Receipt(message.delivery_id)
