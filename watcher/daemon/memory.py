"""Memory that does not grow with the number of threads."""

from __future__ import annotations

import ctypes

# malloc.h of glibc.
_ARENA_MAX = -8
_ARENAS = 2


def share_arenas() -> None:
    """Have all threads take memory from the same few places; does nothing where the C library has no such places.

    By itself glibc gives each thread an arena of its own, up to eight for each processor, and what is freed in one is
    of no use to the others: with threads that come and go, a daemon of 90 MB would grow to 120.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_ARENA_MAX, _ARENAS)
