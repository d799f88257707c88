"""How long a filing takes from its row in the feed to a message: the real daemon, with polls every second.

The receivers are two webhooks on loopback: a Slack channel takes one message a second at most, which says nothing about
the watcher. The filings come at random moments, and the whole budget of requests is allowed.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median, quantiles

from watcher.model import Filer, Filing
from watcher.simulator import Simulator
from watcher.simulator.filings import SimulatedFiling
from watcher.simulator.writing import Part, write_submission

FILINGS = 200
POLL_S = 1.0
MEAN_GAP_S = 0.5
"""Five times as often as in the busiest five minutes of a season for results."""
ALLOWED_S = POLL_S / 2 + 0.25
PARAGRAPHS = 400
SECRET = "whsec_bWVhc3VyaW5nIGhvdyBsb25nIGl0IHRha2Vz"

_CONFIG = """\
rules = ["rules.yaml"]
[edgar]
user_agent = "Example Bench bench@loopback.example"
poll_interval = "{poll:.0f}s"
quiet_poll_interval = "{poll:.0f}s"
requests_per_second = 10
www_url = "{edgar}"
data_url = "{edgar}"
search_url = "{edgar}"
"""
_RECEIVER = """\
[receivers.{name}]
type = "webhook"
url = "{url}/{name}"
secret = {{ env = "BENCH_SECRET" }}
"""
_RULE = "- {id: license, title: A license, when: {text: license agreement}, notify: [desk, bus]}\n"


def run() -> None:
    """Print the figures."""
    dice = random.Random(2026)
    listed: dict[str, float] = {}
    with Simulator() as edgar, _receiver() as (url, arrived), tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        names = ("desk", "bus")
        receivers = "".join(_RECEIVER.format(name=name, url=url) for name in names)
        (place / "config.toml").write_text(_CONFIG.format(edgar=edgar.url, poll=POLL_S) + receivers, encoding="utf-8")
        (place / "rules.yaml").write_text(_RULE, encoding="utf-8")
        with _daemon(place):
            for number in range(1, FILINGS + 1):
                time.sleep(dice.expovariate(1 / MEAN_GAP_S))
                filing = _filing(number)
                listed[filing.filing.accession_number] = time.monotonic()
                edgar.publish(filing)
            _wait(lambda: len(arrived) == FILINGS * len(names))
    seconds = [at - listed[number] for (number, _), at in arrived.items()]
    print(f"delivering, {FILINGS} filings, {MEAN_GAP_S} s apart on average, {POLL_S:.0f} s polls, two webhooks")
    print(f"  from the row in the feed to the message, median {median(seconds) * 1000:6.0f} ms")
    print(f"  95 of 100 within                               {quantiles(seconds, n=20)[-1] * 1000:6.0f} ms")
    print(f"  the slowest                                    {max(seconds) * 1000:6.0f} ms")
    print(f"  the median is allowed                          {ALLOWED_S * 1000:6.0f} ms")


def _filing(number: int) -> SimulatedFiling:
    """A filing with a press release of an ordinary length, accepted now."""
    now = datetime.now(UTC) - timedelta(seconds=30)
    name = f"Example Company {number}"
    filing = Filing(
        f"0009990000-26-{number:06}",
        "8-K",
        (Filer(9_000_000 + number, name),),
        now,
        filed_on=now.date(),
        items=("7.01", "9.01"),
    )
    story = "".join(
        f"<p>{name} tells the story of the {n}th example, and of what came of it.</p>" for n in range(PARAGRAPHS)
    )
    release = f"<html><p>{name} Signs a License Agreement</p>{story}</html>"
    main = "<html><p>Item 7.01 Regulation FD Disclosure.</p><p>Item 9.01 Exhibits.</p><p>SIGNATURE</p></html>"
    parts = [Part("8-K", main, "a.htm"), Part("EX-99.1", release, "b.htm")]
    return SimulatedFiling(filing, write_submission(filing, parts), now)


@contextmanager
def _receiver() -> Iterator[tuple[str, dict[tuple[str, str], float]]]:
    """A webhook's address, and when each filing arrived on each of its paths."""
    arrived: dict[tuple[str, str], float] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            at = time.monotonic()
            data = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["data"]
            for one in data.get("alerts", [data]):
                arrived[one["filing"]["accession_number"], self.path] = at
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Requests are counted, not printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", arrived
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def _daemon(place: Path) -> Iterator[None]:
    """`watcher run`, from the laying of its baseline on."""
    log = place / "daemon.log"
    with (
        log.open("ab") as sink,
        subprocess.Popen(
            [sys.executable, "-m", "watcher", "run"],
            cwd=place,
            env={**os.environ, "BENCH_SECRET": SECRET},
            stderr=sink,
        ) as process,
    ):
        try:
            _wait(lambda: b"baseline laid" in log.read_bytes())
            yield
        finally:
            process.terminate()


def _wait(condition: Callable[[], bool], *, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise SystemExit("The daemon did not get that far within a minute.")
        time.sleep(0.01)


if __name__ == "__main__":
    run()
