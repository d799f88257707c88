"""Long lists, a stretch at a time: the address says `?page=2`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar
from urllib.parse import urlencode

from starlette.requests import Request

T = TypeVar("T")

_LAST = 10_000


class Stretch(Generic[T]):
    """The entries of a list that a page shows, and where the others are."""

    def __init__(self, request: Request, size: int, fetch: Callable[[int, int], list[T]]) -> None:
        """`fetch` gives at most so many entries (its first argument) behind so many (its second)."""
        self._query = dict(request.query_params)
        self.number = _number(self._query.get("page", ""))
        self.size = size
        behind = (self.number - 1) * size
        found = fetch(size + 1, behind)
        self.entries = found[:size]
        self.has_more = len(found) > size
        self.first, self.last = behind + 1, behind + len(self.entries)

    @property
    def newer(self) -> str:
        """Address of the entries before, empty on the first page."""
        return self._address(self.number - 1) if self.number > 1 else ""

    @property
    def older(self) -> str:
        """Address of the entries behind; leads to an empty page where there are none."""
        return self._address(self.number + 1)

    def _address(self, number: int) -> str:
        others = {name: value for name, value in self._query.items() if name != "page"}
        return "?" + urlencode(others | ({"page": number} if number > 1 else {}))


def _number(asked: str) -> int:
    is_number = asked.isascii() and asked.isdecimal() and len(asked) <= len(str(_LAST))
    return min(max(int(asked), 1), _LAST) if is_number else 1
