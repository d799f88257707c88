"""Mail over SMTP: text and HTML, the same Message-ID and Date on every try, so that mail clients fold repeats.

Sources: RFC 5321 (answers), RFC 5322 (headers), RFC 2919 (List-Id), RFC 3834 (Auto-Submitted).
"""

from __future__ import annotations

import io
import smtplib
import socket
import ssl
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from watcher.connections import why_it_failed
from watcher.errors import CannotAsk, DeliveryDeferred, DeliveryError, DeliveryRejected, DeliveryUnknown, ReceiverBroken
from watcher.messages.wording import one_line
from watcher.model import Message, Receipt
from watcher.settings import EmailSettings

# A Message-ID beyond a line's length would be folded, and then it is another one.
_MAX_DOMAIN = 40
# RFC 5321: a line of a reply has at most 512 bytes; nobody says a hundred of them.
_LONGEST_REPLY = 50_000


class EmailNotifier:
    """One or more mailboxes behind one SMTP server."""

    can_find = False
    pace = timedelta()
    place = ""
    folds_repeats = True
    """By the Message-ID."""

    def __init__(self, settings: EmailSettings, *, tls: ssl.SSLContext | None = None, timeout: float = 30.0) -> None:
        self._settings = settings
        self._tls = tls or ssl.create_default_context()
        self._timeout = timeout
        self._hostname: str | None = None
        domain = parseaddr(settings.sender)[1].rpartition("@")[2]
        self._domain = domain if domain and len(domain) <= _MAX_DOMAIN else "edgar-watcher.invalid"

    def send(self, message: Message) -> Receipt:
        """Send text and HTML."""
        return self._send(self._mail(message, html=True))

    def send_plain(self, message: Message) -> Receipt:
        """Send the text alone."""
        return self._send(self._mail(message, html=False))

    def _mail(self, message: Message, *, html: bool) -> EmailMessage:
        settings = self._settings
        mail = EmailMessage(policy=SMTP)
        mail["From"] = settings.sender
        mail["To"] = ", ".join(settings.to)
        mail["Subject"] = one_line(message.subject)
        if message.created_at:
            mail["Date"] = format_datetime(message.created_at)
        mail["Message-ID"] = self._message_id(message.delivery_id)
        # A receipt of ours is a Message-ID, unless the receiver was of another type then.
        thread = message.thread if message.thread.startswith("<") else ""
        if message.accession_number:
            filing = self._message_id(f"filing.{one_line(message.accession_number, 25).replace(' ', '')}")
            mail["References"] = " ".join(filter(None, (filing, thread)))
        if thread:
            mail["In-Reply-To"] = thread
        mail["List-Id"] = f"<{_atom(settings.name)}.edgar-watcher.{self._domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Entity-Ref-ID"] = message.delivery_id
        if message.level == "high":
            mail["Importance"] = "high"
        mail.set_content(message.text)
        if html and message.html:
            mail.add_alternative(message.html, subtype="html")
        return mail

    def _message_id(self, local: str) -> str:
        return f"<{_atom(local)}@{self._domain}>"

    def _send(self, mail: EmailMessage) -> Receipt:
        name = self._settings.name
        with self._signed_in() as smtp:
            refused = self._address(smtp)
            try:
                code, _ = smtp.data(mail.as_bytes())
            except smtplib.SMTPDataError as error:
                raise _refusal(name, "the message", error.smtp_code) from None
            except (OSError, smtplib.SMTPException) as error:
                raise DeliveryUnknown(
                    f"The mail server of {name} took the mail without an answer ({why_it_failed(error)})."
                ) from None
        if not 200 <= code < 300:
            raise _refusal(name, "the message", code)
        detail = f"{refused} of {len(self._settings.to)} addresses were refused" if refused else ""
        return Receipt(str(mail["Message-ID"]), detail, complete=not refused)

    def _address(self, smtp: smtplib.SMTP) -> int:
        """Name sender and recipients; gives how many recipients were refused where others were taken."""
        name = self._settings.name
        try:
            code, _ = smtp.mail(_bare(self._settings.sender))
            if code != 250:
                raise _refusal(name, "the sender", code)
            codes = [smtp.rcpt(_bare(address))[0] for address in self._settings.to]
        except (OSError, smtplib.SMTPException) as error:
            raise DeliveryDeferred(f"The mail server of {name} hung up ({why_it_failed(error)}).") from None
        refused = [code for code in codes if code not in (250, 251)]
        if len(refused) == len(codes):
            raise _refusal(name, "every recipient", min(refused))
        return len(refused)

    @contextmanager
    def _signed_in(self) -> Iterator[smtplib.SMTP]:
        smtp = self._connect()
        try:
            yield smtp
        finally:
            with suppress(OSError, smtplib.SMTPException):
                smtp.quit()
            smtp.close()

    def _connect(self) -> smtplib.SMTP:
        name, server = self._settings.name, f"{self._settings.host}:{self._settings.port}"
        try:
            return self._open()
        except smtplib.SMTPAuthenticationError as error:
            # The server's words are left out: some repeat what they were sent.
            if error.smtp_code < 500:
                raise DeliveryDeferred(f"{server} cannot sign {name} in now ({error.smtp_code}).") from None
            raise ReceiverBroken(
                f"{server} does not accept the login of {name} ({error.smtp_code}); correct `username` or `password`."
            ) from None
        except smtplib.SMTPNotSupportedError:
            raise ReceiverBroken(
                f"{server} does not offer what {name} needs (STARTTLS or login); correct `security` or `port`."
            ) from None
        except ssl.SSLCertVerificationError as error:
            raise ReceiverBroken(
                f"The certificate of {server} is not valid for {name} ({error.verify_message})."
            ) from None
        except (OSError, smtplib.SMTPException) as error:
            raise DeliveryDeferred(f"{server} cannot be reached for {name} ({why_it_failed(error)}).") from None

    def _open(self) -> smtplib.SMTP:
        settings = self._settings
        host, port, own = settings.host, settings.port, self._hostname
        if settings.security == "tls":
            smtp: smtplib.SMTP = _TlsServer(host, port, own, timeout=self._timeout, context=self._tls)
        else:
            smtp = _Server(host, port, own, timeout=self._timeout)
        try:
            self._hostname = smtp.local_hostname  # looking it up again could take seconds
            if settings.security == "starttls":
                smtp.starttls(context=self._tls)
            if settings.username and settings.password:
                smtp.login(settings.username, settings.password.reveal())
            smtp.ehlo_or_helo_if_needed()
        except BaseException:
            smtp.close()
            raise
        return smtp

    def find(
        self, delivery_ids: Collection[str], since: datetime, *, threads: Collection[str] = ()
    ) -> dict[str, Receipt]:
        """A mailbox cannot be asked, and need not be."""
        raise CannotAsk(f"{self._settings.name} is a mailbox, and those cannot be asked.")

    def check(self) -> str:
        """Sign in to the mail server."""
        with self._signed_in():
            signed_in = " and signed in" if self._settings.username else ""
        return f"{self._settings.name}: {self._settings.host} answered{signed_in} ({self._settings.security})"

    def close(self) -> None:
        """Nothing is kept open."""


class _Replies(io.RawIOBase):
    """What a server says, each reply in bounded time and size: smtplib alone reads on for as long as lines come."""

    def __init__(self, connection: socket.socket, timeout: float) -> None:
        self._connection, self._timeout = connection, timeout

    def begin(self) -> None:
        """The next reply begins."""
        self._left, self._until = _LONGEST_REPLY, time.monotonic() + self._timeout

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        """Some of it."""
        seconds = self._until - time.monotonic()
        if seconds <= 0 or self._left <= 0:
            raise OSError("the reply does not end")
        self._connection.settimeout(seconds)
        try:
            read = self._connection.recv_into(buffer, min(len(buffer), self._left))
        finally:
            self._connection.settimeout(self._timeout)
        self._left -= read
        return read


class _Server(smtplib.SMTP):
    """A mail server whose replies have bounds."""

    def getreply(self) -> tuple[int, bytes]:
        """The next reply."""
        if self.file is None:
            self._replies = _Replies(self.sock, self.timeout)  # type: ignore[arg-type] # it is connected
            self.file = io.BufferedReader(self._replies)
        self._replies.begin()
        return super().getreply()


class _TlsServer(_Server, smtplib.SMTP_SSL):
    """The same behind TLS."""


def _refusal(name: str, what: str, code: int) -> DeliveryError:
    """RFC 5321: 4yz is for now, 5yz for good; anything else is no answer."""
    if not 400 <= code < 600:
        return DeliveryUnknown(f"The mail server of {name} gave no usable answer to {what} ({code}).")
    if code < 500:
        alone = what == "the message"
        return DeliveryDeferred(f"The mail server of {name} does not take {what} now ({code}).", alone=alone)
    if what == "the message":
        return DeliveryRejected(f"The mail server of {name} refuses the message ({code}).")
    return ReceiverBroken(f"The mail server of {name} refuses {what} ({code}); correct `from` or `to`.")


def _bare(address: str) -> str:
    return Address(addr_spec=parseaddr(address)[1]).addr_spec


def _atom(text: str) -> str:
    return "".join(mark if mark.isascii() and (mark.isalnum() or mark in ".-") else "-" for mark in text)
