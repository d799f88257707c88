"""Why a connection failed: in words, without a class's name, an errno, or the address that was asked."""

from __future__ import annotations

import socket
import ssl
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.error import URLError

import httpx
import pytest

from watcher.connections import why_it_failed


def _hang_up(connection: socket.socket) -> None:
    connection.recv(65536)


def _babble(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"220 mail.example.com ESMTP\r\n\r\n")


def _stay_silent(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.recv(65536)


@contextmanager
def _answering(behave: Callable[[socket.socket], None]) -> Iterator[int]:
    """A port behind which each connection meets this behaviour, and is closed."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    behave(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def _through_httpx(url: str, timeout: float = 10) -> None:
    httpx.get(url, timeout=timeout)


def _through_urllib(url: str, timeout: float = 10) -> None:
    urllib.request.urlopen(url, timeout=timeout).read()


@pytest.mark.parametrize("ask", [_through_httpx, _through_urllib])
@pytest.mark.parametrize(
    ("scheme", "behave", "told"),
    [
        ("http", _hang_up, ("it hung up", "the connection broke")),
        ("http", _stay_silent, ("no answer in time",)),
        ("https", _babble, ("it does not speak TLS there, or none that can be agreed on",)),
    ],
)
def test_what_a_server_does_is_put_into_words(ask, scheme, behave, told):
    """Whichever library asked, its error comes down to the same few words."""
    with (
        _answering(behave) as port,
        pytest.raises((httpx.HTTPError, OSError)) as caught,
    ):
        ask(f"{scheme}://127.0.0.1:{port}/very-secret", 0.2 if behave is _stay_silent else 10)
    assert why_it_failed(caught.value) in told


@pytest.mark.parametrize("ask", [_through_httpx, _through_urllib])
def test_a_closed_port_refuses(ask):
    """Nobody listens there: that is said, without the number of the error."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        with pytest.raises((httpx.HTTPError, OSError)) as caught:
            ask(f"http://127.0.0.1:{reserved.getsockname()[1]}/very-secret")
    assert why_it_failed(caught.value) == "it refuses the connection"


def test_a_certificate_is_named_with_what_is_wrong():
    """OpenSSL's own word for it is kept: it tells what to do."""
    error = ssl.SSLCertVerificationError("certificate verify failed")
    error.verify_message = "certificate has expired"
    assert why_it_failed(error) == "its certificate is not valid: certificate has expired"


def test_an_error_that_was_raised_again_has_an_end():
    """Libraries raise the cause of an error once more, which then came of itself."""
    loop = RuntimeError()
    loop.__context__ = URLError(loop)
    assert why_it_failed(loop) == "the connection broke"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (socket.gaierror(-2, "Name or service not known"), "its name could not be looked up"),
        (OSError(113, "No route to host"), "no route to host"),
        (ValueError("https://hooks.example.com/very-secret"), "its answer cannot be read"),
        (RuntimeError("https://hooks.example.com/very-secret"), "the connection broke"),
    ],
)
def test_nothing_of_the_error_itself_is_quoted(error, told):
    """Also what nobody thought of is a sentence of ours."""
    assert why_it_failed(error) == told
