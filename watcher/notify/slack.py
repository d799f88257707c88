"""Slack through a bot token: the one receiver that can be asked what it already shows.

Source: Slack's pages on chat.postMessage, message metadata and conversations.history.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import Any
from urllib.error import URLError

from slack_sdk.errors import SlackApiError
from slack_sdk.web.client import WebClient

from watcher.connections import why_it_failed
from watcher.errors import CannotAsk, DeliveryDeferred, DeliveryError, DeliveryUnknown, ReceiverBroken
from watcher.messages.slack import escape
from watcher.messages.wording import cut_end
from watcher.model import Message, Receipt
from watcher.notify.answers import retry_after, was_never_sent
from watcher.notify.slack_errors import NotReadable, ThreadGone, error_of
from watcher.settings import SlackSettings

EVENT_TYPE = "filing_alert"
_PAGE = 200
_MAX_PAGES = 50
# Slack: texts beyond 4,000 characters may be split into several messages.
_MAX_PLAIN = 3_800
# Slack: about one message a second and channel; bursts beyond it are not guaranteed to be shown.
ONE_A_SECOND = timedelta(seconds=1)
# What may still turn up in the history behind the newest message that we have read there.
_OVERLAP = timedelta(minutes=5)

# The SDK logs bodies and failures by itself; what is worth knowing is in our errors.
quiet = logging.getLogger("watcher.notify.slack_sdk")
quiet.setLevel(logging.CRITICAL + 1)


class SlackNotifier:
    """One channel of a Slack workspace."""

    can_find = True
    folds_repeats = False
    pace = ONE_A_SECOND

    def __init__(self, settings: SlackSettings, *, timeout: float = 15.0) -> None:
        self._settings = settings
        # retry_handlers=[]: by default the SDK posts again when the answer is lost, and so twice.
        self._client = WebClient(
            token=settings.token.reveal(),
            base_url=settings.api_url,
            timeout=timeout,  # type: ignore[arg-type] # seconds, and urllib takes parts of them
            retry_handlers=[],
            logger=quiet,
        )
        self._channel = settings.channel
        self._history = _History()

    @property
    def place(self) -> str:
        """The channel: Slack limits each by itself, whoever posts there."""
        return f"{self._settings.api_url} {self._settings.channel}"

    def send(self, message: Message) -> Receipt:
        """Post the message with its blocks; in the thread of `message.thread` where that is given."""
        return self._post(message, text=escape(message.subject), blocks=list(message.blocks) or None)

    def send_plain(self, message: Message) -> Receipt:
        """Post the text alone, without any formatting."""
        return self._post(message, text=escape(cut_end(message.text, _MAX_PLAIN)), mrkdwn=False)

    def _post(self, message: Message, **form: Any) -> Receipt:
        form |= {
            "channel": self._settings.channel,
            "metadata": {"event_type": EVENT_TYPE, "event_payload": _payload(message)},
            "unfurl_links": False,
            "unfurl_media": False,
        }
        try:
            answer = self._ask(self._client.chat_postMessage, thread_ts=_thread_ts(message.thread), **form)
        except ThreadGone:
            answer = self._ask(self._client.chat_postMessage, **form)
        channel, ts = answer.get("channel") or self._settings.channel, answer.get("ts")
        if not isinstance(ts, str):
            raise DeliveryUnknown(f"Slack took a message for {self._settings.name} without saying which it is.")
        self._channel = channel
        return Receipt(f"{channel}/{ts}")

    def find(
        self, delivery_ids: Collection[str], since: datetime, *, threads: Collection[str] = ()
    ) -> dict[str, Receipt]:
        """Look for deliveries among the channel's messages since then, and among the replies of threads."""
        found = dict(self._history.since(since, read=self._read))
        for parent in sorted(filter(None, map(_thread_ts, threads))):
            if not found.keys() >= set(delivery_ids):
                found |= self._replies(parent, since)
        return {
            name: Receipt(f"{self._channel}/{found[name]}", "found in the channel")
            for name in delivery_ids
            if name in found
        }

    def _replies(self, parent: str, since: datetime) -> dict[str, str]:
        replies = self._pages(self._client.conversations_replies, ts=parent, oldest=_ts(since))
        try:
            return {name: ts for reply in replies for name, ts in _deliveries(reply)}
        except ThreadGone:
            return {}

    def _read(self, oldest: datetime, latest: datetime | None) -> Iterator[dict[str, Any]]:
        limits = {"oldest": _ts(oldest)} | ({"latest": _ts(latest)} if latest else {})
        return self._pages(self._client.conversations_history, **limits)

    def _pages(self, method: Callable[..., Any], **arguments: Any) -> Iterator[dict[str, Any]]:
        cursor: str | None = None
        for _ in range(_MAX_PAGES):
            try:
                answer = self._ask(
                    method,
                    channel=self._channel,
                    include_all_metadata=True,
                    inclusive=True,
                    limit=_PAGE,
                    cursor=cursor,
                    **arguments,
                )
            except DeliveryUnknown as error:  # a question that gets no answer harms nobody
                raise DeliveryDeferred(str(error)) from error
            except NotReadable as error:
                raise CannotAsk(str(error)) from error
            yield from (one for one in answer.get("messages") or [] if isinstance(one, dict))
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return
        raise ReceiverBroken(f"The channel of {self._settings.name} has too many messages since then to look through.")

    def check(self) -> str:
        """Sign in, and see whether the channel's messages can be read."""
        who = self._ask(self._client.auth_test)
        name = self._settings.name
        found = f"{name}: signed in to Slack as {who.get('user')} in {who.get('team')}"
        try:
            self._ask(self._client.conversations_history, channel=self._channel, limit=1)
        except ReceiverBroken as error:
            if "channel_not_found" in str(error):
                raise
            return (
                f"{found}; it cannot read {self._channel}, so a message whose answer is lost is sent again, "
                "marked as possibly a repeat; invite the app and give it channels:history (groups:history)"
            )
        return f"{found}; it can post to and read {self._channel}"

    def close(self) -> None:
        """Nothing is kept open."""

    def _ask(self, method: Callable[..., Any], **arguments: Any) -> dict[str, Any]:
        name = self._settings.name
        try:
            answer: Any = method(**arguments).data
        except SlackApiError as error:
            raise self._error(error) from None
        except URLError as error:
            if was_never_sent(error):
                raise DeliveryDeferred(f"Slack cannot be reached for {name} ({why_it_failed(error)}).") from error
            raise DeliveryUnknown(f"The connection to Slack broke for {name} ({why_it_failed(error)}).") from error
        # The SDK takes any JSON for an object and any bytes for text.
        except (OSError, HTTPException, ValueError, AttributeError, TypeError) as error:
            raise DeliveryUnknown(f"No usable answer from Slack for {name} ({why_it_failed(error)}).") from error
        return answer if isinstance(answer, dict) else {}

    def _error(self, error: SlackApiError) -> DeliveryError:
        answer, name = error.response, self._settings.name
        status, data = getattr(answer, "status_code", 0), getattr(answer, "data", None)
        if status == 429:
            return error_of("ratelimited", receiver=name, place=self._channel, waits=retry_after(answer.headers))
        code = data.get("error") if isinstance(data, dict) else None
        if status >= 500 or not isinstance(code, str) or " " in code:
            return DeliveryUnknown(f"Slack gave {name} no usable answer (status {status}).")
        return error_of(code, receiver=name, place=self._channel)


class _History:
    """Which deliveries a channel shows, read from its history once and then only what is new."""

    def __init__(self) -> None:
        self._found: dict[str, str] = {}
        self._from: datetime | None = None
        self._to: datetime | None = None

    def since(
        self, since: datetime, *, read: Callable[[datetime, datetime | None], Iterator[dict[str, Any]]]
    ) -> dict[str, str]:
        """Each delivery shown since then, with Slack's name for its message."""
        if self._from is None or self._to is None:
            self._keep(read(since, None))
            self._from, self._to = since, self._to or since
            return self._found
        if since < self._from:
            self._keep(read(since, self._from))
            self._from = since
        self._keep(read(max(self._from, self._to - _OVERLAP), None))
        return self._found

    def _keep(self, messages: Iterator[dict[str, Any]]) -> None:
        newest = self._to
        read: dict[str, str] = {}
        for message in messages:
            read.update(_deliveries(message))
            at = _moment(message)
            newest = max(filter(None, (newest, at)), default=None)
        # Only a history that was read to its end counts.
        self._found.update(read)
        self._to = newest


def _payload(message: Message) -> dict[str, str]:
    payload = {"delivery_id": message.delivery_id, "accession_number": message.accession_number}
    if message.holds:
        # Slack: values are strings, numbers and booleans, or flat objects.
        payload["holds"] = " ".join(message.holds)
    return {key: value for key, value in payload.items() if value}


def _deliveries(message: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The delivery ids in a message of a channel, with Slack's name for the message."""
    metadata = message.get("metadata")
    payload = metadata.get("event_payload") if isinstance(metadata, dict) else None
    ts = message.get("ts")
    if isinstance(payload, dict) and isinstance(ts, str):
        for name in (str(payload.get("delivery_id", "")), *str(payload.get("holds", "")).split()):
            if name:
                yield name, ts


def _thread_ts(receipt: str) -> str | None:
    """The name of a message in Slack's terms, None where the receipt is not one of Slack's."""
    ts = receipt.rpartition("/")[2]
    return ts if re.fullmatch(r"\d+\.\d+", ts) else None


def _ts(moment: datetime) -> str:
    return f"{moment.timestamp():.6f}"


def _moment(message: dict[str, Any]) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(message["ts"])).astimezone()
    except (KeyError, ValueError, TypeError, OverflowError, OSError):
        return None
