"""How much of the request budget is used: EDGAR's requests, sampled while the dashboard runs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from watcher.edgar import EdgarStatistics

EVERY = timedelta(seconds=10)
_KEPT = 360


class Meter:
    """Requests per second over the last hour."""

    def __init__(self, statistics: Callable[[], EdgarStatistics]) -> None:
        self._statistics = statistics
        self._samples: deque[tuple[datetime, int]] = deque(maxlen=_KEPT + 1)

    def sample(self, *, now: datetime) -> None:
        """Note how many requests were made up to now."""
        self._samples.append((now, self._statistics().requests))

    def rates(self) -> Sequence[tuple[datetime, float]]:
        """For each sampled stretch its end and its requests per second, oldest first."""
        samples = list(self._samples)
        return [
            (end, max(0, after - before) / seconds)
            for (start, before), (end, after) in pairwise(samples)
            if (seconds := (end - start).total_seconds()) > 0
        ]
