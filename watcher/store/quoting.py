"""Where a text holds what a search found it by, and the stretch of it to quote.

SQLite's own `snippet` and `highlight` take time with the square of the hits: seconds for one credit agreement.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from itertools import islice, pairwise

from watcher.text import fold

# As FTS5 takes words apart.
_LETTER = r"[^\W_]"
_LOOKED_AT = 200
_BEFORE = 60
_QUOTED = 180


class Wanted:
    """The words and phrases that a search looks for."""

    def __init__(self, terms: Collection[tuple[str, bool]]) -> None:
        """`terms` are words or phrases, each with whether its last word only begins so."""
        phrases = [
            r"[\W_]+".join(re.findall(f"{_LETTER}+", _plain(text))) + (f"{_LETTER}*" if begins else "")
            for text, begins in terms
        ]
        # Nothing is found where nothing is left, as of an apostrophe that Unicode takes for a letter.
        either = "|".join(sorted(filter(None, phrases), key=len, reverse=True)) or "(?!)"
        self._pattern = re.compile(f"(?<!{_LETTER})(?:{either})(?!{_LETTER})")

    def hits(self, text: str, most: int) -> list[tuple[int, int]]:
        """Where they stand, in order; of very many the first."""
        return [hit.span() for hit in islice(self._pattern.finditer(_plain(text)), most)]

    def quote(self, text: str) -> tuple[str, ...]:
        """The stretch with the most different ones, on one line; every second piece is a hit."""
        hits = self.hits(text, _LOOKED_AT)
        at = max(hits, key=lambda hit: _different(text, hits, hit[0]), default=(0, 0))[0]
        begin, end = max(0, at - _BEFORE), at + _QUOTED
        if begin:
            begin = at - len(text[begin:at].partition(" ")[2])
        shown = [hit for hit in hits if begin <= hit[0] and hit[1] <= end]
        if end < len(text):
            end = max(text.rfind(" ", at, end), *(hit[1] for hit in shown), at + 1)
        borders = [begin, *(place for hit in shown for place in hit), end]
        pieces = [re.sub(r"\s+", " ", text[start:stop]) for start, stop in pairwise(borders)]
        pieces[0] = ("…" if begin else "") + pieces[0].lstrip()
        pieces[-1] = pieces[-1].rstrip() + ("…" if end < len(text) else "")
        return tuple(pieces)


def _different(text: str, hits: list[tuple[int, int]], at: int) -> int:
    return len({text[start:end].lower() for start, end in hits if at <= start and end <= at + _QUOTED})


def _plain(text: str) -> str:
    """The text as FTS5 compares it: in one case and without accents; of the same length."""
    folded = fold(text)
    if folded.isascii():
        return folded
    return folded.translate({ord(letter): unicodedata.normalize("NFD", letter)[0] for letter in set(folded)})
