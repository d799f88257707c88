"""`watcher run`, `demo`, `simulate` and `send-test`: the commands that do the work."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from watcher.cli.options import config_option, edgar_of, now, settings_and_rules, settings_of, store_of
from watcher.errors import UsageError

if TYPE_CHECKING:
    from watcher.edgar import Edgar
    from watcher.notify import Notifier
    from watcher.rules import RuleSet
    from watcher.settings import Settings
    from watcher.store import Store


@click.command()
@click.option("--once", is_flag=True, help="Poll once, read and match what is new, deliver, and end (for cron).")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Also alert on what was filed since that day; without it, a new database begins in silence.",
)
@click.option("--verbose", is_flag=True, help="Log the small events too.")
@config_option
def run(once: bool, since: datetime | None, verbose: bool, config: Path) -> None:
    """Watch EDGAR, and tell the receivers what the rules find."""
    from watcher.daemon import Daemon
    from watcher.logs import set_up_logs

    settings, rules = settings_and_rules(config)
    set_up_logs(verbose=verbose)
    day = since.date() if since else None
    with store_of(settings, create=True) as store:
        store.hold()
        if not once:
            _run_on(config, settings, rules, store, day)
            return
        with (
            edgar_of(settings, store) as edgar,
            open_notifiers(settings, settings.receivers) as notifiers,
            open_notifiers(settings, settings.operator.notify) as operator,
        ):
            daemon = Daemon(settings, rules, store, edgar, notifiers, clock=now, since=day, operator=operator)
            if not daemon.once():
                click.get_current_context().exit(1)


def _run_on(config: Path, settings: Settings, rules: RuleSet, store: Store, since: date | None) -> None:
    """Run daemons one after the other, each with the files as they are then, until a signal ends it."""
    signals = Signals()
    edgar = edgar_of(settings, store)
    try:
        while not signals.stopped:
            following = _run_until_files_change(config, settings, rules, store, edgar, signals, since)
            if following is None:
                return
            if following[0].edgar != settings.edgar:
                edgar.close()
                edgar = edgar_of(following[0], store)
            settings, rules = following
            since = None
    finally:
        edgar.close()


def _run_until_files_change(
    config: Path,
    settings: Settings,
    rules: RuleSet,
    store: Store,
    edgar: Edgar,
    signals: Signals,
    since: date | None,
) -> tuple[Settings, RuleSet] | None:
    """Run one daemon; gives what the changed files say, None where a signal ended it."""
    from watcher.daemon import Daemon
    from watcher.daemon.reload import FileWatch
    from watcher.daemon.workers import Worker

    taken: list[tuple[Settings, RuleSet]] = []
    with (
        open_notifiers(settings, settings.receivers) as notifiers,
        open_notifiers(settings, settings.operator.notify) as operator,
    ):
        daemon = Daemon(settings, rules, store, edgar, notifiers, clock=now, since=since, operator=operator)

        def tell(sentence: str) -> None:
            daemon.troubles = {"files": sentence} if sentence else {}

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


@contextmanager
def open_notifiers(settings: Settings, names: Iterable[str]) -> Iterator[dict[str, Notifier]]:
    """The receivers of these names, open; closed at the end."""
    from watcher.notify import open_notifier

    notifiers = {name: open_notifier(settings.receivers[name]) for name in names}
    try:
        yield notifiers
    finally:
        for notifier in notifiers.values():
            notifier.close()


@click.command()
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo"),
    show_default=True,
    help="Where its config, rules and database are left to look at.",
)
def demo(folder: Path) -> None:
    """Run the main job on this machine alone: EDGAR simulated, alerts on the screen."""
    from watcher.cli.starter import starter_files
    from watcher.demo import run_demo

    run_demo(folder, starter_files(), say=click.echo)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True))
@click.option("--port", type=click.IntRange(0, 65535), default=8023, show_default=True, help="0 takes a free one.")
@click.option(
    "--speed", type=click.FloatRange(min=0, min_open=True), help="Replay: the clock runs so many times as fast."
)
@click.option(
    "--archive-delay", type=click.FloatRange(min=0), default=0, help="Replay: seconds from row to submission."
)
@click.option("--shift", type=click.IntRange(0), default=0, help="Rows by which the list moves between two pages.")
@click.option(
    "--rate-limit", type=click.IntRange(1), default=10, show_default=True, help="Requests in a second, then a block."
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="KIND[:PATTERN[:TIMES]]",
    help="Go wrong on the paths that match: block, html:*browse-edgar*, drop:*.txt:3; --fault help lists them.",
)
def simulate(
    folder: Path,
    port: int,
    speed: float | None,
    archive_delay: float,
    shift: int,
    rate_limit: int,
    faults: tuple[str, ...],
) -> None:
    """Serve the submission files of FOLDER as EDGAR would, on this machine."""
    from watcher.simulator import KINDS, Fault, Quirks, Simulator

    if "help" in faults:
        for kind, meaning in KINDS.items():
            click.echo(f"{kind:16}{meaning}")
        return
    quirks = Quirks(rate_limit=rate_limit, archive_delay=timedelta(seconds=archive_delay), shift=shift)
    switched_on = [Fault.parse(fault) for fault in faults]
    try:
        simulator = Simulator(folder, port=port, speed=speed, quirks=quirks)
    except OSError as error:
        raise UsageError(f"Port {port} cannot be used: {error.strerror}; name another with --port.") from error
    simulator.break_down(*switched_on)
    click.echo(
        f"EDGAR is simulated at {simulator.url} with {len(simulator.filings)} filings. In config.toml:", err=True
    )
    click.echo("[edgar]", err=True)
    for key in ("www_url", "data_url", "search_url"):
        click.echo(f'{key} = "{simulator.url}"', err=True)
    with suppress(KeyboardInterrupt):
        simulator.serve_forever()


@click.command("send-test")
@click.argument("receiver")
@config_option
def send_test(receiver: str, config: Path) -> None:
    """Send one clearly marked test message to RECEIVER."""
    from watcher.config.kinds import did_you_mean
    from watcher.messages import render_notice
    from watcher.notify import open_notifier

    settings = settings_of(config, secrets=True)
    if receiver not in settings.receivers:
        known = ", ".join(settings.receivers) or "none"
        near = did_you_mean(receiver, settings.receivers) or "."
        raise UsageError(f'There is no receiver "{receiver}" in {config} (there is {known}){near}')
    at = now()
    message = render_notice(
        "[TEST] edgar-watcher can reach you",
        f'This is a test of the receiver "{receiver}". Alerts about filings will look different; nothing was filed.',
        notice_id=f"test-{at:%Y%m%dT%H%M%S}",
        now=at,
    )
    notifier = open_notifier(settings.receivers[receiver])
    try:
        receipt = notifier.send(message)
    finally:
        notifier.close()
    click.echo(f"{receiver} took the test message ({receipt.reference}).", err=True)
