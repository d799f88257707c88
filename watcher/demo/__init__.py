"""The main job on this machine alone: the real daemon against a simulated EDGAR, alerts on the screen."""

from __future__ import annotations

import os
import re
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from watcher.config import load_config
from watcher.daemon import Clock, Daemon
from watcher.edgar import Edgar
from watcher.errors import UsageError, WatcherError
from watcher.hours import new_york
from watcher.model import DeliveryState, FilingState
from watcher.notify import open_notifiers
from watcher.rules import load_rules
from watcher.settings import Settings
from watcher.simulator import Simulator
from watcher.store import FilingRow, Store

_FILINGS = Path(__file__).parent / "filings"
# Listed when the watcher first looks; the others arrive while it runs, in this order.
_BASELINE = "0009990101-26-000011"
_ARRIVING = (
    "0001144204-17-013452",
    "0009990105-26-000002",
    "0009990102-26-000007",
    "0009990104-26-000003",
    "0009990103-26-000021",
    "0009990102-26-000009",
)
_APART_S = 0.8
_LONGEST_S = 60.0
_MARK = ".made-by-watcher-demo"

_CONFIG = """\
# What `watcher demo` ran with: EDGAR is simulated, and the only receiver is the screen.
rules = ["rules"]
database = "watcher.db"

[edgar]
user_agent = "Watcher Demo demo@localhost.example"
poll_interval = "500ms"
quiet_poll_interval = "500ms"
requests_per_second = 10
www_url = "{url}"
data_url = "{url}"
search_url = "{url}"

[receivers.desk]
type = "console"
"""


def run_demo(folder: Path, starter: dict[str, str], *, say: Callable[[str], object]) -> None:
    """Replay the bundled filings, show the alerts, and leave everything in `folder` to look at.

    `starter` holds the starter rules by path.

    Raises:
        UsageError: the folder holds something that the demo did not make.
    """
    with Simulator(
        [_accepted_now(_BASELINE)], company_tickers=(_FILINGS / "company_tickers.json").read_bytes()
    ) as edgar:
        settings = _prepare(folder, starter, edgar.url)
        say(f"A simulated EDGAR answers at {edgar.url}. The watcher reads its list every half second.")
        say(f"{len(_ARRIVING)} filings arrive now, one after the other.\n")
        started = time.monotonic()
        with Store(settings.database) as store:
            with _running(settings, store):
                _wait_for(lambda: store.watched_since() is not None)
                for number in _ARRIVING:
                    edgar.publish(_accepted_now(number))
                    time.sleep(_APART_S)
                _wait_for(lambda: _is_done(store))
            _summarise(store, folder, time.monotonic() - started, say)


def _accepted_now(number: str) -> bytes:
    """A bundled filing as though EDGAR had accepted it this second."""
    body = (_FILINGS / f"{number}.txt").read_text(encoding="ascii")
    moment = new_york(datetime.now(UTC))
    body = re.sub(r"(?<=<ACCEPTANCE-DATETIME>)\d{14}", f"{moment:%Y%m%d%H%M%S}", body)
    return re.sub(
        r"(FILED AS OF DATE:\s+|CONFORMED PERIOD OF REPORT:\s+)\d{8}", rf"\g<1>{moment:%Y%m%d}", body
    ).encode()


def _prepare(folder: Path, starter: dict[str, str], url: str) -> Settings:
    if folder.exists() and any(folder.iterdir()):
        if not (folder / _MARK).exists():
            raise UsageError(f"The folder {folder} holds other things; name another one with --folder.")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _MARK).touch()
    for name, content in starter.items():
        if name.startswith("rules/"):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            # One receiver is enough here; in real use a rule tells as many as it likes.
            path.write_text(re.sub(r"notify: \[desk, [^]]*\]", "notify: [desk]", content), encoding="utf-8")
    config = folder / "config.toml"
    config.write_text(_CONFIG.format(url=url), encoding="utf-8")
    return load_config(config, environ={})


@contextmanager
def _running(settings: Settings, store: Store) -> Iterator[None]:
    stop = threading.Event()
    with open_notifiers(settings.receivers.values()) as notifiers, Edgar(settings.edgar, clock=_now) as edgar:
        rules = load_rules(settings.rules, receivers=settings.receivers)
        daemon = Daemon(settings, rules, store, edgar, notifiers, clock=Clock())
        thread = threading.Thread(target=daemon.run, args=(stop.is_set,), name="daemon")
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


def _now() -> datetime:
    return datetime.now(UTC)


def _wait_for(done: Callable[[], bool]) -> None:
    until = time.monotonic() + _LONGEST_S
    while not done():
        if time.monotonic() > until:
            raise WatcherError(
                "The demo did not finish within a minute; `watcher status --config` its config says why."
            )
        time.sleep(0.05)


def _is_done(store: Store) -> bool:
    filings, deliveries = store.filing_counts(), store.delivery_counts()
    waiting = sum(deliveries.values()) - deliveries[DeliveryState.SENT] - deliveries[DeliveryState.DEAD]
    return filings[FilingState.READ] == len(_ARRIVING) and not waiting


def _summarise(store: Store, folder: Path, seconds: float, say: Callable[[str], object]) -> None:
    rows = store.latest_filings()
    sent = store.delivery_counts()[DeliveryState.SENT]
    matched = [row for row in rows if row.matched]
    say(f"\n{'═' * 72}")
    say(f"{sent} alerts on {len(_ARRIVING)} new filings, in {seconds:.0f} seconds.")
    for row in matched:
        say(f"  {row.filing.accession_number}  {_company(row)}: {', '.join(row.matched)}")
    quiet = [row for row in rows if row.state is FilingState.READ and not row.matched]
    say(f"{len(quiet)} were read and matched no rule:")
    for row in quiet:
        say(f"  {row.filing.accession_number}  {_company(row)}, items {' '.join(row.filing.items)}")
    latency = store.latencies_from_seen(since=_now() - timedelta(hours=1))
    if latency.p50 is not None:
        say(f"From seeing a filing to its alert it took {latency.p50 * 1000:.0f} ms (median).")
    say("1 more was listed before the watcher first looked: known, and not alerted on.\n")
    config = folder / "config.toml"
    say(f"Everything lies in {folder.resolve()}: config.toml, rules/, and the state in watcher.db. Have a look:")
    command = "watcher" if shutil.which("watcher") else os.path.relpath(Path(sys.executable).with_name("watcher"))
    filing = os.path.relpath(_FILINGS / f"{_ARRIVING[0]}.txt")
    for rest in ("filings", "deliveries", f"explain {filing}"):
        say(f"  {command} {rest} --config {config}")
    say(f"For the real thing: `{command} init`, and five minutes with the README.")


def _company(row: FilingRow) -> str:
    names = [filer.name + (f" ({' '.join(filer.tickers)})" if filer.tickers else "") for filer in row.filing.filers]
    return " and ".join(names)
