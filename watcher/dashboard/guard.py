"""Who gets in, and what a browser may do with a page.

On this machine alone no token is needed, and then only requests addressed to this machine are answered: a name on
the internet that is pointed here must not read along. Elsewhere everything but `/healthz` needs the token.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from watcher.config.kinds import is_loopback
from watcher.settings import Secret

COOKIE = "watcher_session"
SESSION_LASTS_S = 30 * 24 * 3600
_OPEN = ("/healthz", "/login", "/static/")

# Nothing from elsewhere, nothing inline: what a filing says can never become a program.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # Not "no-referrer": browsers then send "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class Guard:
    """Lets through who may come in, and adds the headers that keep pages harmless."""

    def __init__(self, app: ASGIApp, token: Secret | None, clock: Callable[[], datetime]) -> None:
        self._app = app
        self._token = token
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or have the pages answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(_HEADERS)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        answer: ASGIApp = self._refusal(Request(scope)) or self._app
        await answer(scope, receive, guarded)

    def _refusal(self, request: Request) -> Response | None:
        host = request.headers.get("host", "")
        if self._token is None and not is_loopback(_hostname(host)):
            return PlainTextResponse(
                "This dashboard has no token and answers only on this machine; "
                "to reach it by another name, set `token` in [http].\n",
                status_code=421,
            )
        origin = request.headers.get("origin")
        if request.method == "POST" and origin is not None and urlsplit(origin).netloc != host:
            return PlainTextResponse("This form was sent from another site.\n", status_code=403)
        if self._token is None or request.url.path.startswith(_OPEN):
            return None
        if is_let_in(request, self._token, now=self._clock()):
            return None
        if "text/html" in request.headers.get("accept", ""):
            asked_for = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"/login?next={quote(asked_for)}", status_code=303)
        return PlainTextResponse(
            "Show the token: Authorization: Bearer ...\n", status_code=401, headers={"WWW-Authenticate": "Bearer"}
        )


def _hostname(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def is_let_in(request: Request, token: Secret, *, now: datetime) -> bool:
    """Whether a request shows the token, or a session that was opened with it."""
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and is_token(shown.strip(), token):
        return True
    return _is_session(request.cookies.get(COOKIE, ""), token, now=now)


def is_token(shown: str, token: Secret) -> bool:
    """Whether somebody shows the token; takes as long when it is nearly right."""
    return hmac.compare_digest(shown.encode(), token.reveal().encode())


def new_session(token: Secret, *, now: datetime) -> str:
    """What a browser keeps instead of the token; good for a month, or until the token is another."""
    opened = str(int(now.timestamp()))
    return f"{opened}.{_signature(opened, token)}"


def _is_session(session: str, token: Secret, *, now: datetime) -> bool:
    opened, _, signature = session.partition(".")
    if not (opened.isascii() and opened.isdecimal() and len(opened) < 12):
        return False
    good = hmac.compare_digest(signature.encode(), _signature(opened, token).encode())
    return good and now.timestamp() - int(opened) < SESSION_LASTS_S


def _signature(opened: str, token: Secret) -> str:
    return hmac.new(token.reveal().encode(), f"dashboard session {opened}".encode(), hashlib.sha256).hexdigest()
