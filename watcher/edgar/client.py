"""The client that asks EDGAR."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import chain
from types import MappingProxyType
from urllib.parse import urlencode, urljoin, urlsplit

import httpcore
import httpx

from watcher.attachments import holds_listed_exhibits
from watcher.connections import why_it_failed
from watcher.edgar import answers
from watcher.edgar.answers import Expected, judge
from watcher.edgar.bodies import decoded, read_searchable, read_whole
from watcher.edgar.gate import Gate, Slot
from watcher.errors import EdgarBlocked, EdgarError, EdgarUnavailable, IndexFileError, NotYetAvailable, UsageError
from watcher.feed import is_whole_page
from watcher.indexes import parse_search
from watcher.model import Filer, Filing
from watcher.settings import EdgarSettings

# Read at once from the network: at httpcore's own 64 kB every submission would bring that much which nobody reads.
httpcore.HTTP11Connection.READ_NUM_BYTES = 8 * 1024

MEGABYTE = 1024 * 1024
# A hundred rows take about 100 KB; parsing what is no feed takes long.
_PAGE = 2 * MEGABYTE
_SMALL, _LARGE = 16 * MEGABYTE, 256 * MEGABYTE
_SUBMISSION_LIMIT = 64 * MEGABYTE
_REDIRECTS = 3
_REDIRECT = frozenset({301, 302, 303, 307, 308})
_KEPT = 8
# A body that only trickles in holds a thread no longer than this.
_LONGEST_READING = 180.0
_CONNECT_WITHIN = 10.0
# Full-text search: at most 100 documents a page and 10,000 a query.
_SEARCH_PAGE, _SEARCH_CAP = 100, 10_000

_ACCESSION_NUMBER = re.compile(r"(?<!\d)(\d{10})-?(\d{2})-?(\d{6})(?!\d)")
_CIK = re.compile(r"/data/(\d{1,10})/")

Reader = Callable[[Iterable[bytes]], bytes]


@dataclass(frozen=True, slots=True)
class EdgarStatistics:
    """What was asked of EDGAR since the client was opened."""

    requests: int
    bytes_received: int
    """Bodies, as they came over the network."""
    answers: dict[str, int]
    """By kind: `ok`, `not modified`, or the name of the error."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A body that EDGAR may spare us to send again."""

    body: bytes
    conditions: dict[str, str]
    """Headers that ask for it only if it changed."""


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: httpx.Headers
    body: bytes = b""


class Edgar:
    """EDGAR's answers as bytes, for any number of threads, within one budget of requests.

    Every method raises only:
        EdgarUnavailable: no usable answer; trying later may help.
        EdgarBlocked: EDGAR blocks us; until then nothing is asked by any thread.
        EdgarRefused: EDGAR does not accept the user agent; nothing more is asked.
        NotYetAvailable: the archive does not have the object (yet).
    """

    def __init__(
        self,
        settings: EdgarSettings,
        *,
        clock: Callable[[], datetime],
        transport: httpx.BaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        patience: float = 30.0,
        blocked_until: datetime | None = None,
        on_block: Callable[[datetime], None] | None = None,
    ) -> None:
        """`patience` is the number of seconds that EDGAR may be silent.

        A block outlives a process: `on_block` is told when it will be over, for the next client to be given that
        as `blocked_until`.
        """
        self._www, self._search = settings.www_url.rstrip("/"), settings.search_url.rstrip("/")
        self._hosts = frozenset(urlsplit(url)[:2] for url in (settings.www_url, settings.data_url, settings.search_url))
        self._clock, self._monotonic = clock, monotonic
        self._gate = Gate(settings.requests_per_second, clock=clock, monotonic=monotonic, sleep=sleep)
        self._on_block = on_block
        if blocked_until:
            sentence = f"EDGAR blocks us for asking too often, until {blocked_until:%H:%M:%S} UTC."
            self._gate.stay_silent(EdgarBlocked(sentence, until=blocked_until))
        # HTTP/1.1: connections of HTTP/2 stall when answers are not read to their end.
        self._client = httpx.Client(
            transport=transport,
            headers={b"User-Agent": settings.user_agent.encode(), b"Accept-Encoding": b"gzip, deflate"},
            timeout=httpx.Timeout(patience, connect=min(_CONNECT_WITHIN, patience)),
            follow_redirects=False,
        )
        self._lock = threading.Lock()
        self._kept: dict[str, _Kept] = {}
        self._received = 0
        self._answers: Counter[str] = Counter()

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def __enter__(self) -> Edgar:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def statistics(self) -> EdgarStatistics:
        """What was asked so far."""
        with self._lock:
            return EdgarStatistics(self._answers.total(), self._received, dict(self._answers))

    def fetch_feed_page(self, *, form: str, start: int = 0, count: int = 100) -> bytes:
        """A whole page of the current-filings feed; `form` is a prefix, `start` counts rows."""
        query = {"action": "getcurrent", "type": form, "owner": "include", "start": start, "count": count}
        url = f"{self._www}/cgi-bin/browse-edgar?{urlencode({**query, 'output': 'atom'})}"
        body = self._fetch(url, answers.FEED, _whole(_PAGE)).body
        if not is_whole_page(body):
            raise EdgarUnavailable("The page of the current-filings feed is cut off before its end.", url=url)
        return body

    def fetch_submission(self, filing: Filing) -> bytes:
        """A filing's submission as far as a person reads; whole where Item 9.01 lists an exhibit that did not come."""
        return self._fetch(self.submission_url(filing), answers.SUBMISSION, _searchable).body

    def submission_url(self, filing: Filing) -> str:
        """Where the complete submission lies.

        Raises:
            EdgarUnavailable: no CIK of the filing is known, and the archive files under the CIK.
        """
        number = filing.accession_number
        cik = next((filer.cik for filer in filing.filers if filer.cik is not None), None)
        if cik is None and (found := _CIK.search(filing.url)):
            cik = int(found[1])
        if cik is None:
            raise EdgarUnavailable(f"Filing {number} cannot be asked for: no CIK of it is known.")
        return f"{self._www}/Archives/edgar/data/{cik}/{number.replace('-', '')}/{number}.txt"

    def locate_filing(self, reference: str) -> Filing:
        """The filing that an accession number or an EDGAR URL names, with a CIK to fetch it by.

        Raises:
            UsageError: the reference names no accession number.
        """
        found = _ACCESSION_NUMBER.search(reference)
        if not found:
            raise UsageError(f"{reference!r} names no filing: give an accession number such as 0001144204-17-013452.")
        number = "-".join(found.groups())
        cik = _CIK.search(reference)
        if not cik:
            # The archive leads to a filing's index page without the CIK.
            folder = number.replace("-", "")
            url = f"{self._www}/Archives/edgar/data/{folder}/{number}-index.html"
            page = self._fetch(url, answers.INDEX_PAGE, _whole(_SMALL)).body
            cik = re.search(rf"/data/(\d{{1,10}})/{folder}/", page.decode("latin-1"))
        if not cik:
            raise NotYetAvailable(f"The index page of {number} names no company to look it up by.", url=url)
        return Filing(number, "", (Filer(int(cik[1]), ""),))

    def fetch_company_tickers(self) -> bytes:
        """The list of companies and tickers, as JSON."""
        return self._fetch_kept(f"{self._www}/files/company_tickers.json", answers.COMPANY_LIST, _whole(_SMALL))

    def fetch_daily_index(self, day: date) -> bytes:
        """The master index of one day's filings, there since about 22:00 New York time of that day."""
        path = f"daily-index/{day.year}/QTR{_quarter(day)}/master.{day:%Y%m%d}.idx"
        return self._fetch_kept(f"{self._www}/Archives/edgar/{path}", answers.INDEX, _whole(_SMALL))

    def fetch_full_index(self, year: int, quarter: int) -> bytes:
        """The master index of a quarter."""
        url = f"{self._www}/Archives/edgar/full-index/{year}/QTR{quarter}/master.idx"
        return self._fetch_kept(url, answers.INDEX, _whole(_LARGE))

    def search_filings(self, *, form: str, first_day: date, last_day: date) -> list[Filing]:
        """The filings of a form (with amendments) that full-text search lists as filed on those days.

        Raises:
            EdgarUnavailable: also where the search found more than it shows; ask for fewer days then.
        """
        filings: dict[str, Filing] = {}
        start = 0
        while True:
            query = {"q": "", "forms": form, "startdt": first_day, "enddt": last_day, "from": start}
            url = f"{self._search}/LATEST/search-index?{urlencode({**query, 'size': _SEARCH_PAGE})}"
            try:
                page = parse_search(self._fetch(url, answers.SEARCH, _whole(_SMALL)).body)
            except IndexFileError as error:
                raise EdgarUnavailable(str(error), url=url) from error
            if page.total >= _SEARCH_CAP:
                raise EdgarUnavailable(
                    f"Full-text search shows only {_SEARCH_CAP:,} documents: ask day by day.", url=url
                )
            for filing in page.filings:
                known = filings.get(filing.accession_number)
                if known is None or len(filing.items) > len(known.items):
                    filings[filing.accession_number] = filing
            start += page.hits
            if not page.hits or start >= page.total:
                return list(filings.values())

    def _fetch_kept(self, url: str, expected: Expected, read: Reader) -> bytes:
        """Ask for something that changes rarely: EDGAR sends it again only if it did."""
        with self._lock:
            kept = self._kept.get(url)
        answer = self._fetch(url, expected, read, kept.conditions if kept else {})
        if kept and answer.status == 304:
            return kept.body
        if conditions := _conditions(answer.headers):
            with self._lock:
                self._kept[url] = _Kept(answer.body, conditions)
                while len(self._kept) > _KEPT:
                    del self._kept[next(iter(self._kept))]
        return answer.body

    def _fetch(
        self, url: str, expected: Expected, read: Reader, conditions: Mapping[str, str] = MappingProxyType({})
    ) -> _Answer:
        for _ in range(_REDIRECTS + 1):
            answer = self._ask(url, expected, read, conditions)
            if answer.status not in _REDIRECT:
                return answer
            url = urljoin(url, answer.headers.get("location", ""))
            if urlsplit(url)[:2] not in self._hosts:
                host = urlsplit(url).hostname or "nowhere"
                raise EdgarUnavailable(f"EDGAR redirects to {host}, which is not followed.", url=url)
        raise EdgarUnavailable(f"EDGAR redirects more than {_REDIRECTS} times.", url=url)

    def _ask(self, url: str, expected: Expected, read: Reader, conditions: Mapping[str, str]) -> _Answer:
        """One request within the gate."""
        slot = self._gate.admit()
        try:
            answer = self._exchange(slot, url, expected, read, conditions)
        except EdgarError as error:
            error.url = error.url or url
            self._gate.leave(slot, error)
            self._count(type(error).__name__)
            if isinstance(error, EdgarBlocked) and self._on_block:
                self._on_block(error.until)
            raise
        except BaseException:
            self._gate.abandon(slot)
            raise
        self._gate.leave(slot, None)
        self._count("not modified" if answer.status == 304 else "ok")
        return answer

    def _exchange(
        self, slot: Slot, url: str, expected: Expected, read: Reader, conditions: Mapping[str, str]
    ) -> _Answer:
        try:
            with self._client.stream("GET", url, headers=dict(conditions)) as response:
                self._gate.answered(slot)
                status, headers = response.status_code, response.headers
                if status in _REDIRECT or (status == 304 and conditions):
                    return _Answer(status, headers)
                content = decoded(self._chunks(response), headers.get("content-encoding", ""))
                head = _read_head(content, status)
                judge(status, headers, head, expected=expected, url=url, now=self._clock())
                return _Answer(status, headers, read(chain((head,), content)))
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise EdgarUnavailable(_sentence(error), url=url) from error

    def _chunks(self, response: httpx.Response) -> Iterator[bytes]:
        deadline = self._monotonic() + _LONGEST_READING
        for chunk in response.iter_raw():
            with self._lock:
                self._received += len(chunk)
            if self._monotonic() > deadline:
                raise EdgarUnavailable(f"EDGAR's answer took longer than {_LONGEST_READING:.0f} seconds.")
            yield chunk

    def _count(self, kind: str) -> None:
        with self._lock:
            self._answers[kind] += 1


def _whole(limit: int) -> Reader:
    return partial(read_whole, limit=limit)


def _searchable(chunks: Iterable[bytes]) -> bytes:
    return read_searchable(chunks, limit=_SUBMISSION_LIMIT, holds_all=holds_listed_exhibits)


def _read_head(content: Iterator[bytes], status: int) -> bytes:
    """Enough of the content to tell what it is; an error page that is cut off is told by what came of it."""
    head = bytearray()
    try:
        while len(head) < answers.HEAD and (chunk := next(content, b"")):
            head += chunk
    except (EdgarUnavailable, httpx.TransportError):
        if status == 200:
            raise
    return bytes(head)


def _sentence(error: Exception) -> str:
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError):
        why = why_it_failed(error)
        return f"EDGAR cannot be reached ({why}); look at this machine's network, proxy and certificates."
    if isinstance(error, httpx.TimeoutException):
        return "EDGAR did not answer in time."
    # The library's own words, where it is not the network's: nothing that is asked of EDGAR is secret.
    reason = why_it_failed(error) if isinstance(error, httpx.NetworkError) else str(error).rstrip(".")
    return f"EDGAR gave no whole answer: {reason}."


def _conditions(headers: Mapping[str, str]) -> dict[str, str]:
    names = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
    return {condition: headers[name] for name, condition in names.items() if name in headers}


def _quarter(day: date) -> int:
    return (day.month - 1) // 3 + 1
