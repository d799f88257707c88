"""A dashboard over a real database, filled through the real pipeline while it is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from watcher.dashboard import Server, serve
from watcher.edgar import EdgarStatistics
from watcher.hours import Calendar, new_york
from watcher.model import Filer, Filing
from watcher.outbox import plan_delivery
from watcher.pipeline import evaluate
from watcher.rules import RuleSet, load_rules
from watcher.settings import ConsoleSettings, EdgarSettings, Secret, Settings
from watcher.simulator.writing import Part, write_submission
from watcher.store import DueFiling, Store

# A Monday, 11:00 in New York.
NOW = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
TODAY = "2026-03-02"
ACME = Filer(9990001, "Acme Proteins, Inc.", ("ACME",))
TOKEN = "a-long-random-word-for-tests"

RULES = """\
- id: license
  title: Somebody licenses something
  why: Licenses move small companies.
  level: high
  when: {text: license agreement}
  notify: [desk]
- id: bankrupt
  title: A bankruptcy
  when: {item: 1.03, text: chapter 11}
  notify: [desk]
"""


class Desk:
    """A user's folder with rules and a database; its clock stands still."""

    def __init__(self, folder: Path, *, rules: str = RULES, token: str = "", listen: str = "127.0.0.1:0") -> None:
        (folder / "rules").mkdir(parents=True)
        (folder / "rules" / "desk.yaml").write_text(rules, encoding="utf-8")
        self.rules: RuleSet = load_rules(folder / "rules")
        self.settings = Settings(
            path=folder / "config.toml",
            rules=(folder / "rules",),
            database=folder / "watcher.db",
            edgar=EdgarSettings(user_agent="Dashboard Tests tests@loopback.example"),
            receivers={name: ConsoleSettings(name) for name in ("desk", "inbox")},
            http_listen=listen,
            http_token=Secret(token) if token else None,
        )
        self.store = Store(self.settings.database)
        self.store.start_watch(since=NOW - timedelta(days=30), at=NOW - timedelta(days=30))
        self.store.job_succeeded("poll", started_at=NOW, at=NOW - timedelta(seconds=2))

    @contextmanager
    def dashboard(self) -> Iterator[Server]:
        """The dashboard while the block lasts."""
        statistics = EdgarStatistics(12, 3_000_000, {"ok": 11, "EdgarUnavailable": 1})
        server = serve(self.settings, lambda: self.rules, clock=lambda: NOW, statistics=lambda: statistics)
        try:
            yield server
        finally:
            server.stop()

    def see(self, number: int, filer: Filer = ACME, *, age: timedelta = timedelta(seconds=40), url: str = "") -> Filing:
        """Have EDGAR list an 8-K that was accepted so long ago, and see it 30 seconds after that."""
        accepted_at = NOW - age
        filing = Filing(
            accession_number=accession_number(number),
            form="8-K",
            filers=(filer,),
            accepted_at=accepted_at,
            filed_on=new_york(accepted_at).date(),
            items=("7.01", "9.01"),
            url=url or f"https://www.sec.gov/Archives/edgar/data/1/{number}-index.htm",
        )
        self.store.see([filing], at=accepted_at + timedelta(seconds=30))
        return filing

    def read(self, filing: Filing, *, text: str = "Nothing.", body: str = "News.", description: str = "") -> None:
        """Read a filing that was seen: its main document says `body`, its release `text`."""
        main = (
            f"<html><p>Item 7.01 Regulation FD Disclosure.</p>{body}<p>Item 9.01 Exhibits.</p><p>SIGNATURE</p></html>"
        )
        parts = [
            Part("8-K", main, "a.htm"),
            Part("EX-99.1", f"<html>{text}</html>", "b.htm", description),
        ]
        assert filing.accepted_at is not None
        seen_at = filing.accepted_at + timedelta(seconds=30)
        now = seen_at + timedelta(seconds=2)
        evaluate(
            DueFiling(filing, seen_at, ""),
            _Archive(write_submission(filing, parts)),
            self.store,
            self.rules,
            plan=lambda alert: plan_delivery(alert, now=now),
            now=now,
            calendar=Calendar(),
        )

    def file(self, number: int, filer: Filer = ACME, *, age: timedelta = timedelta(seconds=40), **said: str) -> str:
        """See and read a filing at once; gives its accession number."""
        filing = self.see(number, filer, age=age)
        self.read(filing, **said)
        return filing.accession_number

    def deliver(self, accession_number: str) -> str:
        """Have everything about a filing sent a second after it was decided; gives the last delivery's id."""
        delivery_id = ""
        for delivery in self.store.deliveries_of(accession_number):
            at = delivery.created_at + timedelta(seconds=1)
            self.store.claim_deliveries(delivery.receiver, now=at, lease=timedelta(minutes=1))
            self.store.log_attempt(delivery.id, at=at, outcome="sent", answer="shown")
            self.store.settle_delivery(delivery.id, "screen/1", at=at)
            delivery_id = delivery.id
        return delivery_id


class _Archive:
    """EDGAR, as far as reading one filing goes."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def fetch_submission(self, filing: Filing) -> bytes:
        """The submission."""
        return self._body

    def fetch_feed_page(self, *, form: str, start: int, count: int = 100) -> bytes:
        """Nothing asks for it."""
        raise NotImplementedError


def accession_number(number: int) -> str:
    """The accession number of the n-th filing of a test."""
    return f"0009990001-26-{number:06}"
