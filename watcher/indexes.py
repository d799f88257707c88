"""EDGAR's indexes: which filings a day or a quarter lists, and what full-text search knows.

Source: https://www.sec.gov/Archives/edgar/daily-index/ and full-index/ (master, form, company, crawler), and the
answers of https://efts.sec.gov/LATEST/search-index. An index has one line per registrant of a filing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec

from watcher.errors import IndexFileError
from watcher.forms import CURRENT_REPORT_FORMS, normalise_form
from watcher.model import ACCESSION_NUMBER, Filer, Filing

_RULE = re.compile(r"-{20,}\s*")
_DATE = r"\d{4}-\d{2}-\d{2}|\d{8}"
# What stands right of the names, whose width is only told by the heading.
_RIGHT_COLUMNS = re.compile(rf"\s(?P<cik>\d{{1,10}})\s+(?P<filed>{_DATE})\s+(?P<path>\S+)\s*$")
_DISPLAY_NAME = re.compile(r"(?P<name>.*?)\s*(?:\((?P<tickers>[A-Z0-9 ,.\-]+)\)\s*)?\(CIK (?P<cik>\d{1,10})\)\s*")


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One line of an index: one registrant of one filing."""

    accession_number: str
    form: str
    cik: int | None
    name: str
    filed_on: date | None
    path: str
    """Of the complete submission, below https://www.sec.gov/Archives/."""


@dataclass(frozen=True, slots=True)
class IndexFile:
    """An index, iterable as its rows."""

    rows: tuple[IndexRow, ...]
    unreadable_lines: tuple[str, ...] = ()
    """Lines among the rows that name no filing."""

    def __iter__(self) -> Iterator[IndexRow]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of full-text search: a hit is a document, so that a filing may come several times."""

    filings: tuple[Filing, ...]
    """Merged by accession number, without acceptance times: the search does not tell them."""
    hits: int
    """Documents on this page."""
    total: int
    """Documents that the query found, at most 10,000."""


def parse_index(body: bytes) -> IndexFile:
    """The rows of a master, form, company or crawler index, recognised by its heading.

    Raises:
        IndexFileError: the bytes have no heading of an index.
    """
    lines = body.decode("latin-1").splitlines()
    top = next((n for n, line in enumerate(lines) if "Form Type" in line and "Company Name" in line), None)
    if top is None:
        raise IndexFileError("The answer is not an EDGAR index: it has no heading with Form Type and Company Name.")
    heading = lines[top]
    rows: list[IndexRow] = []
    unreadable: list[str] = []
    for line in lines[top + 1 :]:
        if not line.strip() or _RULE.fullmatch(line):
            continue
        row = _read_piped(line) if "|" in heading else _read_columns(line, heading)
        if row:
            rows.append(row)
        else:
            unreadable.append(line)
    return IndexFile(tuple(rows), tuple(unreadable))


def merge_rows(rows: Iterable[IndexRow]) -> list[Filing]:
    """One filing for each accession number with all its registrants, in the index's order."""
    groups: dict[str, list[IndexRow]] = {}
    for row in rows:
        groups.setdefault(row.accession_number, []).append(row)
    return [
        Filing(
            accession_number=number,
            form=group[0].form,
            filers=tuple({row.cik: Filer(row.cik, row.name) for row in group}.values()),
            filed_on=next((row.filed_on for row in group if row.filed_on), None),
        )
        for number, group in groups.items()
    ]


def parse_search(body: bytes) -> SearchPage:
    """One page of full-text search.

    Raises:
        IndexFileError: the bytes are not an answer of full-text search.
    """
    try:
        hits = msgspec.json.decode(body)["hits"]
        documents = [(str(hit["_id"]), hit["_source"]) for hit in hits["hits"]]
        total = hits["total"]
        total = int(total["value"] if isinstance(total, dict) else total)
        filings = [_read_hit(key, source) for key, source in documents]
    except (msgspec.DecodeError, RecursionError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise IndexFileError("The answer is not one of EDGAR's full-text search.") from error
    return SearchPage(tuple(_merge_hits(filings)), len(documents), total)


def _read_piped(line: str) -> IndexRow | None:
    cells = line.split("|")
    if len(cells) < 5:
        return None
    cik, form, filed, path = cells[0], cells[-3], cells[-2], cells[-1]
    return _row(form, "|".join(cells[1:-3]), cik, filed, path)


def _read_columns(line: str, heading: str) -> IndexRow | None:
    right = _RIGHT_COLUMNS.search(line)
    if not right:
        return None
    left = line[: right.start()]
    form_at, name_at = heading.index("Form Type"), heading.index("Company Name")
    if form_at < name_at:
        form, name = left[form_at:name_at], left[name_at:]
    else:
        name, form = left[name_at:form_at], left[form_at:]
    return _row(form, name, right["cik"], right["filed"], right["path"])


def _row(form: str, name: str, cik: str, filed: str, path: str) -> IndexRow | None:
    number = ACCESSION_NUMBER.search(path)
    if not number or not form.strip():
        return None
    return IndexRow(
        accession_number=number[0],
        form=normalise_form(form),
        cik=int(cik) if cik.strip().isdecimal() else None,
        name=" ".join(name.split()),
        filed_on=_day(filed),
        path=path.strip(),
    )


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text.strip().replace("-", ""), "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None


def _read_hit(key: str, source: dict[str, Any]) -> Filing:
    number = source.get("adsh") or key.partition(":")[0]
    if not ACCESSION_NUMBER.fullmatch(number):
        raise ValueError(f"{number!r} is not an accession number")
    form = normalise_form(source.get("form") or source.get("file_type") or "")
    items = source.get("items") or ()
    return Filing(
        accession_number=number,
        form=form,
        filers=tuple(_read_display_name(name) for name in source.get("display_names") or ()),
        filed_on=_day(source.get("file_date") or ""),
        items=tuple(str(code) for code in items) if form in CURRENT_REPORT_FORMS else (),
    )


def _read_display_name(text: str) -> Filer:
    text = " ".join(text.split())
    found = _DISPLAY_NAME.fullmatch(text)
    if not found:
        return Filer(None, text)
    tickers = tuple(ticker.strip() for ticker in (found["tickers"] or "").split(",") if ticker.strip())
    return Filer(int(found["cik"]), " ".join(found["name"].split()), tickers)


def _merge_hits(filings: Iterable[Filing]) -> list[Filing]:
    merged: dict[str, Filing] = {}
    for filing in filings:
        # The 8-K itself tells more than its exhibits' hits do; they share everything else.
        known = merged.get(filing.accession_number)
        if known is None or len(filing.items) > len(known.items):
            merged[filing.accession_number] = filing
    return list(merged.values())
