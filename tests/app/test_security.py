"""What a thief finds: no secret in the database, the log, or what commands print."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path

import pytest
from loopback_slack import LoopbackSlack
from watching import COMPANY_TICKERS, TOKEN, Place, submission

from watcher.simulator import Simulator

DOCS = Path(__file__).parents[2] / "docs"


def _receiver(slack_url: str, channel: str = "C0DESK", name: str = "desk") -> str:
    return f"""
[receivers.{name}]
type = "slack"
token = {{ env = "SLACK_BOT_TOKEN" }}
channel = "{channel}"
api_url = "{slack_url}"
"""


@pytest.fixture
def slack():
    """A loopback Slack."""
    with LoopbackSlack() as loopback:
        yield loopback


def test_a_stolen_database_holds_no_secret(tmp_path, slack):
    """After alerts went out, neither the database, nor a backup, nor the log, nor any command knows the token."""
    rules = "- {id: all, title: All, when: {form: 8-K}, notify: [desk]}\n"
    with Simulator([submission(1)], company_tickers=COMPANY_TICKERS) as edgar:
        place = Place(tmp_path, edgar.url, _receiver(slack.api_url), rules=rules)
        done = place.command("run", "--once", "--since", "2026-01-01", "--log", "json")
        assert done.returncode == 0, done.stderr
        place.command("backup", "copy.db")
        printed = "".join(
            shown.stdout + shown.stderr
            for shown in (done, *(place.command(*name) for name in (("status",), ("deliveries", "--json"), ("check",))))
        )
    (sent,) = place.json("deliveries")
    assert sent["state"] == "sent"
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("*.db*"))
    assert b"Cellectar" in stored
    assert TOKEN.encode() not in stored
    assert b"tests@loopback.example" not in stored
    assert TOKEN not in printed
    events = [json.loads(line) for line in done.stderr.splitlines()]
    assert {"filing read", "rule matched", "delivered"} <= {event["event"] for event in events}


def test_a_hangup_takes_receivers_and_intervals(tmp_path, slack):
    """SIGHUP: a receiver that was added is told, a dropped one is not, and polls come as often as now written."""
    rules = "- {id: all, title: All, when: {form: 8-K}, notify: [desk]}\n"
    with Simulator([], company_tickers=COMPANY_TICKERS) as edgar:
        place = Place(tmp_path, edgar.url, _receiver(slack.api_url), rules=rules)
        slow = place.config.read_text().replace('poll_interval = "200ms"', 'poll_interval = "1h"', 1)
        place.config.write_text(slow.replace('quiet_poll_interval = "200ms"', 'quiet_poll_interval = "1h"'))
        with place.daemon() as process:
            place.wait(lambda: "baseline laid" in place.log, "the first poll")
            (tmp_path / "rules" / "rules.yaml").write_text(rules.replace("[desk]", "[other]"))
            changed = place.config.read_text().replace('"1h"', '"200ms"')
            receivers = changed[: changed.index("[receivers.desk]")] + _receiver(slack.api_url, "C0OTHER", "other")
            place.config.write_text(receivers)
            os.kill(process.pid, signal.SIGHUP)
            place.wait(lambda: place.log.count("watching rules=1 receivers=1") == 2, "the files to be taken")
            edgar.publish(submission(1))
            place.wait(lambda: [row["receiver"] for row in place.json("deliveries")] == ["other"], "the alert")


def test_search_finds_what_was_read(tmp_path):
    """`watcher search` prints documents with their hits, as a table or as JSON, and says no where there is none."""
    screen = '\n[receivers.desk]\ntype = "console"\n'
    rules = "- {id: all, title: All, when: {form: 8-K}, notify: [desk]}\n"
    with Simulator([submission(1)], company_tickers=COMPANY_TICKERS) as edgar:
        place = Place(tmp_path, edgar.url, screen, rules=rules)
        assert place.command("run", "--once", "--since", "2026-01-01").returncode == 0
    (found,) = place.json("search", "licens*", "-merger")
    assert (found["where"], found["quote"]) == ("EX-99.1", "A new **License** Agreement.")
    assert "**License Agreement**" in place.command("search", "license agreement").stdout
    assert place.command("search", "merger").returncode == 1
    assert place.command("search", "--", "-merger").returncode == 2


def test_every_test_that_is_named_is_there():
    """The threat table names tests that exist."""
    named = re.findall(r"`(tests/\S+\.py)`", (DOCS / "security.md").read_text(encoding="utf-8"))
    assert named
    assert [name for name in named if not (DOCS.parent / name).is_file()] == []
