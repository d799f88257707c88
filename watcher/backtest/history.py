"""EDGAR's history on disk: the filings of a time, downloaded once, within the client's request budget."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from watcher.errors import NotYetAvailable
from watcher.forms import is_watched
from watcher.indexes import merge_rows, parse_index
from watcher.match import could_match
from watcher.model import Filing
from watcher.rules import RuleSet

if TYPE_CHECKING:
    # Every process that reads files imports this package, and none of them asks EDGAR.
    from watcher.edgar import Edgar

TickersOf = Callable[[int], tuple[str, ...]]


def filings_between(
    edgar: Edgar, forms: Collection[str], since: date, until: date, *, folder: Path, today: date
) -> list[Filing]:
    """Every filing of these forms that EDGAR's quarterly indexes list from one day to another, oldest first.

    The indexes of quarters that are over on the day `today` are kept in `folder` and asked for once.

    Raises:
        EdgarError: an index could not be had.
    """
    found: list[Filing] = []
    for year, quarter in _quarters(since, until):
        rows = (row for row in parse_index(_index(edgar, year, quarter, folder, today)) if is_watched(row.form, forms))
        found += [filing for filing in merge_rows(rows) if filing.filed_on and since <= filing.filed_on <= until]
    return sorted(found, key=lambda filing: (filing.filed_on or since, filing.accession_number))


def _index(edgar: Edgar, year: int, quarter: int, folder: Path, today: date) -> bytes:
    kept = folder / f"master-{year}-QTR{quarter}.idx"
    if kept.exists():
        return kept.read_bytes()
    body = edgar.fetch_full_index(year, quarter)
    if (year, quarter) < _quarter_of(today):
        _keep(kept, body)
    return body


def _keep(path: Path, body: bytes) -> None:
    """Write a file that is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(body)
    part.replace(path)


@dataclass(frozen=True, slots=True)
class HistoryDownload:
    """Submissions kept in a folder, one file each; what is there is not asked for again."""

    edgar: Edgar
    folder: Path

    def fetch(self, filings: Collection[Filing]) -> Iterator[tuple[Filing, Path | None]]:
        """Each filing with its file, None where the archive does not have it.

        A download that was broken off is taken up where it stopped: a file is there whole or not at all.

        Raises:
            EdgarError: EDGAR gave no answer; what came before is kept.
        """
        for filing in filings:
            path = self.folder / f"{filing.accession_number}.txt"
            if not path.exists():
                try:
                    body = self.edgar.fetch_submission(filing)
                except NotYetAvailable:
                    yield filing, None
                    continue
                _keep(path, body)
            yield filing, path


def worth_fetching(filings: Collection[Filing], rules: RuleSet, tickers_of: TickersOf) -> list[Filing]:
    """Those that some rule could match by company and form; the indexes tell no items."""
    return [filing for filing in filings if could_match(rules, _with_tickers(filing, tickers_of))]


def _with_tickers(filing: Filing, tickers_of: TickersOf) -> Filing:
    filers = tuple(
        replace(filer, tickers=tickers_of(filer.cik)) if filer.cik is not None else filer for filer in filing.filers
    )
    return replace(filing, filers=filers)


def _quarter_of(day: date) -> tuple[int, int]:
    return day.year, (day.month + 2) // 3


def _quarters(since: date, until: date) -> Iterator[tuple[int, int]]:
    year, quarter = _quarter_of(since)
    while (year, quarter) <= _quarter_of(until):
        yield year, quarter
        year, quarter = (year, quarter + 1) if quarter < 4 else (year + 1, 1)
