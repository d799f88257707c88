"""What a filing says in the place of a phrase that it does not hold: the same words with other endings or hyphens."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import re2

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
    for document in report.documents:
        found = pattern.search(document.folded)
        if found is not None:
            form = " ".join(document.text[found.start() : found.end()].split())
            yield f"the filing says {words.quoted(form)}, in {document.where(found.start())}"
            return


@lru_cache(maxsize=10_000)
def _stems(text: str) -> Any:
    """The words of a phrase with any ending, joined or apart, with hyphens or without; linear on any text."""
    return re2.compile(r"\b" + "[ -]?".join(_stem(word) for word in text.replace("-", " ").split()) + r"\b")


def _stem(word: str) -> str:
    stem = word.rstrip("*")
    ending = ""
    if stem.isalpha() and len(stem) > MIN_STEM:
        stem, ending = stem[: max(MIN_STEM, len(stem) - ENDING)], "[a-z]*"
    return "-?".join(map(re2.escape, stem)) + ending
