"""The application: which address leads to which page."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from watcher.dashboard.finding import Finding
from watcher.dashboard.forms import form_of
from watcher.dashboard.guard import COOKIE, SESSION_LASTS_S, Guard, is_let_in, is_token, new_session
from watcher.dashboard.live import stream
from watcher.dashboard.meter import EVERY
from watcher.dashboard.metrics import Metrics
from watcher.dashboard.pages import Pages
from watcher.dashboard.playground import Playground
from watcher.dashboard.site import FOLDER, Site
from watcher.errors import StoreError
from watcher.health import State

log = logging.getLogger(__name__)

_AFTER_A_WRONG_TOKEN_S = 0.5


def make_app(site: Site) -> ASGIApp:
    """The dashboard of a site."""
    pages, finding, playground, metrics = Pages(site), Finding(site), Playground(site), Metrics(site)
    return Starlette(
        routes=[
            Route("/", pages.today),
            Route("/days/{day}", pages.day),
            Route("/search", finding.page),
            Route("/events", partial(stream, site)),
            Route("/filings/{accession_number}", pages.filing),
            Route("/deliveries", pages.deliveries),
            Route("/deliveries/{delivery_id}", pages.delivery),
            Route("/rules", pages.rules),
            Route("/rules/{rule_id}", pages.rule),
            Route("/playground", playground.page, methods=["GET", "POST"]),
            Route("/playground/try", playground.fragment, methods=["POST"]),
            Route("/health", pages.health),
            Route("/login", partial(_login, site), methods=["GET", "POST"]),
            Route("/logout", _logout, methods=["POST"]),
            Route("/healthz", partial(_healthz, site)),
            Route("/metrics", metrics.answer),
            Mount("/static", StaticFiles(directory=FOLDER / "static")),
        ],
        middleware=[Middleware(Guard, token=site.settings.http_token, clock=site.clock)],
        exception_handlers={
            HTTPException: partial(_not_there, site),
            StoreError: _no_store,
            Exception: _broken,
        },
        lifespan=partial(_sampling, site),
    )


@asynccontextmanager
async def _sampling(site: Site, app: Starlette) -> AsyncIterator[None]:
    async def sample() -> None:
        while True:
            site.meter.sample(now=site.clock())
            await asyncio.sleep(EVERY.total_seconds())

    task = asyncio.create_task(sample())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _healthz(site: Site, request: Request) -> Response:
    """200 while the watcher does its work, 503 when somebody has to look; the reasons only for who may see them."""
    health = site.health()
    told: dict[str, object] = {"state": health.state}
    token = site.settings.http_token
    if token is None or is_let_in(request, token, now=site.clock()):
        told["reasons"] = list(health.reasons)
    return JSONResponse(told, status_code=503 if health.state is State.FAILING else 200)


async def _login(site: Site, request: Request) -> Response:
    token = site.settings.http_token
    fields = await form_of(request) if request.method == "POST" else dict(request.query_params)
    onward = _onward(fields.get("next", "/"))
    if token is None:
        return RedirectResponse(onward, status_code=303)
    wrong = False
    if request.method == "POST":
        if is_token(fields.get("token", "").strip(), token):
            response = RedirectResponse(onward, status_code=303)
            response.set_cookie(
                COOKIE,
                new_session(token, now=site.clock()),
                max_age=SESSION_LASTS_S,
                httponly=True,
                samesite="strict",
                secure=request.url.scheme == "https",
            )
            return response
        await asyncio.sleep(_AFTER_A_WRONG_TOKEN_S)
        log.warning("dashboard refused a wrong token")
        wrong = True
    html = await run_in_threadpool(site.render, "login.html.j2", onward=onward, wrong=wrong)
    return Response(html, status_code=401 if wrong else 200, media_type="text/html")


def _onward(path: str) -> str:
    """Where to go after the login: a page of ours, whatever was asked for."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() else "/"


async def _logout(request: Request) -> Response:
    response = RedirectResponse("/login", status_code=303)
    response.delete_cookie(COOKIE)
    return response


async def _not_there(site: Site, request: Request, error: Exception) -> Response:
    status, sentence = (error.status_code, error.detail) if isinstance(error, HTTPException) else (500, "")
    if sentence == HTTPStatus.NOT_FOUND.phrase:
        sentence = "There is no such page."
    if "text/html" not in request.headers.get("accept", ""):
        return PlainTextResponse(f"{sentence}\n", status_code=status)
    return await run_in_threadpool(partial(site.page, "error.html.j2", status=status, sentence=sentence))


async def _no_store(request: Request, error: Exception) -> Response:
    return PlainTextResponse(f"{error}\n", status_code=503)


async def _broken(request: Request, error: Exception) -> Response:
    log.error("page failed path=%s", request.url.path, exc_info=error)
    return PlainTextResponse("This page failed; the log says why.\n", status_code=500)
