"""Passages that make conditions true, cut from the sentences they stand in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from watcher.item_codes import LISTS_EXHIBITS
from watcher.match.searchable import SearchableDocument, SearchableReport, Span
from watcher.model import Evidence

MAX_CONTEXT = 180
MAX_FOUND = 400
MAX_PLACES = 3

_SENTENCE_END = re.compile(r"[.!?][\"')\]]*\s+(?=[\"'(\[“‘]*[A-Z0-9])")
_LONGER = len("approx") + 1
_ABBREVIATION = re.compile(
    r"(?:\b(?:inc|corp|co|ltd|llc|plc|no|nos|mr|mrs|ms|dr|prof|jr|sr|st|vs|approx|dept|est|fig|sec|art|[a-z])"
    r"|\b[a-z]\.[a-z])\.\Z",
    re.IGNORECASE,
)


def evidence_for(report: SearchableReport, phrase: str, spans: Iterable[Span]) -> list[Evidence]:
    """One passage for each place in which the spans stand, the most telling place first."""
    first_in: dict[tuple[int, str], tuple[int, Span, str]] = {}
    for span in spans:
        document = report.documents[span.document]
        where = document.where(span.start)
        rank = _rank(document, span, where)
        known = first_in.get((span.document, where))
        if known is None or rank < known[0]:
            first_in[span.document, where] = (rank, span, where)
    best = sorted(first_in.values(), key=lambda found: found[0])[:MAX_PLACES]
    return [_passage(report.documents[span.document], phrase, span, where) for _, span, where in best]


def _rank(document: SearchableDocument, span: Span, where: str) -> int:
    """A headline tells more than a text, and a text more than a line in the list of exhibits."""
    headline = document.headline
    if headline is not None and headline[0] <= span.start < headline[1]:
        return 0
    return 2 if where in LISTS_EXHIBITS else 1


def _passage(document: SearchableDocument, phrase: str, span: Span, where: str) -> Evidence:
    text = document.text
    start, end = _sentence(text, span.start, span.end)
    before, found, after = text[start : span.start], text[span.start : span.end], text[span.end : end].rstrip()
    return Evidence(
        phrase=phrase,
        where=where,
        before=_shorten_left(_one_line(before)),
        found=_shorten_right(_one_line(found), MAX_FOUND),
        after=_shorten_right(_one_line(after), MAX_CONTEXT),
        start=span.start,
        end=span.end,
        url=document.url,
    )


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence around a passage, never across the line that it begins or ends in."""
    line_start = max(text.rfind("\n", 0, start) + 1, start - 4 * MAX_CONTEXT)
    line_end = text.find("\n", end)
    line_end = min(len(text) if line_end < 0 else line_end, end + 4 * MAX_CONTEXT)
    left = line_start
    for border in _borders(text, line_start, start):
        left = border
    right = next(_borders(text, end, line_end), line_end)
    return left, right


def _borders(text: str, start: int, end: int) -> Iterator[int]:
    """Where sentences begin between two positions."""
    # The capital letter that a sentence begins with may stand behind `end`.
    for border in _SENTENCE_END.finditer(text, start, end + 4):
        stop = border.start()
        long_word = stop - _LONGER > start and text[stop - _LONGER : stop].isalnum()
        if border.end() <= end and (long_word or not _ABBREVIATION.search(text, max(start, stop - 10), stop + 1)):
            yield border.end()


def _one_line(text: str) -> str:
    return text.replace("\n", " ").replace("\t", " ")


def _shorten_left(text: str) -> str:
    text = text.lstrip()
    if len(text) <= MAX_CONTEXT:
        return text
    kept = text[-MAX_CONTEXT:]
    return "…" + kept[kept.find(" ") + 1 :]


def _shorten_right(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    kept = text[:limit]
    return kept[: kept.rfind(" ") if " " in kept else limit] + "…"
