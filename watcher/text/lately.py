"""What was made of the last texts: a filing is searched for topics first and for rules right after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

KEPT_TEXTS = 32
KEPT_LETTERS = 250_000
"""A longer text is not kept; nor is a short one, which is quickly done. So at most eight million letters are kept."""
_SHORT = 500

T = TypeVar("T")


class Lately(Generic[T]):
    """A function of texts that knows the last ones again, as objects: to look at their letters takes as long.

    Threads share it; one that finds it just emptied asks the function.
    """

    def __init__(self, function: Callable[[str], T]) -> None:
        self._function = function
        self._kept: dict[int, tuple[str, T]] = {}

    def __call__(self, text: str) -> T:
        """What the function makes of a text."""
        known = self._kept.get(id(text))
        if known is not None and known[0] is text:
            return known[1]
        made = self._function(text)
        if _SHORT < len(text) <= KEPT_LETTERS:
            if len(self._kept) >= KEPT_TEXTS:
                self._kept.clear()
            self._kept[id(text)] = (text, made)
        return made
