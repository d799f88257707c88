"""Phrases, and one pass over a text that finds all of them.

A phrase is words with single spaces. Each word stands for itself; with `*` at its end, for every word that begins
so. It is found where neither end continues a word: `license` is in `(license)` and `sub-license`, not in
`licenses`; `5 million` is not in `1.5 million`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from ahocorasick_rs import AhoCorasick, BytesAhoCorasick, Implementation

from watcher.text import fold
from watcher.text.lately import Lately

MAX_PHRASE = 500
# Up to here the fastest automaton takes a few megabytes; for more phrases a smaller one is nearly as fast.
MAX_DFA_LETTERS = 30_000
# What stands for letters beyond ASCII where bytes are searched.
_REPLACED = "?"


@dataclass(frozen=True, slots=True)
class Phrase:
    """Something to look for, in the normal form of `watcher.text.fold`."""

    text: str
    written: str
    """As the user wrote it."""
    literal: str = field(init=False, compare=False, repr=False)
    """What must stand there character for character: everything before the first `*`."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "literal", self.text.partition("*")[0])

    def starts_in(self, folded: str) -> Iterator[int]:
        """Where `literal` stands in a text; of many phrases, a `PhraseIndex` finds all in one pass."""
        start = folded.find(self.literal)
        while start >= 0:
            yield start
            start = folded.find(self.literal, start + 1)

    def stands_in(self, folded: str) -> bool:
        """Whether the phrase stands anywhere in a short text."""
        return any(self.end_in(folded, start) is not None for start in self.starts_in(folded))

    def end_in(self, folded: str, start: int) -> int | None:
        """Where the phrase ends that begins at `start`, or None; `literal` is known to stand there."""
        if _continues_before(folded, start):
            return None
        if "*" not in self.text:
            end = start + len(self.text)
        else:
            found = _open_ended(self.text).match(folded, start)
            if found is None:
                return None
            end = found.end()
        return None if _continues_after(folded, end) else end


def read_phrase(written: str) -> Phrase:
    """The phrase that a user wrote.

    Raises ValueError with a sentence where it is empty, too long, or has a `*` that does not end a word.
    """
    text = " ".join(fold(written).split())
    if not any(character.isalnum() for character in text):
        raise ValueError("a phrase needs at least one letter or digit")
    if len(text) > MAX_PHRASE:
        raise ValueError(f"a phrase has at most {MAX_PHRASE} characters; this one has {len(text)}")
    for word in text.split(" "):
        stem = word.removesuffix("*")
        if "*" in stem:
            raise ValueError(f"'*' stands only at the end of a word, as in 'licens*'; {word!r} has it elsewhere")
        if word != stem and len(stem) < 2:
            raise ValueError(f"{word!r} would stand for too many words; write at least two letters before '*'")
    return Phrase(text, " ".join(written.split()))


@lru_cache(maxsize=100_000)
def _open_ended(text: str) -> re.Pattern[str]:
    # Safe on hostile text: every \w* is followed by a space or the end, so there is one way to match.
    return re.compile(r"\w*".join(re.escape(piece) for piece in text.split("*")))


def _continues_before(text: str, start: int) -> bool:
    """Whether the word that begins at `start` in truth begins further left."""
    if start == 0:
        return False
    before, first = text[start - 1], text[start]
    if before == " " or not (first.isalnum() or first == "_"):
        return False
    if before.isalnum() or before == "_":
        return True
    return before in ".," and first.isdigit() and start > 1 and text[start - 2].isdigit()


def _continues_after(text: str, end: int) -> bool:
    """Whether the word that ends at `end` in truth goes on."""
    if end >= len(text):
        return False
    after, last = text[end], text[end - 1]
    if after == " " or not (last.isalnum() or last == "_"):
        return False
    if after.isalnum() or after == "_":
        return True
    return after in ".," and last.isdigit() and end + 1 < len(text) and text[end + 1].isdigit()


class PhraseIndex:
    """The literals of all phrases of a rule set, compiled once; any number of threads may search at the same time."""

    def __init__(self, literals: Iterable[str]) -> None:
        self._known = dict.fromkeys(literals)
        simple = [literal for literal in self._known if literal.isascii()]
        others = [literal for literal in self._known if not literal.isascii()]
        self._simple = _Automaton(simple, BytesAhoCorasick(map(_ascii, simple), implementation=_kind_for(simple)))
        self._others = _Automaton(others, AhoCorasick(others, implementation=_kind_for(others), store_patterns=False))
        self._doubtful = [literal for literal in simple if _REPLACED in literal]

    def __reduce__(self) -> tuple[type[PhraseIndex], tuple[list[str]]]:
        # The automata cannot be pickled; another process makes its own.
        return PhraseIndex, (list(self._known),)

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, phrase: Phrase) -> bool:
        return phrase.literal in self._known

    def starts_in(self, folded: str) -> dict[str, list[int]]:
        """Every literal that stands in a text, overlapping ones too, and where in order."""
        found: dict[str, list[int]] = {}
        # Bytes are searched faster than letters of several widths, and nearly all phrases are ASCII.
        if self._simple.literals:
            self._simple.add_starts(_lately_ascii(folded), found)
        if not folded.isascii():
            for literal in found.keys() & self._doubtful:
                found[literal] = [start for start in found[literal] if folded.startswith(literal, start)]
                if not found[literal]:
                    del found[literal]
            if self._others.literals:
                self._others.add_starts(folded, found)
        return found


class _Automaton(NamedTuple):
    literals: list[str]
    finds: AhoCorasick | BytesAhoCorasick

    def add_starts(self, text: Any, found: dict[str, list[int]]) -> None:
        for number, start, _ in self.finds.find_matches_as_indexes(text, overlapping=True):
            literal = self.literals[number]
            if literal in found:
                found[literal].append(start)
            else:
                found[literal] = [start]


def _ascii(text: str) -> bytes:
    """The text letter for letter; what is not ASCII is replaced."""
    return text.encode("ascii", "replace")


_lately_ascii = Lately(_ascii)


def _kind_for(literals: list[str]) -> Implementation:
    return Implementation.DFA if sum(map(len, literals)) <= MAX_DFA_LETTERS else Implementation.ContiguousNFA
