"""Slack through an incoming webhook: it takes messages and never says which it shows."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from hashlib import sha256
from http.client import HTTPException
from typing import Any
from urllib.error import URLError

from slack_sdk.webhook.client import WebhookClient

from watcher.connections import why_it_failed
from watcher.errors import CannotAsk, DeliveryDeferred, DeliveryUnknown, ReceiverBroken
from watcher.messages.slack import escape
from watcher.messages.wording import cut_end
from watcher.model import Message, Receipt
from watcher.notify.answers import retry_after, was_never_sent
from watcher.notify.slack import ONE_A_SECOND, quiet
from watcher.notify.slack_errors import error_of
from watcher.settings import SlackWebhookSettings

_MAX_PLAIN = 3_800


class SlackWebhookNotifier:
    """The channel that an incoming webhook was made for."""

    can_find = False
    folds_repeats = False
    pace = ONE_A_SECOND

    def __init__(self, settings: SlackWebhookSettings, *, timeout: float = 15.0) -> None:
        self._settings = settings
        self._client = WebhookClient(
            settings.url.reveal(),
            timeout=timeout,  # type: ignore[arg-type] # seconds, and urllib takes parts of them
            retry_handlers=[],
            logger=quiet,
        )

    @property
    def place(self) -> str:
        """The channel that the address was made for, without telling the address."""
        return sha256(self._settings.url.reveal().encode()).hexdigest()

    def send(self, message: Message) -> Receipt:
        """Post the message with its blocks."""
        return self._post(message, text=escape(message.subject), blocks=list(message.blocks) or None)

    def send_plain(self, message: Message) -> Receipt:
        """Post the text alone."""
        return self._post(message, text=escape(cut_end(message.text, _MAX_PLAIN)))

    def _post(self, message: Message, **form: Any) -> Receipt:
        name = self._settings.name
        try:
            answer = self._client.send(unfurl_links=False, unfurl_media=False, **form)
        except URLError as error:
            if was_never_sent(error):
                raise DeliveryDeferred(f"Slack cannot be reached for {name} ({why_it_failed(error)}).") from None
            raise DeliveryUnknown(f"The connection to Slack broke for {name} ({why_it_failed(error)}).") from None
        except (OSError, HTTPException, ValueError) as error:
            raise DeliveryUnknown(f"No usable answer from Slack for {name} ({why_it_failed(error)}).") from None
        # The SDK returns normally whatever the status is.
        if answer.status_code == 200 and answer.body == "ok":
            return Receipt(message.delivery_id)
        place = "the webhook's channel"
        if answer.status_code == 429:
            raise error_of("ratelimited", receiver=name, place=place, waits=retry_after(answer.headers))
        if answer.status_code >= 500 or answer.status_code < 400:
            raise DeliveryUnknown(f"Slack gave {name} no usable answer (status {answer.status_code}).")
        if answer.status_code in (401, 404, 410) and "_" not in answer.body:
            raise ReceiverBroken(f"Slack does not know the webhook of {name} any more; make a new one.")
        raise error_of(answer.body.strip(), receiver=name, place=place)

    def find(
        self, delivery_ids: Collection[str], since: datetime, *, threads: Collection[str] = ()
    ) -> dict[str, Receipt]:
        """An incoming webhook cannot be asked."""
        raise CannotAsk(f"{self._settings.name} is an incoming webhook, and those cannot be asked.")

    def check(self) -> str:
        """Say that nothing can be checked without sending."""
        return (
            f"{self._settings.name}: an incoming webhook can only be tried by sending; a message whose answer "
            "is lost is sent again, marked as possibly a repeat"
        )

    def close(self) -> None:
        """Nothing is kept open."""
