"""The current-filings feed: bytes of one page -> rows -> filings.

Source: EDGAR's `browse-edgar?action=getcurrent&output=atom`. One row stands for one registrant of one filing; rows come
newest acceptance first, repeat, and shift between pages, so that a filing's only identity is its accession number.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import feedparser

from watcher.errors import FeedError
from watcher.forms import CURRENT_REPORT_FORMS, normalise_form
from watcher.model import ACCESSION_NUMBER, FeedEntry, Filer, Filing

# Names hold parentheses, " - " and "/MO/": the form is anchored on the left, CIK and role on the right.
_NAME_CIK_ROLE = re.compile(r"(?P<name>.*) \((?P<cik>\d{10})\) \((?P<role>[^()]*)\)", re.DOTALL)
_FILED = re.compile(r"Filed:\s*+(?:</b>\s*+)?(\d{4}-\d{2}-\d{2})")
_ITEM = re.compile(r"^[^\S\n]*+Item (\d{1,2}(?:\.\d{2})?)\s*+:", re.MULTILINE)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_CIK_IN_LINK = re.compile(r"/data/(\d{1,10})/")

_RAW_ACCESSION_NUMBER = re.compile(rb"accession-number=(\d{10}-\d{2}-\d{6})")
_RAW_REGISTRANT = re.compile(rb"/data/(\d{1,10})/\d{18}/(\d{10}-\d{2}-\d{6})-index")
_RAW_UPDATED = re.compile(rb"<updated>([^<]*)</updated>")
_ROW = b"<entry>"


@dataclass(frozen=True, slots=True)
class UnreadableRow:
    """A row that cannot be read: what it names, and why it is left out."""

    accession_number: str
    """Empty where not even that can be told."""
    reason: str


@dataclass(frozen=True, slots=True)
class FeedPage:
    """One page of the feed, its rows in the feed's order."""

    entries: tuple[FeedEntry, ...]
    updated_at: datetime | None
    """EDGAR's own clock when it made the page."""
    unreadable_rows: tuple[UnreadableRow, ...] = ()

    @property
    def reaches_back_to(self) -> datetime | None:
        """The oldest acceptance on the page; None for a page without rows."""
        return min((entry.accepted_at for entry in self.entries), default=None)


@dataclass(frozen=True, slots=True)
class FeedScan:
    """What the raw bytes of a page tell without parsing it."""

    accession_numbers: tuple[str, ...]
    """Each once, in the feed's order."""
    registrants: frozenset[tuple[str, int]]
    """Accession number and CIK of every row: a co-registrant may come later than its filing."""
    unlinked: tuple[str, ...]
    """Accession numbers of rows that do not link their filing as EDGAR does; no registrant is known of them."""
    rows: int
    reaches_back_to: datetime | None
    """Acceptance of the last row, the oldest one; None for a page without rows."""
    updated_at: datetime | None


def parse_feed(body: bytes) -> FeedPage:
    """The rows of one page; rows that cannot be read are set aside and never stop the others.

    Raises:
        FeedError: the bytes are not a whole page of the feed (an error page, nothing, a page cut off).
    """
    _require_whole_page(body)
    try:
        # As a stream: feedparser would open bytes or a string as a file if one of that name existed.
        parsed = feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError) as error:
        raise FeedError("The page of the current-filings feed is damaged beyond reading.") from error
    if parsed.version != "atom10":
        raise FeedError("The answer is not an Atom feed; EDGAR's current-filings feed is.")
    entries: list[FeedEntry] = []
    unreadable: list[UnreadableRow] = []
    for row in parsed.entries:
        try:
            entries.append(_read_row(row))
        except ValueError as error:
            unreadable.append(UnreadableRow(_accession_number(row), str(error)))
    # Markup broken badly enough swallows rows whole; a row that is gone must not go unnoticed.
    swallowed = body.count(_ROW) - len(parsed.entries)
    unreadable += [UnreadableRow("", "the row's markup is broken")] * swallowed
    return FeedPage(tuple(entries), _moment(parsed.feed.get("updated", "")), tuple(unreadable))


def scan_feed(body: bytes) -> FeedScan:
    """What a page lists, found without parsing it: microseconds where `parse_feed` takes tens of milliseconds.

    Raises:
        FeedError: the bytes are not a whole page of the feed.
    """
    _require_whole_page(body)
    times = _RAW_UPDATED.findall(body)
    rows = body.count(_ROW)
    numbers = scan_accession_numbers(body)
    registrants = frozenset((number.decode(), int(cik)) for cik, number in _RAW_REGISTRANT.findall(body))
    linked = {number for number, _ in registrants}
    return FeedScan(
        accession_numbers=tuple(numbers),
        registrants=registrants,
        unlinked=tuple(number for number in numbers if number not in linked),
        rows=rows,
        reaches_back_to=_moment(times[-1].decode("latin-1")) if rows and times else None,
        updated_at=_moment(times[0].decode("latin-1")) if len(times) > rows else None,
    )


def is_whole_page(body: bytes) -> bool:
    """Whether a page of the feed has its end: half a page lists less than EDGAR does."""
    return b"</feed>" in body[-500:]


def scan_accession_numbers(body: bytes) -> list[str]:
    """The accession numbers in the raw bytes of a page, each once, in the feed's order."""
    return [number.decode() for number in dict.fromkeys(_RAW_ACCESSION_NUMBER.findall(body))]


def merge_entries(entries: Iterable[FeedEntry]) -> list[Filing]:
    """One filing for each accession number with all its registrants, in the order of first appearance."""
    groups: dict[str, list[FeedEntry]] = {}
    for entry in entries:
        groups.setdefault(entry.accession_number, []).append(entry)
    return [_merge(rows) for rows in groups.values()]


def _merge(rows: list[FeedEntry]) -> Filing:
    first = rows[0]
    filers: dict[tuple[int | None, str], Filer] = {}
    for row in rows:
        filers.setdefault((row.filer.cik, row.filer.role), row.filer)
    return Filing(
        accession_number=first.accession_number,
        form=first.form,
        filers=tuple(filers.values()),
        accepted_at=min(row.accepted_at for row in rows),
        filed_on=next((row.filed_on for row in rows if row.filed_on), None),
        items=tuple(dict.fromkeys(code for row in rows for code in row.items)),
        url=first.url,
    )


def _require_whole_page(body: bytes) -> None:
    # feedparser finds nothing wrong with an error page, with no bytes at all, or with a page cut off.
    if b"<feed" not in body[:1000]:
        what = "is empty" if not body.strip() else "is not an Atom feed"
        raise FeedError(f"The answer {what}; EDGAR's current-filings feed was expected.")
    if not is_whole_page(body):
        raise FeedError("The page of the current-filings feed is cut off before its end.")


def _read_row(row: Any) -> FeedEntry:
    accession_number = _accession_number(row)
    if not accession_number:
        raise ValueError("the row names no accession number")
    tags = row.get("tags") or [{}]
    form = normalise_form(tags[0].get("term") or row.get("title", "").partition(" - ")[0])
    if not form:
        raise ValueError("the row names no form type")
    accepted_at = _moment(row.get("updated", ""))
    if accepted_at is None:
        raise ValueError(f"the acceptance time {row.get('updated', '')!r} is not a time with its offset")
    url = row.get("link", "")
    summary = _BREAK.sub("\n", row.get("summary", ""))
    return FeedEntry(
        accession_number=accession_number,
        form=form,
        filer=_read_filer(row.get("title", ""), form, url),
        accepted_at=accepted_at,
        filed_on=_filed_on(summary),
        # Forms D and 1-U print "Item ..." lines too, with other meanings.
        items=tuple(dict.fromkeys(_ITEM.findall(summary))) if form in CURRENT_REPORT_FORMS else (),
        url=url,
    )


def _read_filer(title: str, form: str, url: str) -> Filer:
    title = " ".join(title.split())
    rest = title[len(form) + 3 :] if title.upper().startswith(f"{form} - ") else title
    if found := _NAME_CIK_ROLE.fullmatch(rest):
        return Filer(int(found["cik"]), found["name"].strip(), role=found["role"].lower())
    cik = _CIK_IN_LINK.search(url)
    return Filer(int(cik[1]) if cik else None, rest)


def _accession_number(row: Any) -> str:
    for key in ("id", "link", "summary"):
        if found := ACCESSION_NUMBER.search(row.get(key, "")):
            return found[0]
    return ""


def _filed_on(summary: str) -> date | None:
    found = _FILED.search(summary)
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
