from collections.abc import Callable, Iterable
from typing import final

@final
class RegularReader:
    def __init__(
        self,
        *,
        row: Iterable[str],
        cell: Iterable[str],
        block: Iterable[str],
        irregular: Iterable[str],
        character: Callable[[str], str],
    ) -> None: ...
    def read(self, content: str) -> str | None: ...
