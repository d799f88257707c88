"""Connections that ask nothing are closed: they would take the places of those that do."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

MOST = 500
"""Open at once, streams included; fewer than the files that a process may open."""


class Connection(H11Protocol):
    """One connection; uvicorn alone waits for ever for the first request, and for one that trickles in."""

    _closing: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody is there."""
        super().connection_made(transport)
        self._await_request()

    def on_response_complete(self) -> None:
        """They have their answer, and may ask again."""
        super().on_response_complete()
        self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """They are gone."""
        super().connection_lost(exc)
        if self._closing:
            self._closing.cancel()

    def _await_request(self) -> None:
        if self._closing:
            self._closing.cancel()
        self._closing = self.loop.call_later(self.timeout_keep_alive, self._close_unless_asked)

    def _close_unless_asked(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()
