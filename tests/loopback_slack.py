"""A Slack workspace on loopback that behaves like Slack where a sender can tell the difference.

Messages keep their metadata; history is newest first, in pages, without replies; a bad block rejects the whole
message; answers can be lost before or after the message is posted.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Json = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong with one request."""

    kind: str
    """`refuse`, `limit`, `drop_before`, `drop_after`, `slow`, `html`, `html_after` or `garbage`."""
    code: str = ""
    seconds: float = 0.0


def refuse(code: str) -> Fault:
    """`{"ok": false, "error": code}` with status 200, as Slack answers."""
    return Fault("refuse", code)


def limit(seconds: int) -> Fault:
    """Status 429 with `Retry-After`."""
    return Fault("limit", seconds=seconds)


DROP_BEFORE = Fault("drop_before")
"""The connection is reset and nothing was posted."""
DROP_AFTER = Fault("drop_after")
"""The message was posted, and the connection is reset instead of an answer."""
HTML = Fault("html")
"""An error page with status 503; nothing was posted."""
HTML_AFTER = Fault("html_after")
"""The message was posted, and the answer is an error page."""
GARBAGE = Fault("garbage")
"""The message was posted, and the answer is JSON that is none of Slack's."""


def slow(seconds: float) -> Fault:
    """The message is posted at once, the answer comes that late."""
    return Fault("slow", seconds=seconds)


@dataclass
class LoopbackSlack:
    """One workspace with one app; use as a context manager."""

    token: str = "xoxb-loopback-token"
    channels: tuple[str, ...] = ("C0DESK",)
    scopes: set[str] = field(default_factory=lambda: {"chat:write", "channels:history"})
    member_of: set[str] | None = None
    """Channels that the app was invited to; None means all."""
    clock: Callable[[], float] = time.time
    page: int = 200
    """No history page is longer, whatever is asked for."""
    posts_per_second: float | None = None
    """For each channel; beyond it the answer is 429."""
    fault_for: Callable[[str], Fault | None] = lambda method: None
    """Asked for each request that no scripted fault is waiting for."""

    def __post_init__(self) -> None:
        self.messages: dict[str, list[Json]] = defaultdict(list)
        self.requests: list[tuple[str, Json]] = []
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self._lock = threading.Lock()
        self._last_ts = 0.0
        self._last_post: dict[str, float] = {}
        self._closing = threading.Event()
        workspace = self

        class Handler(_Handler):
            slack = workspace

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> LoopbackSlack:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def api_url(self) -> str:
        """What goes into `api_url`."""
        return f"http://127.0.0.1:{self._server.server_port}/api/"

    @property
    def webhook_url(self) -> str:
        """An incoming webhook of the first channel."""
        return f"http://127.0.0.1:{self._server.server_port}/services/T0/B0/loopbackhooksecret"

    def fail(self, method: str, *faults: Fault) -> None:
        """Let the next requests to a method (`chat.postMessage`, `webhook`) go wrong, in this order."""
        self._faults[method].extend(faults)

    def shown(self, channel: str | None = None) -> Counter[str]:
        """How often each delivery is visible in a channel, in threads and combined messages too."""
        found: Counter[str] = Counter()
        for message in self.messages[channel or self.channels[0]]:
            payload = message.get("metadata", {}).get("event_payload", {})
            held = str(payload.get("holds", "")).split()
            found.update(held or [str(payload.get("delivery_id", ""))])
        return found

    def calls(self, method: str) -> int:
        """How many requests for a method came in."""
        return sum(name == method for name, _ in self.requests)

    # --- what the handler asks ------------------------------------------------------------------------

    def take_fault(self, method: str) -> Fault | None:
        """What is to go wrong with this request."""
        with self._lock:
            return self._faults[method].popleft() if self._faults[method] else self.fault_for(method)

    def wait(self, seconds: float) -> None:
        """Be slow, but not when the workspace closes."""
        self._closing.wait(seconds)

    def answer(self, method: str, form: Json, token: str) -> Json:
        """What the Web API answers."""
        with self._lock:
            self.requests.append((method, form))
            if token != self.token:
                return _no("invalid_auth")
            act = {
                "auth.test": self._auth_test,
                "chat.postMessage": self._post,
                "conversations.history": self._history,
                "conversations.replies": self._replies,
                "conversations.info": self._info,
            }.get(method)
            return act(form) if act else _no("unknown_method")

    def over_the_limit(self, form: Json) -> bool:
        """Whether the channel had a message too recently."""
        if self.posts_per_second is None:
            return False
        channel, now = str(form.get("channel")), self.clock()
        with self._lock:
            if now - self._last_post.get(channel, 0.0) < 1 / self.posts_per_second:
                return True
            self._last_post[channel] = now
            return False

    def _auth_test(self, form: Json) -> Json:
        return {"ok": True, "url": "https://loopback.slack.com/", "team": "Loopback", "user": "watcher", "bot_id": "B0"}

    def _info(self, form: Json) -> Json:
        if form.get("channel") not in self.channels:
            return _no("channel_not_found")
        return {"ok": True, "channel": {"id": form["channel"], "is_member": self._joined(form["channel"])}}

    def _joined(self, channel: str) -> bool:
        return self.member_of is None or channel in self.member_of

    def _post(self, form: Json) -> Json:
        channel = form.get("channel")
        if "chat:write" not in self.scopes:
            return _no("missing_scope")
        if channel not in self.channels:
            return _no("channel_not_found")
        if not self._joined(str(channel)):
            return _no("not_in_channel")
        if not form.get("text") and not form.get("blocks"):
            return _no("no_text")
        if reasons := block_faults(form.get("blocks") or []):
            return _no("invalid_blocks") | {"response_metadata": {"messages": reasons}}
        metadata = form.get("metadata")
        if metadata is not None and not _is_metadata(metadata):
            return _no("invalid_metadata_format")
        parent = form.get("thread_ts")
        if parent and parent not in {message["ts"] for message in self.messages[channel]}:
            return _no("thread_not_found")
        message = self._keep(str(channel), form)
        return {"ok": True, "channel": channel, "ts": message["ts"], "message": message}

    def _keep(self, channel: str, form: Json) -> Json:
        # Slack's names of messages are times, and each channel's are unique.
        self._last_ts = max(self.clock(), self._last_ts + 0.000_002)
        kept = {key: form[key] for key in ("text", "blocks", "metadata", "thread_ts", "mrkdwn") if form.get(key)}
        message = {"type": "message", "user": "U0", "bot_id": "B0", "ts": f"{self._last_ts:.6f}"} | kept
        self.messages[channel].append(message)
        return message

    def post_by_webhook(self, form: Json) -> tuple[int, str]:
        """Status and body of an incoming webhook."""
        with self._lock:
            self.requests.append(("webhook", form))
            if not form.get("text") and not form.get("blocks"):
                return 400, "no_text"
            if block_faults(form.get("blocks") or []):
                return 400, "invalid_blocks"
            self._keep(self.channels[0], form)
            return 200, "ok"

    def _history(self, form: Json) -> Json:
        return self._listed(form, [one for one in self._of(form) if "thread_ts" not in one])

    def _replies(self, form: Json) -> Json:
        parent = form.get("ts")
        thread = [one for one in self._of(form) if parent in (one["ts"], one.get("thread_ts"))]
        return self._listed(form, thread) if thread else _no("thread_not_found")

    def _of(self, form: Json) -> list[Json]:
        return self.messages[str(form.get("channel"))]

    def _listed(self, form: Json, messages: list[Json]) -> Json:
        if "channels:history" not in self.scopes:
            return _no("missing_scope") | {"needed": "channels:history"}
        if form.get("channel") not in self.channels:
            return _no("channel_not_found")
        if not self._joined(str(form["channel"])):
            return _no("not_in_channel")
        oldest, latest = float(form.get("oldest") or 0), float(form.get("latest") or "inf")
        found = [one for one in messages if oldest <= float(one["ts"]) <= latest]
        found.sort(key=lambda one: float(one["ts"]), reverse=True)
        start = int(str(form.get("cursor") or "page:0").removeprefix("page:"))
        end = start + min(int(form.get("limit") or 100), self.page)
        more = end < len(found)
        full = str(form.get("include_all_metadata", "0")).lower() in ("1", "true")
        return {
            "ok": True,
            "messages": [_seen(one, full=full) for one in found[start:end]],
            "has_more": more,
            "response_metadata": {"next_cursor": f"page:{end}" if more else ""},
        }


def _no(code: str) -> Json:
    return {"ok": False, "error": code}


def _seen(message: Json, *, full: bool) -> Json:
    if full or "metadata" not in message:
        return message
    return message | {"metadata": {"event_type": message["metadata"]["event_type"]}}


def _is_metadata(metadata: Any) -> bool:
    payload = metadata.get("event_payload") if isinstance(metadata, dict) else None
    flat = isinstance(payload, dict) and all(isinstance(value, str | int | float | bool) for value in payload.values())
    return flat and bool(metadata.get("event_type"))


def block_faults(blocks: list[Json]) -> list[str]:
    """What Slack refuses, written from its documentation apart from the sender's own check."""
    found = [] if len(blocks) <= 50 else ["no more than 50 items allowed [json-pointer:/blocks]"]
    size = 0
    for at, block in enumerate(blocks):
        for pointer, text, most in _texts(block, f"/blocks/{at}"):
            size += len(text)
            if not text:
                found.append(f"must be more than 0 characters [json-pointer:{pointer}]")
            if len(text) > most:
                found.append(f"must be less than {most + 1} characters [json-pointer:{pointer}]")
        if block.get("type") not in {"header", "section", "context", "divider", "rich_text"}:
            found.append(f"unsupported type: {block.get('type')} [json-pointer:/blocks/{at}/type]")
        if block.get("type") == "context" and not 1 <= len(block.get("elements", [])) <= 10:
            found.append(f"no more than 10 items allowed [json-pointer:/blocks/{at}/elements]")
    return found if size < 13_000 else [*found, "msg_blocks_too_long"]


def _texts(node: Any, pointer: str, most: int = 3000) -> list[tuple[str, str, int]]:
    if isinstance(node, list):
        return [text for at, child in enumerate(node) for text in _texts(child, f"{pointer}/{at}", most)]
    if not isinstance(node, dict):
        return []
    most = 150 if node.get("type") == "header" else most
    found = []
    for key, value in node.items():
        if key == "text" and isinstance(value, str):
            found.append((f"{pointer}/text", value, most))
        else:
            found += _texts(value, f"{pointer}/{key}", most)
    return found


class Hanging(BaseHTTPRequestHandler):
    """A handler that can hang up instead of answering."""

    protocol_version = "HTTP/1.1"

    def say(self, status: int, body: str, *, kind: str = "application/json", retry_after: int | None = None) -> None:
        """Answer."""
        encoded = body.encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(encoded)))
            if retry_after is not None:
                self.send_header("Retry-After", str(retry_after))
            self.end_headers()
            self.wfile.write(encoded)
        except OSError:
            self.close_connection = True

    def hang_up(self) -> None:
        """Reset the connection."""
        # Lingering for no time makes closing a reset, as when a proxy dies.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def log_message(self, *args: Any) -> None:
        """Keep the tests' output clean."""

    def finish(self) -> None:
        """Close what may be closed already."""
        try:
            super().finish()
        except (OSError, ValueError):
            self.close_connection = True


class _Handler(Hanging):
    slack: LoopbackSlack

    def do_POST(self) -> None:
        """Answer a Web API method or an incoming webhook."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path).path
        hook = path.startswith("/services/")
        method = "webhook" if hook else path.removeprefix("/api/")
        form = self._form(body)
        fault = self.slack.take_fault(method)
        kind = fault.kind if fault else ""
        if kind == "drop_before":
            return self.hang_up()
        if fault and kind == "limit":
            return self.say(429, json.dumps(_no("ratelimited")), retry_after=int(fault.seconds))
        if kind == "html":
            return self.say(503, "<html><body>Service unavailable</body></html>", kind="text/html")
        if fault and kind == "refuse":
            known = {"channel_is_archived": 410, "no_service": 404, "invalid_token": 403, "invalid_payload": 400}
            return self.say(
                known.get(fault.code, 400) if hook else 200, fault.code if hook else json.dumps(_no(fault.code))
            )
        if method == "chat.postMessage" and self.slack.over_the_limit(form):
            return self.say(429, json.dumps(_no("ratelimited")), retry_after=1)
        status, answer = self._act(hook, method, form)
        if kind == "drop_after":
            return self.hang_up()
        if fault and kind == "slow":
            self.slack.wait(fault.seconds)
        if kind == "html_after":
            return self.say(502, "<html><body>Bad gateway</body></html>", kind="text/html")
        if kind == "garbage":
            return self.say(200, "[]")
        return self.say(status, answer, kind="text/plain" if hook else "application/json")

    def _act(self, hook: bool, method: str, form: Json) -> tuple[int, str]:
        if hook:
            return self.slack.post_by_webhook(form)
        token = str(self.headers.get("Authorization", "")).removeprefix("Bearer ")
        return 200, json.dumps(self.slack.answer(method, form, token))

    def _form(self, body: bytes) -> Json:
        if body and "json" in self.headers.get("Content-Type", ""):
            return {key: value for key, value in json.loads(body).items() if value is not None}
        return dict(parse_qsl(body.decode())) | dict(parse_qsl(urlsplit(self.path).query))
