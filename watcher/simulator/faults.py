"""Faults that the simulated EDGAR can be told to have."""

from __future__ import annotations

import gzip
import io
from dataclasses import dataclass, field, replace
from datetime import datetime
from fnmatch import fnmatchcase

from watcher.errors import UsageError
from watcher.simulator import pages

_BOMB_SIZE = 256 * 1024 * 1024
_ZEROS = bytes(1024 * 1024)


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to the client."""

    status: int
    body: bytes = field(default=b"", repr=False)
    content_type: str = "text/html"
    headers: tuple[tuple[str, str], ...] = ()
    ending: str = "whole"
    """`whole`, `cut` (fewer bytes than declared), `drop` (closed without a byte), `reset`, `hang`, `endless`."""
    packed: bool = False
    """The body is gzip already."""


def html(status: int, page: str, **headers: str) -> Answer:
    """An HTML page."""
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Answer(status, page.encode(), "text/html", named)


def absent(status: int = 403) -> Answer:
    """The store's answer for an object that is not there."""
    code, message = ("AccessDenied", "Access Denied") if status == 403 else ("NoSuchKey", "The key does not exist.")
    return Answer(status, pages.absent_page(code, message).encode(), "application/xml")


def maintenance() -> Answer:
    """EDGAR's page for an outage, and for asking past the end of the feed."""
    return replace(html(503, pages.MAINTENANCE, Server="AkamaiNetStorage"))


KINDS = {
    "maintenance": "503 with the HTML maintenance page",
    "html": "200 with an HTML page",
    "empty": "200 with no body",
    "absent": "403 AccessDenied XML: the object is not there",
    "not-found": "404 NoSuchKey XML",
    "forbidden": "403 with an HTML page that gives no reason",
    "undeclared": "403 with the Undeclared Automated Tool page",
    "undeclared-200": "the same page with status 200",
    "block": "the rate block, which then lasts for ten minutes",
    "too-many": "429 with Retry-After",
    "retry-later": "503 with Retry-After",
    "error": "500 with a few words",
    "wrong-type": "200 with a picture",
    "cut": "fewer bytes than declared, then the connection closes",
    "short": "half of the content, declared as if it were whole",
    "drop": "the connection closes without an answer",
    "reset": "the connection is reset",
    "hang": "no answer until the client gives up",
    "endless": "a body that never ends",
    "bomb": "a small packed body that unfolds to 256 MB",
    "damaged-row": "the first row of the feed is broken",
    "elsewhere": "a redirect to another host",
    "moved": "a redirect to the same object on this host",
}


@dataclass(slots=True)
class Fault:
    """One kind of fault, on the paths that match, so many times or for a span of simulated time."""

    kind: str
    path: str = "*"
    """A shell pattern over path and query."""
    times: int | None = None
    """None for always."""
    since: datetime | None = None
    until: datetime | None = None
    retry_after: int = 30

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UsageError(f"There is no fault {self.kind!r}; the faults are {', '.join(KINDS)}.")

    @classmethod
    def parse(cls, text: str) -> Fault:
        """A fault as the command line writes it: `KIND`, `KIND:PATTERN` or `KIND:PATTERN:TIMES`.

        Raises:
            UsageError: it is not written so.
        """
        kind, _, rest = text.partition(":")
        path, _, times = rest.rpartition(":") if rest.rpartition(":")[2].isdecimal() else (rest, "", "")
        return cls(kind, path or "*", int(times) if times else None)

    def takes(self, path: str, *, now: datetime) -> bool:
        """Whether the fault strikes this request; if so it is counted."""
        if self.times == 0 or not fnmatchcase(path, self.path):
            return False
        if (self.since and now < self.since) or (self.until and now >= self.until):
            return False
        if self.times is not None:
            self.times -= 1
        return True

    def spoil(self, good: Answer, path: str) -> Answer:
        """The answer that the client gets instead of the good one."""
        match self.kind:
            case "cut" | "drop" | "reset" | "hang" | "endless":
                return replace(good, ending=self.kind)
            case "short":
                return replace(good, body=good.body[: len(good.body) // 2])
            case "empty":
                return replace(good, status=200, body=b"")
            case "damaged-row":
                return replace(good, body=good.body.replace(b"<updated>", b"<updated>not a time ", 2))
            case "bomb":
                return replace(good, status=200, body=_bomb(good.body[:4096]), packed=True)
            case "wrong-type":
                return Answer(200, b"\x89PNG\r\n\x1a\n" + bytes(100), "image/png")
            case "elsewhere":
                return Answer(301, headers=(("Location", "https://example.com/"),))
            case "moved":
                return Answer(301, headers=(("Location", f"{path}{'&' if '?' in path else '?'}moved=1"),))
        return self._page()

    def _page(self) -> Answer:
        retry_after = str(self.retry_after)
        match self.kind:
            case "html":
                return html(200, pages.MAINTENANCE)
            case "absent":
                return absent(403)
            case "not-found":
                return absent(404)
            case "forbidden":
                return html(403, pages.FORBIDDEN)
            case "undeclared":
                return html(403, pages.UNDECLARED)
            case "undeclared-200":
                return html(200, pages.UNDECLARED)
            case "too-many":
                return html(429, pages.RATE_BLOCK, Retry_After=retry_after)
            case "retry-later":
                return html(503, pages.MAINTENANCE, Retry_After=retry_after)
            case "error":
                return Answer(500, b"Internal error", "text/plain")
        return maintenance()


def _bomb(start: bytes) -> bytes:
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1) as file:
        file.write(start)
        for _ in range(_BOMB_SIZE // len(_ZEROS)):
            file.write(_ZEROS)
    return packed.getvalue()
