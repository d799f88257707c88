"""A disk that is full for one process, as far as its database is concerned."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def full_disk(database: Path, *, process: int = 0) -> Iterator[None]:
    """While the block lasts, the process (0: this one) can add nothing to the database's log of changes."""
    size = database.with_name(f"{database.name}-wal").stat().st_size
    before = resource.prlimit(process, resource.RLIMIT_FSIZE)
    resource.prlimit(process, resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.prlimit(process, resource.RLIMIT_FSIZE, before)
