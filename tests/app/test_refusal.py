"""EDGAR refuses the user agent: nothing more is asked, until the user mends it."""

from __future__ import annotations

import pytest
from watching import COMPANY_TICKERS, Place, submission

from watcher.simulator import Fault, Simulator

CONSOLE = '[receivers.desk]\ntype = "console"\n[receivers.inbox]\ntype = "console"\n'


@pytest.fixture
def edgar():
    """An EDGAR that does not know this client."""
    with Simulator([submission(1)], company_tickers=COMPANY_TICKERS) as simulator:
        simulator.break_down(Fault("undeclared"))
        yield simulator


def test_a_mended_user_agent_is_taken_without_a_restart(tmp_path, edgar):
    """After the refusal the running daemon asks nothing; with the user agent changed in the file it asks again."""
    place = Place(tmp_path, edgar.url, CONSOLE)
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
