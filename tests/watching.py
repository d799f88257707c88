"""A folder with a config, rules and a database, and the real command line run on it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rehearsal import SharedTime

from watcher.model import Filer, Filing
from watcher.simulator.writing import Part, write_submission

TOKEN = "xoxb-loopback-token"
CELLECTAR = Filer(1279704, "Cellectar Biosciences, Inc.")
OTHER = Filer(9990001, "Harbor Lane Foods Co")
COMPANY_TICKERS = json.dumps(
    {
        "0": {"cik_str": 1279704, "ticker": "CLRB", "title": "Cellectar"},
        "1": {"cik_str": 9990001, "ticker": "HLFC", "title": "Harbor"},
    }
).encode()

RULES = """\
- id: license
  title: A license agreement
  when: {ticker: CLRB, item: 7.01, text: license agreement}
  notify: [desk]
- id: any-license
  title: Anybody's license agreement
  when: {text: license agreement}
  notify: [desk, inbox]
"""


def submission(
    number: int, filer: Filer = CELLECTAR, *, text: str = "A new License Agreement.", age: int = 30
) -> bytes:
    """An 8-K with one exhibit that says `text`, accepted `age` seconds ago."""
    accepted_at = datetime.now(UTC) - timedelta(seconds=age)
    filing = Filing(
        accession_number=accession_number(number),
        form="8-K",
        filers=(filer,),
        accepted_at=accepted_at,
        filed_on=accepted_at.date(),
        items=("7.01", "9.01"),
    )
    body = "<p>Item 7.01 Regulation FD Disclosure.</p><p>News.</p><p>Item 9.01 Exhibits.</p><p>SIGNATURE</p>"
    return write_submission(
        filing, [Part("8-K", f"<html>{body}</html>", "a.htm"), Part("EX-99.1", f"<html><p>{text}</p></html>", "b.htm")]
    )


def accession_number(number: int) -> str:
    """The accession number of the n-th filing of a test."""
    return f"0009990000-26-{number:06}"


class Place:
    """One user's folder."""

    def __init__(self, folder: Path, edgar_url: str, receivers: str, *, rules: str = RULES) -> None:
        self.folder = folder
        self.config = folder / "config.toml"
        (folder / "rules").mkdir()
        (folder / "rules" / "rules.yaml").write_text(rules, encoding="utf-8")
        self.config.write_text(
            f"""\
[edgar]
user_agent = "Loopback Tests tests@loopback.example"
poll_interval = "200ms"
quiet_poll_interval = "200ms"
requests_per_second = 10
www_url = "{edgar_url}"
data_url = "{edgar_url}"
search_url = "{edgar_url}"
{receivers}""",
            encoding="utf-8",
        )

    @property
    def _environ(self) -> dict[str, str]:
        return {**os.environ, "SLACK_BOT_TOKEN": TOKEN, "WATCHER_CONFIG": str(self.config)}

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `watcher` with these arguments to its end."""
        return subprocess.run(
            [sys.executable, "-m", "watcher", *arguments],
            env=self._environ,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def json(self, *arguments: str) -> list[dict[str, Any]]:
        """The objects that a command prints with --json."""
        return [json.loads(line) for line in self.command(*arguments, "--json").stdout.splitlines()]

    @contextmanager
    def daemon(self, *, ahead: timedelta = timedelta(0)):
        """`watcher run` while the block lasts, ended by SIGTERM; gives the process.

        With `ahead`, so much time passes as fast as the work allows (see rehearsal.py), and then none.
        """
        command = [sys.executable, "-m", "watcher", "run"]
        if ahead:
            clock = SharedTime(self.folder / "time", start=datetime.now(UTC))
            clock.allow(clock() + ahead)
            command = [sys.executable, str(Path(__file__).with_name("rehearsal.py")), "config.toml", "time"]
        with (self.folder / "daemon.log").open("ab") as log:
            process = subprocess.Popen(command, env=self._environ, cwd=self.folder, stdout=log, stderr=log)
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.terminate()
                    process.wait(20)

    @property
    def log(self) -> str:
        """What the daemons logged so far."""
        return (self.folder / "daemon.log").read_text(encoding="utf-8")

    def wait(self, condition: Callable[[], object], what: str, *, seconds: float = 30) -> None:
        """Wait for what another process does."""
        until = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < until, f"waited in vain for {what}; the daemon said:\n{self.log}"
            time.sleep(0.05)


def slack_and_mail(slack_url: str, mail_port: int) -> str:
    """The receivers desk (Slack) and inbox (mail)."""
    return f"""
[receivers.desk]
type = "slack"
token = {{ env = "SLACK_BOT_TOKEN" }}
channel = "C0DESK"
api_url = "{slack_url}"

[receivers.inbox]
type = "email"
host = "127.0.0.1"
port = {mail_port}
security = "none"
from = "alerts@example.com"
to = ["desk@example.com"]
"""
