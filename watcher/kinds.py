"""The kind of an exhibit: press release, agreement, legal opinion, ...; `kinds.yaml` says how it is decided."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import groupby
from operator import itemgetter
from typing import Any

import yaml

from watcher.text import fold

KINDS = (
    "press release",
    "earnings release",
    "investor presentation",
    "prepared remarks",
    "shareholder letter",
    "agreement",
    "legal opinion",
    "consent",
    "financial statements",
    "pro forma information",
    "articles or bylaws",
    "debt instrument",
    "accountant letter",
    "other",
)
_OPENING = 2500
# What a release without a dateline may say of itself at its top.
_LABEL = re.compile(
    r"^[^\w\n]*+(?:for immediate release\b|(?:news|press|media) release[^\w\n]*+$)", re.IGNORECASE | re.MULTILINE
)
_LABELLED = 300
_MAJOR = re.compile(r"[0-9]+")
_NO_LETTERS = re.compile(r"[^a-z]+")


@dataclass(frozen=True, slots=True)
class Signs:
    """What shows an exhibit's kind."""

    number: str
    """`99.1`"""
    description: str = ""
    """Item 9.01's words for it and the header's."""
    title: str = ""
    """Its headline or title."""
    opening: str = ""
    """Its text, from the dateline on where it has one."""
    has_dateline: bool = False
    filename: str = ""
    items: tuple[str, ...] = ()
    """Items that the filing reports."""


def kind_of(signs: Signs) -> tuple[str, str]:
    """The kind, and in words what decided it."""
    table = _table()
    major = f"EX-{(_MAJOR.match(signs.number) or [''])[0].lstrip('0')}"
    if fixed := table.types.get(major):
        return fixed, f"exhibit number {major}"
    kind, because = _named_kind(table, major, signs)
    if kind == "press release" and (results := _results(table, signs)):
        return "earnings release", results
    return kind, because


def _named_kind(table: _Table, major: str, signs: Signs) -> tuple[str, str]:
    label = _LABEL.search(signs.opening[:_LABELLED])
    release = "it has a dateline" if signs.has_dateline else f"it begins with {label[0].strip()!r}" if label else ""
    for place, words in (("description", signs.description), ("title", signs.title)):
        if found := table.first_word(fold(words), major):
            kind, phrase = found
            # A release may only say when results will come.
            if kind == "earnings release" and (
                table.no_results.search(fold(words)) or table.to_come.search(fold(words))
            ):
                kind = "press release"
            # A dateline is stronger than a title: releases announce agreements, plans and presentations.
            if place == "title" and release and kind != "earnings release":
                return "press release", release
            return kind, f"its {place} says {phrase!r}"
    if release:
        return "press release", release
    name = _NO_LETTERS.sub("", signs.filename.lower())
    for kind, parts in table.files.items():
        if part := next((part for part in parts if part in name), None):
            return kind, f"its file name says {part!r}"
    if results := _results(table, signs):
        return "earnings release", results
    return "other", "nothing says more"


def _results(table: _Table, signs: Signs) -> str:
    """Why a release is about a period's results; empty where it is not."""
    for place, words in (("title", fold(signs.title)), ("description", fold(signs.description))):
        found = table.results.search(words)
        other = table.no_results.search(words)
        if table.to_come.search(words) or (other and (not found or other.start() < found.end())):
            return ""
        if found:
            return f"its {place} says {found[0]!r}"
    if not set(signs.items) & table.results_items:
        return ""
    if found := table.results_title.search(fold(signs.title)):
        return f"its title says {found[0]!r}"
    found = table.results_opening.search(fold(signs.opening[:_OPENING]))
    return f"it begins with {found[0]!r}" if found else ""


@dataclass(frozen=True, slots=True)
class _Table:
    types: dict[str, str]
    words: re.Pattern[str]
    kind_of_word: tuple[str, ...]
    only_for: dict[str, frozenset[str]]
    files: dict[str, list[str]]
    results: re.Pattern[str]
    no_results: re.Pattern[str]
    to_come: re.Pattern[str]
    results_items: frozenset[str]
    results_title: re.Pattern[str]
    results_opening: re.Pattern[str]

    def first_word(self, text: str, major: str) -> tuple[str, str] | None:
        """The kind whose word comes first in `text`, and that word."""
        for found in self.words.finditer(text):
            kind = self.kind_of_word[(found.lastindex or 1) - 1]
            allowed = self.only_for.get(kind)
            if allowed is None or major in allowed:
                return kind, found[0]
        return None


@cache
def _table() -> _Table:
    raw: dict[str, Any] = yaml.safe_load(files("watcher").joinpath("kinds.yaml").read_text("utf-8"))
    # Longest first, so that at one place "note purchase agreement" wins over "note"; those with one first letter
    # together, so that few have to be tried at one place.
    pairs = sorted(
        ((phrase, kind) for kind, phrases in raw["words"].items() for phrase in phrases),
        key=lambda pair: (pair[0][0], -len(pair[0])),
    )
    alike = groupby((phrase for phrase, _ in pairs), key=itemgetter(0))
    branches = (f"(?={letter})(?:{'|'.join(f'({_pattern(phrase)})' for phrase in found)})" for letter, found in alike)
    return _Table(
        types=raw["types"],
        words=re.compile(rf"(?<!\w)(?:{'|'.join(branches)})(?!\w)"),
        kind_of_word=tuple(kind for _, kind in pairs),
        only_for={kind: frozenset(majors) for kind, majors in raw["only_for"].items()},
        files=raw["files"],
        results=_any_of(raw["results"]),
        no_results=_any_of(raw["no_results"]),
        to_come=_any_of(raw["results_to_come"]),
        results_items=frozenset(raw["results_items"]),
        results_title=_any_of(raw["results_title"]),
        results_opening=_any_of(raw["results_opening"]),
    )


def _any_of(phrases: list[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(_pattern, phrases))})(?!\w)")


def _pattern(phrase: str) -> str:
    """A phrase of the table as a regular expression over folded text."""
    words = [
        r"(?:\S+ ){0,8}?" if word == ".." else re.escape(word).replace(r"\*", r"\w*(?:'s?)?") + " "
        for word in phrase.split()
    ]
    return "".join(words).removesuffix(" ")
