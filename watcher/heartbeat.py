"""A dead man's switch: somebody else raises the alarm when we stop asking."""

from __future__ import annotations

import logging

import httpx

from watcher.connections import why_it_failed
from watcher.settings import Secret

log = logging.getLogger(__name__)

_TIMEOUT_S = 10.0


def beat(url: Secret) -> bool:
    """Ask the heartbeat's URL once; gives whether it answered well. The URL, a secret, is never logged."""
    try:
        answer = httpx.get(url.reveal(), timeout=_TIMEOUT_S, follow_redirects=True)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        log.warning("heartbeat not taken reason=%s", why_it_failed(error))
        return False
    if not answer.is_success:
        log.warning("heartbeat not taken status=%d", answer.status_code)
    return answer.is_success
