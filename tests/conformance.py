"""The situations that every receiver type must pass, and what each of them may answer.

A rig knows how to bring its receiver into a situation and what the receiver shows afterwards; the rules are the
same for all: never a receipt for what is not shown, never "certainly not shown" for what may be.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from watcher.errors import DeliveryDeferred, DeliveryError, DeliveryRejected, DeliveryUnknown, ReceiverBroken
from watcher.model import Message, Receipt
from watcher.notify import Notifier


class Situation(StrEnum):
    """What may happen to one message."""

    OK = "ok"
    NOBODY = "nobody listens"
    DROP_BEFORE = "the connection drops before the message is taken"
    DROP_AFTER = "the connection drops after the message is taken"
    SLOW = "the answer comes too late"
    RATE = "too many messages"
    SERVER_ERROR = "the server fails"
    MALFORMED = "the answer is not one"
    CREDENTIALS = "we are not let in"
    REJECTED = "this message is refused"


class Rig(Protocol):
    """One receiver type with a real receiver on loopback behind it."""

    secrets: tuple[str, ...]
    unlikely: frozenset[Situation]
    """Situations that this type cannot get into, or cannot tell from others."""

    def open(self, situation: Situation) -> Notifier:
        """The receiver, in that situation for the next message."""

    def shown(self, message: Message) -> int:
        """How often the message is shown."""


@dataclass(frozen=True)
class Result:
    """What became of one message."""

    receipt: Receipt | None
    error: DeliveryError | None


def attempt(notifier: Notifier, message: Message) -> Result:
    """Send once; anything but a `DeliveryError` is the receiver type's fault."""
    try:
        return Result(notifier.send(message), None)
    except DeliveryError as error:
        return Result(None, error)
    finally:
        notifier.close()


def told(result: Result) -> str:
    """Everything that a result could put into a log."""
    lines = traceback.format_exception(result.error) if result.error else []
    return "".join(lines) + repr(result)


def _taken(result: Result, shown: int, folds: bool) -> bool:
    return result.receipt is not None and shown == 1


def _not_taken(result: Result, shown: int, folds: bool) -> bool:
    return isinstance(result.error, DeliveryDeferred) and shown == 0


def _doubted(result: Result, shown: int, folds: bool) -> bool:
    """In doubt; whoever folds repeats may as well try again at once."""
    return isinstance(result.error, DeliveryUnknown) or (folds and isinstance(result.error, DeliveryDeferred))


def _limited(result: Result, shown: int, folds: bool) -> bool:
    error = result.error
    return isinstance(error, DeliveryDeferred) and not error.charged and error.retry_after is not None and shown == 0


def _broken(result: Result, shown: int, folds: bool) -> bool:
    return isinstance(result.error, ReceiverBroken) and shown == 0


def _rejected(result: Result, shown: int, folds: bool) -> bool:
    return isinstance(result.error, DeliveryRejected) and shown == 0


def _either(*rules: Callable[[Result, int, bool], bool]) -> Callable[[Result, int, bool], bool]:
    return lambda result, shown, folds: any(rule(result, shown, folds) for rule in rules)


TABLE: dict[Situation, Callable[[Result, int, bool], bool]] = {
    Situation.OK: _taken,
    Situation.NOBODY: _not_taken,
    Situation.DROP_BEFORE: _either(_not_taken, _doubted),
    Situation.DROP_AFTER: lambda result, shown, folds: _doubted(result, shown, folds) and shown == 1,
    Situation.SLOW: lambda result, shown, folds: _doubted(result, shown, folds) and shown == 1,
    Situation.RATE: _limited,
    Situation.SERVER_ERROR: _either(_doubted, _not_taken),
    Situation.MALFORMED: _doubted,
    Situation.CREDENTIALS: _broken,
    Situation.REJECTED: _rejected,
}
