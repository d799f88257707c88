"""Mail through a real SMTP server: headers, encryption, and what its codes mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from alerts import ALERT, REPORT, alert
from loopback_mail import LoopbackMail

from watcher.errors import DeliveryDeferred, DeliveryError, DeliveryRejected, DeliveryUnknown, ReceiverBroken
from watcher.messages import render
from watcher.model import Filer
from watcher.notify.email import EmailNotifier
from watcher.settings import EmailSettings, Secret

MESSAGE = render(ALERT)


@pytest.fixture
def mail() -> Iterator[LoopbackMail]:
    """A server with STARTTLS and a login."""
    with LoopbackMail() as server:
        yield server


def _notifier(mail: LoopbackMail, **changes: object) -> EmailNotifier:
    settings = EmailSettings(
        "inbox",
        "127.0.0.1",
        "Alerts <alerts@example.com>",
        ("desk@example.com", "risk@example.com"),
        port=mail.port,
        username=mail.username,
        password=Secret(mail.password),
    )
    return EmailNotifier(replace(settings, **changes), tls=mail.tls, timeout=5)  # type: ignore[arg-type]


def test_a_mail_carries_what_clients_and_lists_need(mail: LoopbackMail):
    """Text beside HTML, and the headers by which mails are threaded, filtered and not answered by machines."""
    receipt = _notifier(mail).send(MESSAGE)
    (got,) = mail.mails
    assert got["Message-ID"] == receipt.reference == f"<{MESSAGE.delivery_id}@example.com>"
    assert got["Subject"] == "CLRB 8-K 7.01, 9.01: Cellectar signs a license agreement"
    assert got["Date"].datetime == ALERT.seen_at.replace(microsecond=0)
    assert got["Auto-Submitted"] == "auto-generated"
    assert got["List-Id"] == "<inbox.edgar-watcher.example.com>"
    assert got["X-Entity-Ref-ID"] == MESSAGE.delivery_id
    assert [part.get_content_type() for part in got.iter_parts()] == ["text/plain", "text/html"]
    html = got.get_body(("html",))
    assert html is not None
    assert "License Agreement</mark>" in html.get_content()


def test_every_try_is_the_same_mail(mail: LoopbackMail):
    """A repeat has the same Message-ID and Date, so that clients fold it; other filings have others."""
    for message in (MESSAGE, render(ALERT, possibly_repeated=True), render(alert(2))):
        _notifier(mail).send(message)
    first, again, other = mail.mails
    assert (first["Message-ID"], first["Date"]) == (again["Message-ID"], again["Date"])
    assert other["Message-ID"] != first["Message-ID"]


def test_what_continues_a_mail_answers_it(mail: LoopbackMail):
    """Later matches stand under the first mail on their filing."""
    first = _notifier(mail).send(MESSAGE)
    _notifier(mail).send(render(replace(ALERT, continues="also matches b"), thread=first.reference))
    reply = mail.mails[1]
    assert reply["In-Reply-To"] == first.reference
    assert first.reference in reply["References"]
    assert mail.mails[0]["References"] in reply["References"]


def test_no_header_comes_out_of_a_filing(mail: LoopbackMail):
    """Line breaks in names, numbers and rule titles add no header and no recipient."""
    evil = "x\r\nBcc: all@example.com\r\n\r\nhello"
    report = replace(REPORT, accession_number=evil, form=evil, filers=(Filer(1, evil, (evil,)),))
    _notifier(mail, name=evil).send(render(replace(ALERT, report=report)))
    (got,) = mail.mails
    assert got["Bcc"] is None
    assert "hello" not in str(got.keys())
    assert got.get_body(("plain",)) is not None


@pytest.mark.parametrize(
    ("answer", "error", "alone"),
    [
        ("MAIL 421 busy", DeliveryDeferred, False),
        ("MAIL 550 not you", ReceiverBroken, None),
        ("RCPT 450 greylisted", DeliveryDeferred, False),
        ("RCPT 550 no such mailbox", ReceiverBroken, None),
        ("DATA 451 try later", DeliveryDeferred, True),
        ("DATA 552 too big", DeliveryRejected, None),
        ("DATA 999 what", DeliveryUnknown, None),
    ],
)
def test_smtp_codes_say_what_to_do(answer: str, error: type[DeliveryError], alone: bool | None, mail: LoopbackMail):
    """4yz is for now, 5yz for good; about the message, its address or its sender."""
    mail.fail(answer)
    with pytest.raises(error) as caught:
        _notifier(mail).send(MESSAGE)
    assert type(caught.value) is error
    assert getattr(caught.value, "alone", None) is alone
    assert not mail.mails


def test_a_refused_address_does_not_cost_the_others_their_mail(mail: LoopbackMail):
    """The mail goes to those that are taken, and the receipt says that some were not."""
    mail.refused.add("risk@example.com")
    assert _notifier(mail).send(MESSAGE).detail == "1 of 2 addresses were refused"
    assert len(mail.mails) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_both_kinds_of_encryption_work(security: str):
    """A login over STARTTLS, or over TLS from the start."""
    with LoopbackMail(security=security) as mail:
        notifier = _notifier(mail, security=security)
        assert notifier.check() == f"inbox: 127.0.0.1 answered and signed in ({security})"
        notifier.send(MESSAGE)
        assert len(mail.mails) == 1


def test_a_server_without_starttls_gets_no_password():
    """Where encryption was asked for and is not offered, nothing is sent and the sentence says what to change."""
    with LoopbackMail(security="none") as mail, pytest.raises(ReceiverBroken, match="STARTTLS"):
        _notifier(mail).send(MESSAGE)


def test_a_loopback_server_needs_no_encryption():
    """`security = "none"` talks to a relay on this machine."""
    with LoopbackMail(security="none") as mail:
        _notifier(mail, security="none", username="", password=None).send(MESSAGE)
        assert len(mail.mails) == 1


def test_a_strangers_certificate_is_not_trusted(mail: LoopbackMail):
    """A server that cannot prove who it is gets no password."""
    stranger = EmailNotifier(_notifier(mail)._settings, timeout=5)
    with pytest.raises(ReceiverBroken, match="certificate"):
        stranger.send(MESSAGE)


def test_a_long_domain_does_not_break_the_message_id(mail: LoopbackMail):
    """A Message-ID is never folded: then repeats would not be recognised."""
    sender = f"alerts@{'a-very-long-label.' * 6}example.com"
    receipt = _notifier(mail, sender=sender).send(MESSAGE)
    assert mail.mails[0]["Message-ID"] == receipt.reference
    assert len(receipt.reference) < 78
