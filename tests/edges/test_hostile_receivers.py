"""Receivers whose answers were made to stall or to break the sender."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest
from alerts import ALERT
from loopback_hook import SECRET

from watcher.errors import DeliveryDeferred
from watcher.messages import render
from watcher.notify.answers import retry_after
from watcher.notify.webhook import WebhookNotifier
from watcher.settings import Secret, WebhookSettings


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
