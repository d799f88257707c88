"""What an answer of EDGAR means, told by its status and its content together.

Neither alone suffices: 403 is a missing object, a block for ten minutes, or a refusal of who we are; 200 may carry an
error page. `docs/edgar-answers.md` lists every answer, what is done about it, and the test that proves it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from watcher.errors import EdgarBlocked, EdgarRefused, EdgarUnavailable, NotYetAvailable

# SEC: over the limit, an address is limited for ten minutes, and longer while it keeps asking.
BLOCK_LASTS = timedelta(minutes=10)
LONGEST_WAIT = timedelta(hours=1)
# Enough of a body to tell every page of EDGAR's apart.
HEAD = 16 * 1024

# Atomic: comments can be told apart in one way only; otherwise a page of them would take for ever.
_HTML = re.compile(rb"(?>\s*(?:<!--.*?-->\s*)*)<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
_ABSENT = (b"<Code>AccessDenied</Code>", b"<Code>NoSuchKey</Code>")
_RATE = b"request rate threshold exceeded"
_UNDECLARED = b"undeclared automated tool"


@dataclass(frozen=True, slots=True)
class Expected:
    """What was asked for, and how its first bytes look."""

    what: str
    start: re.Pattern[bytes]
    may_be_absent: bool = True
    """EDGAR has such objects only once they are published."""


def _begins(pattern: str) -> re.Pattern[bytes]:
    return re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:" + pattern.encode() + rb")", re.DOTALL)


FEED = Expected("a page of the current-filings feed", _begins(r"(?:<\?xml[^>]*>\s*)?<feed\b"), may_be_absent=False)
# Some submissions of 2000 have a path or other rubbish on their first line.
SUBMISSION = Expected(
    "a submission",
    _begins(r".{0,2000}?(?:<(?:SEC|IMS)-(?:DOCUMENT|HEADER)>|<SUBMISSION>|-----BEGIN PRIVACY|ACCESSION NUMBER:)"),
)
INDEX = Expected("an index", _begins(r"Description|CIK\||Form Type|Company Name"))
INDEX_PAGE = Expected("the index page of a filing", _HTML)
COMPANY_LIST = Expected("the company list", _begins(r"[\[{]"), may_be_absent=False)
SEARCH = Expected("an answer of full-text search", _begins(r"\{"), may_be_absent=False)


def judge(status: int, headers: Mapping[str, str], head: bytes, *, expected: Expected, url: str, now: datetime) -> None:
    """Return if the answer begins as what was expected; `head` is its decoded first bytes.

    Raises:
        EdgarBlocked: EDGAR limits us, or turns this machine away without saying why.
        EdgarRefused: EDGAR does not accept the declared user agent.
        NotYetAvailable: the object is not on the archive.
        EdgarUnavailable: anything else that is not an answer to the question.
    """
    html = bool(_HTML.match(head))
    page = head.lower() if html else b""
    retry_after = read_retry_after(headers.get("retry-after", ""), now=now)
    if _UNDECLARED in page:
        raise EdgarRefused(
            "EDGAR takes the user agent for an undeclared tool; set `user_agent` in [edgar] to your name and a "
            'mailbox that exists, such as "Example Research ops@example.com".',
            url=url,
        )
    if status == 429 or _RATE in page:
        until = now + max(BLOCK_LASTS, retry_after or BLOCK_LASTS)
        raise EdgarBlocked(f"EDGAR blocks us for asking too often, until {until:%H:%M:%S} UTC.", url=url, until=until)
    if status == 404 or (status == 403 and any(code in head for code in _ABSENT)):
        if expected.may_be_absent:
            raise NotYetAvailable(f"EDGAR does not have {expected.what} at {url} (yet).", url=url)
        raise EdgarUnavailable(f"EDGAR answered {status} for {expected.what}.", url=url)
    if status == 403:
        # Some networks are turned away whatever the user agent: only a person can mend that, but it may pass.
        until = now + BLOCK_LASTS
        raise EdgarBlocked(
            f"EDGAR turns this machine away (403) without saying why; asking again at {until:%H:%M:%S} UTC. "
            "If it lasts, this network may be barred from EDGAR: try another one.",
            url=url,
            until=until,
        )
    if status != 200:
        maintenance = " with its maintenance page" if b"file unavailable" in page else ""
        raise EdgarUnavailable(f"EDGAR answered {status}{maintenance}.", url=url, retry_after=retry_after)
    if html and expected is not INDEX_PAGE:
        raise EdgarUnavailable(f"EDGAR answered an HTML page instead of {expected.what}.", url=url)
    if not expected.start.match(head):
        kind = headers.get("content-type", "no content type")
        raise EdgarUnavailable(f"EDGAR answered something else ({kind}) instead of {expected.what}.", url=url)


def read_retry_after(value: str, *, now: datetime) -> timedelta | None:
    """The wait that a Retry-After header asks for (seconds or an HTTP date), at most an hour; None if it asks none."""
    value = value.strip()
    try:
        wait = timedelta(seconds=int(value)) if value.isdecimal() else parsedate_to_datetime(value) - now
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(wait, timedelta(0)), LONGEST_WAIT)
