"""Slack: what is posted, how it is found again, and what its error codes mean."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from alerts import ALERT, alert
from loopback_slack import DROP_BEFORE, LoopbackSlack, limit, refuse

from watcher.errors import (
    CannotAsk,
    DeliveryDeferred,
    DeliveryError,
    DeliveryRejected,
    DeliveryUnknown,
    ReceiverBroken,
)
from watcher.messages import render, render_combined
from watcher.model import Filer
from watcher.notify.slack import SlackNotifier
from watcher.settings import Secret, SlackSettings

MESSAGE = render(ALERT)


def _hour_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)


@pytest.fixture
def slack() -> Iterator[LoopbackSlack]:
    """A workspace with one channel."""
    with LoopbackSlack() as workspace:
        yield workspace


def _notifier(slack: LoopbackSlack, channel: str = "C0DESK") -> SlackNotifier:
    return SlackNotifier(SlackSettings("desk", Secret(slack.token), channel, slack.api_url), timeout=5)


def test_a_post_carries_its_delivery_and_nothing_unasked(slack: LoopbackSlack):
    """Metadata names the delivery, links are not unfurled, names are not linked, foreign text is escaped."""
    hostile = alert(1, filers=(Filer(1, "A & <!channel>", ()),))
    _notifier(slack).send(render(hostile))
    _, form = slack.requests[-1]
    assert form["metadata"]["event_payload"] == {
        "delivery_id": hostile.delivery_id,
        "accession_number": hostile.report.accession_number,
    }
    assert form["unfurl_links"] is False
    assert form["unfurl_media"] is False
    assert "link_names" not in form
    assert form["text"].startswith("A &amp; &lt;!channel&gt; 8-K")


def test_a_message_is_found_on_any_page(slack: LoopbackSlack):
    """History is read page by page to its end."""
    slack.page = 2
    notifier = _notifier(slack)
    receipts = [notifier.send(render(alert(number))) for number in range(1, 8)]
    fresh = _notifier(slack)
    found = fresh.find([alert(number).delivery_id for number in range(1, 8)] + ["never-sent"], _hour_ago())
    assert [one.reference for one in found.values()] == [receipt.reference for receipt in receipts]
    assert slack.calls("conversations.history") == 4


def test_what_was_posted_before_the_moment_asked_for_is_not_read(slack: LoopbackSlack):
    """`oldest` bounds the search."""
    _notifier(slack).send(MESSAGE)
    assert not _notifier(slack).find([MESSAGE.delivery_id], datetime.now(UTC) + timedelta(minutes=1))


def test_an_earlier_question_does_not_blind_a_later_one(slack: LoopbackSlack):
    """What is kept of the history is extended in both directions."""
    now = datetime.now(UTC)
    slack.clock = lambda: (now - timedelta(hours=5)).timestamp()
    old = _notifier(slack).send(render(alert(1)))
    slack.clock = now.timestamp
    notifier = _notifier(slack)
    both = [alert(1).delivery_id, alert(2).delivery_id]
    assert not notifier.find(both, now - timedelta(hours=1))
    new = _notifier(slack).send(render(alert(2)))
    found = notifier.find(both, now - timedelta(hours=1))
    assert {name: receipt.reference for name, receipt in found.items()} == {both[1]: new.reference}
    found = notifier.find(both, now - timedelta(hours=6))
    assert [receipt.reference for receipt in found.values()] == [old.reference, new.reference]


def test_deliveries_of_a_combined_message_are_found_one_by_one(slack: LoopbackSlack):
    """Each delivery that a message holds leads to that message."""
    crowd = [alert(number) for number in range(1, 26)]
    receipt = _notifier(slack).send(render_combined(crowd, now=datetime.now(UTC)))
    found = _notifier(slack).find([one.delivery_id for one in crowd], _hour_ago())
    assert len(found) == 25
    assert {one.reference for one in found.values()} == {receipt.reference}


def test_half_a_history_is_no_history(slack: LoopbackSlack):
    """When a page fails, the answer is "later" and never "not there"."""
    slack.page = 1
    for number in range(1, 4):
        _notifier(slack).send(render(alert(number)))
    notifier = _notifier(slack)
    slack.fail("conversations.history", *[DROP_BEFORE])
    with pytest.raises(DeliveryDeferred):
        notifier.find([alert(1).delivery_id], _hour_ago())
    slack.fail("conversations.history", limit(9))
    with pytest.raises(DeliveryDeferred) as caught:
        notifier.find([alert(1).delivery_id], _hour_ago())
    assert caught.value.retry_after == timedelta(seconds=9)
    assert notifier.find([alert(1).delivery_id], _hour_ago())


def test_a_channel_that_cannot_be_read_says_so(slack: LoopbackSlack):
    """Without scope or membership the question has no answer; a revoked token is another matter."""
    slack.scopes.discard("channels:history")
    with pytest.raises(CannotAsk):
        _notifier(slack).find(["x"], _hour_ago())
    slack.fail("conversations.history", refuse("token_revoked"))
    with pytest.raises(ReceiverBroken):
        _notifier(slack).find(["x"], _hour_ago())


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("ratelimited", DeliveryDeferred),
        ("message_limit_exceeded", DeliveryDeferred),
        ("request_timeout", DeliveryDeferred),
        ("fatal_error", DeliveryUnknown),
        ("internal_error", DeliveryUnknown),
        ("service_unavailable", DeliveryUnknown),
        ("not_authed", ReceiverBroken),
        ("account_inactive", ReceiverBroken),
        ("missing_scope", ReceiverBroken),
        ("restricted_action_read_only_channel", ReceiverBroken),
        ("is_archived", ReceiverBroken),
        ("msg_blocks_too_long", DeliveryRejected),
        ("metadata_too_large", DeliveryRejected),
        ("a_code_of_tomorrow", DeliveryRejected),
    ],
)
def test_error_codes_say_what_to_do(code: str, error: type[DeliveryError], slack: LoopbackSlack):
    """Each of Slack's codes belongs to one class, and the sentence names it."""
    slack.fail("chat.postMessage", refuse(code))
    with pytest.raises(error, match=code) as caught:
        _notifier(slack).send(MESSAGE)
    assert isinstance(caught.value, error)


def test_an_answer_with_a_secret_in_it_is_not_repeated(slack: LoopbackSlack):
    """What is no error code is not quoted."""
    slack.fail("chat.postMessage", refuse(f"token {slack.token} is bad"))
    with pytest.raises(DeliveryError) as caught:
        _notifier(slack).send(MESSAGE)
    assert slack.token not in str(caught.value)


def test_check_says_what_works(slack: LoopbackSlack):
    """Signing in and reading are told apart, and nothing is posted."""
    assert "can post to and read C0DESK" in _notifier(slack).check()
    slack.member_of = set()
    assert "possibly a repeat" in _notifier(slack).check()
    with pytest.raises(ReceiverBroken, match="C0NOWHERE"):
        _notifier(slack, channel="C0NOWHERE").check()
    slack.token = "another"
    with pytest.raises(ReceiverBroken, match="invalid_auth"):
        SlackNotifier(SlackSettings("desk", Secret("xoxb-old"), "C0DESK", slack.api_url)).check()
    assert not slack.messages["C0DESK"]


def test_plain_form_is_text_alone(slack: LoopbackSlack):
    """The fallback has no blocks, no formatting, and is short enough not to be split."""
    _notifier(slack).send_plain(render(alert(1, filers=(Filer(1, "x" * 9_000, ()),))))
    (message,) = slack.messages["C0DESK"]
    assert "blocks" not in message
    assert len(message["text"]) <= 4_000
    _, form = slack.requests[-1]
    assert form["mrkdwn"] is False
