"""Telling the operator of a database that cannot be used, without its help."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime

from watcher.errors import DeliveryError
from watcher.messages import render_notice
from watcher.model import Level, Message
from watcher.notices import headed
from watcher.notify import Notifier

log = logging.getLogger(__name__)


class Outage:
    """A database that cannot be used: the operator hears of it once, and once when it is over."""

    def __init__(self) -> None:
        self.sentence = ""
        """What is wrong; empty while nothing is."""
        self._told = ""

    def tell(self, notifiers: Mapping[str, Notifier], *, now: datetime) -> None:
        """Send a notice where something changed; where no receiver takes it, the next call tries again."""
        if bool(self.sentence) == bool(self._told):
            return
        kind, level = ("Trouble", Level.HIGH) if self.sentence else ("Over", Level.INFO)
        subject, text = headed(kind, self.sentence or self._told, "Told without the database's help.")
        message = render_notice(
            f"[edgar-watcher] {subject}", text, notice_id=f"database {now:%Y%m%dT%H%M%S}", now=now, level=level
        )
        taken = [_takes(name, notifier, message) for name, notifier in notifiers.items()]
        if any(taken) or not taken:
            self._told = self.sentence


def _takes(name: str, notifier: Notifier, message: Message) -> bool:
    try:
        notifier.send(message)
    except DeliveryError as error:
        log.warning("notice not delivered receiver=%s reason=%s", name, error)
        return False
    return True
