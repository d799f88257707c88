"""What a browser sends in a form."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.requests import Request

MOST_BYTES = 256 * 1024


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form that was sent, each once.

    Raises:
        HTTPException: it is longer than any form here.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise HTTPException(413, "This is longer than the dashboard reads.")
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[0] for name, values in fields.items()}
