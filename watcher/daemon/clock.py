"""What time it is for a daemon, and how its threads wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from watcher.daemon.workers import Wait


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """The machine's own time; a rehearsal brings one that passes as it wants."""

    now: Callable[[], datetime] = _now
    """What the wall clock shows; somebody may set it."""
    monotonic: Callable[[], float] = time.monotonic
    """Seconds that passed since some moment."""
    sleep: Callable[[float], None] = time.sleep
    wait: Wait = threading.Event.wait
