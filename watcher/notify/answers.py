"""What answers and broken connections mean, where it is the same for several receivers."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Mapping
from datetime import timedelta
from urllib.error import URLError

# Where a receiver limits us without saying for how long.
RATE_LIMIT_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(hours=1)


def retry_after(headers: Mapping[str, str]) -> timedelta:
    """How long an answer with status 429 asks us to wait: whole seconds, one at least, an hour at most."""
    said = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    try:
        seconds = int(said)
    except ValueError:
        return RATE_LIMIT_PAUSE
    return timedelta(seconds=min(max(seconds, 1), _LONGEST_PAUSE.seconds))


def was_never_sent(error: URLError) -> bool:
    """Whether the connection failed before the request was on its way.

    urllib wraps into `URLError` what goes wrong while connecting and while sending, never while waiting for
    the answer. A request of ours fits into the socket's buffer, so a time-out here is one of connecting.
    """
    before = (socket.gaierror, ConnectionRefusedError, ssl.SSLError, TimeoutError)
    reason = error.reason
    return isinstance(reason, before) or (isinstance(reason, OSError) and reason.errno in _UNREACHABLE)


_UNREACHABLE = {errno.ENETUNREACH, errno.EHOSTUNREACH}
