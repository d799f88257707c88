"""What somebody meant who wrote a word that is not known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that is spelt nearly like this one, whatever its case; empty where none is."""
    by_letters = {one.lower(): one for one in known}
    near = get_close_matches(word.strip().lower(), by_letters, n=1)
    return by_letters[near[0]] if near else ""
