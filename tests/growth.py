"""How the time of a piece of work grows with its input."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

GROWTH = 8
# Eight times the input takes about eight times as long; where the time grows with the square, 64 times.
LINEAR = 3 * GROWTH


def growth(work: Callable[[int], object], size: int) -> float:
    """How many times as long `work` takes for `GROWTH` times the size; in processor time, the best of three.

    The collector rests meanwhile: what it does depends on all that the tests before have left behind.
    """

    def seconds(of: int) -> float:
        begun = time.thread_time()
        work(of)
        return time.thread_time() - begun

    gc.collect()
    gc.disable()
    try:
        small, large = (min(seconds(of) for _ in range(3)) for of in (size, size * GROWTH))
    finally:
        gc.enable()
    return large / max(small, 1e-3)
