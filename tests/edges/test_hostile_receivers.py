"""Receivers whose answers were made to stall or to break the sender."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest
from alerts import ALERT
from loopback_hook import SECRET

from watcher.errors import DeliveryDeferred
from watcher.messages import render
from watcher.notify.answers import retry_after
from watcher.notify.email import EmailNotifier
from watcher.notify.webhook import WebhookNotifier
from watcher.settings import EmailSettings, Secret, WebhookSettings


@contextmanager
def answering(head: bytes) -> Iterator[tuple[str, threading.Event]]:
    """An address that answers one request with these headers and a body without end, until nobody listens."""
    hung_up = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                with suppress(OSError):
                    connection.sendall(head)
                    while True:
                        connection.sendall(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
            hung_up.set()

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/", hung_up
        thread.join(10)


def send(url: str) -> None:
    """Post an alert there."""
    settings = WebhookSettings("bus", url, Secret(SECRET))
    with closing(WebhookNotifier(settings, clock=lambda: datetime.now(UTC), timeout=5)) as notifier:
        notifier.send(render(ALERT))


@pytest.mark.timeout(30)
def test_an_answer_without_end_is_not_read():
    """What a webhook's address answers beyond its status is left where it is."""
    with answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") as (url, hung_up):
        send(url)
        assert hung_up.wait(10)


@pytest.mark.timeout(30)
def test_a_refusal_without_end_is_told_apart_all_the_same():
    """The status alone says that the message goes out again later."""
    with (
        answering(b"HTTP/1.1 503 No\r\nTransfer-Encoding: chunked\r\n\r\n") as (url, _),
        pytest.raises(DeliveryDeferred, match="503"),
    ):
        send(url)


@pytest.mark.parametrize(
    ("said", "pause"),
    [("9" * 30, 3600), ("9" * 6000, 30), ("-" + "9" * 30, 1), ("5", 5), ("soon", 30), ("", 30)],
)
def test_an_absurd_pause_is_bounded(said: str, pause: int):
    """Whatever `Retry-After` says, the pause is between a second and an hour."""
    assert retry_after({"Retry-After": said}) == timedelta(seconds=pause)


ENDLESS = {
    "lines without end": (b"220-" + b"x" * 500 + b"\r\n") * 200,
    "a line without end": b"220-" + b"x" * 100_000,
    "one letter at a time": b"2",
}


@pytest.mark.timeout(30)
@pytest.mark.parametrize("said", ENDLESS.values(), ids=ENDLESS.keys())
def test_a_mail_server_that_talks_without_end_is_left(said: bytes):
    """However much it says and however slowly, a reply has its time and its size; then the mail comes later."""
    with _talking(said) as port:
        settings = EmailSettings("inbox", "127.0.0.1", "a@example.com", ("b@example.com",), port, "none")
        began = time.monotonic()
        with pytest.raises(DeliveryDeferred, match="cannot be reached"):
            EmailNotifier(settings, timeout=0.5).send(render(ALERT))
        assert time.monotonic() - began < 10


@contextmanager
def _talking(said: bytes) -> Iterator[int]:
    """A server that says this again and again, until nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        over = threading.Event()

        def talk() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                while not over.wait(0.1 if len(said) == 1 else 0):
                    connection.sendall(said)

        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        over.set()
        thread.join(10)
