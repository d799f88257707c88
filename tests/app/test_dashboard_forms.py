"""Forms that never end, and visitors who hang up."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from watcher.dashboard.forms import MOST_BYTES, form_of

POST = {"type": "http", "method": "POST", "path": "/login", "headers": []}


def read(*messages: dict[str, Any], within: float = 10) -> dict[str, str]:
    """What a form gives of which these pieces arrive; silence follows the last one."""
    left = list(messages)

    async def receive() -> dict[str, Any]:
        return left.pop(0) if left else await asyncio.Event().wait()

    return asyncio.run(form_of(Request(POST, receive), within=within))


def test_a_visitor_who_hangs_up_is_no_error_of_ours():
    """A form that breaks off is refused in a sentence, without a traceback for each."""
    with pytest.raises(HTTPException, match="broke off"):
        read({"type": "http.request", "body": b"token=", "more_body": True}, {"type": "http.disconnect"})


def test_a_form_that_trickles_in_is_refused():
    """Who sends a form and never ends it does not hold a connection for ever."""
    with pytest.raises(HTTPException, match="too long"):
        read({"type": "http.request", "body": b"token=", "more_body": True}, within=0)


def test_a_form_without_end_is_refused():
    """No more is read than the longest form has."""
    piece = {"type": "http.request", "body": b"x" * MOST_BYTES, "more_body": True}
    with pytest.raises(HTTPException, match="longer"):
        read(piece, piece)


def test_a_form_that_arrives_is_read():
    """Each field once, also when it comes in pieces."""
    first = {"type": "http.request", "body": b"token=a&to", "more_body": True}
    assert read(first, {"type": "http.request", "body": b"ken=b&next=%2F"}) == {"token": "a", "next": "/"}
