"""The simulated EDGAR behaves as the real one does."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import httpx
import pytest
from moments import at

from watcher.errors import UsageError
from watcher.feed import merge_entries, parse_feed
from watcher.indexes import parse_index, parse_search
from watcher.model import Filer, Filing
from watcher.simulator import Fault, Part, Quirks, SimulatedFiling, Simulator, SteppedClock, write_submission
from watcher.simulator.days import HEAVY_DAY, ORDINARY_DAY, business_day, heavy_day
from watcher.submission import parse_submission

AGENT = {"User-Agent": "Example Research ops@example.com"}
MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)


def a_filing(n, accepted_at, form="8-K", filers=1, filed_on=MONDAY):
    """A filing that only the feed and the indexes list."""
    companies = tuple(Filer(100 * n + k, f"Company {n}-{k}") for k in range(1, filers + 1))
    filing = Filing(f"0000222222-26-{n:06}", form, companies, accepted_at, filed_on, ("8.01",))
    return SimulatedFiling(filing, None, accepted_at)


def feed(http, url, **query):
    """A page of the feed."""
    asked = {"action": "getcurrent", "type": "8-K", "start": 0, "count": 100, "output": "atom", **query}
    return http.get(f"{url}/cgi-bin/browse-edgar", params=asked)


@pytest.fixture
def small_submission():
    """A submission with one exhibit, accepted on Monday at 16:05:01."""
    filing = Filing(
        "0000111111-26-000001", "8-K", (Filer(123, "EXAMPLE CORP"),), at(MONDAY, 16, 5, 1), MONDAY, ("7.01",)
    )
    return write_submission(filing, [Part("8-K", "<p>x</p>", "form8-k.htm"), Part("EX-99.1", "<p>y</p>", "ex99-1.htm")])


@pytest.fixture
def http():
    """A client that names itself."""
    with httpx.Client(headers=AGENT) as client:
        yield client


def test_feed_has_a_row_for_each_registrant_newest_acceptance_first(http):
    """Rows come by acceptance, one for each registrant, and pages split them anywhere."""
    with Simulator() as simulator:
        for n in range(1, 8):
            simulator.publish(a_filing(n, at(MONDAY, 10, n), filers=2))
        pages = [parse_feed(feed(http, simulator.url, count=10, start=start).content) for start in (0, 10)]
    assert [len(page.entries) for page in pages] == [10, 4]
    filings = merge_entries(entry for page in pages for entry in page.entries)
    assert [filing.accession_number[-1] for filing in filings] == list("7654321")
    assert all(len(filing.filers) == 2 for filing in filings)


@pytest.mark.parametrize(("asked", "given"), [(100, 100), (1000, 100), (37, 40), (1, 10), ("", 40)])
def test_count_snaps_to_what_edgar_offers(http, asked, given):
    """EDGAR gives 10, 20, 40, 80 or 100 rows, 40 by default."""
    with Simulator() as simulator:
        for n in range(1, 121):
            simulator.publish(a_filing(n, at(MONDAY, 10, n % 60)))
        assert len(parse_feed(feed(http, simulator.url, count=asked).content).entries) == given


def test_type_is_a_prefix(http):
    """`8-K` brings every kind of 8-K, and `4` brings 424B5 too."""
    with Simulator() as simulator:
        for n, form in enumerate(("8-K", "8-K/A", "8-K12B", "424B5", "4", "10-K"), start=1):
            simulator.publish(a_filing(n, at(MONDAY, 10, n), form=form))
        found = {kind: parse_feed(feed(http, simulator.url, type=kind).content).entries for kind in ("8-K", "4", "")}
    assert [entry.form for entry in found["8-K"]] == ["8-K12B", "8-K/A", "8-K"]
    assert [entry.form for entry in found["4"]] == ["4", "424B5"]
    assert len(found[""]) == 6


def test_horizon_is_answered_like_an_outage(http):
    """Asking past 5,100 rows gives the maintenance page with status 503."""
    with Simulator() as simulator:
        assert feed(http, simulator.url, start=5000).status_code == 200
        answer = feed(http, simulator.url, start=5100)
    assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html")


@pytest.mark.parametrize("agent", ["", "python-requests/2.32", "Mozilla/5.0 Chrome ops@example.com", "Nobody"])
def test_anonymous_clients_are_refused(agent):
    """Who names nobody, or pretends to be a browser, gets the refusal page."""
    with Simulator() as simulator, httpx.Client(headers={"User-Agent": agent}) as http:
        answer = feed(http, simulator.url)
    assert answer.status_code == 403
    assert "Undeclared Automated Tool" in answer.text


def test_too_many_requests_are_blocked_and_asking_on_prolongs_it(http):
    """The eleventh request of a second blocks for ten minutes from the last request on."""
    clock = SteppedClock(at(MONDAY, 12))
    with Simulator(clock=clock) as simulator:
        statuses = [feed(http, simulator.url).status_code for _ in range(11)]
        assert statuses == [200] * 10 + [403]
        clock.sleep(590)
        assert "Request Rate Threshold Exceeded" in feed(http, simulator.url).text
        clock.sleep(590)
        assert feed(http, simulator.url).status_code == 403
        clock.sleep(601)
        assert feed(http, simulator.url).status_code == 200
        assert sum(request.while_blocked for request in simulator.requests) == 2


def test_filings_of_the_evening_appear_next_morning_behind_newer_rows(http):
    """What was accepted after 17:30 is held until 06:00 of the next business day, and then stands where it belongs."""
    clock = SteppedClock(at(MONDAY, 17))
    with Simulator(clock=clock, quirks=Quirks(feed_lag=timedelta(0))) as simulator:
        simulator.publish(a_filing(1, at(MONDAY, 17, 29)))
        simulator.publish(a_filing(2, at(MONDAY, 18), filed_on=TUESDAY))
        simulator.publish(a_filing(3, at(MONDAY, 18, 5), form="4"))
        simulator.publish(a_filing(4, at(TUESDAY, 6, 0), filed_on=TUESDAY))

        def listed(moment):
            clock.move_to(moment)
            return [
                entry.accession_number[-1] for entry in parse_feed(feed(http, simulator.url, type="").content).entries
            ]

        assert listed(at(MONDAY, 21)) == ["3", "1"]
        assert listed(at(TUESDAY, 5, 59)) == ["3", "1"]
        assert listed(at(TUESDAY, 6, 1)) == ["4", "3", "2", "1"]


def test_submission_may_come_later_than_its_row(http, small_submission):
    """A late archive answers 403 AccessDenied until the submission is there."""
    clock = SteppedClock(at(MONDAY, 16))
    with Simulator(clock=clock, quirks=Quirks(feed_lag=timedelta(seconds=30))) as simulator:
        simulator.publish(small_submission, archive_delay=timedelta(seconds=90))
        entry_at, there_at = at(MONDAY, 16, 5, 31), at(MONDAY, 16, 7, 1)
        url = f"{simulator.url}/Archives/edgar/data/123/0000111111-26-000001.txt"
        clock.move_to(entry_at)
        assert len(parse_feed(feed(http, simulator.url).content).entries) == 1
        absent = http.get(url)
        assert (absent.status_code, absent.headers["content-type"]) == (403, "application/xml")
        clock.move_to(there_at)
        assert http.get(url).content == small_submission


def test_submission_has_both_addresses_and_validators(http, small_submission):
    """Both spellings of the path give the file; its ETag gives 304; other companies' folders do not have it."""
    folder = "Archives/edgar/data/123"
    with Simulator([small_submission]) as simulator:
        for path in (f"{folder}/0000111111-26-000001.txt", f"{folder}/000011111126000001/0000111111-26-000001.txt"):
            answer = http.get(f"{simulator.url}/{path}")
            assert parse_submission(answer.content).accession_number == "0000111111-26-000001"
            assert "last-modified" in answer.headers
            again = http.get(f"{simulator.url}/{path}", headers={"If-None-Match": answer.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")
        padded = http.get(f"{simulator.url}/Archives/edgar/data/0000000123/0000111111-26-000001.txt")
        assert padded.status_code == 301
        assert http.get(f"{simulator.url}/Archives/edgar/data/9/0000111111-26-000001.txt").status_code == 404
        page = http.get(f"{simulator.url}/{folder}/000011111126000001/0000111111-26-000001-index.htm")
        assert "form8-k.htm" in page.text


def test_indexes_list_what_was_filed_that_day(http):
    """The daily index is there from 22:00 on, for business days only; every shape and the quarter list the same."""
    clock = SteppedClock(at(MONDAY, 12))
    with Simulator(clock=clock) as simulator:
        simulator.publish(a_filing(1, at(MONDAY, 10), filers=2))
        simulator.publish(a_filing(2, at(MONDAY, 18), filed_on=TUESDAY))
        daily = f"{simulator.url}/Archives/edgar/daily-index/2026/QTR1"
        assert http.get(f"{daily}/master.20260302.idx").status_code == 403
        clock.move_to(at(MONDAY, 22))
        for shape in ("master", "form", "company"):
            rows = list(parse_index(http.get(f"{daily}/{shape}.20260302.idx").content))
            assert {row.cik for row in rows} == {101, 102}
        assert http.get(f"{daily}/master.20260301.idx").status_code == 403
        clock.move_to(at(TUESDAY, 22))
        rows = list(parse_index(http.get(f"{simulator.url}/Archives/edgar/full-index/2026/QTR1/master.idx").content))
        assert len(rows) == 3


def test_search_lists_documents_of_a_day(http, small_submission):
    """Full-text search gives a hit for each document, by pages."""
    with Simulator([small_submission]) as simulator:
        query = {"q": "", "forms": "8-K", "startdt": "2026-03-02", "enddt": "2026-03-02"}
        pages = [
            parse_search(
                http.get(f"{simulator.url}/LATEST/search-index", params={**query, "from": n, "size": 1}).content
            )
            for n in (0, 1, 2)
        ]
    assert [page.hits for page in pages] == [1, 1, 0]
    assert pages[0].filings[0].items == ("7.01",)
    assert pages[0].total == 2


def test_rows_that_move_down_repeat_on_the_next_page(http):
    """With a shift, the next page begins with rows of the one before, as when filings arrive while one pages."""
    with Simulator(quirks=Quirks(shift=3)) as simulator:
        for n in range(1, 51):
            simulator.publish(a_filing(n, at(MONDAY, 10, n)))
        first, second = (
            parse_feed(feed(http, simulator.url, count=20, start=start).content).entries for start in (0, 20)
        )
    assert first[-3:] == second[:3]


def test_faults_strike_so_often_on_their_paths_and_in_their_time(http):
    """A fault is limited by path, count and time, and is written on a command line as KIND:PATTERN:TIMES."""
    clock = SteppedClock(at(MONDAY, 12))
    with Simulator(clock=clock) as simulator:
        fault = Fault.parse("maintenance:/cgi-bin/*type=8-K*:1")
        assert (fault.kind, fault.path, fault.times) == ("maintenance", "/cgi-bin/*type=8-K*", 1)
        simulator.break_down(fault, Fault("error", since=at(MONDAY, 13), until=at(MONDAY, 14)))
        statuses = []
        for hour, kind in ((12, "4"), (12, "8-K"), (12, "8-K"), (13, "8-K"), (14, "8-K")):
            clock.move_to(at(MONDAY, hour))
            statuses.append(feed(http, simulator.url, type=kind).status_code)
    assert statuses == [200, 503, 200, 500, 200]
    with pytest.raises(UsageError, match="maintenance"):
        Fault.parse("maintainance")


def test_damaged_row_spoils_one_row_only(http):
    """The fault of a damaged row leaves the other rows as they are."""
    with Simulator() as simulator:
        for n in (1, 2):
            simulator.publish(a_filing(n, at(MONDAY, 10, n)))
        simulator.break_down(Fault("damaged-row"))
        page = parse_feed(feed(http, simulator.url).content)
    assert (len(page.entries), len(page.unreadable_rows)) == (1, 1)


def test_folder_without_submissions_is_refused(tmp_path):
    """A folder that holds nothing to serve, or something else, is told in a sentence."""
    with pytest.raises(UsageError, match="no submission"):
        Simulator(tmp_path)
    (tmp_path / "notes.txt").write_text("<html>nothing</html>")
    with pytest.raises(UsageError, match=r"notes\.txt"):
        Simulator(tmp_path)


def test_clock_of_a_replay_runs_fast(http):
    """With a speed, filings appear as simulated time passes; the feed tells that time."""
    with Simulator(speed=3600, quirks=Quirks(feed_lag=timedelta(0))) as simulator:
        before = simulator.clock()
        simulator.publish(a_filing(1, before + timedelta(days=9)))
        page = parse_feed(feed(http, simulator.url).content)
        assert page.entries == ()
        assert page.updated_at >= before.replace(microsecond=0)
        assert (simulator.clock() - before).total_seconds() >= 0
        assert simulator.clock().tzinfo is UTC
        assert before - datetime.now(UTC) < timedelta(hours=1)


def test_made_up_days_are_like_recorded_ones():
    """A made-up day is the same each time, has its held filings dated the next day, and a heavy one its burst."""
    monday, heavy = business_day(MONDAY), heavy_day(TUESDAY)
    assert monday == business_day(MONDAY)
    assert (len(monday), len(heavy)) == (ORDINARY_DAY, HEAVY_DAY)
    assert len({one.filing.accession_number for one in (*monday, *heavy)}) == ORDINARY_DAY + HEAVY_DAY
    held = [one for one in monday if one.accepted_at >= at(MONDAY, 17, 30)]
    assert 5 <= len(held) <= 25
    assert {one.filed_on for one in held} == {TUESDAY}
    assert sum(at(TUESDAY, 16, 5) <= one.accepted_at < at(TUESDAY, 16, 10) for one in heavy) >= 120
    for one in monday[:20]:
        submission = parse_submission(one.body)
        assert (submission.form, submission.items) == (one.filing.form, one.filing.items)
        assert submission.filed_on == one.filed_on
        assert [filer.cik for filer in submission.filers] == [filer.cik for filer in one.filing.filers]


def test_recorded_sweep_is_a_crawl_with_its_repeated_rows(http, real_data):
    """Recorded pages are served row for row, by any form's prefix, up to EDGAR's horizon."""
    folder = real_data / "feeds" / "sweep-2025-12-12"
    with Simulator(folder, quirks=Quirks(rate_limit=1000)) as simulator:
        for start in (0, 2500, 5000):
            served = parse_feed(feed(http, simulator.url, type="", start=start).content)
            assert served.entries == parse_feed((folder / f"start-{start:04}.atom").read_bytes()).entries
        assert feed(http, simulator.url, type="", start=5100).status_code == 503
        current = [
            entry
            for start in range(0, 500, 100)
            for entry in parse_feed(feed(http, simulator.url, start=start).content).entries
        ]
    assert {entry.form for entry in current} == {"8-K", "8-K/A"}
    recorded = [entry for path in folder.glob("*.atom") for entry in parse_feed(path.read_bytes()).entries]
    assert len(current) == sum(entry.form.startswith("8-K") for entry in recorded) > 281
    assert len({entry.accession_number for entry in current}) == 281


def test_recorded_day_runs_again(http, real_data):
    """With a clock, the recorded filings appear in the order in which EDGAR showed them."""
    clock = SteppedClock(at(date(2025, 12, 12), 12))
    with Simulator(real_data / "feeds" / "sweep-2025-12-12", clock=clock) as simulator:
        noon = parse_feed(feed(http, simulator.url, count=10).content)
        clock.move_to(at(date(2025, 12, 12), 17))
        evening = parse_feed(feed(http, simulator.url, count=10).content)
    assert noon.entries[0].accepted_at <= at(date(2025, 12, 12), 12) < evening.entries[0].accepted_at
