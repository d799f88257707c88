"""Daemons that live in processes of their own until they are killed, on a clock that is shared with them."""

from __future__ import annotations

import mmap
import os
import signal
import struct
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import apscheduler.schedulers.background  # noqa: F401 - loaded once here, and not in every life
from mortal import Countdown, Mortal

from watcher.daemon import Clock, Daemon
from watcher.edgar import Edgar
from watcher.logs import set_up_logs
from watcher.notify import open_notifier
from watcher.rules import RuleSet
from watcher.settings import Settings
from watcher.store import Store


class Ending(StrEnum):
    """How a life ended."""

    KILLED = "killed_at_random_moments"
    KILLED_AT_STEP = "killed_at_steps"
    BY_ITSELF = "ended_by_itself"


class SharedClock:
    """Runs like the real one from a moment on, and ahead when it is told to, in all processes at once."""

    def __init__(self, start: datetime) -> None:
        self._start, self._began = start, time.monotonic()
        self._ahead = mmap.mmap(-1, 8)

    def __call__(self) -> datetime:
        """The moment on this clock."""
        (ahead,) = struct.unpack("d", self._ahead[:8])
        return self._start + timedelta(seconds=time.monotonic() - self._began + ahead)

    def advance(self, by: timedelta) -> None:
        """Let that much time pass at once; for one process only."""
        (ahead,) = struct.unpack("d", self._ahead[:8])
        self._ahead[:8] = struct.pack("d", ahead + by.total_seconds())


class Nursery:
    """A process without threads whose children are daemons, one at a time."""

    def __init__(self, settings: Settings, rules: RuleSet, clock: SharedClock, *, log: Path) -> None:
        self._line, theirs = Pipe()
        sys.stdout.flush()
        self._process = os.fork()
        if self._process == 0:
            self._line.close()
            _exit_after(lambda: _nurse(theirs, lambda countdown: _live(settings, rules, clock, countdown), log))
        theirs.close()

    def bear(self, *, seconds: float, steps: int = 0, after: bool = False) -> None:
        """Start a daemon that dies after those seconds, or at that many steps, before or `after` the last."""
        self._line.send((seconds, steps, after))

    def kill(self) -> None:
        """Kill it now."""
        self._line.send("kill")

    def bury(self) -> Ending:
        """Wait until it is dead."""
        return Ending(self._line.recv())

    def close(self) -> None:
        """End the nursery."""
        self._line.close()
        os.waitpid(self._process, 0)


def _nurse(line: Connection, live: Callable[[Countdown], None], log: Path) -> None:
    os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644), sys.stderr.fileno())
    while True:
        try:
            order = line.recv()
        except EOFError:
            return
        if order == "kill":  # it was dead already
            continue
        seconds, steps, after = order
        child = os.fork()
        if child == 0:
            line.close()
            countdown = Countdown(steps, lambda: os.kill(os.getpid(), signal.SIGKILL), after=after)
            _exit_after(lambda countdown=countdown: live(countdown))  # type: ignore[misc]
        line.send(_end_of(child, line, seconds))


def _end_of(child: int, line: Connection, seconds: float) -> Ending:
    until = time.monotonic() + seconds
    while time.monotonic() < until and not line.poll(0.001):
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return Ending.KILLED_AT_STEP if os.WIFSIGNALED(status) else Ending.BY_ITSELF
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return Ending.KILLED


def _live(settings: Settings, rules: RuleSet, clock: SharedClock, countdown: Countdown) -> None:
    """What `watcher run` does, on another clock, every call to the outside being a step."""
    set_up_logs(verbose=False)
    store: Any = Mortal(Store(settings.database), countdown)
    edgar: Any = Mortal(Edgar(settings.edgar, clock=clock), countdown)
    notifiers: Any = {name: Mortal(open_notifier(one), countdown) for name, one in settings.receivers.items()}
    store.hold()
    Daemon(settings, rules, store, edgar, notifiers, clock=Clock(clock)).run(lambda: False)


def _exit_after(act: Callable[[], None]) -> None:
    """Be a child: do this and nothing of the parent's."""
    try:
        act()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)
