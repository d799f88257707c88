"""Logs: one line per event on standard error, in UTC, without a secret in it."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any

# These print whole URLs, and a webhook's URL is its secret.
_TOO_TALKATIVE = ("httpx", "httpcore", "slack_sdk", "apscheduler", "apprise", "urllib3", "requests")
# Events are written `what happened key=%s other_key=%d`.
_KEY = re.compile(r" (\w+)=(?=%)")
_CONVERSION = re.compile(r"%[sdr]")


class _OneLine(logging.Formatter):
    """Time, level, and the event on one line; what stands in a filing cannot start a second one."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - the standard library's name
        return _moment(record)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - likewise
        event, *values = _event(record).items()
        record.message = " ".join((event[1], *(f"{key}={_as_word(value)}" for key, value in values)))
        return _printable(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802 - likewise
        # An error may quote a filing: its lines are set in, so that none looks like an event.
        return "\n".join(f"    {_printable(line)}" for line in super().formatException(ei).splitlines())


def _as_word(value: object) -> str:
    """A value without blanks as it is, any other in quotes, as logfmt has it: a line can be taken apart again."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    is_word = text and text.isprintable() and not set(text) & set(' ="')
    return text if is_word else json.dumps(text, ensure_ascii=False)


def _printable(line: str) -> str:
    return "".join(character if character.isprintable() else " " for character in line)


class _Json(logging.Formatter):
    """One JSON object on one line: `at`, `level`, `event`, and the event's own keys with their values."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {"at": _moment(record), "level": record.levelname.lower(), **_event(record)}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def _event(record: logging.LogRecord) -> dict[str, Any]:
    """What happened, as `event`, then the values by key; an event that is not written in keys is a sentence."""
    pattern, values = str(record.msg), record.args
    keys = _KEY.findall(pattern)
    if not isinstance(values, tuple) or not len(keys) == len(values) == len(_CONVERSION.findall(pattern)):
        return {"event": record.getMessage()}
    return {"event": _KEY.split(pattern, maxsplit=1)[0], **dict(zip(keys, map(_plain, values), strict=True))}


def _plain(value: object) -> object:
    return value if isinstance(value, bool | int | float | str | None) else str(value)


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def set_up_logs(*, verbose: bool = False, as_json: bool = False) -> None:
    """Send the package's events to standard error, as text or as JSON; `verbose` adds the small ones."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if as_json else _OneLine())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("watcher").setLevel(logging.DEBUG if verbose else logging.INFO)
    for name in _TOO_TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
