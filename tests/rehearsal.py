"""`watcher run` as a process of its own, on a time that passes only while all its threads wait.

    python tests/rehearsal.py CONFIG TIME

Everything is the real one: threads, sockets, files, signals. Only nobody waits for time: when every thread of the
daemon waits for some moment, that moment is there. So a month lasts as long as its work, and no answer ever comes
late because the machine is slow. TIME is a file that holds the time; another process says how far it may pass.
"""

from __future__ import annotations

import mmap
import struct
import sys
import threading
from datetime import UTC, datetime
from math import inf
from pathlib import Path

_MOMENTS = "dd"


class SharedTime:
    """The time in a file that processes share, and the moment beyond which it must not pass."""

    def __init__(self, path: Path, *, start: datetime | None = None) -> None:
        """With a `start` the file is made."""
        if start is not None:
            path.write_bytes(struct.pack(_MOMENTS, start.timestamp(), start.timestamp()))
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), struct.calcsize(_MOMENTS))

    def __call__(self) -> datetime:
        """The time."""
        return datetime.fromtimestamp(self.seconds, UTC)

    @property
    def seconds(self) -> float:
        """The time in seconds since 1970."""
        return float(struct.unpack_from("d", self._shared, 0)[0])

    def pass_to(self, seconds: float) -> None:
        """Let it be so late."""
        struct.pack_into("d", self._shared, 0, seconds)

    @property
    def until(self) -> float:
        """The moment at which time stands still."""
        return float(struct.unpack_from("d", self._shared, 8)[0])

    def allow(self, moment: datetime) -> None:
        """Let it pass up to this moment."""
        struct.pack_into("d", self._shared, 8, moment.timestamp())


class IdleTime:
    """Time that passes when all threads that ever waited on it wait, and then at once to the next moment they want."""

    def __init__(self, shared: SharedTime) -> None:
        self._shared = shared
        self._changed = threading.Condition()
        self._threads: set[threading.Thread] = set()
        self._waiting: dict[threading.Thread, tuple[threading.Event, float]] = {}
        threading.Thread(target=self._usher, name="time", daemon=True).start()

    def monotonic(self) -> float:
        """The time in seconds."""
        return self._shared.seconds

    def sleep(self, seconds: float) -> None:
        """Let that much pass at once: who sleeps may hold what the others wait for."""
        with self._changed:
            self._shared.pass_to(self._shared.seconds + seconds)

    def wait(self, bell: threading.Event, seconds: float | None) -> None:
        """Wait until the bell rings; when the time has come it is rung."""
        me = threading.current_thread()
        with self._changed:
            self._threads = {thread for thread in self._threads if thread.is_alive()} | {me}
            self._waiting[me] = bell, inf if seconds is None else self._shared.seconds + seconds
            self._changed.notify()
        bell.wait()
        with self._changed:
            del self._waiting[me]

    def _usher(self) -> None:
        with self._changed:
            while True:
                # Not only when notified: a thread may have ended, or time been allowed to pass.
                self._changed.wait(0.002)
                if self._all_wait():
                    self._pass()

    def _all_wait(self) -> bool:
        asleep = {thread for thread, (bell, _) in self._waiting.items() if not bell.is_set()}
        return bool(asleep) and all(thread in asleep or not thread.is_alive() for thread in self._threads)

    def _pass(self) -> None:
        following = min(moment for _, moment in self._waiting.values())
        if self._shared.seconds < (to := min(following, self._shared.until)):
            self._shared.pass_to(to)
        for bell, moment in self._waiting.values():
            if moment <= self._shared.seconds:
                bell.set()


def main(config: Path, shared: SharedTime) -> None:
    """What `watcher run` does, on the shared time."""
    from watcher.cli.options import settings_and_rules
    from watcher.cli.run import run_on
    from watcher.daemon import Clock
    from watcher.logs import set_up_logs
    from watcher.store import Store

    settings, rules = settings_and_rules(config)
    set_up_logs(verbose=False)
    idle = IdleTime(shared)
    with Store(settings.database) as store:
        store.hold()
        clock = Clock(shared, idle.monotonic, idle.sleep, idle.wait)
        run_on(config, settings, rules, store, since=None, clock=clock)


if __name__ == "__main__":
    main(Path(sys.argv[1]), SharedTime(Path(sys.argv[2])))
