"""EDGAR turns us away: nothing more is asked by any command, until the user mends it or the block is over."""

from __future__ import annotations

import pytest
from watching import COMPANY_TICKERS, Place, accession_number, submission

from watcher.simulator import Fault, Simulator

CONSOLE = '[receivers.desk]\ntype = "console"\n[receivers.inbox]\ntype = "console"\n'


@pytest.fixture
def edgar():
    """An EDGAR with one filing."""
    with Simulator([submission(1)], company_tickers=COMPANY_TICKERS) as simulator:
        yield simulator


def test_a_mended_user_agent_is_taken_without_a_restart(tmp_path, edgar):
    """After the refusal the running daemon asks nothing; with the user agent changed in the file it asks again."""
    place = Place(tmp_path, edgar.url, CONSOLE)
    edgar.break_down(Fault("undeclared"))
    with place.daemon() as daemon:
        place.wait(lambda: "set `user_agent`" in place.log, "the refusal")
        asked = len(edgar.requests)
        place.wait(lambda: place.json("status")[0]["reasons"], "the status to tell it")
        assert "user_agent" in place.json("status")[0]["reasons"][0]
        assert len(edgar.requests) == asked
        edgar.recover()
        text = place.config.read_text(encoding="utf-8")
        place.config.write_text(text.replace('user_agent = "', 'user_agent = "Mended '), encoding="utf-8")
        place.wait(lambda: "baseline laid" in place.log, "the list to be read")
        edgar.publish(submission(2))
        place.wait(lambda: "delivered receiver=desk" in place.log, "the alert")
        assert daemon.poll() is None


def test_no_command_asks_while_a_block_lasts(tmp_path, edgar):
    """A block that one process met silences every later one, whatever command it is."""
    place = Place(tmp_path, edgar.url, CONSOLE)
    assert place.command("run", "--once").returncode == 0
    edgar.break_down(Fault("block", times=1))
    assert "blocks us" in place.command("read", accession_number(1)).stderr
    asked = len(edgar.requests)
    for command in (
        ("run", "--once"),
        ("read", accession_number(1)),
        ("audit", "2026-03-02"),
        ("check", "--online"),
        ("backtest", "--history", "kept", "--since", "2026-03-02", "--until", "2026-03-03"),
    ):
        ended = place.command(*command)
        assert ended.returncode == 1, (command, ended)
        assert "Traceback" not in ended.stderr
    assert len(edgar.requests) == asked
