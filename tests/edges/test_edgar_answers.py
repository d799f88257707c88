"""Every answer of EDGAR, met over real HTTP on loopback: told apart, and with its own action."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta

import pytest

from watcher.edgar import Edgar
from watcher.edgar.answers import read_retry_after
from watcher.errors import EdgarBlocked, EdgarRefused, EdgarUnavailable, NotYetAvailable, UsageError
from watcher.feed import parse_feed
from watcher.indexes import parse_index
from watcher.model import Filer, Filing
from watcher.settings import EdgarSettings
from watcher.simulator import Fault, Quirks, Simulator, SteppedClock
from watcher.submission import is_searchable_type, parse_submission

START = datetime(2026, 3, 3, 15, tzinfo=UTC)
NUMBER = "0000111111-26-000001"
AGENT = "Example Research ops@example.com"


def a_submission(number=NUMBER, cik=123, accepted="20260302160501", parts=("EX-99.1",)):
    """A small submission in EDGAR's format."""
    documents = "".join(
        f"<DOCUMENT>\n<TYPE>{kind}\n<SEQUENCE>{n}\n<FILENAME>part{n}.htm\n"
        f"<TEXT>\n<p>Part {n} {'x' * 4000}</p>\n</TEXT>\n</DOCUMENT>\n"
        for n, kind in enumerate(("8-K", *parts), start=1)
    )
    return (
        f"<SEC-DOCUMENT>{number}.txt : 20260302\n<SEC-HEADER>{number}.hdr.sgml : 20260302\n"
        f"<ACCEPTANCE-DATETIME>{accepted}\nACCESSION NUMBER:\t\t{number}\nCONFORMED SUBMISSION TYPE:\t8-K\n"
        "PUBLIC DOCUMENT COUNT:\t\t2\nCONFORMED PERIOD OF REPORT:\t20260302\n"
        "ITEM INFORMATION:\t\tRegulation FD Disclosure\nFILED AS OF DATE:\t\t20260302\n\nFILER:\n\n\tCOMPANY DATA:\t\n"
        f"\t\tCOMPANY CONFORMED NAME:\t\t\tEXAMPLE CORP\n\t\tCENTRAL INDEX KEY:\t\t\t{cik:010}\n</SEC-HEADER>\n"
        f"{documents}</SEC-DOCUMENT>\n"
    ).encode()


FILING = Filing(NUMBER, "8-K", (Filer(123, "EXAMPLE CORP"),))


@pytest.fixture
def clock():
    """A clock that moves only when the client sleeps on it."""
    return SteppedClock(START)


@pytest.fixture
def simulator(clock):
    """A loopback EDGAR with one filing."""
    tickers = b'{"0":{"cik_str":123,"ticker":"EXM","title":"Example Corp"}}'
    with Simulator([a_submission()], clock=clock, company_tickers=tickers) as running:
        yield running


def a_client(simulator, clock, user_agent=AGENT, **options):
    """A client of the simulated EDGAR."""
    urls = dict.fromkeys(("www_url", "data_url", "search_url"), simulator.url)
    settings = EdgarSettings(user_agent, **urls)
    return Edgar(settings, clock=clock, monotonic=clock.monotonic, sleep=clock.sleep, **options)


@pytest.fixture
def edgar(simulator, clock):
    """A client of the simulated EDGAR."""
    with a_client(simulator, clock) as client:
        yield client


ASKS = {
    "feed": lambda edgar: edgar.fetch_feed_page(form="8-K"),
    "submission": lambda edgar: edgar.fetch_submission(FILING),
    "index": lambda edgar: edgar.fetch_daily_index(date(2026, 3, 2)),
    "quarter": lambda edgar: edgar.fetch_full_index(2026, 1),
    "tickers": lambda edgar: edgar.fetch_company_tickers(),
    "search": lambda edgar: edgar.search_filings(form="8-K", first_day=date(2026, 3, 2), last_day=date(2026, 3, 2)),
}


@pytest.mark.parametrize("ask", ASKS)
def test_good_answers_are_given_as_they_are(edgar, ask):
    """Without faults, every question is answered."""
    answer = ASKS[ask](edgar)
    if ask == "feed":
        assert parse_feed(answer).entries[0].accession_number == NUMBER
    elif ask == "submission":
        assert answer == a_submission()
    elif ask in ("index", "quarter"):
        assert [row.accession_number for row in parse_index(answer)] == [NUMBER]
    elif ask == "tickers":
        assert b"EXM" in answer
    else:
        assert [filing.accession_number for filing in answer] == [NUMBER]


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize(
    "kind", ["maintenance", "html", "empty", "error", "wrong-type", "cut", "drop", "reset", "elsewhere"]
)
def test_what_is_no_answer_is_unavailable(edgar, simulator, ask, kind):
    """An outage, an error page with status 200 or a broken body never passes for an answer; the next one does."""
    simulator.break_down(Fault(kind, times=1))
    with pytest.raises(EdgarUnavailable) as caught:
        ASKS[ask](edgar)
    assert caught.value.url
    assert AGENT not in str(caught.value)
    assert ASKS[ask](edgar)


@pytest.mark.parametrize("ask", ["feed", "submission", "search"])
def test_content_that_ends_early_is_unavailable(edgar, simulator, ask):
    """Half a feed page or submission is noticed even where HTTP says that it is whole."""
    simulator.break_down(Fault("short", times=1))
    with pytest.raises(EdgarUnavailable):
        ASKS[ask](edgar)


@pytest.mark.parametrize("kind", ["endless", "bomb"])
def test_endless_body_is_given_up(edgar, simulator, kind):
    """A body beyond the limit is left unread, packed or not."""
    simulator.break_down(Fault(kind, times=1))
    with pytest.raises(EdgarUnavailable, match="larger than"):
        edgar.fetch_feed_page(form="8-K")
    assert edgar.statistics.bytes_received < 20 * 1024 * 1024


def test_answer_that_never_comes_is_unavailable(simulator, clock):
    """A server that is silent, or not there, is an outage."""
    simulator.break_down(Fault("hang", times=1))
    with a_client(simulator, clock, patience=0.2) as edgar, pytest.raises(EdgarUnavailable):
        edgar.fetch_feed_page(form="8-K")
    nobody = EdgarSettings(AGENT, www_url="http://127.0.0.1:9")
    with Edgar(nobody, clock=clock) as edgar, pytest.raises(EdgarUnavailable, match="network"):
        edgar.fetch_feed_page(form="8-K")


def test_packed_bomb_is_cut_at_the_limit(edgar, simulator):
    """A submission that unfolds without end is read as far as the limit and closed, never kept whole."""
    simulator.break_down(Fault("bomb", "*.txt", times=1))
    body = edgar.fetch_submission(FILING)
    assert len(body) < 66 * 1024 * 1024
    assert body.endswith(b"</DOCUMENT>\n</SEC-DOCUMENT>\n")


@pytest.mark.parametrize("kind", ["absent", "not-found"])
def test_absent_object_is_not_a_block(edgar, simulator, kind):
    """403 AccessDenied and 404 NoSuchKey say that the object is not there yet; other requests go on."""
    simulator.break_down(Fault(kind, "*/data/*", times=1))
    with pytest.raises(NotYetAvailable):
        edgar.fetch_submission(FILING)
    assert edgar.fetch_feed_page(form="8-K")
    assert edgar.fetch_submission(FILING)


def test_absent_day_has_no_index(edgar):
    """A day without an index is told apart from a day without filings."""
    with pytest.raises(NotYetAvailable):
        edgar.fetch_daily_index(date(2026, 3, 1))


@pytest.mark.parametrize(
    "agent", ["", "Mozilla/5.0 (X11; Linux)", "python-httpx/0.28 a@example.com", "Example Research"]
)
def test_undeclared_client_is_refused_and_asks_no_more(simulator, clock, agent):
    """EDGAR refuses anonymous and disguised clients; the second question is not even asked."""
    with a_client(simulator, clock, user_agent=agent) as edgar:
        for _ in range(2):
            with pytest.raises(EdgarRefused, match="user_agent"):
                edgar.fetch_feed_page(form="8-K")
    assert len(simulator.requests) == 1


def test_refusal_with_status_200_is_a_refusal(edgar, simulator):
    """The refusal page means the same whatever its status."""
    simulator.break_down(Fault("undeclared-200", times=1))
    with pytest.raises(EdgarRefused):
        edgar.fetch_feed_page(form="8-K")


@pytest.mark.parametrize("kind", ["block", "too-many", "forbidden"])
def test_block_silences_everything_for_ten_minutes(edgar, simulator, clock, kind):
    """While a block lasts nothing is asked of any host path; then one request goes first."""
    simulator.break_down(Fault(kind, times=1))
    with pytest.raises(EdgarBlocked) as caught:
        edgar.fetch_feed_page(form="8-K")
    until = caught.value.until
    assert until - clock() == timedelta(minutes=10)
    for ask in ASKS.values():
        clock.sleep(95)
        with pytest.raises(EdgarBlocked) as caught:
            ask(edgar)
        assert abs(caught.value.until - until) < timedelta(seconds=1)
    assert len(simulator.requests) == 1
    clock.sleep(31)
    assert edgar.fetch_feed_page(form="8-K")
    assert edgar.fetch_submission(FILING)
    assert not any(request.while_blocked for request in simulator.requests)


def test_block_is_renewed_where_the_first_request_meets_it_again(edgar, simulator, clock):
    """If the one request after a block is blocked too, silence lasts ten minutes more."""
    simulator.break_down(Fault("block", times=2))
    for _ in range(2):
        with pytest.raises(EdgarBlocked):
            edgar.fetch_feed_page(form="8-K")
        clock.sleep(599)
        with pytest.raises(EdgarBlocked):
            edgar.fetch_submission(FILING)
        clock.sleep(2)
    assert edgar.fetch_feed_page(form="8-K")
    assert len(simulator.requests) == 3


def test_clock_that_is_set_back_does_not_prolong_a_block(clock):
    """A block is counted in elapsed time, not on a clock that people set."""
    with Simulator([a_submission()]) as simulator, a_client(simulator, clock) as edgar:
        simulator.break_down(Fault("too-many", times=1))
        with pytest.raises(EdgarBlocked):
            edgar.fetch_feed_page(form="8-K")
        clock.set_wrongly(timedelta(days=-1))
        clock.sleep(601)
        assert edgar.fetch_feed_page(form="8-K")


def test_block_outlives_the_process(simulator, clock):
    """A client that is told of a block met before its time stays silent until it is over."""
    met = []
    with a_client(simulator, clock, on_block=met.append) as edgar:
        simulator.break_down(Fault("block", times=1))
        with pytest.raises(EdgarBlocked):
            edgar.fetch_feed_page(form="8-K")
    clock.sleep(300)
    with a_client(simulator, clock, blocked_until=met[0]) as edgar:
        with pytest.raises(EdgarBlocked) as caught:
            edgar.fetch_feed_page(form="8-K")
        assert abs(caught.value.until - met[0]) < timedelta(seconds=1)
        clock.sleep(301)
        assert edgar.fetch_feed_page(form="8-K")
    assert not any(request.while_blocked for request in simulator.requests)


def test_filing_that_quotes_the_block_page_is_no_block(clock):
    """A submission whose text spells EDGAR's block and refusal pages is read like any other."""
    hostile = a_submission().replace(b"<p>Part 1", b"<html>Request Rate Threshold Exceeded Undeclared Automated Tool")
    with Simulator([hostile], clock=clock) as simulator, a_client(simulator, clock) as edgar:
        assert edgar.fetch_submission(FILING) == hostile


def test_retry_after_is_honoured_by_every_thread(edgar, simulator, clock):
    """Where EDGAR says when to come back, nobody comes earlier."""
    simulator.break_down(Fault("retry-later", times=1, retry_after=45))
    with pytest.raises(EdgarUnavailable) as caught:
        edgar.fetch_feed_page(form="8-K")
    assert caught.value.retry_after == timedelta(seconds=45)
    clock.sleep(44)
    with pytest.raises(EdgarUnavailable):
        edgar.fetch_submission(FILING)
    assert len(simulator.requests) == 1
    clock.sleep(2)
    assert edgar.fetch_submission(FILING)


def test_outage_opens_the_circuit_and_one_request_closes_it(edgar, simulator, clock):
    """After five failures in a row pauses grow, one request at a time tries, and a success ends it."""
    simulator.break_down(Fault("maintenance"))
    for _ in range(5):
        with pytest.raises(EdgarUnavailable):
            edgar.fetch_feed_page(form="8-K")
    for pause in (5, 10, 20):
        seen = len(simulator.requests)
        clock.sleep(pause - 0.5)
        with pytest.raises(EdgarUnavailable):
            edgar.fetch_submission(FILING)
        assert len(simulator.requests) == seen
        clock.sleep(1)
        with pytest.raises(EdgarUnavailable):
            edgar.fetch_submission(FILING)
        assert len(simulator.requests) == seen + 1
    simulator.recover()
    clock.sleep(41)
    assert edgar.fetch_feed_page(form="8-K")
    assert edgar.fetch_submission(FILING)


def test_redirects_are_followed_on_edgars_hosts_only(edgar, simulator):
    """A moved object is found; a redirect elsewhere is told and not followed."""
    simulator.break_down(Fault("moved", "*.txt", times=1))
    assert edgar.fetch_submission(FILING) == a_submission()
    simulator.break_down(Fault("elsewhere", "*.txt", times=1))
    with pytest.raises(EdgarUnavailable, match=r"example\.com"):
        edgar.fetch_submission(FILING)
    simulator.break_down(Fault("moved", "*"))
    with pytest.raises(EdgarUnavailable, match="redirects"):
        edgar.fetch_submission(FILING)


def test_unchanged_objects_are_not_sent_again(edgar, simulator):
    """Indexes and the company list are asked for by their validators."""
    for ask in ("index", "tickers"):
        first, second = ASKS[ask](edgar), ASKS[ask](edgar)
        assert first == second
    assert [request.status for request in simulator.requests] == [200, 304, 200, 304]
    assert edgar.statistics.answers == {"ok": 2, "not modified": 2}


def test_past_the_end_of_the_feed_is_no_empty_page(edgar):
    """Beyond 5,100 rows EDGAR answers like an outage; it does not read as "no rows"."""
    with pytest.raises(EdgarUnavailable):
        edgar.fetch_feed_page(form="8-K", start=5100)


def test_filing_is_found_by_number_or_url(edgar, simulator):
    """An accession number alone, with or without hyphens, and any EDGAR address of a filing lead to its submission."""
    folder = NUMBER.replace("-", "")
    for reference in (NUMBER, folder, f"https://www.sec.gov/Archives/edgar/data/123/{folder}/{NUMBER}-index.htm"):
        assert edgar.fetch_submission(edgar.locate_filing(reference)) == a_submission()
    with pytest.raises(UsageError, match="accession number"):
        edgar.locate_filing("EXM")
    with pytest.raises(NotYetAvailable):
        edgar.locate_filing("0000111111-26-000009")


def test_filing_without_a_company_cannot_be_fetched(edgar, simulator):
    """Without a CIK there is no address; nothing is guessed and nothing asked."""
    with pytest.raises(EdgarUnavailable, match="CIK"):
        edgar.fetch_submission(Filing(NUMBER, "8-K", ()))
    assert simulator.requests == []


@pytest.mark.parametrize("compress", [True, False])
def test_submission_is_read_only_as_far_as_people_read(clock, compress):
    """Reading stops at XBRL, never at a picture before an exhibit, and what was read is a whole submission."""
    wanted = ("EX-10.1", "GRAPHIC", "EX-99.1")
    body = a_submission(parts=(*wanted, "EX-101.SCH", *["XML"] * 300, "ZIP"))
    with (
        Simulator([body], clock=clock, quirks=Quirks(compress=compress)) as simulator,
        a_client(simulator, clock) as edgar,
    ):
        assert edgar.fetch_submission(FILING) == a_submission(parts=wanted)
        assert edgar.statistics.bytes_received < len(body) / 2


@pytest.mark.parametrize(("compress", "share"), [(True, 0.15), (False, 0.5)], ids=["packed", "plain"])
def test_recorded_submissions_cost_less_than_half_of_their_size(real_data, clock, compress, share):
    """Over the recorded filings, what comes over the network is under half of the files, and no exhibit is lost."""
    size = 0
    with Simulator(real_data / "submissions", quirks=Quirks(rate_limit=10_000, compress=compress)) as simulator:
        with a_client(simulator, clock) as edgar:
            for simulated in simulator.filings:
                whole = simulated.body
                size += len(whole)
                wanted = [part for part in parse_submission(whole).documents if is_searchable_type(part.type)]
                read = parse_submission(edgar.fetch_submission(simulated.filing)).documents
                assert [part for part in read if is_searchable_type(part.type)] == wanted
            received = edgar.statistics.bytes_received / size
        sent = sum(request.sent for request in simulator.requests) / size
    sys.stdout.write(f"of {size:,} bytes: received {received:.1%}, sent {sent:.1%}, packed: {compress}\n")
    assert received < share
    # What is under way when the client hangs up depends on the machine.
    assert sent < share + 0.05


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("", None),
        ("45", timedelta(seconds=45)),
        ("Tue, 03 Mar 2026 15:02:00 GMT", timedelta(minutes=2)),
        ("Tue, 03 Mar 2026 14:00:00 GMT", timedelta(0)),
        ("999999999", timedelta(hours=1)),
        ("9" * 40, None),
        ("soon", None),
        ("-5", None),
    ],
)
def test_retry_after_is_read_in_both_forms_and_has_a_limit(header, wait):
    """Seconds and HTTP dates are understood, at most an hour is waited, and nonsense asks for nothing."""
    assert read_retry_after(header, now=START) == wait


def test_name_with_accents_is_a_user_agent_too(simulator, clock):
    """A company's name need not be ASCII."""
    with a_client(simulator, clock, user_agent="Société Example ops@example.com") as edgar:
        assert edgar.fetch_feed_page(form="8-K")
