"""The web server beside the daemon: one thread, started and stopped with it."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from urllib.parse import urlsplit

import uvicorn

from watcher.dashboard.app import make_app
from watcher.dashboard.connections import MOST, Connection
from watcher.dashboard.site import Site
from watcher.edgar import EdgarStatistics
from watcher.errors import UsageError
from watcher.rules import RuleSet
from watcher.settings import Settings
from watcher.store import Store

log = logging.getLogger(__name__)

_GRACE_S = 2


class Server:
    """A dashboard that answers until it is stopped."""

    def __init__(self, site: Site, listening: socket.socket, *, asked_within_s: int) -> None:
        self._site = site
        self._listening = listening
        host, port = listening.getsockname()[:2]
        self.url = f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
        """Where it answers."""
        self._uvicorn = uvicorn.Server(
            uvicorn.Config(
                make_app(site),
                log_config=None,
                access_log=False,
                server_header=False,
                http=Connection,
                limit_concurrency=MOST,
                timeout_keep_alive=asked_within_s,
                timeout_graceful_shutdown=_GRACE_S,
                ws="none",
            )
        )
        self._thread = threading.Thread(target=self._run, name="dashboard", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._uvicorn.run(sockets=[self._listening])
        except Exception:
            log.exception("dashboard failed")

    def stop(self) -> None:
        """End within seconds, streams included."""
        self._site.stopping.set()
        self._uvicorn.should_exit = True
        self._thread.join(_GRACE_S + 1)
        self._listening.close()
        self._site.store.close()


def serve(
    settings: Settings,
    rules: Callable[[], RuleSet],
    *,
    clock: Callable[[], datetime],
    statistics: Callable[[], EdgarStatistics] | None = None,
    asked_within_s: int = 5,
) -> Server:
    """Start the dashboard where the settings say; `rules` gives those in force, `statistics` what EDGAR was asked.

    The database is there already. Who asks nothing within so many seconds is hung up on.

    Raises:
        UsageError: the address cannot be listened on.
        StoreError: the database cannot be read.
    """
    parts = urlsplit(f"//{settings.http_listen}")
    host, port = parts.hostname or "127.0.0.1", parts.port or 0
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family)
        # Connections inherit it; asyncio only sets it on sockets that name their protocol. Without it, 40 ms a page.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError as error:
        # The error's own text repeats the address.
        why = os.strerror(error.errno) if error.errno else error
        raise UsageError(
            f"The dashboard cannot listen on {settings.http_listen}: {why}; "
            "name another address under `listen` in [http]."
        ) from error
    try:
        site = Site(settings, Store(settings.database, read_only=True), rules, clock=clock, statistics=statistics)
        return Server(site, listening, asked_within_s=asked_within_s)
    except BaseException:
        with suppress(OSError):
            listening.close()
        raise
