"""Full-text search over the texts that are kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from watcher.errors import UsageError
from watcher.model import Filing
from watcher.store.database import recorded
from watcher.store.filings import FilingRecords
from watcher.store.quoting import Wanted

_TERM = re.compile(r'(-?)(?:"([^"]*)"?|([^\s"]+))(\*?)')
_MOST_HITS = 2000


@dataclass(frozen=True, slots=True)
class Passage:
    """A document of a filing that holds what was looked for."""

    filing: Filing
    where: str
    """The exhibit's type, or the form for the main document."""
    pieces: tuple[str, ...]
    """Where it stands, on one line; every second piece is a hit."""

    @property
    def quote(self) -> str:
        """Where it stands, each hit between two pairs of asterisks."""
        return "**".join(self.pieces)


@dataclass(frozen=True, slots=True, order=True)
class Occurrence:
    """A hit in one of a filing's texts."""

    part: int
    """0 is the main document, n the n-th exhibit."""
    start: int
    end: int


class SearchRecords(FilingRecords):
    """What the store finds in texts."""

    @recorded
    def search(self, query: str, *, since: date | None = None, limit: int = 50, offset: int = 0) -> list[Passage]:
        """Documents that hold every term of a query, newest filing first.

        A term is a word, a `"phrase in quotes"`, or the beginning of a word (`licens*`); `-term` must not be there, and
        `OR` stands between alternatives. Case, accents and punctuation do not count.

        Raises:
            UsageError: the query has no word that is to be there.
        """
        rows = self._rows(
            """SELECT f.*, iif(t.part = 0, f.form, r.facts ->> ('$.exhibits[' || (t.part - 1) || '].type')) AS place,
                      t.id AS text_id
               FROM texts_fts JOIN texts AS t ON t.id = texts_fts.rowid
               JOIN filings AS f USING (accession_number) JOIN reports AS r USING (accession_number)
               WHERE texts_fts MATCH :query AND (:since IS NULL OR f.filed_on >= :since)
               ORDER BY coalesce(f.accepted_at, f.seen_at) DESC, f.accession_number, t.part
               LIMIT :limit OFFSET :offset""",
            query=fts_query(query),
            since=since.isoformat() if since else None,
            limit=limit,
            offset=offset,
        )
        wanted = Wanted(_wanted(query))
        return [
            Passage(filing, row["place"], wanted.quote(self._text(row["text_id"])))
            for filing, row in zip(self._filings(rows), rows, strict=True)
        ]

    @recorded
    def search_filing(self, query: str, accession_number: str) -> list[Occurrence]:
        """The hits in the texts of one filing, in their order; of a text with thousands, the first.

        Raises:
            UsageError: the query has no word that is to be there.
        """
        rows = self._rows(
            """SELECT t.part, t.text
               FROM texts_fts JOIN texts AS t ON t.id = texts_fts.rowid
               WHERE texts_fts MATCH :query
                     AND texts_fts.rowid IN (SELECT id FROM texts WHERE accession_number = :number)""",
            query=fts_query(query),
            number=accession_number,
        )
        wanted = Wanted(_wanted(query))
        return sorted(Occurrence(row["part"], *hit) for row in rows for hit in wanted.hits(row["text"], _MOST_HITS))

    def _text(self, text_id: int) -> str:
        return str(self._one("SELECT text FROM texts WHERE id = :id", id=text_id)["text"])


def fts_query(query: str) -> str:
    """A query in the language of FTS5, in which every term is quoted and nothing a user writes is an operator.

    Raises:
        UsageError: it has no word that is to be there.
    """
    return " OR ".join(map(_all_of, _alternatives(query)))


def _wanted(query: str) -> set[tuple[str, bool]]:
    """The terms that are to be there, each with whether it is only a beginning."""
    return {(text, begins) for part in _alternatives(query) for minus, text, begins in _terms(part) if not minus}


def _all_of(query: str) -> str:
    terms = [(minus, f'"{text}"{" *" if begins else ""}') for minus, text, begins in _terms(query)]
    wanted = [term for minus, term in terms if not minus]
    unwanted = [term for minus, term in terms if minus]
    if not wanted:
        raise UsageError(f"There is no word to look for in {query!r}; write a word, or a phrase in quotes.")
    found = " AND ".join(wanted)
    return f"(({found}) NOT ({' OR '.join(unwanted)}))" if unwanted else f"({found})"


def _alternatives(query: str) -> list[str]:
    return re.split(r"\s+OR\s+", query.strip())


def _terms(query: str) -> Iterator[tuple[bool, str, bool]]:
    for minus, phrase, word, star in _TERM.findall(query):
        text = phrase or word.rstrip("*")
        if any(letter.isalnum() for letter in text):
            yield bool(minus), text, bool(star) or word.endswith("*")
