"""A newcomer on a clean Debian follows the documentation, letter by letter, from nothing to a message in Slack.

    sudo make newcomer            # needs debootstrap and systemd-nspawn

A Debian as debootstrap makes it is booted, and what the README ("Use it, in five minutes") and docs/operate.md ("As a
service") show is typed into it at a terminal. Slack and EDGAR are loopback ones; everything else is as documented.
"""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
from debian import ROOT, Debian, DebianMissing, Terminal
from loopback_slack import LoopbackSlack
from watching import COMPANY_TICKERS, submission

from watcher.simulator import Simulator

CLONE = Path("/home/newcomer/edgar-watcher")
FIRST_STEPS = "Use it, in five minutes"
CHANNEL = "C0123456789"  # as the pages have it
ANSWERS = {
    r"Who asks EDGAR.*> $": "Acme Research ops@acme.com\n",
    r"Slack channel.*> $": f"{CHANNEL}\n",
    r"Mailbox.*> $": "\n",
    r"baseline laid filings": "\x03",  # it watches: Ctrl-C
}


def section(page: str, heading: str) -> str:
    """What stands under a heading of a page of the documentation."""
    text = (ROOT / page).read_text(encoding="utf-8")
    (found,) = re.findall(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return str(found)


def commands(page: str, heading: str) -> list[str]:
    """The commands that the section shows, in order: lines of `sh`, and those behind the prompt of `console`."""
    blocks = re.findall(r"```(sh|console)\n(.*?)```", section(page, heading), re.DOTALL)
    lines = [(kind, line) for kind, block in blocks for line in block.splitlines()]
    return [line.removeprefix("$ ") for kind, line in lines if kind == "sh" or line.startswith("$ ")]


def follow(terminal: Terminal, lines: list[str], config: Path, edgar: Simulator, slack: LoopbackSlack) -> None:
    """Type the lines; once there is a config, point it at loopback instead of the Internet."""
    for line in lines:
        terminal.type(line, ANSWERS)
        if "watcher init" in line:
            text = config.read_text(encoding="utf-8")
            text = re.sub(r'(?m)^#(www|data|search)_url = "[^"]*"', rf'\1_url = "{edgar.url}"', text)
            config.write_text(re.sub(r'(?m)^#api_url = "[^"]*"', f'api_url = "{slack.api_url}"', text))
            (rule,) = re.findall(
                r"```yaml\n(- id: cellectar-partner.*?)```", section("README.md", FIRST_STEPS), re.DOTALL
            )
            (config.parent / "rules" / "mine.yaml").write_text(rule, encoding="utf-8")


def shown(slack: LoopbackSlack, count: int) -> None:
    """Wait until the channel shows so many messages, and print the last."""
    until = time.monotonic() + 90  # at night and at the weekend the watcher asks once a minute
    while len(slack.messages[CHANNEL]) < count:
        if time.monotonic() > until:
            sys.exit(f"failed: Slack shows {len(slack.messages[CHANNEL])} messages, and {count} were to come")
        time.sleep(0.1)
    click.echo(f"\n=== Slack shows: {slack.messages[CHANNEL][-1]['text']}")


def newcomer(debian: Debian, edgar: Simulator, slack: LoopbackSlack) -> None:
    """Follow the README up to the message."""
    began = time.time()
    config = debian.root / "home/newcomer/edgar-watcher/desk/config.toml"
    with debian.terminal("newcomer", CLONE) as terminal:
        follow(terminal, commands("README.md", FIRST_STEPS), config, edgar, slack)
    shown(slack, 1)
    seconds = float(slack.messages[CHANNEL][0]["ts"]) - began
    click.echo(f"=== {seconds:.0f} seconds from a clean Debian to the message")


def operator(debian: Debian, edgar: Simulator, slack: LoopbackSlack) -> None:
    """Follow the page on operating up to the service, and have it tell of a filing."""
    config = debian.root / "etc/edgar-watcher/config.toml"
    with debian.terminal("root", CLONE) as terminal:
        follow(terminal, commands("docs/operate.md", "As a service"), config, edgar, slack)
        shown(slack, 2)
        edgar.publish(submission(2, text="A collaboration agreement."))
        shown(slack, 3)
        pid = "$(systemctl show --value --property MainPID edgar-watcher)"
        for line in (
            f"stat --format='the service runs as user %u' /proc/{pid}",
            "watcher status",
            "systemctl reload edgar-watcher",
            "until [ $(journalctl --unit edgar-watcher | grep -c 'watching rules') = 2 ]; do sleep 1; done",
            "systemctl is-active edgar-watcher",
            "systemctl stop edgar-watcher",
            "journalctl --unit edgar-watcher --no-pager --output cat",
        ):
            terminal.type(line, {})


def main() -> None:
    """Follow both ways on one clean Debian."""
    # A shell's background jobs ignore Ctrl-C, and so would all that is started here, where one is typed.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with (
        LoopbackSlack(token="xoxb-...", channels=(CHANNEL,)) as slack,
        Simulator([submission(1)], company_tickers=COMPANY_TICKERS) as edgar,
        Debian() as debian,
    ):
        debian.clone(CLONE)
        newcomer(debian, edgar, slack)
        operator(debian, edgar, slack)


if __name__ == "__main__":
    try:
        main()
    except DebianMissing as missing:
        click.echo(f"skipped: {missing}")
    except subprocess.CalledProcessError as error:
        sys.exit(f"failed: {error}")
