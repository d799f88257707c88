"""Recorded pages of the current-filings feed, served again as one list."""

from __future__ import annotations

import re
from pathlib import Path

from watcher.feed import merge_entries, parse_feed
from watcher.simulator.filings import SimulatedFiling

_ROW = re.compile(rb"<entry>.*?</entry>\n?", re.DOTALL)
_FORM = re.compile(rb'<category [^>]*term="([^"]*)"')


class RecordedFeed:
    """The rows of recorded pages in the order of their files, repeated ones included."""

    def __init__(self, pages: list[bytes]) -> None:
        first, last = pages[0], pages[-1]
        self._head, self._foot = first[: first.index(b"<entry>")], last[last.rindex(b"</entry>") + len(b"</entry>\n") :]
        self._rows = [(_form(row), row) for page in pages for row in _ROW.findall(page)]
        self._entries = [entry for page in pages for entry in parse_feed(page).entries]

    def __len__(self) -> int:
        return len(self._rows)

    def page(self, prefix: str, start: int, count: int) -> bytes:
        """A page of the rows whose form begins so."""
        rows = [row for form, row in self._rows if form.startswith(prefix)]
        return self._head + b"".join(rows[start : start + count]) + self._foot

    def filings(self) -> list[SimulatedFiling]:
        """The filings that the rows list; they have no submissions."""
        return [
            SimulatedFiling(filing, None, filing.accepted_at)
            for filing in merge_entries(self._entries)
            if filing.accepted_at
        ]


def read_recorded_feed(folder: Path) -> RecordedFeed | None:
    """The recorded pages (`.atom`, by name) of a folder; None where it has none."""
    paths = sorted(folder.glob("*.atom")) if folder.is_dir() else []
    return RecordedFeed([path.read_bytes() for path in paths]) if paths else None


def _form(row: bytes) -> str:
    found = _FORM.search(row)
    return found[1].decode("latin-1") if found else ""
