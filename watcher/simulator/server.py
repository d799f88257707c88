"""The simulated EDGAR on loopback sockets."""

from __future__ import annotations

import gzip
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from watcher.errors import UsageError
from watcher.hours import Calendar
from watcher.simulator.answering import Quirks, Responder
from watcher.simulator.clock import FastClock
from watcher.simulator.faults import Answer, Fault
from watcher.simulator.filings import Shelf, SimulatedFiling, read_filing, read_filings, released_at
from watcher.simulator.recorded import read_recorded_feed

_STEP = 4 * 1024
# A network takes time: on loopback a client that has read enough would be sent a megabyte before it is heard.
_PAUSE_S = 0.0002
_SEND_BUFFER = 8 * 1024
_SMALLEST_PACKED = 1024
_ENDLESS = 512 * 1024 * 1024
_LONGEST_HANG = 60.0
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """One request that arrived, and what it got."""

    at: datetime
    """On the simulated clock."""
    arrived: float
    """Monotonic seconds of the real clock."""
    target: str
    """Path and query."""
    status: int
    """0 where no answer was given."""
    sent: int
    """Bytes of the body that went out, packed or not."""
    while_blocked: bool
    """The client was told to be silent, and asked."""


class Simulator:
    """A loopback EDGAR over submissions: a folder, a file, or their bytes; a folder may also hold recorded feed pages.

    Without a clock everything is there from the start. With a `clock`, or `speed` times as fast as the real one from
    the first acceptance on, filings appear as EDGAR shows them: held overnight, listed, then archived.
    Use it as a context manager, or call `serve_forever`.

    Raises:
        UsageError: the source holds something that is not a submission.
    """

    def __init__(
        self,
        source: Path | str | Iterable[bytes] = (),
        *,
        quirks: Quirks | None = None,
        clock: Callable[[], datetime] | None = None,
        speed: float | None = None,
        calendar: Calendar | None = None,
        company_tickers: bytes | None = None,
        port: int = 0,
    ) -> None:
        source = Path(source) if isinstance(source, str) else source
        filings = read_filings(source)
        recorded = read_recorded_feed(source) if isinstance(source, Path) else None
        if isinstance(source, Path) and not filings and not recorded:
            raise UsageError(f"{source} holds no submission: files that end in .txt or .nc were looked for.")
        if recorded:
            filings = [*recorded.filings(), *filings]
        self._quirks, self._calendar = quirks or Quirks(), calendar or Calendar()
        if clock is None and speed is not None:
            first = min((filing.accepted_at for filing in filings), default=datetime.now(UTC))
            clock = FastClock(first - timedelta(minutes=1), speed)
        self._timed = clock is not None
        self.clock = clock or _now
        self._shelf = Shelf()
        for filing in filings:
            self.publish(filing)
        self._responder = Responder(
            self._shelf,
            clock=self.clock,
            timed=self._timed,
            quirks=self._quirks,
            calendar=self._calendar,
            recorded=None if self._timed else recorded,
            company_tickers=_company_tickers(source) if company_tickers is None else company_tickers,
        )
        self._requests: list[ReceivedRequest] = []
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), self)
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """What `www_url`, `data_url` and `search_url` are set to."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    @property
    def requests(self) -> list[ReceivedRequest]:
        """Everything that arrived so far, in order."""
        with self._lock:
            return list(self._requests)

    @property
    def filings(self) -> list[SimulatedFiling]:
        """Everything that is or will be there, newest acceptance first."""
        return list(self._shelf)

    def most_in_one_second(self) -> int:
        """The most requests that arrived within any second of the simulated clock."""
        times = sorted(request.at for request in self.requests)
        first = most = 0
        for last, moment in enumerate(times):
            while times[first] <= moment - timedelta(seconds=1):
                first += 1
            most = max(most, last - first + 1)
        return most

    def publish(
        self,
        filing: SimulatedFiling | bytes,
        *,
        listed_at: datetime | None = None,
        archive_delay: timedelta | None = None,
    ) -> SimulatedFiling:
        """Add a filing, listed when its acceptance says or `listed_at`, and on the archive `archive_delay` later."""
        if isinstance(filing, bytes):
            filing = read_filing(filing)
        if self._timed:
            delay = self._quirks.archive_delay if archive_delay is None else archive_delay
            listed_at = (
                listed_at or released_at(filing.filing.form, filing.accepted_at, self._calendar) + self._quirks.feed_lag
            )
            filing = replace(filing, listed_at=listed_at, archived_at=listed_at + delay)
        self._shelf.add(filing)
        return filing

    def break_down(self, *faults: Fault) -> None:
        """Have these faults besides those it has; the first that strikes a request decides."""
        self._responder.faults.extend(faults)

    def recover(self) -> None:
        """Have no faults any more."""
        self._responder.faults.clear()

    def serve_forever(self) -> None:
        """Answer until interrupted."""
        try:
            self._server.serve_forever(poll_interval=0.02)
        finally:
            self._server.close_all()

    def __enter__(self) -> Simulator:
        self._thread = threading.Thread(target=self.serve_forever, name="simulated EDGAR", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        if self._thread:
            self._thread.join()

    def _answer(self, handler: _Handler) -> None:
        at, arrived = self.clock(), time.monotonic()
        answer, while_blocked = self._responder.answer(handler.path, dict(handler.headers.items()))
        accepts = "gzip" in handler.headers.get("Accept-Encoding", "")
        packs = self._quirks.compress and accepts and answer.ending != "endless"
        if packs and not answer.packed and len(answer.body) >= _SMALLEST_PACKED:
            answer = replace(answer, body=gzip.compress(answer.body, 1), packed=True)
        request = ReceivedRequest(at, arrived, handler.path, answer.status, 0, while_blocked)
        with self._lock:
            place = len(self._requests)
            self._requests.append(request)
        sent = handler.send(answer)
        with self._lock:
            status = 0 if answer.ending in ("drop", "reset", "hang") else answer.status
            self._requests[place] = replace(request, status=status, sent=sent)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], simulator: Simulator) -> None:
        self.simulator = simulator
        self.closing = threading.Event()
        self._open: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def close_all(self) -> None:
        self.closing.set()
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no error of EDGAR's."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().setup()

    def do_GET(self) -> None:
        self.server.simulator._answer(self)

    def log_message(self, *_: Any) -> None:
        """Requests are kept, not printed."""

    def send(self, answer: Answer) -> int:
        """Put an answer on the wire; give the bytes of the body that went out."""
        if answer.ending == "hang":
            self.server.closing.wait(_LONGEST_HANG)
        if answer.ending in ("hang", "drop", "reset"):
            if answer.ending == "reset":
                self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            self.close_connection = True
            return 0
        length = _ENDLESS if answer.ending == "endless" else len(answer.body)
        self.send_response_only(answer.status)
        self.send_header("Date", self.date_time_string())
        if answer.status != 304:
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(length))
        if answer.packed:
            self.send_header("Content-Encoding", "gzip")
        for name, value in answer.headers:
            self.send_header(name, value)
        self.end_headers()
        return self._send_body(answer)

    def _send_body(self, answer: Answer) -> int:
        body = answer.body[: len(answer.body) // 2] if answer.ending == "cut" else answer.body
        sent = 0
        with suppress(OSError):  # the client has read enough
            for start in range(0, len(body), _STEP):
                sent += self.wfile.write(body[start : start + _STEP])
                if len(body) > start + _STEP:
                    time.sleep(_PAUSE_S)
            while answer.ending == "endless" and sent < _ENDLESS:
                sent += self.wfile.write(b" " * _STEP)
        if answer.ending != "whole" or sent < len(body):
            self.close_connection = True
        return sent


def _now() -> datetime:
    return datetime.now(UTC)


def _company_tickers(source: Path | Iterable[bytes]) -> bytes:
    path = source / "company_tickers.json" if isinstance(source, Path) and source.is_dir() else None
    return path.read_bytes() if path and path.is_file() else b"{}"
