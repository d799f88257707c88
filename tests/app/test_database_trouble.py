"""The disk is full, or another program locks the database: nothing is lost or repeated, and the operator is told."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from full_disk import full_disk
from loopback_mail import LoopbackMail
from loopback_slack import LoopbackSlack
from watching import COMPANY_TICKERS, Place, slack_and_mail, submission

from watcher.simulator import Simulator


@contextmanager
def _locked(database: Path, *, process: int) -> Iterator[None]:
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.mark.parametrize("trouble", [full_disk, _locked], ids=["full disk", "locked"])
def test_a_database_that_cannot_be_written(trouble, tmp_path: Path):
    """What comes meanwhile is told when it can be written again, once; the operator hears of both."""
    with (
        LoopbackSlack() as slack,
        LoopbackMail(security="none") as mail,
        Simulator([submission(1)], company_tickers=COMPANY_TICKERS) as edgar,
    ):
        receivers = slack_and_mail(slack.api_url, mail.port) + '\n[operator]\nnotify = ["inbox"]\n'
        place = Place(tmp_path, edgar.url, receivers)

        def subjects() -> Counter[str]:
            return Counter(str(one["Subject"]).partition(":")[0] for one in mail.mails)

        with place.daemon() as daemon:
            place.wait(lambda: "baseline laid" in place.log, "the baseline")
            edgar.publish(submission(2))
            place.wait(lambda: place.log.count("delivered receiver=") == 2, "the messages before")
            with trouble(tmp_path / "watcher.db", process=daemon.pid):
                edgar.publish(submission(3))
                place.wait(lambda: subjects()["[edgar-watcher] Trouble"], "the operator's mail")
                assert len(slack.messages["C0DESK"]) == 1
            place.wait(lambda: place.log.count("delivered receiver=") == 4, "the messages after")
            place.wait(lambda: subjects()["[edgar-watcher] Over"], "the operator's second mail")
    assert sorted(slack.shown().values()) == [1, 1]
    assert subjects()["[edgar-watcher] Trouble"] == subjects()["[edgar-watcher] Over"] == 1
    assert len(mail.mails) == 4
