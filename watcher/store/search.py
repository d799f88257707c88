"""Full-text search over the texts that are kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from watcher.errors import UsageError
from watcher.model import Filing
from watcher.store.database import recorded
from watcher.store.filings import FilingRecords

_TERM = re.compile(r'(-?)(?:"([^"]*)"?|([^\s"]+))(\*?)')
_SNIPPET_WORDS = 24


@dataclass(frozen=True, slots=True)
class Passage:
    """A document of a filing that holds what was looked for."""

    filing: Filing
    where: str
    """The exhibit's type, or the form for the main document."""
    quote: str
    """Where it stands, each hit between two pairs of asterisks."""


class SearchRecords(FilingRecords):
    """What the store finds in texts."""

    @recorded
    def search(self, query: str, *, since: date | None = None, limit: int = 50) -> list[Passage]:
        """Documents that hold every term of a query, newest filing first.

        A term is a word, a `"phrase in quotes"`, or the beginning of a word (`licens*`); `-term` must not be there, and
        `OR` stands between alternatives. Case, accents and punctuation do not count.

        Raises:
            UsageError: the query has no word that is to be there.
        """
        rows = self._rows(
            """SELECT f.*, iif(t.part = 0, f.form, r.facts ->> ('$.exhibits[' || (t.part - 1) || '].type')) AS place,
                      snippet(texts_fts, 0, '**', '**', '…', :words) AS quote
               FROM texts_fts JOIN texts AS t ON t.id = texts_fts.rowid
               JOIN filings AS f USING (accession_number) JOIN reports AS r USING (accession_number)
               WHERE texts_fts MATCH :query AND (:since IS NULL OR f.filed_on >= :since)
               ORDER BY coalesce(f.accepted_at, f.seen_at) DESC, f.accession_number, t.part LIMIT :limit""",
            query=fts_query(query),
            since=since.isoformat() if since else None,
            words=_SNIPPET_WORDS,
            limit=limit,
        )
        return [
            Passage(filing, row["place"], " ".join(row["quote"].split()))
            for filing, row in zip(self._filings(rows), rows, strict=True)
        ]


def fts_query(query: str) -> str:
    """A query in the language of FTS5, in which every term is quoted and nothing a user writes is an operator.

    Raises:
        UsageError: it has no word that is to be there.
    """
    alternatives = [_all_of(part) for part in re.split(r"\s+OR\s+", query.strip())]
    return " OR ".join(alternatives)


def _all_of(query: str) -> str:
    wanted: list[str] = []
    unwanted: list[str] = []
    for minus, phrase, word, star in _TERM.findall(query):
        text = phrase or word.rstrip("*")
        if any(letter.isalnum() for letter in text):
            begins = " *" if star or word.endswith("*") else ""
            (unwanted if minus else wanted).append(f'"{text}"{begins}')
    if not wanted:
        raise UsageError(f"There is no word to look for in {query!r}; write a word, or a phrase in quotes.")
    found = " AND ".join(wanted)
    return f"(({found}) NOT ({' OR '.join(unwanted)}))" if unwanted else f"({found})"
