"""The real daemon as a process of its own, against a simulated EDGAR, a loopback Slack and a real mail server."""

from __future__ import annotations

import re
import signal
import socket
import sqlite3
from collections import Counter
from datetime import timedelta

import httpx
import pytest
from loopback_mail import LoopbackMail, closed_port
from loopback_slack import LoopbackSlack, slow
from watching import COMPANY_TICKERS, OTHER, TOKEN, Place, accession_number, slack_and_mail, submission

from watcher.simulator import Fault, Simulator


@pytest.fixture
def slack():
    """A Slack workspace."""
    with LoopbackSlack() as workspace:
        yield workspace


@pytest.fixture
def mail():
    """A mail server that asks for no login."""
    with LoopbackMail(security="none") as server:
        yield server


@pytest.fixture
def edgar():
    """An EDGAR that lists one old filing."""
    with Simulator([submission(1)], company_tickers=COMPANY_TICKERS) as simulator:
        yield simulator


@pytest.fixture
def place(tmp_path, edgar, slack, mail):
    """A user's folder with rules that tell Slack and mail."""
    return Place(tmp_path, edgar.url, slack_and_mail(slack.api_url, mail.port))


def _alerted(slack: LoopbackSlack) -> Counter[str]:
    """How often each filing is visible in the channel."""
    return Counter(
        number
        for message in slack.messages["C0DESK"]
        for number in set(re.findall(r"\d{10}-\d{2}-\d{6}", str(message["blocks"])))
    )


def _mailed(mail: LoopbackMail) -> Counter[str]:
    return Counter(str(one["Message-ID"]) for one in mail.mails)


def test_each_matching_filing_reaches_each_receiver_once(place, edgar, slack, mail):
    """A filing that appears becomes one message for each receiver, however many rules match, also after a restart."""
    with place.daemon():
        place.wait(lambda: "baseline laid" in place.log, "the baseline")
        edgar.publish(submission(2))
        edgar.publish(submission(3, OTHER, text="No such thing."))
        edgar.publish(submission(4, OTHER))
        place.wait(lambda: len(slack.messages["C0DESK"]) == 2 and len(mail.mails) == 2, "two messages of each kind")
    with place.daemon():
        edgar.publish(submission(5))
        place.wait(lambda: len(slack.messages["C0DESK"]) == 3 and len(mail.mails) == 3, "the message after the restart")
    assert TOKEN not in place.log
    expected = {accession_number(number): 1 for number in (2, 4, 5)}
    assert _alerted(slack) == expected
    assert sorted(_mailed(mail).values()) == [1, 1, 1]
    rows = {row["accession_number"]: row for row in place.json("filings")}
    assert rows[accession_number(1)]["state"] == "baseline"
    assert rows[accession_number(3)] | {"matched": []} == rows[accession_number(3)]
    assert rows[accession_number(2)]["matched"] == ["any-license", "license"]
    (status,) = place.json("status")
    assert (status["state"], status["reasons"]) == ("ok", [])
    assert status["filings"] == {"seen": 5, "waiting": 0, "read": 4, "unreadable": 0, "baseline": 1}
    assert status["deliveries"] == {"pending": 0, "sending": 0, "unknown": 0, "sent": 6, "dead": 0}
    assert status["seconds_from_seen_to_delivery"]["p50"] < 20


def test_a_killed_daemon_neither_repeats_nor_loses(place, edgar, slack, mail):
    """SIGKILL while Slack has the message and has not answered: after the restart it is shown exactly once."""
    slack.fail("chat.postMessage", slow(60))
    with place.daemon() as daemon:
        place.wait(lambda: "baseline laid" in place.log, "the baseline")
        edgar.publish(submission(2))
        place.wait(lambda: slack.messages["C0DESK"], "the message that Slack keeps")
        edgar.publish(submission(3))
        place.wait(lambda: place.log.count("filing read") == 2, "the second filing")
        daemon.send_signal(signal.SIGKILL)
        daemon.wait(10)
    with place.daemon(ahead=timedelta(minutes=2)):
        place.wait(lambda: len(slack.messages["C0DESK"]) >= 2, "the second message")
        place.wait(lambda: place.json("status")[0]["deliveries"]["sent"] == 4, "everything to be settled", seconds=45)
    assert _alerted(slack) == {accession_number(2): 1, accession_number(3): 1}
    # A mail may be in doubt too when the daemon dies: it comes again as the same mail.
    assert len(_mailed(mail)) == 2


def test_once_does_the_whole_job_and_ends(place, edgar, slack, mail):
    """`run --once` is silent on a fresh database, and the next one tells what came in between, once."""
    first = place.command("run", "--once")
    assert (first.returncode, slack.messages["C0DESK"]) == (0, []), first.stderr
    edgar.publish(submission(2))
    for _ in range(2):
        assert place.command("run", "--once").returncode == 0
    assert _alerted(slack) == {accession_number(2): 1}
    assert sum(_mailed(mail).values()) == 1


def test_since_alerts_on_a_fresh_database(place, edgar, slack):
    """`--since` tells what was filed since that day although nothing was known yet."""
    ended = place.command("run", "--once", "--since", "2000-01-01")
    assert ended.returncode == 0, ended.stderr
    assert _alerted(slack) == {accession_number(1): 1}


def test_one_bad_filing_stops_no_other(place, edgar, slack):
    """A submission that is no submission waits for another try, and its neighbours are told."""
    assert place.command("run", "--once").returncode == 0
    edgar.publish(submission(2).replace(b"<TYPE>", b"<TIPE>").replace(b"<TEXT>", b"<TAXT>"))
    edgar.publish(submission(3))
    assert place.command("run", "--once").returncode == 0
    assert _alerted(slack) == {accession_number(3): 1}
    (waiting,) = place.json("filings", "--state", "seen")
    assert waiting["accession_number"] == accession_number(2)
    assert waiting["last_error"]


def test_a_second_daemon_is_refused(place, edgar):
    """Two daemons on one database would do everything twice: the second ends with a sentence."""
    with place.daemon():
        place.wait(lambda: "baseline laid" in place.log, "the first daemon")
        second = place.command("run")
    assert second.returncode == 1
    assert "Another watcher is already running" in second.stderr


def test_sigterm_ends_within_seconds_whatever_hangs(place, edgar, slack):
    """A daemon in the middle of requests that nobody answers ends soon, and the next one goes on with the filing."""
    with place.daemon() as daemon:
        place.wait(lambda: "baseline laid" in place.log, "the baseline")
        edgar.break_down(Fault("hang"))
        edgar.publish(submission(2))
        asked = len(edgar.requests)
        place.wait(lambda: len(edgar.requests) > asked, "a request that hangs")
        daemon.terminate()
        assert daemon.wait(10) == 0
    edgar.recover()
    assert place.command("run", "--once").returncode == 0
    assert _alerted(slack) == {accession_number(2): 1}


def test_a_backup_goes_on_where_it_was_made(place, edgar, slack):
    """A copy made beside the running daemon, put in the database's place, repeats nothing and loses nothing."""
    with place.daemon():
        place.wait(lambda: "baseline laid" in place.log, "the baseline")
        edgar.publish(submission(2))
        place.wait(lambda: len(slack.messages["C0DESK"]) == 1, "the first message")
        place.wait(lambda: "delivered receiver=desk" in place.log, "its receipt")
        assert place.command("backup", "copy.db").returncode == 0
    assert "overwrites nothing" in place.command("backup", "copy.db").stderr
    for name in ("watcher.db", "watcher.db-wal", "watcher.db-shm"):
        (place.folder / name).unlink(missing_ok=True)
    (place.folder / "copy.db").rename(place.folder / "watcher.db")
    edgar.publish(submission(3))
    assert place.command("run", "--once").returncode == 0
    assert _alerted(slack) == {accession_number(2): 1, accession_number(3): 1}


def test_changed_rules_are_taken_without_a_restart(place, edgar, slack):
    """A new rule counts for what comes after; a wrong file changes nothing and is told; SIGHUP reads at once."""
    rules = place.folder / "rules" / "rules.yaml"
    with place.daemon() as daemon:
        place.wait(lambda: "baseline laid" in place.log, "the baseline")
        rules.write_text("- {id: wrong, when: {itm: 7.01}, notify: [desk]}\n")
        place.wait(lambda: "the old ones stay" in place.log, "the mistake")
        edgar.publish(submission(2))
        place.wait(lambda: len(slack.messages["C0DESK"]) == 1, "the old rules' message")
        rules.write_text("- {id: harbor, title: Harbor, when: {ticker: HLFC}, notify: [desk]}\n")
        daemon.send_signal(signal.SIGHUP)
        place.wait(lambda: place.log.count("watching rules=") == 2, "the new rules")
        edgar.publish(submission(3))
        edgar.publish(submission(4, OTHER))
        place.wait(lambda: len(slack.messages["C0DESK"]) == 2, "the new rule's message")
        assert daemon.poll() is None
    assert _alerted(slack) == {accession_number(2): 1, accession_number(4): 1}


def test_the_dashboard_answers_while_the_daemon_runs(place, edgar):
    """With [http] the daemon says over HTTP how it is, also after its rules were changed."""
    port = closed_port()
    place.config.write_text(f'{place.config.read_text()}\n[http]\nlisten = "127.0.0.1:{port}"\n')
    with place.daemon() as daemon:
        place.wait(lambda: "baseline laid" in place.log, "the baseline")
        assert httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
        daemon.send_signal(signal.SIGHUP)
        place.wait(lambda: place.log.count("watching rules=") == 2, "the reload")
        assert httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200


def test_systemd_is_told(place, edgar, tmp_path, monkeypatch):
    """A service manager hears that the daemon is ready and lives, and that it stops; a reload is no stop."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(20)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        with place.daemon() as daemon:
            assert [manager.recv(100), manager.recv(100)] == [b"READY=1", b"WATCHDOG=1"]
            daemon.send_signal(signal.SIGHUP)
            assert [manager.recv(100), manager.recv(100)] == [b"READY=1", b"WATCHDOG=1"]
        assert manager.recv(100) == b"STOPPING=1"


def test_an_idle_daemon_is_small(place, edgar):
    """The resident memory of an idle daemon stays under 80 MB."""
    with place.daemon() as daemon:
        place.wait(lambda: "baseline laid" in place.log, "the baseline")
        with open(f"/proc/{daemon.pid}/status", encoding="ascii") as status:  # noqa: PTH123
            (line,) = [line for line in status if line.startswith("VmRSS")]
    assert int(line.split()[1]) < 80_000


def test_a_delivery_that_died_can_be_sent_again(place, edgar, slack):
    """`deliveries --retry` makes a dead delivery pending, and the next run sends it."""
    place.command("run", "--once")
    edgar.publish(submission(2))
    place.command("run", "--once")
    (row,) = place.json("deliveries", "--receiver", "desk")
    slack.messages["C0DESK"].clear()
    with sqlite3.connect(place.folder / "watcher.db") as database:
        database.execute("UPDATE deliveries SET state = 'dead', sent_at = NULL, receipt = '' WHERE receiver = 'desk'")
    database.close()
    assert place.json("deliveries", "--state", "dead")[0]["id"] == row["id"]
    assert place.json("status")[0]["deliveries"]["dead"] == 1
    assert place.command("deliveries", "--retry", row["id"]).returncode == 0
    assert place.command("run", "--once").returncode == 0
    assert _alerted(slack) == {accession_number(2): 1}
