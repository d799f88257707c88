"""Logs: one line per event on standard error, in UTC, without a secret in it."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime

# These print whole URLs, and a webhook's URL is its secret.
_TOO_TALKATIVE = ("httpx", "httpcore", "slack_sdk", "apscheduler", "apprise", "urllib3", "requests")


class _OneLine(logging.Formatter):
    """Time, level, and the event on one line; what stands in a filing cannot start a second one."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - likewise
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the standard library's name
        line = super().formatMessage(record)
        return "".join(character if character.isprintable() else " " for character in line)


def set_up_logs(*, verbose: bool = False) -> None:
    """Send the package's events to standard error; `verbose` adds the small ones."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OneLine())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("watcher").setLevel(logging.DEBUG if verbose else logging.INFO)
    for name in _TOO_TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
