"""The database that runs for years: brought up to date, kept small, and searched."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from watcher.daemon.upkeep import shrink
from watcher.errors import StoreError, UsageError
from watcher.model import CurrentReport, Exhibit, Filer, Filing, Level, Match
from watcher.settings import EdgarSettings, Settings
from watcher.store import Notice, Store
from watcher.store.schema import APPLICATION_ID, MIGRATIONS
from watcher.store.search import fts_query

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ACME = Filer(1, "Acme Inc.", ("ACME",))


def _number(n: int) -> str:
    return f"0000000001-26-{n:06}"


def _keep(store: Store, n: int = 1, *, body: str = "", release: str = "", seen_at: datetime = NOW) -> str:
    number = _number(n)
    filing = Filing(number, "8-K", (ACME,), seen_at, seen_at.date(), ("8.01",))
    report = CurrentReport(
        number, "8-K", filers=(ACME,), body=body, exhibits=(Exhibit("EX-99.1", "99.1", text=release),)
    )
    with store.transaction():
        store.see([filing], at=seen_at)
        store.save_report(report)
        store.save_matches(number, [Match("rule", "A rule", ("desk",))], at=seen_at)
        store.mark_read(number, at=seen_at)
    return number


@pytest.fixture
def store(tmp_path: Path):
    """An open database."""
    with Store(tmp_path / "watcher.db") as opened:
        yield opened


# --- older databases -------------------------------------------------------------------------------------


def _database_of_version(path: Path, version: int, rows: Callable[[sqlite3.Connection], None]) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for migrate in MIGRATIONS[:version]:
        migrate(Database(connection))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {version}")
    rows(connection)
    connection.close()


def _rows_of_the_first_version(connection: sqlite3.Connection) -> None:
    connection.execute(
        """INSERT INTO filings (accession_number, form, items, url, state, seen_at, late, due_at)
           VALUES (?, '8-K', '8.01', '', 'read', '2026-03-01T00:00:00.000Z', '', '2026-03-01T00:00:00.000Z')""",
        [_number(1)],
    )
    connection.execute("INSERT INTO filers VALUES (?, 0, 1, 'Acme Inc.', 'ACME', NULL, NULL, 'filer')", [_number(1)])
    connection.execute(
        "INSERT INTO reports VALUES (?, ?)",
        [_number(1), f'{{"accession_number": "{_number(1)}", "form": "8-K"}}'],
    )
    connection.execute(
        "INSERT INTO texts (accession_number, part, text) VALUES (?, 0, 'A license agreement.')", [_number(1)]
    )
    connection.execute("INSERT INTO audits VALUES ('2026-02-27', '2026-03-01T00:00:00.000Z', 9, 8, 1)")


def _layout(path: Path) -> set[tuple[str, str]]:
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {(name, " ".join(sql.replace('"', "").split())) for name, sql in rows}


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS) + 1))
def test_a_database_of_every_earlier_version_is_brought_up_to_date(tmp_path, version):
    """What was stored is all there, can be searched, and the tables are those of a new database."""
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    _database_of_version(old, version, _rows_of_the_first_version)
    with Store(old) as store, Store(new):
        (report,) = store.reports()
        assert report.body == "A license agreement."
        assert [passage.filing.accession_number for passage in store.search("license agreement")] == [_number(1)]
        assert [audit.late for audit in store.audits()] == [1]
        store.check()
    assert _layout(old) == _layout(new)


def test_an_older_database_is_not_changed_by_looking(tmp_path):
    """A command that only looks refuses it in a sentence: an older daemon may be at work on it."""
    path = tmp_path / "old.db"
    _database_of_version(path, 1, _rows_of_the_first_version)
    with pytest.raises(StoreError, match=r"of an older watcher.*`watcher run` brings it up to date"):
        Store(path, read_only=True)
    Store(path).close()
    Store(path, read_only=True).close()


def test_steps_are_only_ever_added(tmp_path):
    """The first version is out there: changing its step would leave databases that no step mends."""
    path = tmp_path / "first.db"
    _database_of_version(path, 1, lambda _: None)
    told = "\n".join(sorted(f"{name} {sql}" for name, sql in _layout(path)))
    assert hashlib.sha256(told.encode()).hexdigest()[:16] == "a275cadb2f3c78cb"


# --- small -----------------------------------------------------------------------------------------------


def test_old_texts_go_and_facts_stay(store):
    """Texts that were seen before a moment are dropped a few at a time; reports and matches are as they were."""
    for n in range(5):
        _keep(store, n, body="A license agreement.", release="News.", seen_at=NOW - n * DAY)
    dropped = [store.drop_texts(seen_before=NOW - 2 * DAY, limit=1) for _ in range(4)]
    assert dropped == [1, 1, 0, 0]
    left = {report.accession_number: report.body for report in store.reports()}
    assert left == {_number(n): "A license agreement." if n <= 2 else "" for n in range(5)}
    assert [match.rule_id for match in store.matches_of(_number(4))] == ["rule"]


def test_the_oldest_texts_go_where_the_file_would_be_too_large(tmp_path):
    """A file that may be half as large loses the older half of its texts before `keep_text`, and no fact."""
    with Store(tmp_path / "watcher.db") as store:
        for n in range(100):
            body = " ".join(f"word{n * k % 5000}" for k in range(2000))
            _keep(store, n, body=body, seen_at=NOW - n * timedelta(minutes=1))
        before = store.size()
        edgar = EdgarSettings("Tests tests@acme.example")
        settings = Settings(Path(), (), store.path, edgar, max_database_size=before // 2)
        shrink(store, settings, now=NOW)
        with_text = sorted(report.accession_number for report in store.reports() if report.body)
        assert store.size() <= before // 2
        assert with_text == [_number(n) for n in range(len(with_text))]
        assert 20 <= len(with_text) <= 50
        assert len(list(store.reports())) == 100
        shrink(store, settings, now=NOW + DAY)
        assert len([report for report in store.reports() if report.body]) == len(with_text)


def test_search_keeps_in_step_with_what_is_kept(store):
    """What was dropped is not found any more, what was read again is found as it is now."""
    for n in range(2):
        _keep(store, n, body="A license agreement.", seen_at=NOW - n * DAY)
    store.drop_texts(seen_before=NOW)
    _keep(store, 0, body="A credit agreement.")
    assert [passage.filing.accession_number for passage in store.search("license")] == []
    assert [passage.filing.accession_number for passage in store.search("credit")] == [_number(0)]
    # FTS5 compares its index with the texts themselves, and raises where they differ.
    store._run("INSERT INTO texts_fts (texts_fts, rank) VALUES ('integrity-check', 1)")


def test_the_file_gives_back_what_texts_took(store, tmp_path):
    """Freed pages go back to the disk in small steps, without a VACUUM of the whole."""
    for n in range(40):
        _keep(store, n, body=" ".join(f"word{n}x{k}" for k in range(4000)))
    store.tidy()
    before = (tmp_path / "watcher.db").stat().st_size
    while store.drop_texts(seen_before=NOW + DAY):
        pass
    _merge(store)
    steps = 1
    while store.give_back(pages=100):
        steps += 1
    store.tidy()
    assert steps > 1
    assert (tmp_path / "watcher.db").stat().st_size < before / 4
    assert (tmp_path / "watcher.db-wal").stat().st_size == 0
    store.check()


def test_a_file_of_an_older_watcher_shrinks_too(tmp_path):
    """A database that cannot give back pages bit by bit is vacuumed once, and can from then on."""
    path = tmp_path / "old.db"
    _database_of_version(path, 1, _rows_of_the_first_version)
    with Store(path) as store:
        _keep(store, 7, body="word " * 100_000)
        while store.drop_texts(seen_before=NOW + DAY):
            pass
        _merge(store)
        assert store.give_back() == 0
        store.tidy()
        store.check()
        size = path.stat().st_size
    assert size < 350_000


def test_notices_that_are_done_are_forgotten(store):
    """Notices that were told long ago go; those that wait stay."""
    told, waiting = (Notice(name, "desk", "s", "t", Level.INFO, NOW) for name in ("told", "waiting"))
    store.enqueue_notices([told, waiting])
    store.settle_notice(told, at=NOW)
    assert store.drop_notices(done_before=NOW + DAY) == 1
    assert [notice.id for notice in store.notices_due(now=NOW)] == ["waiting"]


def _merge(store: Store) -> None:
    begin = True
    while store.merge_search_index(begin=begin):
        begin = False


# --- searched --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("license", {"EX-99.1"}),
        ("LICENSE agreement", {"EX-99.1"}),
        ('"new license agreement"', {"EX-99.1"}),
        ('"agreement license"', set()),
        ("agree*", {"8-K", "EX-99.1"}),
        ("agreement -license", {"8-K"}),
        ("credit OR license", {"8-K", "EX-99.1"}),
        ("Cellectar's", {"8-K"}),
        ("AND", set()),
        ('unfinished "quote', set()),
    ],
)
def test_terms_phrases_and_beginnings_are_found(store, query, found):
    """Every term must be there, whatever its case; quotes make phrases, a star beginnings, a minus exclusions."""
    _keep(store, body="The credit agreement of Cellectar’s bank.", release="A new\nlicense agreement.")
    assert {passage.where for passage in store.search(query)} == found


def test_a_hit_shows_where_it_stands(store):
    """The newest filing comes first, and the passage has the hit marked."""
    for n in range(3):
        _keep(store, n, body=f"Number {n}: a license\nagreement was signed.", seen_at=NOW + n * DAY)
    first, second = store.search("license", limit=2)
    assert (first.filing.accession_number, second.filing.accession_number) == (_number(2), _number(1))
    assert (first.filing.filers, first.where) == ((ACME,), "8-K")
    assert first.quote == "Number 2: a **license** agreement was signed."
    assert store.search("license", since=date(2026, 3, 4))[-1].filing.accession_number == _number(2)
    assert store.search("license", limit=2, offset=1)[0] == second


def test_every_hit_of_one_filing_has_its_place(store):
    """Each hit in each text of the filing asked for is told by document and characters, a phrase as one."""
    _keep(store, 1, body="A license, then “a license\nagreement”.", release="No license.")
    _keep(store, 2, body="Another license agreement.")
    hits = store.search_filing("license", _number(1))
    assert [(one.part, one.start, one.end) for one in hits] == [(0, 2, 9), (0, 19, 26), (1, 3, 10)]
    (phrase,) = store.search_filing('"license agreement"', _number(1))
    assert (phrase.start, phrase.end) == (19, 36)


def test_kept_and_dropped_texts_are_counted(store):
    """A filing that was read counts as kept until its texts are dropped."""
    for n in range(3):
        _keep(store, n, body="A license.", seen_at=NOW + n * DAY)
    store.drop_texts(seen_before=NOW + DAY)
    assert store.filings_by_texts() == (2, 1)
    assert [filing.accession_number for filing in store.latest_read_filings(limit=9)] == [_number(2), _number(1)]


@pytest.mark.parametrize("query", ["", "  ", "-license", "--", '""', "*"])
def test_a_query_without_a_word_is_refused(query):
    """Nothing to look for is a usage error, not everything or nothing."""
    with pytest.raises(UsageError, match="no word to look for"):
        fts_query(query)


_SEARCHED = Database(memory=True)
_SEARCHED.conn.execute("CREATE VIRTUAL TABLE t USING fts5 (text)")


@given(st.text(st.sampled_from("ab*-\"'() :^{}+,NEAROT/\\\x01é"), max_size=30))
def test_no_query_is_a_syntax_error(query):
    """Whatever is typed is looked for or refused; nothing of it is an operator of the database."""
    try:
        asked = fts_query(query)
    except UsageError:
        return
    _SEARCHED.conn.execute("SELECT count(*) FROM t WHERE t MATCH ?", [asked]).fetchone()


def test_suspects_are_remembered_while_they_are_missing(store):
    """Since when a filing is missing is kept through a restart; one that is there after all is forgotten."""
    assert store.suspect(["a", "b"], at=NOW) == {"a": NOW, "b": NOW}
    assert store.suspect(["b", "c"], at=NOW + DAY) == {"b": NOW, "c": NOW + DAY}
    assert store.suspect([], at=NOW) == {}


def test_the_words_of_the_latest_texts_are_bounded(store):
    """What `check` learns spelling from is the beginnings of the newest texts."""
    for n in range(3):
        _keep(store, n, body=f"text {n} " + "x" * 100)
    assert store.latest_texts(limit=2, characters=6) == ["text 2", "text 1"]
