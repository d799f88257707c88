"""The database keeps what it was given, in whole steps, and says in a sentence why it cannot."""

import os
import resource
import sqlite3
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from watcher.errors import StoreError, UsageError
from watcher.model import (
    Alert,
    CurrentReport,
    Delivery,
    DeliveryState,
    Evidence,
    Exhibit,
    Filer,
    Filing,
    FilingState,
    Item,
    Match,
)
from watcher.store import Audit, Store
from watcher.store.schema import MIGRATIONS

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
ACME = Filer(cik=1, name="Acme Inc.", tickers=("ACME",))
BETA = Filer(cik=2, name="Beta LLC")


def _filing(number: int = 1, *filers: Filer, accepted_at: datetime = NOW) -> Filing:
    return Filing(
        accession_number=f"0000000001-26-{number:06}",
        form="8-K",
        filers=filers or (ACME,),
        accepted_at=accepted_at,
        filed_on=date(2026, 3, 2),
        items=("7.01", "9.01"),
        url="https://www.sec.gov/x-index.htm",
    )


def _report(number: int = 1) -> CurrentReport:
    return CurrentReport(
        accession_number=f"0000000001-26-{number:06}",
        form="8-K",
        accepted_at=NOW,
        filers=(ACME,),
        items=(Item("7.01", "Regulation FD Disclosure", True, True, 0, 4),),
        exhibits=(Exhibit("EX-99.1", "99.1", headline="News", kind="press release", text="News at ten"),),
        body="Item 7.01",
    )


def _delivery(number: int = 1, receiver: str = "desk", accepted_at: datetime = NOW) -> Delivery:
    match = Match("rule", "A rule", (receiver,), evidence=(Evidence("news", "EX-99.1", "", "News", "", 0, 4),))
    return Delivery(
        id=f"{number}-{receiver}",
        receiver=receiver,
        alert=Alert(receiver, replace(_report(number), accepted_at=accepted_at), (match,), seen_at=NOW),
        state=DeliveryState.PENDING,
        created_at=NOW,
        due_at=NOW,
    )


@pytest.fixture
def store(tmp_path: Path):
    """A fresh database."""
    with Store(tmp_path / "watcher.db") as opened:
        yield opened


def test_new_filings_wait_to_be_read_in_order_of_acceptance(store: Store):
    """A filing that was seen is due until it is marked read, earlier acceptance first."""
    late, early = _filing(1), _filing(2, accepted_at=NOW - timedelta(hours=20))
    assert store.see([late, early], at=NOW).new == (late.accession_number, early.accession_number)
    assert [due.filing for due in store.filings_due(now=NOW)] == [early, late]
    store.mark_read(early.accession_number, at=NOW)
    assert [due.filing for due in store.filings_due(now=NOW)] == [late]
    assert store.filing_counts()[FilingState.READ] == 1


def test_registrants_of_one_accession_number_merge_whichever_look_brings_them(store: Store):
    """A co-registrant is added to the filing, and a filing already read waits to be read again."""
    store.see([_filing(1, ACME)], at=NOW)
    store.mark_read(_filing().accession_number, at=NOW)
    assert store.see([_filing(1, ACME)], at=NOW).gained == ()
    assert store.filings_due(now=NOW) == []
    assert store.see([_filing(1, BETA)], at=NOW).gained == (_filing().accession_number,)
    assert [due.filing.filers for due in store.filings_due(now=NOW)] == [(ACME, BETA)]


def test_baseline_filings_are_known_and_never_due(store: Store):
    """What was listed before the watcher first looked is seen without waiting to be read."""
    store.see([_filing()], at=NOW, baseline=True)
    assert store.known_accession_numbers([_filing().accession_number, "other"]) == {_filing().accession_number}
    store.see([_filing(1, BETA)], at=NOW)
    assert store.filings_due(now=NOW) == []


def test_a_deferred_filing_comes_back_when_its_time_has_come(store: Store):
    """A failed download is tried again, with the count of failures."""
    store.see([_filing()], at=NOW)
    store.defer_filing(_filing().accession_number, error="not there yet", until=NOW + timedelta(minutes=1))
    assert store.filings_due(now=NOW) == []
    assert store.next_filing_due() == NOW + timedelta(minutes=1)
    (due,) = store.filings_due(now=NOW + timedelta(minutes=1))
    assert (due.tries, due.failures) == (1, 1)
    store.defer_filing(_filing().accession_number, error="no answer", until=NOW, charged=False)
    (due,) = store.filings_due(now=NOW)
    assert (due.tries, due.failures) == (2, 1)


def test_a_report_comes_back_as_it_was_kept(store: Store):
    """Facts and texts are stored apart and read back together; views show them to people."""
    store.see([_filing(1, BETA)], at=NOW)
    store.save_report(_report())
    assert store.reports() == [_report()]
    assert [due.filing.filers for due in store.filings_due(now=NOW)] == [(ACME, BETA)]
    with sqlite3.connect(store.path) as other:
        assert other.execute("SELECT code, title FROM items").fetchall() == [("7.01", "Regulation FD Disclosure")]
        assert other.execute("SELECT type, kind, headline FROM exhibits").fetchall() == [
            ("EX-99.1", "press release", "News")
        ]
    other.close()


def test_a_rule_that_matched_is_kept_once(store: Store):
    """Matching again does not add a second match of the same rule."""
    store.see([_filing()], at=NOW)
    match = _delivery().alert.matches[0]
    for _ in range(2):
        store.save_matches(_filing().accession_number, [match], at=NOW)
    assert store.matches_of(_filing().accession_number) == [match]
    assert store.latest_filings()[0].matched == ("rule",)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"amends_on": date(2026, 3, 9)}, True),
        ({"period_of_report": date(2026, 3, 6)}, True),
        ({"amends_on": date(2026, 3, 6)}, True),
        ({"amends_on": date(2026, 2, 1)}, False),
        ({"period_of_report": date(2026, 3, 6), "filers": (Filer(99, "Another company"),)}, False),
        ({"period_of_report": date(2026, 3, 6), "is_amendment": False}, False),
        ({}, False),
    ],
)
def test_an_amendment_finds_what_it_amends(changes: dict[str, object], found: bool, store: Store):
    """By the company and the date it names, or the date it reports; in doubt by neither."""
    original = replace(_filing(1, Filer(7, "Company")), filed_on=date(2026, 3, 9))
    store.see([original], at=NOW)
    store.save_report(replace(_report(1), period_of_report=date(2026, 3, 6)))
    amendment = replace(
        _report(2),
        form="8-K/A",
        is_amendment=True,
        accepted_at=NOW + timedelta(days=3),
        filers=(Filer(7, "Company"),),
        period_of_report=None,
    )
    expected = original.accession_number if found else ""
    assert store.filing_amended_by(replace(amendment, **changes)) == expected  # type: ignore[arg-type]


def test_one_delivery_exists_per_id(store: Store):
    """Queueing the same delivery again changes nothing, whatever became of it."""
    assert store.enqueue([_delivery()]) == 1
    (claimed,) = store.claim_deliveries("desk", now=NOW, lease=timedelta(minutes=1))
    assert claimed.alert == _delivery().alert
    store.settle_delivery(claimed.id, "C1/1.2", at=NOW)
    assert store.enqueue([_delivery()]) == 0
    assert store.claim_deliveries("desk", now=NOW, lease=timedelta(minutes=1)) == []
    assert store.receipt_of(_filing().accession_number, "desk") == "C1/1.2"


def test_deliveries_are_claimed_once_and_in_order_of_acceptance(store: Store):
    """Each claim gives another delivery of that receiver, the filing accepted first comes first."""
    store.enqueue([_delivery(1), _delivery(2, accepted_at=NOW - timedelta(hours=1)), _delivery(3, "inbox")])
    claims = [store.claim_deliveries("desk", now=NOW, lease=timedelta(minutes=1)) for _ in range(3)]
    assert [[claimed.id for claimed in claim] for claim in claims] == [["2-desk"], ["1-desk"], []]


def test_what_may_have_arrived_together_comes_together_again(store: Store):
    """A combined message in doubt is sent again with exactly what it held, in the same order."""
    store.enqueue([_delivery(number) for number in range(2, 5)])
    first = store.claim_deliveries("desk", now=NOW, lease=timedelta(minutes=1), limit=3)
    assert [one.id for one in first] == ["2-desk", "3-desk", "4-desk"]
    store.abandon_leases(now=NOW)
    for one in store.unknown_deliveries("desk"):
        store.defer_delivery(one.id, error="no answer", until=NOW)
    store.enqueue([_delivery(5)])
    again = store.claim_deliveries("desk", now=NOW, lease=timedelta(minutes=1), limit=10)
    assert [one.id for one in again] == ["2-desk", "3-desk", "4-desk"]
    (rest,) = store.claim_deliveries("desk", now=NOW, lease=timedelta(minutes=1), limit=10)
    assert rest.id == "5-desk"


def test_what_certainly_did_not_arrive_is_grouped_anew(store: Store):
    """A combined message that never left may hold more when it is sent."""
    store.enqueue([_delivery(number) for number in range(2, 4)])
    for one in store.claim_deliveries("desk", now=NOW, lease=timedelta(minutes=1), limit=3):
        store.defer_delivery(one.id, error="nobody answers", until=NOW)
    store.enqueue([_delivery(4)])
    again = store.claim_deliveries("desk", now=NOW, lease=timedelta(minutes=1), limit=10)
    assert [one.id for one in again] == ["2-desk", "3-desk", "4-desk"]


def test_a_lease_that_ran_out_leaves_the_delivery_unknown(store: Store):
    """A process that ended while sending leaves a delivery that may have arrived."""
    store.enqueue([_delivery()])
    store.claim_deliveries("desk", now=NOW, lease=timedelta(minutes=1))
    assert store.expire_leases(now=NOW) == 0
    assert store.expire_leases(now=NOW + timedelta(minutes=1)) == 1
    (unknown,) = store.unknown_deliveries("desk")
    assert unknown.attempts == 1
    store.defer_delivery(unknown.id, error="not found", until=NOW, charged=False, possibly_repeated=True)
    (again,) = store.claim_deliveries("desk", now=NOW, lease=timedelta(minutes=1))
    assert (again.attempts, again.possibly_repeated) == (1, True)


def test_only_a_dead_delivery_can_be_retried(store: Store):
    """Retrying anything else, or what is not there, says so."""
    store.enqueue([_delivery()])
    with pytest.raises(UsageError, match="is pending"):
        store.retry_delivery("1-desk", now=NOW)
    with pytest.raises(UsageError, match="no delivery"):
        store.retry_delivery("nothing", now=NOW)
    store.bury_delivery("1-desk", error="channel gone", at=NOW)
    store.retry_delivery("1-desk", now=NOW)
    assert store.waiting_count("desk", now=NOW) == 1


def test_a_transaction_is_kept_whole_or_not_at_all(store: Store):
    """An error inside takes back everything that was written inside."""
    store.see([_filing()], at=NOW)
    with pytest.raises(RuntimeError), store.transaction():
        store.save_report(_report())
        store.enqueue([_delivery()])
        store.mark_read(_filing().accession_number, at=NOW)
        raise RuntimeError
    assert store.reports() == []
    assert store.delivery_counts()[DeliveryState.PENDING] == 0
    assert len(store.filings_due(now=NOW)) == 1


def test_threads_take_turns(store: Store):
    """Eight threads that claim at once get eight different deliveries."""
    store.enqueue([_delivery(number) for number in range(8)])
    claimed: list[str] = []

    def claim() -> None:
        (taken,) = store.claim_deliveries("desk", now=NOW, lease=timedelta(minutes=1))
        claimed.append(taken.id)

    threads = [threading.Thread(target=claim) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(claimed)) == 8


def test_what_was_stored_survives_a_new_process(tmp_path: Path):
    """Everything is there after closing and opening again."""
    path = tmp_path / "watcher.db"
    with Store(path) as first:
        first.see([_filing()], at=NOW)
        first.enqueue([_delivery()])
    with Store(path) as second:
        assert sum(second.filing_counts().values()) == 1
        assert second.waiting_count("desk", now=NOW) == 1


def test_a_newer_schema_is_refused(tmp_path: Path):
    """A database of a later version is left alone, with a sentence that says what to do."""
    path = tmp_path / "watcher.db"
    Store(path).close()
    with sqlite3.connect(path) as raw:
        raw.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    raw.close()
    with pytest.raises(StoreError, match=r"newer watcher.*upgrade"):
        Store(path)


def test_a_database_of_another_program_is_refused(tmp_path: Path):
    """Somebody else's tables are never written to."""
    path = tmp_path / "theirs.db"
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TABLE theirs (x)")
    raw.close()
    with pytest.raises(StoreError, match="belongs to another program"):
        Store(path)


def test_a_damaged_file_is_named(tmp_path: Path):
    """A file that is no database gives one sentence with its path."""
    path = tmp_path / "watcher.db"
    path.write_bytes(b"this is not a database, whatever it says" * 100)
    with pytest.raises(StoreError, match=r"watcher\.db is not a readable SQLite database"):
        Store(path)


def test_a_missing_folder_is_named(tmp_path: Path):
    """A database in a folder that does not exist says what to check."""
    with pytest.raises(StoreError, match="check that its folder exists"):
        Store(tmp_path / "no" / "watcher.db")


def test_a_full_disk_loses_nothing_that_was_stored(store: Store):
    """When no page can be added, the step is refused whole and what was there stays readable."""
    store.see([_filing()], at=NOW)
    pages = store._db.conn.execute("PRAGMA page_count").fetchone()[0]
    store._db.conn.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match=r"disk .* is full"):
        store.save_report(replace(_report(), body="x" * 1_000_000))
    assert sum(store.filing_counts().values()) == 1
    assert store.reports() == []


def test_a_second_daemon_is_refused(store: Store):
    """Only one watcher at a time works on a database; looking at it is always allowed."""
    store.hold()
    with Store(store.path) as other, pytest.raises(StoreError, match="already running"):
        other.hold()


def test_a_backup_that_fails_leaves_nothing(store: Store, tmp_path: Path):
    """What looks like a backup is a whole one: half a copy does not stay, nor stands in the way of the next try."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, limits[1]))
    try:
        with pytest.raises(StoreError, match=r"copy\.db"):
            store.back_up(tmp_path / "copy.db")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not (tmp_path / "copy.db").exists()
    store.back_up(tmp_path / "copy.db")


def test_nobody_else_may_read_what_is_stored(tmp_path: Path):
    """The database, its log and its backups are their owner's alone, whatever the umask gives away."""
    before = os.umask(0)
    try:
        with Store(tmp_path / "watcher.db") as store:
            store.job_succeeded("poll", started_at=NOW, at=NOW)
            store.hold()
            store.back_up(tmp_path / "copy.db")
            made = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert made == dict.fromkeys(
        ["watcher.db", "watcher.db-wal", "watcher.db-shm", "watcher.db.lock", "copy.db"], 0o600
    )


def test_the_lock_harms_no_file(store: Store, tmp_path: Path):
    """What stands in the lock's place keeps its content, and a link there is not followed."""
    precious = tmp_path / "precious"
    precious.write_text("keep me")
    lock = tmp_path / "watcher.db.lock"
    lock.symlink_to(precious)
    with pytest.raises(StoreError, match=r"watcher\.db\.lock beside the database cannot be opened"):
        store.hold()
    lock.unlink()
    lock.hardlink_to(precious)
    store.hold()
    assert precious.read_text() == "keep me"


def test_jobs_remember_success_and_since_when_they_fail(store: Store):
    """A failing job keeps its last success, and a success ends the failure."""
    store.job_succeeded("poll", started_at=NOW, at=NOW)
    for minute in (1, 2):
        at = NOW + timedelta(minutes=minute)
        store.job_failed("poll", started_at=at, at=at, error="no answer")
    job = store.jobs()["poll"]
    assert (job.last_success_at, job.failing_since, job.failures) == (NOW, NOW + timedelta(minutes=1), 2)
    store.job_succeeded("poll", started_at=NOW, at=NOW)
    assert store.jobs()["poll"].failing_since is None


def test_seconds_to_delivery_are_told_by_share(store: Store):
    """The median and the 95th percentile are taken over what was sent."""
    assert store.latencies_from_acceptance(since=NOW).p50 is None
    store.enqueue([_delivery(number) for number in range(20)])
    for number in range(20):
        store.settle_delivery(f"{number}-desk", "r", at=NOW + timedelta(seconds=number))
    latencies = store.latencies_from_acceptance(since=NOW)
    assert (latencies.p50, latencies.p95) == (10.0, 19.0)


def test_an_audit_made_again_keeps_what_was_late(store: Store):
    """The second look at a day finds nothing missing, and the day still shows what was late."""
    store.save_audit(Audit(date(2026, 3, 2), listed=10, seen=9, late=1), at=NOW)
    store.save_audit(Audit(date(2026, 3, 2), listed=10, seen=10, late=0), at=NOW)
    assert store.audits() == [Audit(date(2026, 3, 2), listed=10, seen=9, late=1)]


def test_filings_from_before_the_watch_are_known_and_never_due(store: Store):
    """A deeper look at EDGAR's list does not alert on what was accepted before the watch began."""
    store.start_watch(since=NOW, at=NOW)
    before, after = _filing(1, accepted_at=NOW - timedelta(seconds=1)), _filing(2)
    indexed = replace(_filing(3), accepted_at=None)
    store.see([before, after, indexed], at=NOW)
    assert [due.filing for due in store.filings_due(now=NOW)] == [after]
    assert store.watched_since() == NOW


def test_a_page_of_known_registrants_is_told_at_once(store: Store):
    """Every pair must be known: a co-registrant of a known filing is news."""
    store.see([_filing()], at=NOW)
    number = _filing().accession_number
    assert store.knows_registrants({(number, 1)})
    assert not store.knows_registrants({(number, 1), (number, 2)})
    assert store.knows_registrants(set())


def test_a_block_is_remembered(store: Store):
    """The next process knows until when EDGAR wants silence."""
    assert store.blocked_until() is None
    for minutes in (10, 20):
        store.keep_block(NOW + timedelta(minutes=minutes))
    assert store.blocked_until() == NOW + timedelta(minutes=20)


def test_what_was_put_off_can_be_made_due(store: Store):
    """After a clock was set back, filings and failed deliveries are tried at once; a digest waits for its time."""
    later = NOW + timedelta(days=1)
    store.see([_filing()], at=NOW)
    store.defer_filing(_filing().accession_number, error="not there yet", until=later)
    store.enqueue([_delivery(1), replace(_delivery(2), due_at=later)])
    (failed,) = store.claim_deliveries("desk", now=NOW, lease=timedelta(minutes=1))
    store.defer_delivery(failed.id, error="no answer", until=later)
    store.make_due(now=NOW)
    assert len(store.filings_due(now=NOW)) == 1
    assert [one.id for one in store.claim_deliveries("desk", now=NOW, lease=timedelta(minutes=1), limit=9)] == [
        failed.id
    ]
