"""Every receiver type in every situation of the conformance table."""

from __future__ import annotations

import base64
import io
import logging
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TextIO

import pytest
from alerts import ALERT
from conformance import TABLE, Notifier, Rig, Situation, attempt, told
from loopback_hook import SECRET, LoopbackHook
from loopback_mail import LoopbackMail, closed_port
from loopback_slack import DROP_AFTER, DROP_BEFORE, GARBAGE, HTML, LoopbackSlack, limit, refuse, slow

from watcher.errors import ReceiverBroken
from watcher.messages import render
from watcher.model import Message
from watcher.notify import open_notifier
from watcher.notify.console import ConsoleNotifier
from watcher.notify.email import EmailNotifier
from watcher.notify.slack import SlackNotifier
from watcher.notify.slack_webhook import SlackWebhookNotifier
from watcher.notify.webhook import WebhookNotifier
from watcher.settings import (
    AppriseSettings,
    ConsoleSettings,
    EmailSettings,
    Secret,
    SlackSettings,
    SlackWebhookSettings,
    WebhookSettings,
)

MESSAGE = render(ALERT)
# Long enough for a busy machine to answer, short enough for the slow one to be too late.
TIMEOUT = 1.5
LATE = 2.2


class _SlackRig:
    secrets = ("xoxb-loopback-token",)
    unlikely: frozenset[Situation] = frozenset()
    faults = {  # noqa: RUF012 - a table
        Situation.DROP_BEFORE: DROP_BEFORE,
        Situation.DROP_AFTER: DROP_AFTER,
        Situation.SLOW: slow(LATE),
        Situation.RATE: limit(30),
        Situation.SERVER_ERROR: HTML,
        Situation.MALFORMED: GARBAGE,
        Situation.CREDENTIALS: refuse("token_revoked"),
        Situation.REJECTED: refuse("invalid_blocks"),
    }

    def __init__(self, stack: ExitStack) -> None:
        self.slack = stack.enter_context(LoopbackSlack())

    def open(self, situation: Situation) -> Notifier:
        if fault := self.faults.get(situation):
            self.slack.fail("chat.postMessage", fault)
        url = self.slack.api_url if situation is not Situation.NOBODY else f"http://127.0.0.1:{closed_port()}/api/"
        settings = SlackSettings("desk", Secret(self.slack.token), "C0DESK", url)
        return SlackNotifier(settings, timeout=TIMEOUT)

    def shown(self, message: Message) -> int:
        return self.slack.shown()[message.delivery_id]


class _SlackWebhookRig(_SlackRig):
    secrets = ("loopbackhooksecret",)
    faults = _SlackRig.faults | {
        Situation.CREDENTIALS: refuse("no_service"),
        Situation.REJECTED: refuse("invalid_payload"),
    }

    def open(self, situation: Situation) -> Notifier:
        if fault := self.faults.get(situation):
            self.slack.fail("webhook", fault)
        url = self.slack.webhook_url
        if situation is Situation.NOBODY:
            url = f"http://127.0.0.1:{closed_port()}/services/T0/B0/loopbackhooksecret"
        return SlackWebhookNotifier(SlackWebhookSettings("hook", Secret(url)), timeout=TIMEOUT)

    def shown(self, message: Message) -> int:
        return len(self.slack.messages["C0DESK"])


class _MailRig:
    secrets = ("loopback-mail-password", base64.b64encode(b"loopback-mail-password").decode())
    # Mail servers have no word for it: they say 4yz, as to any other trouble.
    unlikely = frozenset({Situation.RATE})
    faults = {  # noqa: RUF012 - a table
        Situation.DROP_BEFORE: "drop_before",
        Situation.DROP_AFTER: "drop_after",
        Situation.SLOW: "slow",
        Situation.SERVER_ERROR: "DATA 451 try later",
        Situation.MALFORMED: "garbage",
        Situation.REJECTED: "DATA 554 looks like spam",
    }

    def __init__(self, stack: ExitStack) -> None:
        self.mail = stack.enter_context(LoopbackMail())

    def open(self, situation: Situation) -> Notifier:
        if fault := self.faults.get(situation):
            self.mail.fail(fault)
        password = self.mail.password
        if situation is Situation.CREDENTIALS:
            self.mail.password = "another one"
        settings = EmailSettings(
            "inbox",
            "127.0.0.1",
            "alerts@example.com",
            ("desk@example.com",),
            port=closed_port() if situation is Situation.NOBODY else self.mail.port,
            username=self.mail.username,
            password=Secret(password),
        )
        return EmailNotifier(settings, tls=self.mail.tls, timeout=TIMEOUT)

    def shown(self, message: Message) -> int:
        return len(self.mail.mails)


class _HookRig:
    secrets: tuple[str, ...] = (SECRET, SECRET.removeprefix("whsec_"))
    unlikely: frozenset[Situation] = frozenset()
    faults = {  # noqa: RUF012 - a table
        Situation.DROP_BEFORE: DROP_BEFORE,
        Situation.DROP_AFTER: DROP_AFTER,
        Situation.SLOW: slow(LATE),
        Situation.RATE: limit(30),
        Situation.SERVER_ERROR: refuse("503"),
        Situation.MALFORMED: GARBAGE,
        Situation.CREDENTIALS: refuse("401"),
        Situation.REJECTED: refuse("413"),
    }
    verify = True

    def __init__(self, stack: ExitStack) -> None:
        self.hook = stack.enter_context(LoopbackHook(verify=self.verify))

    def open(self, situation: Situation) -> Notifier:
        if fault := self.faults.get(situation):
            self.hook.fail(fault)
        return self.connect(self.hook.address if situation is not Situation.NOBODY else f"127.0.0.1:{closed_port()}")

    def connect(self, address: str) -> Notifier:
        settings = WebhookSettings("bus", f"http://{address}/filings", Secret(SECRET))
        return WebhookNotifier(settings, clock=lambda: datetime.now(UTC), timeout=TIMEOUT)

    def shown(self, message: Message) -> int:
        return len({headers["webhook-id"] for headers, _ in self.hook.received})


class _AppriseRig(_HookRig):
    secrets = ("apprise-secret",)
    verify = False
    # Apprise says no without saying why: whatever fails is in doubt.
    unlikely = frozenset(
        {Situation.NOBODY, Situation.RATE, Situation.CREDENTIALS, Situation.REJECTED, Situation.MALFORMED}
    )

    def connect(self, address: str) -> Notifier:
        url = f"json://user:apprise-secret@{address}/filings?rto={TIMEOUT}&cto={TIMEOUT}"
        return open_notifier(AppriseSettings("phone", Secret(url)))

    def shown(self, message: Message) -> int:
        return len(self.hook.received)


class _ConsoleRig:
    secrets: tuple[str, ...] = ()
    unlikely = frozenset(Situation) - {Situation.OK, Situation.CREDENTIALS}

    def __init__(self, stack: ExitStack) -> None:
        self.stream: TextIO = io.StringIO()
        self.written = ""

    def open(self, situation: Situation) -> Notifier:
        if situation is Situation.CREDENTIALS:
            self.stream.close()
        return ConsoleNotifier(ConsoleSettings("screen"), stream=self.stream)

    def shown(self, message: Message) -> int:
        assert isinstance(self.stream, io.StringIO)
        return 0 if self.stream.closed else self.stream.getvalue().count(message.accession_number + " ")


RIGS = {
    "slack": _SlackRig,
    "slack-webhook": _SlackWebhookRig,
    "email": _MailRig,
    "webhook": _HookRig,
    "apprise": _AppriseRig,
    "console": _ConsoleRig,
}


CASES = [(name, situation) for name, rig in RIGS.items() for situation in Situation if situation not in rig.unlikely]


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """What is to be closed after the test."""
    with ExitStack() as opened:
        yield opened


@pytest.mark.parametrize(("name", "situation"), CASES)
def test_every_receiver_tells_the_situations_apart(
    name: str, situation: Situation, stack: ExitStack, caplog: pytest.LogCaptureFixture
):
    """No receipt for what is not shown, no "certainly not shown" for what may be, and no secret told to anybody."""
    rig: Rig = RIGS[name](stack)
    caplog.set_level(logging.DEBUG)
    notifier = rig.open(situation)
    result = attempt(notifier, MESSAGE)
    shown = rig.shown(MESSAGE)
    assert TABLE[situation](result, shown, notifier.folds_repeats), (result, shown)
    for secret in rig.secrets:
        assert secret not in told(result)
        assert secret not in caplog.text
        assert secret not in repr(notifier.__dict__)


@pytest.mark.parametrize("name", RIGS)
def test_every_type_says_what_it_can_check(name: str, stack: ExitStack):
    """`check` sends nothing and names the receiver."""
    rig: Rig = RIGS[name](stack)
    said = rig.open(Situation.OK).check()
    assert rig.shown(MESSAGE) == 0
    assert said.partition(":")[0] in {"desk", "hook", "inbox", "bus", "phone", "screen"}


def test_a_type_that_is_not_installed_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch):
    """Without Apprise its receivers are broken in a sentence; nothing else is."""
    monkeypatch.setitem(sys.modules, "apprise", None)
    notifier = open_notifier(AppriseSettings("phone", Secret("json://127.0.0.1/")))
    with pytest.raises(ReceiverBroken, match=r"edgar-watcher\[apprise\]"):
        notifier.send(MESSAGE)
