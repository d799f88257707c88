"""Webhooks to a program that verifies them as Standard Webhooks say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from alerts import ALERT, alert
from loopback_hook import SECRET, LoopbackHook
from loopback_slack import refuse

from watcher.errors import DeliveryDeferred, DeliveryError, DeliveryRejected, ReceiverBroken
from watcher.messages import render, render_combined, render_notice
from watcher.model import Message
from watcher.notify.webhook import WebhookNotifier
from watcher.settings import Secret, WebhookSettings

MESSAGE = render(ALERT)


@pytest.fixture
def hook() -> Iterator[LoopbackHook]:
    """A program that takes webhooks."""
    with LoopbackHook() as program:
        yield program


def _send(hook: LoopbackHook, message: Message = MESSAGE, *, secret: str = SECRET, url: str = "") -> None:
    settings = WebhookSettings("bus", url or f"http://{hook.address}/filings", Secret(secret))
    # A clock in another zone: the signature's time is the moment, not the wall clock.
    notifier = WebhookNotifier(settings, clock=lambda: datetime.now(ZoneInfo("America/New_York")), timeout=5)
    with closing(notifier):
        notifier.check()
        notifier.send(message)


def test_an_alert_arrives_signed_with_its_data(hook: LoopbackHook):
    """The signature verifies, and the body says what it is and which filing it is about."""
    _send(hook)
    ((headers, body),) = hook.received
    assert headers["webhook-id"] == MESSAGE.delivery_id
    assert body["type"] == "filing.alert"
    assert body["timestamp"] == "2026-03-08T21:02:40Z"
    assert body["data"]["filing"]["filers"][0]["tickers"] == ["CLRB"]
    assert body["data"]["rules"][0]["id"] == "cellectar-license"


def test_every_try_has_the_same_id(hook: LoopbackHook):
    """A consumer can tell a repeat by its `webhook-id`."""
    hook.fail(refuse("503"))
    with pytest.raises(DeliveryDeferred):
        _send(hook)
    for _ in range(2):
        _send(hook)
    assert {headers["webhook-id"] for headers, _ in hook.received} == {MESSAGE.delivery_id}


def test_combined_alerts_and_notices_say_what_they_are(hook: LoopbackHook):
    """The type tells one alert, several, and a word about the watcher apart."""
    now = datetime(2026, 3, 9, tzinfo=UTC)
    _send(hook, render_combined([alert(1), alert(2)], now=now))
    _send(hook, render_notice("hello", "world", notice_id="x", now=now))
    (_, several), (_, notice) = hook.received
    assert several["type"] == "filing.alerts"
    assert [one["delivery_id"] for one in several["data"]["alerts"]] == [alert(1).delivery_id, alert(2).delivery_id]
    assert notice["type"] == "watcher.notice"
    assert notice["data"]["notice"]["subject"] == "hello"


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("408", DeliveryDeferred),
        ("500", DeliveryDeferred),
        ("502", DeliveryDeferred),
        ("401", ReceiverBroken),
        ("404", ReceiverBroken),
        ("410", ReceiverBroken),
        ("302", ReceiverBroken),
        ("400", DeliveryRejected),
        ("413", DeliveryRejected),
    ],
)
def test_http_codes_say_what_to_do(status: str, error: type[DeliveryError], hook: LoopbackHook):
    """Later, never in this form, or not before somebody mends the address."""
    hook.fail(refuse(status))
    with pytest.raises(error) as caught:
        _send(hook)
    assert type(caught.value) is error


@pytest.mark.parametrize("secret", ["", "whsec_", "not base64 at all!"])
def test_a_secret_that_cannot_sign_is_named_and_not_shown(secret: str, hook: LoopbackHook):
    """The sentence says what a secret looks like; nothing is sent unsigned."""
    with pytest.raises(ReceiverBroken, match="whsec_ and base64") as caught:
        _send(hook, secret=secret)
    assert "not base64" not in str(caught.value)
    assert not hook.received


@pytest.mark.parametrize("url", ["ftp://example.com/x", "http://", "nonsense", "http://[::1"])
def test_an_address_that_is_none_is_named(url: str, hook: LoopbackHook):
    """A receiver with an impossible address is broken, and nothing crashes."""
    with pytest.raises(ReceiverBroken, match="url"):
        _send(hook, url=url)
