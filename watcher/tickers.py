"""EDGAR's list of companies and their tickers.

Source: https://www.sec.gov/files/company_tickers.json (an object of rows) and company_tickers_exchange.json (field
names and rows). A company has one row per ticker. Delisted tickers leave the list and new ones come late: absence
proves nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec

from watcher.errors import IndexFileError

_CLASS_MARK = re.compile(r"[./\s-]+")


@dataclass(frozen=True, slots=True)
class CompanyTicker:
    """One ticker of one company."""

    cik: int
    ticker: str
    """In EDGAR's spelling: `BRK-B`."""
    name: str
    exchange: str = ""


def normalise_ticker(ticker: str) -> str:
    """A ticker in EDGAR's spelling: `brk.b`, `BRK/B` and `BRK B` are `BRK-B`."""
    return _CLASS_MARK.sub("-", ticker.strip().upper()).strip("-")


def parse_company_tickers(body: bytes) -> tuple[CompanyTicker, ...]:
    """The rows of either list in its order; rows without a CIK or a ticker are left out.

    Raises:
        IndexFileError: the bytes are not a company list, or not one of its rows can be read.
    """
    try:
        content = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise IndexFileError("The company list is not JSON.") from error
    rows = _rows(content)
    tickers = tuple(ticker for row in rows if (ticker := _read_row(row)))
    if rows and not tickers:
        raise IndexFileError("The company list has no row with a CIK and a ticker.")
    return tickers


def _rows(content: Any) -> list[Any]:
    if isinstance(content, dict) and isinstance(fields := content.get("fields"), list):
        data = content.get("data")
        if isinstance(data, list) and all(isinstance(name, str) for name in fields):
            return [dict(zip(fields, row, strict=False)) if isinstance(row, list) else None for row in data]
    elif isinstance(content, dict):
        return list(content.values())
    raise IndexFileError("The JSON is not a company list: neither an object of rows nor fields and data.")


def _read_row(row: Any) -> CompanyTicker | None:
    if not isinstance(row, dict):
        return None
    cik, ticker, name, exchange = (
        row.get("cik_str", row.get("cik")),
        row.get("ticker"),
        row.get("title", row.get("name")),
        row.get("exchange"),
    )
    if not (isinstance(cik, int | str) and str(cik).isdecimal() and isinstance(ticker, str) and ticker.strip()):
        return None
    return CompanyTicker(
        cik=int(cik),
        ticker=normalise_ticker(ticker),
        name=name.strip() if isinstance(name, str) else "",
        exchange=exchange if isinstance(exchange, str) else "",
    )


_WORD = re.compile(r"[a-z0-9]+")
_LEGAL_WORDS = frozenset(
    "ag co company corp corporation de holding holdings inc incorporated limited llc lp ltd nv plc sa the".split()
)


@lru_cache(maxsize=1000)
def own_words(name: str) -> tuple[str, ...]:
    """The words of a company's name that are its own: lower case, without `Inc.`, `/DE/` and the like."""
    words = _WORD.findall(name.lower().replace("’", "").replace("'", ""))
    return tuple(word for word in words if word not in _LEGAL_WORDS)
