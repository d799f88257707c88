"""Why a connection failed, in words that quote nothing of what was sent: an error's own text may hold a secret."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator
from http.client import HTTPException

_WORDS: tuple[tuple[type[BaseException], str], ...] = (
    (socket.gaierror, "its name could not be looked up"),
    (ConnectionRefusedError, "it refuses the connection"),
    (ConnectionError, "it hung up"),
    (TimeoutError, "no answer in time"),
)


def why_it_failed(error: BaseException) -> str:
    """What went wrong on the way to somebody, such as "it refuses the connection"."""
    causes = tuple(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not valid: {cause.verify_message.rstrip('.')}"
        if isinstance(cause, ssl.SSLError):
            return "it does not speak TLS there, or none that can be agreed on"
        for kind, words in _WORDS:
            if isinstance(cause, kind):
                return words
        if isinstance(cause, OSError) and cause.errno:
            words = os.strerror(cause.errno)
            return words[0].lower() + words[1:]
    if any(isinstance(cause, HTTPException | ValueError | TypeError | AttributeError) for cause in causes):
        return "its answer cannot be read"
    return "the connection broke"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, what urllib wraps into it, and what it came of."""
    one: BaseException | None = error
    seen: list[BaseException] = []  # an error that was raised again may have come of itself
    while one is not None and one not in seen:
        seen.append(one)
        yield one
        inner = getattr(one, "reason", None)
        one = inner if isinstance(inner, BaseException) else one.__cause__ or one.__context__
