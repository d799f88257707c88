"""What an operator wants to know about a receiver."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Trouble(StrEnum):
    """What an operator hears about a receiver."""

    BROKEN = "broken"
    """Nothing can be sent there until somebody mends it; its deliveries wait."""
    DEAD = "dead"
    """A delivery was given up."""
    REJECTED = "rejected"
    """The receiver refused a message as we made it; the plain form was sent."""
    PARTLY = "partly"
    """It arrived, but not everywhere."""
    TEMPLATE = "template"
    """A template of the user's failed; ours was used."""
    OVER = "over"
    """What was broken works again."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that an operator wants to know about a receiver."""

    receiver: str
    trouble: Trouble
    sentence: str
    deliveries: tuple[str, ...] = ()


class Listener(Protocol):
    """Who hears of events."""

    def __call__(self, event: Event, /) -> object:
        """Take note; must not raise."""
