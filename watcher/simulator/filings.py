"""What the simulated EDGAR holds: filings with the moments at which they appear in its feed and archive."""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path

from watcher.errors import SubmissionError, UsageError
from watcher.forms import CURRENT_REPORT_FORMS
from watcher.hours import CLOSES, HELD_FROM, OPENS, Calendar, from_new_york, new_york
from watcher.model import Filing
from watcher.submission import parse_submission

ALWAYS = datetime(1990, 1, 1, tzinfo=UTC)
_HEADER = 256 * 1024
_FIRST_DOCUMENT = re.compile(rb"<DOCUMENT>\s*<TYPE>")


@dataclass(frozen=True, slots=True)
class SimulatedFiling:
    """A filing, its submission, and since when EDGAR shows it."""

    filing: Filing
    source: bytes | Path | None = field(repr=False)
    """None where only the feed lists it."""
    accepted_at: datetime
    listed_at: datetime = ALWAYS
    archived_at: datetime = ALWAYS

    @property
    def body(self) -> bytes:
        """The complete submission; empty where there is none."""
        return self.source.read_bytes() if isinstance(self.source, Path) else self.source or b""

    @property
    def size(self) -> int:
        """Bytes of the submission."""
        return self.source.stat().st_size if isinstance(self.source, Path) else len(self.source or b"")

    @property
    def filed_on(self) -> date:
        """The filing date; where the header has none, the day of acceptance in New York."""
        return self.filing.filed_on or new_york(self.accepted_at).date()


class Shelf:
    """All filings, newest acceptance first."""

    def __init__(self) -> None:
        self._filings: list[SimulatedFiling] = []
        self._by_number: dict[str, SimulatedFiling] = {}

    def __iter__(self) -> Iterator[SimulatedFiling]:
        return iter(self._filings)

    def __len__(self) -> int:
        return len(self._filings)

    def add(self, filing: SimulatedFiling) -> None:
        """Put a filing in its place; one with the same accession number is replaced."""
        number = filing.filing.accession_number
        if known := self._by_number.get(number):
            self._filings = [other for other in self._filings if other is not known]
        self._by_number[number] = filing
        insort(self._filings, filing, key=_place)

    def accepted_by(self, moment: datetime) -> list[SimulatedFiling]:
        """The filings accepted until then, newest first."""
        return self._filings[bisect_left(self._filings, (-moment.timestamp(), ""), key=_place) :]

    def find(self, accession_number: str) -> SimulatedFiling | None:
        """The filing of that number."""
        return self._by_number.get(accession_number)


def _place(filing: SimulatedFiling) -> tuple[float, str]:
    return -filing.accepted_at.timestamp(), filing.filing.accession_number


def read_filings(source: Path | Iterable[bytes]) -> list[SimulatedFiling]:
    """The submissions of a folder (`.txt` and `.nc`, by name), of one file, or given as bytes.

    Raises:
        UsageError: a file is not a submission.
    """
    if not isinstance(source, Path):
        return [read_filing(body) for body in source]
    if source.is_dir():
        paths = sorted(path for path in source.iterdir() if path.suffix in (".txt", ".nc") and path.is_file())
    else:
        paths = [source]
    filings = []
    for path in paths:
        try:
            filings.append(read_filing(path))
        except SubmissionError as error:
            raise UsageError(f"{path}: {error}") from error
    return filings


def read_filing(source: bytes | Path) -> SimulatedFiling:
    """A submission as the archive holds it, from its header.

    Raises:
        SubmissionError: it has no header that names an accession number.
    """
    if isinstance(source, Path):
        with source.open("rb") as file:
            head = file.read(_HEADER)
    else:
        head = source[:_HEADER]
    first = _FIRST_DOCUMENT.search(head)
    submission = parse_submission(head[: first.start()] if first else head)
    if not submission.accession_number:
        raise SubmissionError("The submission names no accession number, so that EDGAR could not list it.")
    # Before 2002 headers often tell no time; then the afternoon of the filing date stands in.
    day = submission.filed_on or submission.period_of_report or date(1993, 1, 4)
    accepted_at = submission.accepted_at or from_new_york(day, time(16, 30))
    filing = Filing(
        accession_number=submission.accession_number,
        form=submission.form,
        filers=submission.filers,
        accepted_at=accepted_at,
        filed_on=submission.filed_on,
        items=submission.items,
    )
    return SimulatedFiling(filing, source, accepted_at)


def released_at(form: str, accepted_at: datetime, calendar: Calendar) -> datetime:
    """When EDGAR makes a filing public: at once, or at 06:00 of the next business day.

    Current reports accepted after 17:30 New York time are held overnight; forms such as 4 and SC 13D are not.
    """
    local = new_york(accepted_at)
    day = local.date()
    if not calendar.is_business_day(day):
        return from_new_york(calendar.next_business_day(day), OPENS)
    until = HELD_FROM if form in CURRENT_REPORT_FORMS else CLOSES
    if local.time() >= until:
        return from_new_york(calendar.next_business_day(day), OPENS)
    return max(accepted_at, from_new_york(day, OPENS))
