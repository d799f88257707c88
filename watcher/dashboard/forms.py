"""What a browser sends in a form."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

MOST_BYTES = 256 * 1024
# Who sends slower than this holds a connection that others need.
LONGEST_S = 10.0


async def form_of(request: Request, *, within: float = LONGEST_S) -> dict[str, str]:
    """The fields of a form that was sent `within` so many seconds, each once.

    Raises:
        HTTPException: it is longer than any form here, takes too long, or breaks off.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(within):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise HTTPException(413, "This is longer than the dashboard reads.")
    except TimeoutError:
        raise HTTPException(408, "The form took too long to arrive.") from None
    except ClientDisconnect:
        raise HTTPException(400, "The form broke off.") from None
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[0] for name, values in fields.items()}
