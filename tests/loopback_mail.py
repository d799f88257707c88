"""A mail server on loopback: real SMTP with STARTTLS and AUTH, and whatever can go wrong with it."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import deque
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session


def closed_port() -> int:
    """A port on loopback where nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]
        return port


class LoopbackMail:
    """One mail server; use as a context manager.

    `fail` scripts the next mails: `drop_before`, `drop_after`, `slow`, or an answer to a command such as
    `DATA 451 try later`, `RCPT 550 unknown`, `MAIL 421 busy`.
    """

    def __init__(
        self, *, username: str = "alerts", password: str = "loopback-mail-password", security: str = "starttls"
    ) -> None:
        self.username = username
        self.password = password
        self.mails: list[EmailMessage] = []
        self.refused: set[str] = set()
        """Addresses that get 550."""
        self._faults: deque[str] = deque()
        self._fault = ""
        authority = trustme.CA()
        server_tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("127.0.0.1").configure_cert(server_tls)
        self.tls = ssl.create_default_context()
        authority.configure_trust(self.tls)
        login = {"auth_required": True, "authenticator": self._authenticate}
        options: dict[str, dict[str, Any]] = {
            "starttls": login | {"tls_context": server_tls},
            "tls": login | {"auth_required": False, "auth_require_tls": False, "ssl_context": server_tls},
            "none": {},
        }
        self.port = closed_port()
        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port, server_hostname="loopback", **options[security]
        )

    def __enter__(self) -> LoopbackMail:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    def fail(self, *faults: str) -> None:
        """Let the next mails go wrong, in this order."""
        self._faults.extend(faults)

    def forgive(self) -> None:
        """Forget what was to go wrong."""
        self._faults.clear()

    def _authenticate(self, server: SMTP, session: Session, envelope: Envelope, how: str, data: Any) -> AuthResult:
        known = (data.login, data.password) == (self.username.encode(), self.password.encode())
        return AuthResult(success=known, handled=False)

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take the sender."""
        self._fault = self._faults.popleft() if self._faults else ""
        if self._fault == "drop_before":
            server.transport.abort()
        if self._fault.startswith("MAIL "):
            return self._fault.removeprefix("MAIL ")
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient."""
        if self._fault.startswith("RCPT "):
            return self._fault.removeprefix("RCPT ")
        if address in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take the mail."""
        if self._fault.startswith("DATA "):
            return self._fault.removeprefix("DATA ")
        mail = message_from_bytes(envelope.content or b"", policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        if self._fault == "drop_after":
            server.transport.abort()
        if self._fault == "slow":
            await asyncio.sleep(2.2)
        return "what" if self._fault == "garbage" else "250 OK"
