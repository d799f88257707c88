"""What a filing says in the place of a phrase that it does not hold: the same words with other endings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from watcher.match import words
from watcher.match.searchable import SearchableReport
from watcher.rules.conditions import All, AnyOf, Condition, Near, Text

MIN_STEM = 4
ENDING = 3


def said_instead(condition: Condition, report: SearchableReport) -> Iterator[str]:
    """`the filing says 'licensing agreement', in 7.01` for phrases that a condition asks for and that are nowhere."""
    match condition:
        case All(parts=parts) | AnyOf(parts=parts):
            for part in parts:
                yield from said_instead(part, report)
        case Text(phrases=phrases) | Near(phrases=phrases):
            for phrase in phrases:
                if not report.occurrences(phrase):
                    yield from _like_form(phrase.text, report)


def _like_form(text: str, report: SearchableReport) -> Iterator[str]:
    pattern = _stems(text)
    if pattern is None:
        return
    for document in report.documents:
        found = pattern.search(document.folded)
        if found is not None:
            form = " ".join(document.text[found.start() : found.end()].split())
            yield f"the filing says {words.quoted(form)}, in {document.where(found.start())}"
            return


@lru_cache(maxsize=10_000)
def _stems(text: str) -> re.Pattern[str] | None:
    """The words of a phrase with any ending; None where no word is long enough to have one."""
    written = text.split(" ")
    stems = [word[: max(MIN_STEM, len(word) - ENDING)] if word.isalpha() else word.rstrip("*") for word in written]
    if stems == written:
        return None
    # Linear: after each stem come the letters of one word, then a space.
    return re.compile(" ".join(rf"\b{re.escape(stem)}[a-z]*" for stem in stems))
