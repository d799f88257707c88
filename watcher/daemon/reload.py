"""Changed files are noticed while the daemon runs; wrong ones change nothing, and say so."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Generic, TypeVar

from watcher.errors import UserFileError

log = logging.getLogger(__name__)

T = TypeVar("T")

_LOOK_EVERY_S = 2.0
_RULE_FILES = frozenset({".yaml", ".yml"})


class FileWatch(Generic[T]):
    """Looks at the user's files, and has them read again when they changed and rest.

    `load` reads them and raises `UserFileError`; `take` gets what it gives; `tell` gets the first mistake, or an empty
    sentence once there is none any more. `asked` says whether they are to be read although they did not change.
    """

    def __init__(
        self,
        paths: Iterable[Path],
        load: Callable[[], T],
        take: Callable[[T], None],
        tell: Callable[[str], None],
        *,
        asked: Callable[[], bool] = lambda: False,
    ) -> None:
        self._paths = tuple(paths)
        self._load, self._take, self._tell = load, take, tell
        self._read = self._last = _snapshot(self._paths)
        self._asked = asked

    def look(self) -> float:
        """See whether something changed; gives the seconds until the next look."""
        found = _snapshot(self._paths)
        # An editor may still be writing: files that changed since the last look are left alone once more.
        rest, self._last = found == self._last, found
        if self._asked() or (found != self._read and rest):
            self._read = found
            self._reload()
        return _LOOK_EVERY_S

    def _reload(self) -> None:
        try:
            loaded = self._load()
        except UserFileError as error:
            for mistake in error.mistakes:
                log.error("files not taken, the old ones stay reason=%s", mistake)  # noqa: TRY400 - a user's mistake
            self._tell(f"The changed files are wrong, and the old ones stay: {error.mistakes[0]}")
            return
        log.info("files read again")
        self._tell("")
        self._take(loaded)


def _snapshot(paths: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """Time and size of every file, folders by the rule files in them; what is not there is left out."""
    found = {}
    for path in paths:
        inside = [one for one in path.rglob("*") if one.suffix in _RULE_FILES] if path.is_dir() else [path]
        for file in inside:
            try:
                stat = file.stat()
            except OSError:
                continue
            found[file] = (stat.st_mtime_ns, stat.st_size)
    return found
