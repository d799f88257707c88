"""The dashboard beside the real daemon: it shows what the daemon does, goes with it, and never stops it."""

from __future__ import annotations

import json
import signal
import socket
import time
from contextlib import ExitStack
from urllib.parse import urlsplit

import httpx
import pytest
from dashboards import NOW, Desk
from watching import COMPANY_TICKERS, Place, accession_number, submission

from watcher.dashboard import serve
from watcher.simulator import Simulator

SCREEN = '[receivers.desk]\ntype = "console"\n[receivers.inbox]\ntype = "console"\n'


@pytest.fixture
def edgar():
    """An EDGAR that lists one old filing."""
    with Simulator([submission(1)], company_tickers=COMPANY_TICKERS) as simulator:
        yield simulator


@pytest.fixture
def port() -> int:
    """A port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def _place(folder, edgar, port, more="") -> Place:
    return Place(folder, edgar.url, f'{SCREEN}[http]\nlisten = "127.0.0.1:{port}"\n{more}')


def test_a_filing_reaches_the_page_from_edgar(tmp_path, edgar, port):
    """The daemon sees, reads and tells; the open stream shows each, and the end of the daemon waits for no reader."""
    place = _place(tmp_path, edgar, port)
    url = f"http://127.0.0.1:{port}"
    with place.daemon() as daemon:
        place.wait(lambda: "dashboard=http" in place.log and "baseline laid" in place.log, "the dashboard")
        filed = submission(2)
        day = filed.split(b"FILED AS OF DATE:\t\t")[1][:8].decode()
        day = f"{day[:4]}-{day[4:6]}-{day[6:]}"
        with httpx.stream("GET", f"{url}/events?day={day}&known=", timeout=30) as stream:
            lines = stream.iter_lines()
            edgar.publish(filed)
            for line in lines:
                if line.startswith("data: ") and "rows" in (told := json.loads(line.removeprefix("data: "))):
                    shown = [row["html"] for row in told["rows"] if row["id"] == accession_number(2)]
                    if shown and "told-sent" in shown[0]:
                        break
            daemon.send_signal(signal.SIGTERM)
            started = time.monotonic()
            for _ in lines:
                pass
        daemon.wait(15)
        assert time.monotonic() - started < 8
    assert "license" in shown[0]
    assert "Traceback" not in place.log


def test_metrics_tell_what_edgar_answered(tmp_path, edgar, port):
    """The daemon's own client counts: answers by kind stand beside the database's figures."""
    place = _place(tmp_path, edgar, port)
    with place.daemon():
        place.wait(lambda: "dashboard=http" in place.log and "baseline laid" in place.log, "the dashboard")
        text = httpx.get(f"http://127.0.0.1:{port}/metrics").text
        health = httpx.get(f"http://127.0.0.1:{port}/healthz")
    assert 'edgar_watcher_edgar_answers_total{kind="ok"}' in text
    assert 'edgar_watcher_filings{state="baseline"} 1.0' in text
    assert (health.status_code, health.json()) == (200, {"state": "ok", "reasons": []})


def test_changed_rules_are_shown_at_the_same_address(tmp_path, edgar, port):
    """A rule that is written while the daemon runs appears on the page, and goes into force there."""
    place = _place(tmp_path, edgar, port)

    def listed() -> str:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/rules").text
        except httpx.TransportError:  # it is being opened again
            return ""

    with place.daemon():
        place.wait(lambda: "Somebody" not in listed() and "license" in listed(), "the rules")
        new = "- id: royalty\n  title: Somebody earns royalties\n  when: {text: royalty}\n  notify: [desk]\n"
        (tmp_path / "rules" / "new.yaml").write_text(new, encoding="utf-8")
        place.wait(lambda: "Somebody earns royalties" in listed(), "the new rule")


def test_a_taken_port_stops_no_watching(tmp_path, edgar, port):
    """The dashboard is missing, the log says why and what to do, and filings are told all the same."""
    with socket.create_server(("127.0.0.1", port)):
        place = _place(tmp_path, edgar, port)
        with place.daemon():
            place.wait(lambda: "baseline laid" in place.log, "the baseline")
            edgar.publish(submission(2))
            place.wait(lambda: "delivered" in place.log, "the delivery")
    assert f"cannot listen on 127.0.0.1:{port}" in place.log
    assert "name another address under `listen`" in place.log


def test_a_daemon_with_a_dashboard_is_small(tmp_path, edgar, port):
    """With every page looked at once, the daemon's memory stays under 120 MB."""
    place = _place(tmp_path, edgar, port)
    with place.daemon() as daemon:
        place.wait(lambda: "dashboard=http" in place.log and "baseline laid" in place.log, "the dashboard")
        for page in ("/", "/deliveries", "/rules", "/health", "/playground", "/metrics"):
            assert httpx.get(f"http://127.0.0.1:{port}{page}").status_code == 200
        with open(f"/proc/{daemon.pid}/status", encoding="ascii") as status:  # noqa: PTH123
            (line,) = [line for line in status if line.startswith("VmRSS")]
    assert int(line.split()[1]) < 120_000


def test_who_asks_nothing_takes_nobodys_place(tmp_path):
    """With hundreds of silent and of endlessly beginning visitors it answers at once, and hangs up on them."""
    desk = Desk(tmp_path / "desk")
    server = serve(desk.settings, lambda: desk.rules, clock=lambda: NOW, asked_within_s=1)
    address = urlsplit(server.url)
    with ExitStack() as visitors:
        visitors.callback(server.stop)
        idle = [visitors.enter_context(socket.create_connection((address.hostname, address.port))) for _ in range(200)]
        for visitor in idle[::2]:
            visitor.sendall(b"GET / HTTP/1.1\r\nX-Long: ")
        began = time.monotonic()
        assert httpx.get(f"{server.url}healthz").status_code == 200
        assert time.monotonic() - began < 5
        for visitor in idle:
            visitor.settimeout(10)
            assert visitor.recv(1) == b""
