"""The kinds of value that config.toml holds: how each is read, and how a JSON Schema says it.

A kind's `read` raises `ValueError` with the sentence for the user.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from watcher.settings import Digest, Secret
from watcher.spelling import nearest

_DURATION = re.compile(r"(\d{1,8}(?:\.\d+)?)\s*(ms|s|m|h|d)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION_PATTERN = r"^\d{1,8}(\.\d+)?\s*(ms|s|m|h|d)$"
_BYTES = {"MB": 10**6, "GB": 10**9, "TB": 10**12}
_SIZE = r"(\d{1,8}(?:\.\d+)?)\s*(MB|GB|TB)"
_TIME = r"([01]\d|2[0-3]):[0-5]\d"
_ADDRESS = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")
_CONTACT = re.compile(r"\S.*\s[^\s@]+@[^\s@]+\.[^\s@.]+")
_BROWSERS = ("mozilla", "chrome", "safari", "applewebkit", "opera")


@dataclass(frozen=True)
class Surroundings:
    """What a value is read in: the folder that paths start from, and the environment, if secrets matter."""

    folder: Path
    environ: Mapping[str, str] | None


@dataclass(frozen=True)
class Kind:
    """One kind of value."""

    read: Callable[[Any, Surroundings], Any]
    schema: dict[str, Any]
    secret: bool = False


def did_you_mean(word: str, known: Collection[str]) -> str:
    """`; did you mean "forms"?` where a known word is near, otherwise nothing."""
    near = nearest(word, known)
    return f'; did you mean "{near}"?' if near else ""


def _need(value: object, wanted: type, saying: str) -> None:
    if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
        raise ValueError(f"{saying}.")


def text() -> Kind:
    """A non-empty line of text."""

    def read(value: Any, _: Surroundings) -> str:
        _need(value, str, "needs text in quotes")
        if not value.strip() or not value.isprintable():
            raise ValueError("needs one line of text that is not empty.")
        return str(value)

    return Kind(read, {"type": "string", "minLength": 1})


def path() -> Kind:
    """A file or folder, relative to the config file."""

    def read(value: Any, around: Surroundings) -> Path:
        _need(value, str, "needs a path in quotes")
        if not value:
            raise ValueError("needs a path that is not empty.")
        return (around.folder / Path(value).expanduser()).resolve()

    return Kind(read, {"type": "string", "minLength": 1})


def list_of(kind: Kind, what: str, *, minimum: int = 0) -> Kind:
    """A list of another kind; `what` names its members."""

    def read(value: Any, around: Surroundings) -> tuple[Any, ...]:
        _need(value, list, f"needs a list of {what} in square brackets")
        if len(value) < minimum:
            raise ValueError(f"needs at least one of {what}.")
        return tuple(kind.read(member, around) for member in value)

    return Kind(read, {"type": "array", "items": kind.schema, "minItems": minimum})


def choice(*options: str) -> Kind:
    """One of a few words."""

    def read(value: Any, _: Surroundings) -> str:
        if value not in options:
            listed = " or ".join(f'"{option}"' for option in options)
            near = did_you_mean(value, options) if isinstance(value, str) else ""
            raise ValueError(f"needs {listed}{near or '.'}")
        return str(value)

    return Kind(read, {"enum": list(options)})


def whole_number(low: int, high: int) -> Kind:
    """A whole number within bounds, both included."""

    def read(value: Any, _: Surroundings) -> int:
        _need(value, int, f"needs a whole number from {low} to {high}")
        if not low <= value <= high:
            raise ValueError(f"needs a whole number from {low} to {high}, not {value}.")
        return int(value)

    return Kind(read, {"type": "integer", "minimum": low, "maximum": high})


def _parse_duration(value: object) -> timedelta | None:
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    return timedelta(seconds=float(found[1]) * _UNITS[found[2]]) if found else None


def duration(low: timedelta, high: timedelta, example: str) -> Kind:
    """A span of time such as `"2s"`, `"5m"` or `"24h"`, within bounds."""

    def read(value: Any, _: Surroundings) -> timedelta:
        parsed = _parse_duration(value)
        if parsed is None:
            raise ValueError(f'needs a duration such as "{example}" (ms, s, m, h or d).')
        if not low <= parsed <= high:
            raise ValueError(f"needs a duration from {low.total_seconds():g} to {high.total_seconds():g} seconds.")
        return parsed

    return Kind(read, {"type": "string", "pattern": _DURATION_PATTERN})


def size(low: int, example: str) -> Kind:
    """A number of bytes such as `"500MB"` or `"10GB"`, with a least one."""

    def read(value: Any, _: Surroundings) -> int:
        found = re.fullmatch(_SIZE, value) if isinstance(value, str) else None
        if not found:
            raise ValueError(f'needs a size such as "{example}" (MB, GB or TB).')
        parsed = int(float(found[1]) * _BYTES[found[2]])
        if parsed < low:
            raise ValueError(f"needs a size of at least {low // _BYTES['MB']}MB.")
        return parsed

    return Kind(read, {"type": "string", "pattern": f"^{_SIZE}$"})


def digest() -> Kind:
    """A time of day in New York, or how often."""

    def read(value: Any, _: Surroundings) -> Digest:
        if isinstance(value, str) and re.fullmatch(_TIME, value):
            return Digest(at=time.fromisoformat(value))
        every = _parse_duration(value)
        if every is None or every < timedelta(minutes=1):
            raise ValueError('needs a New York time such as "17:30", or a duration such as "15m".')
        return Digest(every=every)

    return Kind(read, {"type": "string", "pattern": f"^{_TIME}$|{_DURATION_PATTERN}"})


def time_of_day() -> Kind:
    """A time of day in New York."""

    def read(value: Any, _: Surroundings) -> time:
        if not isinstance(value, str) or not re.fullmatch(_TIME, value):
            raise ValueError('needs a New York time such as "07:00".')
        return time.fromisoformat(value)

    return Kind(read, {"type": "string", "pattern": f"^{_TIME}$"})


def day() -> Kind:
    """A date, bare or in quotes."""

    def read(value: Any, _: Surroundings) -> date:
        if isinstance(value, str):
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass
        elif isinstance(value, date) and not isinstance(value, datetime):
            return value
        raise ValueError("needs a date such as 2026-12-24.")

    return Kind(read, {"type": "string", "format": "date"})


def secret(example: str) -> Kind:
    """A secret: where it stands, never what it is. `example` names a variable that could hold it."""

    def read(value: Any, around: Surroundings) -> Secret:
        if isinstance(value, str):
            raise ValueError(  # noqa: TRY004 - a sentence for the user, as every other here
                f'is a secret and must not stand in this file: write {{ env = "{example}" }} '
                'and set that variable, or { file = "path" }.'
            )
        if not isinstance(value, dict) or len(value) != 1 or next(iter(value)) not in ("env", "file"):
            raise ValueError(f'needs {{ env = "{example}" }} or {{ file = "path" }}.')
        ((source, name),) = value.items()
        _need(name, str, f"needs {source} = and a name in quotes")
        if around.environ is None:
            return Secret("")
        return Secret(_from_variable(name, around.environ) if source == "env" else _from_file(name, around))

    one_of = [
        {
            "type": "object",
            "properties": {source: {"type": "string"}},
            "required": [source],
            "additionalProperties": False,
        }
        for source in ("env", "file")
    ]
    return Kind(read, {"oneOf": one_of}, secret=True)


def _from_variable(name: str, environ: Mapping[str, str]) -> str:
    found = environ.get(name, "").strip()
    if not found:
        raise ValueError(f"needs the environment variable {name}, which is not set; set it and start again.")
    return found


def _from_file(name: str, around: Surroundings) -> str:
    place = around.folder / Path(name).expanduser()
    try:
        found = place.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not text"
        raise ValueError(f"needs the file {place}, which cannot be read: {why}.") from None
    if not found:
        raise ValueError(f"needs the file {place}, which is empty.")
    return found


def is_loopback(host: str | None) -> bool:
    """Whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address((host or "").strip("[]")).is_loopback
    except ValueError:
        return False


def url() -> Kind:
    """An https address; plain http only to this machine."""

    def read(value: Any, _: Surroundings) -> str:
        _need(value, str, "needs an address in quotes")
        try:
            parts = urlsplit(value)
            host, _port = parts.hostname, parts.port
        except ValueError:
            host = None
        if not host or parts.scheme not in ("http", "https") or not value.isprintable() or " " in value:
            raise ValueError('needs an address such as "https://example.com/path".')
        if parts.username or parts.password:
            raise ValueError("must not hold a user name or password.")
        if parts.scheme == "http" and not is_loopback(host):
            raise ValueError("needs https: plain http is only for this machine (localhost).")
        return str(value)

    return Kind(read, {"type": "string", "format": "uri", "pattern": "^https?://"})


def mail_address() -> Kind:
    """A mail address alone, or with a name: `Desk <desk@example.com>`."""

    def read(value: Any, _: Surroundings) -> str:
        _need(value, str, "needs a mail address in quotes")
        bare = re.fullmatch(r"[^<>]*<([^<>]*)>", value)
        if not value.isprintable() or not _ADDRESS.fullmatch(bare[1] if bare else value):
            raise ValueError('needs a mail address such as "desk@example.com".')
        return str(value)

    return Kind(read, {"type": "string", "pattern": "@"})


def host_and_port() -> Kind:
    """Where to listen: `127.0.0.1:8017`."""

    def read(value: Any, _: Surroundings) -> str:
        try:
            parts = urlsplit(f"//{value}")
            good = isinstance(value, str) and parts.hostname and parts.port and parts.netloc == value
        except ValueError:
            good = False
        if not good:
            raise ValueError('needs a host and a port such as "127.0.0.1:8017".')
        return str(value)

    return Kind(read, {"type": "string", "pattern": r":\d+$"})


def user_agent() -> Kind:
    """Who we are, as EDGAR wants it: a name and a mail address that somebody reads."""

    def read(value: Any, _: Surroundings) -> str:
        _need(value, str, 'needs text such as "Acme Research ops@acme.com"')
        if not value.isascii() or not value.isprintable():
            raise ValueError("needs plain ASCII letters: it travels in an HTTP header.")
        if any(browser in value.lower() for browser in _BROWSERS):
            raise ValueError(
                'looks like a browser\'s, which EDGAR blocks: write who you are, "Acme Research ops@acme.com".'
            )
        if not _CONTACT.fullmatch(value):
            raise ValueError('needs a name, a space and a mail address that is read: "Acme Research ops@acme.com".')
        if re.search(r"no-?reply", value, re.IGNORECASE):
            raise ValueError("needs a mailbox that somebody reads: EDGAR refuses no-reply addresses.")
        return str(value)

    return Kind(read, {"type": "string", "pattern": r"^\S.*\s\S+@\S+$"})
