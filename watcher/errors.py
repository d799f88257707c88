"""Everything that can go wrong, by what the caller can do about it.

WatcherError
├── UserFileError             a file of the user's is wrong: every mistake at once, located
│   ├── ConfigError
│   └── RuleError
├── UsageError                the command cannot be carried out as it was asked
├── ParseError                we have bytes and cannot read them
│   ├── FeedError
│   ├── IndexFileError
│   └── SubmissionError
├── EdgarError                we could not get an answer from EDGAR
│   ├── EdgarUnavailable      try later
│   ├── EdgarBlocked          stop asking until `until`
│   ├── EdgarRefused          our identity is not accepted; asking again is useless
│   └── NotYetAvailable       listed, but not on the archive yet
├── DeliveryError             a receiver did not take a message
│   ├── DeliveryDeferred      certainly not shown: again later
│   ├── DeliveryRejected      never again in this form
│   ├── ReceiverBroken        nothing can be sent there until somebody mends it
│   ├── DeliveryUnknown       it may have arrived
│   └── CannotAsk             the receiver does not tell us what it shows
└── StoreError                newer schema, corrupt, locked, disk full
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


class WatcherError(Exception):
    """The root of every error that this package raises on purpose."""


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One thing wrong in a user's file; prints as `file:line:column: sentence`."""

    file: str
    line: int | None
    column: int | None
    sentence: str
    excerpt: str = ""
    """The line of the file that `column` (counted from 1) points into, where there is one."""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        return f"{place}: {self.sentence}"


class UserFileError(WatcherError):
    """A file of the user's is wrong; `mistakes` holds all of them, in the order of the file."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


class ConfigError(UserFileError):
    """config.toml, or what it points to, is wrong."""


class RuleError(UserFileError):
    """Rule files are wrong."""


class UsageError(WatcherError):
    """The command cannot be carried out as it was asked."""


class ParseError(WatcherError):
    """We have bytes and cannot read them."""


class FeedError(ParseError):
    """What came is not a page of the current-filings feed."""


class IndexFileError(ParseError):
    """What came is not one of EDGAR's index files or company lists."""


class SubmissionError(ParseError):
    """What came is not a submission."""


class EdgarError(WatcherError):
    """EDGAR gave no usable answer. `url` says to what."""

    def __init__(self, sentence: str, *, url: str = "") -> None:
        self.url = url
        super().__init__(sentence)


class EdgarUnavailable(EdgarError):
    """EDGAR cannot answer now; trying later may help, after `retry_after` where it said so."""

    def __init__(self, sentence: str, *, url: str = "", retry_after: timedelta | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(sentence, url=url)


class EdgarBlocked(EdgarError):
    """EDGAR blocks us for asking too much: every further request before `until` prolongs it."""

    def __init__(self, sentence: str, *, url: str = "", until: datetime) -> None:
        self.until = until
        super().__init__(sentence, url=url)


class EdgarRefused(EdgarError):
    """EDGAR does not accept who we say we are; only a change of configuration helps."""


class NotYetAvailable(EdgarError):
    """The archive does not have this object (yet)."""


class DeliveryError(WatcherError):
    """A receiver did not take a message. The sentence never holds a secret."""


class DeliveryDeferred(DeliveryError):
    """Certainly not shown; try again later.

    `retry_after` is how long the receiver asked us to wait; `charged` is false where the wait is
    the receiver's rate limit and must not count as a failed attempt. `alone` is true where only this
    message is concerned, so that the next ones may go on.
    """

    def __init__(
        self,
        sentence: str,
        *,
        retry_after: timedelta | None = None,
        charged: bool = True,
        alone: bool = False,
    ) -> None:
        self.retry_after = retry_after
        self.charged = charged
        self.alone = alone
        super().__init__(sentence)


class DeliveryRejected(DeliveryError):
    """The receiver will never take this message in this form."""


class ReceiverBroken(DeliveryError):
    """The receiver takes nothing (credentials, channel gone) until somebody mends it."""


class DeliveryUnknown(DeliveryError):
    """The message may have arrived: the answer was lost, late or ambiguous."""


class CannotAsk(DeliveryError):
    """The receiver does not tell us what it shows, now or ever."""


class StoreError(WatcherError):
    """The database cannot be used: newer schema, not ours, corrupt, locked, or the disk is full."""
