"""Seeing and reading: nothing that EDGAR lists is overlooked, and each filing is done once, whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from watcher.audit import audit_day, audit_days
from watcher.edgar import Edgar
from watcher.errors import EdgarUnavailable, NotYetAvailable, StoreError
from watcher.hours import Calendar
from watcher.model import Filer, Filing, FilingState
from watcher.outbox import plan_delivery
from watcher.pipeline import Outcome, evaluate, poll
from watcher.rules import load_rules
from watcher.settings import EdgarSettings
from watcher.simulator import Fault, Simulator
from watcher.simulator.days import made_up
from watcher.store import Audit, Store

NOW = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
EVENING = datetime(2026, 3, 2, 22, 0, tzinfo=UTC)
ACME, BETA = Filer(101, "Acme Corp"), Filer(102, "Beta Corp")


def _filing(number: int, *filers: Filer, minutes_ago: float = 5, items: tuple[str, ...] = ("8.01",)) -> Filing:
    accepted_at = NOW - timedelta(minutes=minutes_ago)
    return Filing(
        accession_number=f"0000000101-26-{number:06}",
        form="8-K",
        filers=filers or (ACME,),
        accepted_at=accepted_at,
        filed_on=accepted_at.date(),
        items=items,
    )


@pytest.fixture
def simulator():
    """An EDGAR where everything is there from the start."""
    with Simulator() as loopback:
        yield loopback


@pytest.fixture
def settings(simulator):
    """How that EDGAR is asked."""
    url = simulator.url
    return EdgarSettings("Tests tests@acme.example", requests_per_second=10, www_url=url, data_url=url, search_url=url)


@pytest.fixture
def edgar(settings):
    """The client."""
    with Edgar(settings, clock=lambda: NOW, sleep=lambda seconds: None, monotonic=_leaps()) as client:
        yield client


def _leaps():
    """A clock that is always a second later: the budget of requests is proved elsewhere."""
    ticks = iter(range(10**9))
    return lambda: float(next(ticks))


@pytest.fixture
def store(tmp_path):
    """A database that has been watching since the evening before."""
    with Store(tmp_path / "watcher.db") as opened:
        opened.start_watch(since=EVENING, at=NOW)
        yield opened


@pytest.fixture
def look(edgar, store, settings):
    """Poll once."""
    return lambda **options: poll(
        edgar, store, settings, **({"now": NOW, "reach_back_to": NOW - timedelta(minutes=20)} | options)
    )


def _rules(tmp_path, text: str):
    path = tmp_path / "rules.yaml"
    path.write_text(text)
    return load_rules(path)


@pytest.fixture
def read(edgar, store):
    """Read everything that is due."""

    def read_all(rules, *, now: datetime = NOW, fetch: str = "all") -> list[Outcome]:
        return [
            evaluate(
                due,
                edgar,
                store,
                rules,
                plan=lambda alert: plan_delivery(alert, now=now),
                now=now,
                fetch=fetch,
                calendar=Calendar(),
            )
            for due in store.filings_due(now=now)
        ]

    return read_all


TOLD = """\
- {id: other-events, when: {item: 8.01}, notify: [desk, inbox]}
- {id: all, when: {form: 8-K}, notify: [desk]}
"""


def test_paging_goes_on_until_nothing_is_new_and_it_reaches_back(simulator, look):
    """Three pages of new filings are all seen; a second look needs one page."""
    for number in range(250):
        simulator.publish(made_up(_filing(number, minutes_ago=number / 50)))
    seen = look()
    assert (len(seen.new), seen.reached) == (250, True)
    assert seen.pages >= 3
    assert (look(reach_back_to=NOW).pages, look(reach_back_to=NOW).new) == (1, ())


def test_a_filing_behind_known_ones_is_seen(simulator, look):
    """A filing released late stands behind newer rows that are known, and is not overlooked."""
    for number in range(120):
        simulator.publish(made_up(_filing(number, minutes_ago=number / 100)))
    look()
    held = simulator.publish(made_up(_filing(999, minutes_ago=15 * 60)))
    assert look(reach_back_to=EVENING).new == (held.filing.accession_number,)


def test_a_fresh_database_begins_in_silence(simulator, look, tmp_path, edgar, settings):
    """What is listed at the first look is the baseline; what comes afterwards waits to be read."""
    simulator.publish(made_up(_filing(1)))
    with Store(tmp_path / "fresh.db") as fresh:
        poll(edgar, fresh, settings, now=NOW, reach_back_to=EVENING)
        assert fresh.filings_due(now=NOW) == []
        simulator.publish(made_up(_filing(2, minutes_ago=1)))
        poll(edgar, fresh, settings, now=NOW, reach_back_to=EVENING)
        assert [due.filing.accession_number for due in fresh.filings_due(now=NOW)] == [_filing(2).accession_number]
        assert fresh.filing_counts()[FilingState.BASELINE] == 1


def test_a_baseline_that_was_interrupted_goes_on_as_one(simulator, tmp_path, edgar, settings):
    """An outage in the middle of the first look alerts on nothing afterwards."""
    for number in range(150):
        simulator.publish(made_up(_filing(number, minutes_ago=number)))
    with Store(tmp_path / "fresh.db") as fresh:
        simulator.break_down(Fault("maintenance", path="*start=80*"))
        with pytest.raises(EdgarUnavailable):
            poll(edgar, fresh, settings, now=NOW, reach_back_to=EVENING)
        assert sum(fresh.filing_counts().values()) == 100
        simulator.recover()
        poll(edgar, fresh, settings, now=NOW, reach_back_to=EVENING)
        assert fresh.filing_counts()[FilingState.BASELINE] == 150


def test_an_error_page_is_not_an_empty_list(simulator, look, store):
    """An outage raises and leaves what is known as it was."""
    simulator.publish(made_up(_filing(1)))
    look()
    simulator.break_down(Fault("html"))
    with pytest.raises(EdgarUnavailable):
        look()
    assert sum(store.filing_counts().values()) == 1


def test_several_rules_make_one_alert_for_each_receiver(simulator, look, read, store, tmp_path):
    """One filing and one receiver make one delivery with all matches; shadow rules are counted and not sent."""
    simulator.publish(made_up(_filing(1)))
    look()
    shadow = "- {id: quiet, when: {form: 8-K}, notify: [phone], shadow: yes}\n"
    assert read(_rules(tmp_path, TOLD + shadow)) == [Outcome.READ]
    told = {one.receiver: [match.rule_id for match in one.alert.matches] for one in store.latest_deliveries()}
    assert told == {"desk": ["other-events", "all"], "inbox": ["other-events"]}
    assert store.latest_filings()[0].matched == ("all", "other-events", "quiet")


def test_a_late_co_registrant_fires_its_rules_once(simulator, look, read, store, tmp_path):
    """A registrant that joins after its filing was read fires the rules on it, as a continuation of what was told."""
    rules = _rules(
        tmp_path,
        "- id: form\n  when: {form: 8-K}\n  notify: [desk]\n- id: beta\n  when: {cik: 102}\n  notify: [desk]\n",
    )
    simulator.publish(made_up(_filing(1, ACME)))
    look()
    read(rules)
    (first,) = store.latest_deliveries()
    store.settle_delivery(first.id, "C1/1.0", at=NOW)
    simulator.publish(made_up(_filing(1, ACME, BETA)))
    assert look().gained == (_filing(1).accession_number,)
    assert read(rules) == [Outcome.READ]
    (second,) = [one for one in store.latest_deliveries() if one.id != first.id]
    assert [match.rule_id for match in second.alert.matches] == ["beta"]
    assert second.alert.continues == "also matches beta"
    assert second.thread == "C1/1.0"
    assert look().gained == ()
    assert read(rules) == []


def test_a_registrant_that_joins_while_its_filing_is_read_is_not_overlooked(simulator, look, edgar, store, tmp_path):
    """When the list gains a registrant between the reading and the storing, the filing is read once more."""
    rules = _rules(tmp_path, "- {id: beta, when: {cik: 102}, notify: [desk]}\n")
    simulator.publish(made_up(_filing(1, ACME)))
    look()

    def read_while_it_grows() -> None:
        for due in store.filings_due(now=NOW):
            store.see([_filing(1, BETA)], at=NOW)
            evaluate(
                due, edgar, store, rules, plan=lambda alert: plan_delivery(alert, now=NOW), now=NOW, calendar=Calendar()
            )

    read_while_it_grows()
    assert len(store.filings_due(now=NOW)) == 1
    read_while_it_grows()
    assert store.filings_due(now=NOW) == []
    assert len(store.latest_deliveries()) == 1


def test_since_also_tells_what_the_baseline_kept_silent(simulator, look, store, tmp_path, edgar, settings):
    """Asked for later, the alerts on what was known from the beginning come after all, once."""
    simulator.publish(made_up(_filing(1)))
    with Store(tmp_path / "fresh.db") as fresh:
        poll(edgar, fresh, settings, now=NOW, reach_back_to=EVENING)
        assert fresh.filings_due(now=NOW) == []
        poll(edgar, fresh, settings, now=NOW, reach_back_to=EVENING, alert_all=True)
        (due,) = fresh.filings_due(now=NOW)
        fresh.mark_read(due.filing.accession_number, at=NOW)
        poll(edgar, fresh, settings, now=NOW, reach_back_to=EVENING, alert_all=True)
        assert fresh.filings_due(now=NOW) == []


def test_only_what_a_rule_could_match_is_downloaded(simulator, look, read, store, tmp_path):
    """With fetch "needed" a filing of no rule's company is done without a request for it."""
    rules = _rules(tmp_path, "- id: beta\n  when: {cik: 102, text: told}\n  notify: [desk]\n")
    simulator.publish(made_up(_filing(1, ACME)))
    simulator.publish(made_up(_filing(2, BETA)))
    look()
    assert sorted(read(rules, fetch="needed")) == [Outcome.NOT_NEEDED, Outcome.READ]
    assert len([request for request in simulator.requests if request.target.endswith(".txt")]) == 1
    assert store.filing_counts()[FilingState.READ] == 2


def test_a_filing_that_cannot_be_read_is_given_up_and_counted(simulator, look, read, store, tmp_path):
    """It is fetched again a few times, then it is unreadable with the reason; its neighbour is read at once."""
    simulator.publish(made_up(_filing(1)))
    poison = made_up(_filing(2))
    broken = poison.body.replace(b"<DOCUMENT>", b"<DOKUMENT>").replace(b"</DOCUMENT>", b"</DOKUMENT>")
    simulator.publish(replace(poison, source=broken))
    look()
    rules = _rules(tmp_path, TOLD)
    assert sorted(read(rules)) == [Outcome.DEFERRED, Outcome.READ]
    outcomes = [read(rules, now=NOW + timedelta(minutes=minutes)) for minutes in (10, 20, 30, 40)]
    assert outcomes == [[Outcome.DEFERRED], [Outcome.DEFERRED], [Outcome.UNREADABLE], []]
    (row,) = store.latest_filings(state=FilingState.UNREADABLE)
    assert row.last_error


def test_a_submission_that_is_not_there_yet_is_waited_for(simulator, look, read, store, tmp_path):
    """Absent is not unreadable: it is asked for again by age, for an hour, then in the morning, for a week."""
    simulator.publish(replace(made_up(_filing(1)), source=None))
    look()
    rules = _rules(tmp_path, TOLD)
    assert read(rules) == [Outcome.DEFERRED]
    assert store.next_filing_due() <= NOW + timedelta(seconds=10)
    later = NOW + timedelta(hours=2)
    assert read(rules, now=later) == [Outcome.DEFERRED]
    assert store.next_filing_due() > later + timedelta(hours=12)
    assert read(rules, now=NOW + timedelta(days=8)) == [Outcome.UNREADABLE]


def test_an_outage_while_reading_costs_nothing(simulator, look, read, store, tmp_path):
    """However long EDGAR is away, the filing is read when it is back."""
    simulator.publish(made_up(_filing(1)))
    look()
    rules = _rules(tmp_path, TOLD)
    simulator.break_down(Fault("maintenance"))
    for days in range(4):
        assert read(rules, now=NOW + timedelta(days=days)) == [Outcome.DEFERRED]
        assert store.next_filing_due() < NOW + timedelta(days=days, minutes=10)
    simulator.recover()
    assert read(rules, now=NOW + timedelta(days=4)) == [Outcome.READ]


def test_a_filing_is_unread_until_its_deliveries_are_stored(simulator, look, read, store, tmp_path):
    """When the step that stores them fails, the filing is still due and nothing of it is kept."""
    simulator.publish(made_up(_filing(1)))
    look()
    rules = _rules(tmp_path, TOLD)
    store._db.conn.execute("ALTER TABLE deliveries RENAME TO away")
    with pytest.raises(StoreError):
        read(rules)
    store._db.conn.execute("ALTER TABLE away RENAME TO deliveries")
    assert store.reports() == []
    assert read(rules) == [Outcome.READ]
    assert len(store.latest_deliveries()) == 2


def test_an_audit_finds_what_was_missed_and_marks_it_late(simulator, edgar, read, store, tmp_path, settings):
    """A filing in the daily index that was never seen is read, alerted on as late, and counted."""
    day = date(2026, 3, 3)
    for number in (1, 2):
        simulator.publish(made_up(_filing(number)))
    store.see([_filing(1)], at=NOW)
    assert audit_day(edgar, store, settings.forms, day, now=NOW) == Audit(day, listed=2, seen=1, late=1)
    read(_rules(tmp_path, TOLD))
    late = {one.alert.report.accession_number: one.alert.late for one in store.latest_deliveries()}
    assert late == {_filing(1).accession_number: "", _filing(2).accession_number: "found by the audit of 2026-03-03"}
    assert audit_day(edgar, store, settings.forms, day, now=NOW).late == 0
    assert store.audits() == [Audit(day, listed=2, seen=1, late=1)]


def test_every_business_day_since_the_watch_began_is_audited_once(simulator, edgar, store, settings):
    """Days are audited oldest first when their index is whole, weekends not at all, and none of them twice."""
    for days in range(5):
        simulator.publish(made_up(_filing(days + 1, minutes_ago=-days * 24 * 60)))
    morning = NOW + timedelta(days=6)
    audits = list(audit_days(edgar, store, settings.forms, now=morning, calendar=Calendar()))
    assert [audit.day.day for audit in audits] == [3, 4, 5, 6]
    assert list(audit_days(edgar, store, settings.forms, now=morning, calendar=Calendar())) == []


def test_a_day_without_an_index_does_not_hide_the_next(simulator, edgar, store, settings):
    """An index that is not there is asked for again; the days after it are audited all the same."""
    simulator.publish(made_up(_filing(1)))
    simulator.publish(made_up(_filing(2, minutes_ago=-24 * 60)))
    simulator.break_down(Fault("absent", path="*master.20260303*"))
    audits = []
    with pytest.raises(NotYetAvailable):
        audits.extend(audit_days(edgar, store, settings.forms, now=NOW + timedelta(days=2), calendar=Calendar()))
    assert [audit.day.day for audit in store.audits()] == [4]
    simulator.recover()
    again = audit_days(edgar, store, settings.forms, now=NOW + timedelta(days=2), calendar=Calendar())
    assert [audit.day.day for audit in again] == [3]
