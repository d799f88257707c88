"""What the simulated EDGAR answers to a request, apart from sockets."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from urllib.parse import parse_qs, urlsplit

from watcher.forms import normalise_form
from watcher.hours import CLOSES, Calendar, from_new_york
from watcher.simulator import pages
from watcher.simulator.faults import Answer, Fault, absent, html, maintenance
from watcher.simulator.filings import Shelf, SimulatedFiling
from watcher.simulator.recorded import RecordedFeed

_COUNTS = (10, 20, 40, 80, 100)
_DEFAULT_COUNT = 40
_LAST_START = 5000
_BLOCK_LASTS = timedelta(minutes=10)
_SEARCH_LAG = timedelta(seconds=45)
# EDGAR turns away clients that name nobody, and those that pretend to be browsers or forgot to change the default.
_CONTACT = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_DISGUISED = re.compile(r"mozilla/|python-|curl/|wget/|java/|go-http-client", re.IGNORECASE)

_SUBMISSION = re.compile(r"/Archives/edgar/data/(\d+)/(?:\d{18}/)?(\d{10}-\d{2}-\d{6})\.txt")
_INDEX_PAGE = re.compile(r"/Archives/edgar/data/(?:(\d+)/)?\d{18}/(\d{10}-\d{2}-\d{6})-index\.html?")
_DAILY_INDEX = re.compile(r"/Archives/edgar/daily-index/\d{4}/QTR[1-4]/(master|form|company)\.(\d{8})\.idx")
_FULL_INDEX = re.compile(r"/Archives/edgar/full-index/(\d{4})/QTR([1-4])/(master|form|company)\.idx")


@dataclass(frozen=True, slots=True)
class Quirks:
    """How the simulated EDGAR behaves."""

    rate_limit: int = 10
    """Requests in one second, above which it blocks."""
    feed_lag: timedelta = timedelta(seconds=30)
    """From acceptance to the row in the feed."""
    archive_delay: timedelta = timedelta(0)
    """From the row in the feed to the submission on the archive."""
    shift: int = 0
    """Rows by which the list moves down between two pages of one crawl; below zero up, as if from an older copy."""
    compress: bool = True
    """Send packed bodies to clients that accept them."""


class Responder:
    """EDGAR's answers at simulated moments; safe for any number of threads."""

    def __init__(
        self,
        shelf: Shelf,
        *,
        clock: Callable[[], datetime],
        timed: bool,
        quirks: Quirks,
        calendar: Calendar,
        company_tickers: bytes,
        recorded: RecordedFeed | None = None,
    ) -> None:
        self.faults: list[Fault] = []
        self._shelf, self._clock, self._timed = shelf, clock, timed
        self._quirks, self._calendar = quirks, calendar
        self._company_tickers, self._recorded = company_tickers, recorded
        self._rows: dict[str, tuple[SimulatedFiling, list[str]]] = {}
        self._lock = threading.Lock()
        self._arrivals: deque[datetime] = deque()
        self._blocked_until = datetime.min.replace(tzinfo=UTC)

    @property
    def blocked_until(self) -> datetime:
        """The end of the last rate block."""
        return self._blocked_until

    def answer(self, target: str, headers: Mapping[str, str]) -> tuple[Answer, bool]:
        """The answer to a GET, and whether it arrived while the client was blocked."""
        with self._lock:
            now = self._clock()
            was_blocked = now < self._blocked_until
            if was_blocked or self._is_too_much(now):
                self._blocked_until = now + _BLOCK_LASTS
                return html(403, pages.RATE_BLOCK), was_blocked
            fault = next((fault for fault in self.faults if fault.takes(target, now=now)), None)
            if fault and fault.kind == "block":
                self._blocked_until = now + _BLOCK_LASTS
                return html(403, pages.RATE_BLOCK), False
            agent = headers.get("User-Agent", "")
            if not _CONTACT.search(agent) or _DISGUISED.search(agent):
                return html(403, pages.UNDECLARED), False
            good = self._conditional(self._route(target, now), headers)
        return (fault.spoil(good, target) if fault else good), False

    def _is_too_much(self, now: datetime) -> bool:
        self._arrivals.append(now)
        while self._arrivals[0] <= now - timedelta(seconds=1):
            self._arrivals.popleft()
        return len(self._arrivals) > self._quirks.rate_limit

    def _route(self, target: str, now: datetime) -> Answer:
        parts = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/cgi-bin/browse-edgar" and query.get("action") == "getcurrent":
            return self._feed(query, now)
        if parts.path == "/files/company_tickers.json":
            return Answer(200, self._company_tickers, "application/json", _validators(self._company_tickers))
        if parts.path == "/LATEST/search-index":
            return self._search(query, now)
        if found := _SUBMISSION.fullmatch(parts.path):
            return self._submission(target, found[1], found[2], now)
        if found := _INDEX_PAGE.fullmatch(parts.path):
            return self._index_page(found[1], found[2], now)
        if found := _DAILY_INDEX.fullmatch(parts.path):
            return self._daily_index(found[1], found[2], now)
        if found := _FULL_INDEX.fullmatch(parts.path):
            return self._full_index(int(found[1]), int(found[2]), found[3], now)
        return absent(404)

    def _listed(self, now: datetime) -> Iterable[SimulatedFiling]:
        if not self._timed:
            return list(self._shelf)
        return (one for one in self._shelf.accepted_by(now) if one.listed_at <= now)

    def _feed(self, query: Mapping[str, str], now: datetime) -> Answer:
        count, start = _snapped(query.get("count", "")), _number(query.get("start", ""))
        if start > _LAST_START:
            return maintenance()
        if start:
            pages_before = -(-start // count)
            start = max(start - self._quirks.shift * pages_before, 0)
        prefix = normalise_form(query.get("type", ""))
        if self._recorded:
            return Answer(200, self._recorded.page(prefix, start, count), "application/atom+xml")
        rows: list[str] = []
        for filing in self._listed(now):
            if filing.filing.form.startswith(prefix):
                rows.extend(self._rows_of(filing))
                if len(rows) >= start + count:
                    break
        return Answer(200, pages.feed_page(rows[start : start + count], now=now), "application/atom+xml")

    def _rows_of(self, filing: SimulatedFiling) -> list[str]:
        number = filing.filing.accession_number
        known, rows = self._rows.get(number, (None, []))
        if known is not filing:  # new, or published again with another registrant
            rows = list(pages.feed_rows(filing))
            self._rows[number] = filing, rows
        return rows

    def _submission(self, target: str, cik: str, number: str, now: datetime) -> Answer:
        filing = self._visible(number, now)
        if filing is None or (self._timed and now < filing.archived_at) or not filing.body:
            return absent()
        if cik.startswith("0"):
            return Answer(301, headers=(("Location", target.replace(f"/{cik}/", f"/{int(cik)}/", 1)),))
        if int(cik) not in {filer.cik for filer in filing.filing.filers}:
            return absent(404)
        return Answer(
            200, filing.body, "text/plain", _validators(f"{number} {filing.size}".encode(), filing.accepted_at)
        )

    def _index_page(self, cik: str | None, number: str, now: datetime) -> Answer:
        filing = self._visible(number, now)
        if filing is None or (cik and int(cik) not in {filer.cik for filer in filing.filing.filers}):
            return absent(404)
        return Answer(
            200, pages.index_page(filing).encode(), "text/html", _validators(number.encode(), filing.accepted_at)
        )

    def _visible(self, number: str, now: datetime) -> SimulatedFiling | None:
        filing = self._shelf.find(number)
        return filing if filing and (not self._timed or filing.listed_at <= now) else None

    def _daily_index(self, shape: str, text: str, now: datetime) -> Answer:
        try:
            day = datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            return absent()
        filings = [filing for filing in self._listed(now) if filing.filed_on == day]
        over = self._calendar.is_business_day(day) and now >= from_new_york(day, CLOSES)
        published = over or (not self._timed and filings)
        return self._index(filings, shape, now) if published else absent()

    def _full_index(self, year: int, quarter: int, shape: str, now: datetime) -> Answer:
        first, last = date(year, quarter * 3 - 2, 1), from_new_york(date(year, quarter * 3, 1), time(12))
        filings = [
            filing
            for filing in self._listed(now)
            if filing.filed_on.year == year and (filing.filed_on.month + 2) // 3 == quarter
        ]
        begun = filings or (self._timed and first <= now.date() <= last.date() + timedelta(days=31))
        return self._index(filings, shape, now) if begun else absent()

    def _index(self, filings: list[SimulatedFiling], shape: str, now: datetime) -> Answer:
        newest = max((filing.accepted_at for filing in filings), default=now)
        body = pages.index_file(filings, shape=shape, now=newest)
        return Answer(200, body, "text/plain", _validators(body, newest))

    def _search(self, query: Mapping[str, str], now: datetime) -> Answer:
        try:
            first, last = (date.fromisoformat(query[name]) for name in ("startdt", "enddt"))
        except (KeyError, ValueError):
            return Answer(400, json.dumps({"message": "bad request"}).encode(), "application/json")
        forms = {normalise_form(form) for form in query.get("forms", "").split(",") if form}
        found = [
            filing
            for filing in self._listed(now - _SEARCH_LAG if self._timed else now)
            if first <= filing.filed_on <= last
            and (not forms or filing.filing.form.removesuffix("/A") in forms or filing.filing.form in forms)
        ]
        start, size = _number(query.get("from", "")), min(_number(query.get("size", "")) or 100, 100)
        return Answer(200, pages.search_answer(found, start=start, size=size), "application/json")

    def _conditional(self, answer: Answer, headers: Mapping[str, str]) -> Answer:
        tag = dict(answer.headers).get("ETag")
        if answer.status == 200 and tag and headers.get("If-None-Match") == tag:
            return Answer(304, headers=answer.headers)
        return answer


def _snapped(count: str) -> int:
    wanted = _number(count) or _DEFAULT_COUNT
    return min(_COUNTS, key=lambda offered: abs(offered - wanted))


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _validators(content: bytes, changed_at: datetime | None = None) -> tuple[tuple[str, str], ...]:
    tag = ("ETag", f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"')
    if changed_at is None:
        return (tag,)
    return (tag, ("Last-Modified", format_datetime(changed_at.astimezone(UTC).replace(microsecond=0), usegmt=True)))
