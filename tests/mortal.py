"""What ends a process at a step that is counted in advance."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any


class Countdown:
    """Ends the process at its n-th step, before or after it; never where n is 0. Any thread may take a step."""

    def __init__(self, steps: int, end: Callable[[], object], *, after: bool) -> None:
        self._steps, self._end, self._after = steps, end, after
        self._taken = count(1)

    def take(self, step: Callable[[], Any]) -> Any:
        """Do a step, or end."""
        is_last = next(self._taken) == self._steps
        if is_last and not self._after:
            self._end()
        result = step()
        if is_last:
            self._end()
        return result


class Mortal:
    """Passes calls on, each of them a step."""

    def __init__(self, inner: Any, countdown: Countdown) -> None:
        self._inner, self._countdown = inner, countdown

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._inner, name)
        if not callable(value) or name == "transaction":
            return value
        return lambda *args, **kwargs: self._countdown.take(lambda: value(*args, **kwargs))
