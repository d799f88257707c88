"""JSON to a program, signed as Standard Webhooks say; the same `webhook-id` on every try.

Source: the Standard Webhooks specification, on headers, signatures and what answers mean.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import httpx
import msgspec
from standardwebhooks.webhooks import Webhook

from watcher.connections import why_it_failed
from watcher.errors import CannotAsk, DeliveryDeferred, DeliveryError, DeliveryRejected, DeliveryUnknown, ReceiverBroken
from watcher.model import Message, Receipt
from watcher.notify.answers import retry_after
from watcher.settings import WebhookSettings

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_BROKEN = {401, 403, 404, 405, 410}
# An ordinary answer is one piece; when it is read to its end, the connection can be used again.
_PIECES_READ = 4


class WebhookNotifier:
    """An address that takes alerts as JSON."""

    can_find = False
    pace = timedelta()
    place = ""
    folds_repeats = True
    """By the `webhook-id`, as the specification asks of every consumer."""

    def __init__(self, settings: WebhookSettings, *, clock: Callable[[], datetime], timeout: float = 20.0) -> None:
        self._settings = settings
        self._clock = clock
        self._client = httpx.Client(timeout=timeout, headers={"user-agent": "edgar-watcher"})

    def send(self, message: Message) -> Receipt:
        """POST the alert's data: `{"type": "filing.alert", "timestamp": ..., "data": {...}}`."""
        kind = "watcher.notice" if "notice" in message.data else "filing.alert"
        if message.holds:
            kind = "filing.alerts"
        created_at = message.created_at.isoformat().replace("+00:00", "Z") if message.created_at else None
        body = msgspec.json.encode({"type": kind, "timestamp": created_at, "data": message.data})
        answer = self._post(body, self._signed(message.delivery_id, body))
        if answer.is_success:
            return Receipt(message.delivery_id, f"status {answer.status_code}")
        raise self._error(answer)

    send_plain = send

    def _signed(self, delivery_id: str, body: bytes) -> dict[str, str]:
        # The library reads the clock time of any zone as UTC.
        at = self._clock().astimezone(UTC)
        secret = self._settings.secret.reveal().removeprefix("whsec_")
        # The library skips over what is not base64, and would sign with another key than the consumer's.
        if not re.fullmatch(r"[A-Za-z0-9+/]{16,}={0,2}", secret):
            raise ReceiverBroken(
                f"The secret of {self._settings.name} is not one of Standard Webhooks; write whsec_ and base64."
            )
        signature = Webhook(secret).sign(delivery_id, at, body.decode())
        return {
            "content-type": "application/json",
            "webhook-id": delivery_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": signature,
        }

    def _post(self, body: bytes, headers: dict[str, str]) -> httpx.Response:
        name = self._settings.name
        try:
            # The status says it all; so little more is read that an answer without end is left where it is.
            with self._client.stream("POST", self._settings.url, content=body, headers=headers) as answer:
                with suppress(httpx.HTTPError):
                    deque(islice(answer.iter_raw(), _PIECES_READ), maxlen=0)
                return answer
        except _NEVER_SENT as error:
            raise DeliveryDeferred(f"The address of {name} cannot be reached ({why_it_failed(error)}).") from None
        except (httpx.UnsupportedProtocol, httpx.InvalidURL):
            raise ReceiverBroken(f"The address of {name} is not a web address; correct `url`.") from None
        except httpx.HTTPError as error:
            raise DeliveryUnknown(f"The answer of {name} was lost ({why_it_failed(error)}).") from None

    def _error(self, answer: httpx.Response) -> DeliveryError:
        name, status = self._settings.name, answer.status_code
        if status == 429:
            pause = retry_after(answer.headers)
            return DeliveryDeferred(f"{name} limits us (status 429).", retry_after=pause, charged=False)
        if status in (408, 425) or status >= 500:
            # Sent again under the same id, so that it may have arrived does not matter.
            return DeliveryDeferred(f"{name} could not take the message now (status {status}).")
        if status in _BROKEN or answer.is_redirect or status < 400:
            return ReceiverBroken(f"The address of {name} does not take messages (status {status}); check `url`.")
        return DeliveryRejected(f"{name} refuses the message (status {status}).")

    def find(
        self, delivery_ids: Collection[str], since: datetime, *, threads: Collection[str] = ()
    ) -> dict[str, Receipt]:
        """A webhook cannot be asked, and need not be."""
        raise CannotAsk(f"{self._settings.name} is a webhook, and those cannot be asked.")

    def check(self) -> str:
        """See that the secret can sign; nothing else can be known without sending."""
        headers: dict[str, Any] = self._signed("check", b"{}")
        return (
            f"{self._settings.name}: signs with its secret ({headers['webhook-signature'][:2]}); only sending tries it"
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
