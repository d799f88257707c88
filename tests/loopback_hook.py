"""A program on loopback that takes webhooks: it verifies signatures and folds repeats by their id."""

from __future__ import annotations

import json
import threading
from collections import deque
from http.server import ThreadingHTTPServer
from typing import Any

from loopback_slack import Fault, Hanging
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

SECRET = "whsec_bG9vcGJhY2stc2VjcmV0LW9mLXRoaXJ0eS10d28="


class LoopbackHook:
    """One address; use as a context manager."""

    def __init__(self, *, verify: bool = True) -> None:
        self.received: list[tuple[dict[str, str], Any]] = []
        """Headers in lower case and the JSON, of every request with a good signature."""
        self.faults: deque[Fault] = deque()
        self.verify = verify
        self.closing = threading.Event()
        hook = self

        class Handler(_Handler):
            owner = hook

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> LoopbackHook:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._server.server_port}"

    def fail(self, *faults: Fault) -> None:
        """Let the next requests go wrong, in this order; `refuse("503")` answers with that status."""
        self.faults.extend(faults)


class _Handler(Hanging):
    owner: LoopbackHook

    def do_POST(self) -> None:
        """Take one webhook."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.owner.faults.popleft() if self.owner.faults else Fault("")
        if fault.kind == "drop_before":
            return self.hang_up()
        if fault.kind == "limit":
            return self.say(429, "slow down", kind="text/plain", retry_after=int(fault.seconds))
        if fault.kind == "refuse":
            return self.say(int(fault.code), "no", kind="text/plain")
        headers = {name.lower(): value for name, value in self.headers.items()}
        if self.owner.verify:
            try:
                Webhook(SECRET).verify(body, headers)
            except WebhookVerificationError:
                return self.say(401, "bad signature", kind="text/plain")
        self.owner.received.append((headers, json.loads(body)))
        if fault.kind == "drop_after":
            return self.hang_up()
        self.owner.closing.wait(fault.seconds)
        if fault.kind == "garbage":
            return self.connection.sendall(b"this is not HTTP\r\n\r\n")
        return self.say(200, "{}")
