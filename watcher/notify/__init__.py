"""Receivers: one module for each type, all with the same few verbs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Protocol

from watcher.model import Message, Receipt
from watcher.settings import (
    AppriseSettings,
    ConsoleSettings,
    EmailSettings,
    ReceiverSettings,
    SlackSettings,
    SlackWebhookSettings,
    WebhookSettings,
)

__all__ = ["Notifier", "open_notifier", "open_notifiers"]


class Notifier(Protocol):
    """What every receiver type can do; made for one thread."""

    @property
    def can_find(self) -> bool:
        """Whether `find` can tell what the receiver already shows."""

    @property
    def folds_repeats(self) -> bool:
        """Whether the receiver shows a message that is sent twice only once, by its id."""

    @property
    def pace(self) -> timedelta:
        """How far apart messages must be."""

    @property
    def place(self) -> str:
        """Where messages show: receivers that share it share its pace. Empty where it is this receiver's alone."""

    def send(self, message: Message) -> Receipt:
        """Hand the message over, in one try.

        Raises:
            DeliveryDeferred: certainly not shown; later it may be.
            DeliveryRejected: not in this form, ever.
            ReceiverBroken: nothing can be sent there until somebody mends it.
            DeliveryUnknown: it may have arrived.
        """

    def send_plain(self, message: Message) -> Receipt:
        """Hand over the plainest form of the message, for a receiver that rejected the full one."""

    def find(
        self, delivery_ids: Collection[str], since: datetime, *, threads: Collection[str] = ()
    ) -> dict[str, Receipt]:
        """The receipts of those deliveries that the receiver shows, by delivery id.

        Asked for what was sent since a moment; `threads` are receipts of messages that they may have answered.

        Raises:
            DeliveryDeferred: it cannot be asked now.
            ReceiverBroken: it cannot be asked until somebody mends it.
            CannotAsk: it does not answer such questions to us.
        """

    def check(self) -> str:
        """Ask the receiver whether it would take a message, sending none; gives what was found, in a sentence.

        Raises:
            DeliveryError: it would not, or cannot be asked.
        """

    def close(self) -> None:
        """Let go of connections."""


def _now() -> datetime:
    return datetime.now(UTC)


def open_notifier(settings: ReceiverSettings, *, clock: Callable[[], datetime] = _now) -> Notifier:
    """The receiver as configured; nothing is asked of it yet. `clock` dates signatures."""
    # Imported here: most watchers use one or two of these libraries.
    match settings:
        case SlackSettings():
            from watcher.notify.slack import SlackNotifier

            return SlackNotifier(settings)
        case SlackWebhookSettings():
            from watcher.notify.slack_webhook import SlackWebhookNotifier

            return SlackWebhookNotifier(settings)
        case EmailSettings():
            from watcher.notify.email import EmailNotifier

            return EmailNotifier(settings)
        case WebhookSettings():
            from watcher.notify.webhook import WebhookNotifier

            return WebhookNotifier(settings, clock=clock)
        case AppriseSettings():
            from watcher.notify.apprise import AppriseNotifier

            return AppriseNotifier(settings)
        case ConsoleSettings():
            from watcher.notify.console import ConsoleNotifier

            return ConsoleNotifier(settings)


@contextmanager
def open_notifiers(receivers: Iterable[ReceiverSettings]) -> Iterator[dict[str, Notifier]]:
    """The receivers as configured, by name; closed at the end."""
    with ExitStack() as stack:
        yield {one.name: stack.enter_context(closing(open_notifier(one))) for one in receivers}
