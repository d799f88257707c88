"""`watcher run`: daemons one after the other, each with the files as they are then, until a signal ends it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from watcher.cli.options import config_option, read_day, settings_and_rules

if TYPE_CHECKING:
    from watcher.daemon import Clock, Daemon
    from watcher.edgar import Edgar
    from watcher.rules import RuleSet
    from watcher.settings import Settings
    from watcher.store import Store


@click.command()
@click.option("--once", is_flag=True, help="Poll once, read and match what is new, deliver, and end (for cron).")
@click.option(
    "--since",
    metavar="DAY",
    type=read_day,
    help="Also alert on what was filed since that day; without it, a new database begins in silence.",
)
@click.option("--verbose", is_flag=True, help="Log the small events too.")
@click.option(
    "--log",
    "log_format",
    type=click.Choice(["text", "json"]),
    default="text",
    envvar="WATCHER_LOG",
    show_default=True,
    help="How the log is written; $WATCHER_LOG says it too.",
)
@config_option
def run(once: bool, since: date | None, verbose: bool, log_format: str, config: Path) -> None:
    """Watch EDGAR, and tell the receivers what the rules find.

    \b
    Examples:
      watcher run
      watcher run --once
      watcher run --since 2026-03-02 --log json
    """
    from watcher.daemon import Clock
    from watcher.logs import set_up_logs
    from watcher.store import Store

    settings, rules = settings_and_rules(config)
    set_up_logs(verbose=verbose, as_json=log_format == "json")
    clock = Clock()
    with Store(settings.database) as store:
        store.hold()
        if not once:
            run_on(config, settings, rules, store, since=since, clock=clock)
            return
        with (
            _edgar_of(settings, store, clock) as edgar,
            _opened(settings, rules, store, edgar, clock=clock, since=since) as daemon,
        ):
            if not daemon.once():
                click.get_current_context().exit(1)


def run_on(config: Path, settings: Settings, rules: RuleSet, store: Store, *, since: date | None, clock: Clock) -> None:
    """Run daemons one after the other, each with the files as they are then, until a signal ends it."""
    from watcher.daemon.memory import share_arenas

    share_arenas()
    signals = Signals()
    edgar = _edgar_of(settings, store, clock)
    try:
        while not signals.stopped:
            with _opened(settings, rules, store, edgar, clock=clock, since=since) as daemon:
                following = _run_until_files_change(daemon, config, settings, signals)
            if following is None:
                return
            if following[0].edgar != settings.edgar:
                edgar.close()
                edgar = _edgar_of(following[0], store, clock)
            settings, rules = following
            since = None
    finally:
        edgar.close()


def _edgar_of(settings: Settings, store: Store, clock: Clock) -> Edgar:
    from watcher.edgar import Edgar

    return Edgar(
        settings.edgar,
        clock=clock.now,
        monotonic=clock.monotonic,
        sleep=clock.sleep,
        blocked_until=store.blocked_until(),
        on_block=store.keep_block,
    )


@contextmanager
def _opened(
    settings: Settings, rules: RuleSet, store: Store, edgar: Edgar, *, clock: Clock, since: date | None
) -> Iterator[Daemon]:
    """A daemon with its receivers open."""
    from watcher.daemon import Daemon
    from watcher.notify import open_notifiers

    receivers = settings.receivers
    with (
        open_notifiers(receivers.values()) as notifiers,
        open_notifiers(receivers[name] for name in settings.operator.notify) as operator,
    ):
        yield Daemon(settings, rules, store, edgar, notifiers, clock=clock, since=since, operator=operator)


def _run_until_files_change(
    daemon: Daemon, config: Path, settings: Settings, signals: Signals
) -> tuple[Settings, RuleSet] | None:
    """Run one daemon; gives what the changed files say, None where a signal ended it."""
    from watcher.daemon.reload import FileWatch
    from watcher.daemon.workers import Worker

    taken: list[tuple[Settings, RuleSet]] = []

    def tell(sentence: str) -> None:
        daemon.troubles.pop("files", None)
        if sentence:
            daemon.troubles["files"] = sentence

    files = FileWatch(
        (config, *settings.rules),
        lambda: settings_and_rules(config),
        taken.append,
        tell,
        asked=signals.take_reload,
    )
    watch = Worker("files", files.look)
    watch.start()
    daemon.run(lambda: signals.stopped or bool(taken), in_a_hurry=lambda: signals.stopped)
    watch.stop()
    return None if signals.stopped else taken[0]


class Signals:
    """SIGTERM and SIGINT end the daemon, SIGHUP has the files read again."""

    def __init__(self) -> None:
        self.stopped = False
        self._reload_asked = False
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._hear)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if number == signal.SIGHUP:
            self._reload_asked = True
        else:
            self.stopped = True

    def take_reload(self) -> bool:
        """Whether SIGHUP came since this was last asked."""
        asked, self._reload_asked = self._reload_asked, False
        return asked
