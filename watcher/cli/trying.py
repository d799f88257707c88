"""`watcher demo`, `simulate` and `send-test`: trying things out."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import click

from watcher.cli.options import config_option, no_receiver, now, settings_of
from watcher.errors import UsageError


@click.command()
@click.option(
    "--folder",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo"),
    show_default=True,
    help="Where its config, rules and database are left to look at.",
)
def demo(folder: Path) -> None:
    """Run the main job on this machine alone: EDGAR simulated, alerts on the screen.

    \b
    Examples:
      watcher demo
      watcher demo --folder /tmp/shown
    """
    from watcher.cli.starter import starter_files
    from watcher.demo import run_demo

    run_demo(folder, starter_files(), say=click.echo)


@click.command()
@click.argument("folder", metavar="FOLDER", required=False, type=click.Path(path_type=Path, exists=True))
@click.option(
    "--port", metavar="PORT", type=click.IntRange(0, 65535), default=8023, show_default=True, help="0 takes a free one."
)
@click.option(
    "--speed",
    metavar="TIMES",
    type=click.FloatRange(min=0, min_open=True),
    help="Replay: the clock runs so many times as fast.",
)
@click.option(
    "--archive-delay",
    metavar="SECONDS",
    type=click.FloatRange(min=0),
    default=0,
    help="Replay: how long a submission comes after its row.",
)
@click.option(
    "--shift",
    metavar="ROWS",
    type=int,
    default=0,
    help="By how much the list moves down between two pages; below zero, up.",
)
@click.option(
    "--rate-limit",
    metavar="COUNT",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    help="The most requests in a second before a block.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="KIND[:PATTERN[:TIMES]]",
    help="Go wrong on the paths that match: block, html:*browse-edgar*, drop:*.txt:3; --fault help lists them.",
)
def simulate(
    folder: Path | None,
    port: int,
    speed: float | None,
    archive_delay: float,
    shift: int,
    rate_limit: int,
    faults: tuple[str, ...],
) -> None:
    """Serve the submission files of FOLDER as EDGAR would, on this machine.

    \b
    Examples:
      watcher simulate watcher/demo/filings
      watcher simulate filings --speed 60 --fault maintenance
    """
    from watcher.messages.wording import counted
    from watcher.simulator import KINDS, Fault, Quirks, Simulator

    if "help" in faults:
        for kind, meaning in KINDS.items():
            click.echo(f"{kind:16}{meaning}")
        return
    if folder is None:
        raise UsageError("Name the folder whose submission files are served: watcher simulate FOLDER.")
    quirks = Quirks(rate_limit=rate_limit, archive_delay=timedelta(seconds=archive_delay), shift=shift)
    switched_on = [Fault.parse(fault) for fault in faults]
    try:
        simulator = Simulator(folder, port=port, speed=speed, quirks=quirks)
    except OSError as error:
        raise UsageError(f"Port {port} cannot be used: {error.strerror}; name another with --port.") from error
    simulator.break_down(*switched_on)
    click.echo(
        f"EDGAR is simulated at {simulator.url} with {counted(len(simulator.filings), 'filing')}; Ctrl-C ends it. "
        "In config.toml:",
        err=True,
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
    """Send one clearly marked test message to RECEIVER.

    \b
    Examples:
      watcher send-test desk
    """
    from watcher.messages import render_notice
    from watcher.notify import open_notifier

    settings = settings_of(config, secrets=True)
    if receiver not in settings.receivers:
        raise no_receiver(receiver, settings, config)
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
