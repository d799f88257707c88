"""The dashboard over HTTP: every page, who gets in, and that it only looks."""

from __future__ import annotations

import json
import threading
import time
from datetime import timedelta
from html.parser import HTMLParser
from types import SimpleNamespace

import httpx
import pytest
from dashboards import NOW, TODAY, TOKEN, Desk, accession_number
from starlette.requests import Request

from watcher.dashboard import serve
from watcher.dashboard.guard import is_let_in, new_session
from watcher.errors import StoreError, UsageError
from watcher.model import Filer
from watcher.settings import Secret
from watcher.store import Audit, Store

HTML = {"Accept": "text/html"}
BASE = "default-src 'none'; script-src 'self'; style-src 'self'"


@pytest.fixture
def desk(tmp_path):
    """A desk with a matched filing that was told, one that matched nothing, and one that waits."""
    desk = Desk(tmp_path / "desk")
    desk.deliver(desk.file(1, text="<p>Acme signs a License Agreement.</p><p>The license agreement is exclusive.</p>"))
    desk.file(2, Filer(9990002, "Beta Foods Co", ("BETA",)))
    desk.see(3, Filer(9990003, "Gamma Mining Ltd"))
    return desk


@pytest.fixture
def web(desk):
    """A client of that desk's dashboard."""
    with desk.dashboard() as server, httpx.Client(base_url=server.url, headers=HTML) as client:
        yield client


class _Page(HTMLParser):
    """The elements of a page, as a browser would see them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[SimpleNamespace] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element."""
        self.elements.append(SimpleNamespace(tag=tag, attrs=dict(attrs)))


def test_the_day_shows_what_arrived_and_what_became_of_it(web):
    """Names, tickers, items, headline, rule and receipt of each filing stand on the first page, without a script."""
    page = web.get("/").text
    assert "Monday 2 March 2026" in page
    for said in ("Acme Proteins, Inc.", "ACME", "BETA", "Gamma Mining Ltd", "license", "EX-99.1", "7.01"):
        assert said in page
    assert 'class="told-sent">desk</a> 33 s' in page
    assert "reading</span>" in page


def test_the_day_can_be_narrowed(web):
    """By words and by whether a rule matched; wildcards of SQL mean nothing."""
    for query, shown in {
        "?matched=1": {"Acme"},
        "?q=beta": {"Beta"},
        "?q=9990003": {"Gamma"},
        "?q=%25": set(),
        "?q=beta&matched=1": set(),
    }.items():
        page = web.get(f"/{query}").text
        assert {name for name in ("Acme", "Beta", "Gamma") if f">{name} " in page} == shown, query


def test_an_empty_day_says_whose_silence_it_is(tmp_path):
    """No filings is said together with when EDGAR's list was read, and the last day is a link away."""
    desk = Desk(tmp_path / "desk")
    desk.file(1, age=timedelta(days=3))
    with desk.dashboard() as server:
        page = httpx.get(server.url).text
        earlier = httpx.get(f"{server.url}days/2026-02-27").text
    assert "No filings yet today." in page
    assert 'href="/days/2026-02-27"' in page
    assert "Acme Proteins" in earlier


def test_a_filing_shows_every_passage_and_why_other_rules_did_not_match(web):
    """All occurrences are marked in the text, the reasons stand beside it, and links lead to the passages."""
    page = web.get(f"/filings/{accession_number(1)}").text
    assert page.count('<mark id="') == 2
    assert '<mark id="p1-1" tabindex="-1" title="license">License Agreement</mark>' in page
    assert 'href="#p1-1"' in page
    assert "Licenses move small companies." in page
    assert "item 1.03 is not reported, only 7.01 and 9.01" in page
    assert "&#39;chapter 11&#39; is nowhere in the filing" in page


def test_texts_are_searched(web, desk):
    """What filings say is found with its passage marked and the way to it; what is not looked through is said."""
    page = web.get("/search", params={"q": '"license agreement"'}).text
    assert "Acme signs a <mark>License Agreement</mark>" in page
    assert f'href="/filings/{accession_number(1)}?q=%22license%20agreement%22"' in page
    assert "The texts of 2 filings are searched." in page
    assert "None of the texts" in web.get("/search?q=zebra").text
    desk.store.drop_texts(seen_before=NOW)
    page = web.get("/search?q=license").text
    assert "None of the texts" in page
    assert "Those of 2 older filings are no longer kept" in page


def test_filings_are_searched_by_company(web):
    """A part of a name, a ticker or a number finds the filings of every day."""
    for words, found in (("acme", "Acme"), ("BETA", "Beta"), ("9990003", "Gamma"), (accession_number(2), "Beta")):
        page = web.get("/search", params={"by": "company", "q": words}).text
        assert page.count('class="filing ') == 1
        assert found in page
    assert "No filing is known" in web.get("/search?by=company&q=zebra").text


def test_any_search_gets_a_page(web):
    """Whatever is typed is looked for or refused in a sentence; no operator of the database is among it."""
    for words in ('"', "-license", "*", "OR", "a\0b", "NEAR(a b)", "text:license", "(", "x" * 5000):
        for path in ("/search", f"/filings/{accession_number(1)}"):
            assert web.get(path, params={"q": words}).status_code == 200, words
    assert "There is no word to look for" in web.get("/search?q=-license").text


def test_long_lists_are_turned_page_by_page(tmp_path):
    """A busy day shows a hundred filings and the way to the others; odd page numbers are the first page."""
    desk = Desk(tmp_path / "busy")
    for number in range(1, 103):
        desk.see(number, age=timedelta(minutes=number))
    with desk.dashboard() as server, httpx.Client(base_url=server.url, headers=HTML) as client:
        first, second = client.get("/?q=acme").text, client.get("/?q=acme&page=2").text
        assert (first.count('class="filing '), second.count('class="filing ')) == (100, 2)
        assert 'href="?q=acme&amp;page=2"' in first
        assert 'href="?q=acme"' in second
        assert "101–102" in second
        assert "No more of this day." in client.get("/?page=3").text
        for odd in ("0", "-1", "x", "²", "9" * 40):
            assert f'id="f-{accession_number(1)}"' in client.get("/", params={"page": odd}).text


def test_a_filing_that_many_rules_match_stays_readable(tmp_path):
    """In lists a few rules are named and the others counted; the filing's own page shows their titles."""
    rules = "".join(f"- {{id: r{n:02}, title: Rule {n}, when: {{form: 8-K}}, shadow: yes}}\n" for n in range(60))
    desk = Desk(tmp_path / "many", rules=rules)
    desk.file(1)
    with desk.dashboard() as server, httpx.Client(base_url=server.url, headers=HTML) as client:
        listed, page = client.get("/").text, client.get(f"/filings/{accession_number(1)}").text
    assert listed.count('class="pill') == 6
    assert "+54</span>" in listed
    assert page.count("<article") == 50
    assert "and 10 more rules" in page


def test_filings_that_are_not_read_have_a_page_too(web):
    """What waits says so instead of failing."""
    assert "It waits to be read." in web.get(f"/filings/{accession_number(3)}").text


def test_deliveries_and_their_tries(web, desk):
    """Each delivery with its receiver and state, and every try on its own page."""
    listed = web.get("/deliveries").text
    (delivery,) = desk.store.deliveries_of(accession_number(1))
    assert f'href="/deliveries/{delivery.id}"' in listed
    assert web.get("/deliveries?state=dead").text.count('class="row"') == 0
    assert web.get("/deliveries?receiver=desk&state=sent").text.count('class="row"') == 1
    one = web.get(f"/deliveries/{delivery.id}").text
    assert "<td>sent</td>" in one
    assert "screen/1" in one


def test_a_dead_delivery_says_how_to_send_it_again(web, desk):
    """What was given up is shown with its reason and the command."""
    (delivery,) = desk.store.deliveries_of(accession_number(1))
    desk.store.bury_delivery(delivery.id, error="the channel is gone", at=NOW)
    page = web.get(f"/deliveries/{delivery.id}").text
    assert "the channel is gone" in page
    assert f"watcher deliveries --retry {delivery.id}" in page


def test_rules_with_their_hits_and_their_source(web):
    """Counts, a drawn chart, the YAML as it stands in its file, and the filings; a rule without hits too."""
    listed = web.get("/rules").text
    assert "Somebody licenses something" in listed
    assert listed.count("<svg") == 2
    page = web.get("/rules/license").text
    assert "Mon 2 Mar: 1</title>" in page
    assert "why: Licenses move small companies." in page
    assert "A bankruptcy" not in page
    assert "desk.yaml:1" in page
    assert "Acme Proteins" in page


def test_rules_are_found_by_name(web):
    """A search in ids and titles narrows the list, and says so where nothing is called that."""
    assert "Somebody licenses" not in web.get("/rules?q=BANKRUPT").text
    assert "A bankruptcy" in web.get("/rules?q=BANKRUPT").text
    assert "No rule is called that." in web.get("/rules?q=zebra").text


def test_a_rule_that_was_taken_away_keeps_its_hits(web, desk):
    """Rules are listed as long as they have hits, and say that they are gone."""
    desk.rules = type(desk.rules)((), desk.rules.topics, desk.rules.index)
    assert "no longer there" in web.get("/rules").text
    assert "Acme Proteins" in web.get("/rules/license").text


def test_health_shows_histograms_audits_jobs_and_answers(web, desk):
    """Figures of the jobs, the calendar of audits in words and colours, and what EDGAR answered."""
    desk.store.save_audit(Audit(NOW.date() - timedelta(days=3), listed=412, seen=412, late=0), at=NOW)
    desk.store.save_audit(Audit(NOW.date() - timedelta(days=4), listed=9, seen=7, late=2), at=NOW)
    desk.store.job_failed("audit", started_at=NOW, at=NOW, error="EDGAR answered 503.")
    page = web.get("/health").text
    assert "Fri 27 Feb 2026: listed 412, seen 412, late 0" in page
    assert "Thu 26 Feb 2026: listed 9, seen 7, late 2" in page
    assert "Mon 16 Feb 2026: EDGAR is closed" in page
    assert "EDGAR answered 503." in page
    assert "≤ 60 s: 2</title>" in page
    assert "EdgarUnavailable" in page


def test_the_playground_tells_mistakes_by_place(web):
    """Sent as a plain form, a wrong rule comes back with the text kept and each mistake located."""
    rule = "- id: x\n  title: T\n  when: {itm: 7.01}\n  notify: [dsk]\n"
    page = web.post("/playground", data={"rule": rule}).text
    assert "2 mistakes" in page
    assert "line 3, column" in page
    assert "did you mean" in page
    assert "itm: 7.01" in page


def test_the_playground_shows_what_a_rule_would_have_caught(web, desk):
    """A right rule is tried on the stored filings, and nothing is stored or sent."""
    before = desk.store.match_tally()
    page = web.post("/playground/try", data={"rule": "- {id: x, when: {text: exclusive}, shadow: yes}"}).text
    assert "1 of 2" in page
    assert "Acme Proteins" in page
    assert "<mark>exclusive</mark>" in page
    assert desk.store.match_tally() == before


def test_the_playground_says_what_it_searched(web, desk):
    """A rule is tried on the filings whose texts are kept; the others are counted, not taken for misses."""
    rule = {"rule": "- {id: x, when: {form: 8-K}, shadow: yes}"}
    assert "Every filing whose texts are kept was searched." in web.post("/playground/try", data=rule).text
    desk.file(4, age=timedelta(seconds=10))
    desk.store.drop_texts(seen_before=NOW)
    page = web.post("/playground/try", data=rule).text
    assert "1 of 1" in page
    assert "2 older filings were not" in page


def test_the_playground_refuses_what_is_too_long(web):
    """A rule of a megabyte is answered with a sentence, not with an hour of work."""
    assert web.post("/playground/try", data={"rule": "x" * 300_000}).status_code == 413
    assert "longer than the playground reads" in web.post("/playground/try", data={"rule": "x" * 70_000}).text


HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def test_what_a_filing_says_is_never_markup(tmp_path):
    """Names, descriptions, texts and addresses of a hostile filing come out as text on every page."""
    desk = Desk(tmp_path / "desk")
    filing = desk.see(1, Filer(9990001, HOSTILE, ('X"><b>',)), url="javascript:alert(3)")
    escaped = HOSTILE.replace("<", "&lt;")
    desk.read(
        filing, text=f"<p>{escaped} license agreement {escaped}</p>", body=f"<p>{escaped}</p>", description=HOSTILE
    )
    desk.store.mark_unreadable(desk.see(2).accession_number, at=NOW, error=HOSTILE)
    delivery_id = desk.store.deliveries_of(accession_number(1))[0].id
    desk.store.log_attempt(delivery_id, at=NOW, outcome="deferred", answer=HOSTILE)
    with desk.dashboard() as server, httpx.Client(base_url=server.url, headers=HTML) as client:
        pages = [
            client.get(path).text
            for path in (
                "/",
                f"/?q={HOSTILE}",
                f"/filings/{accession_number(1)}",
                f"/filings/{accession_number(1)}?q={HOSTILE}",
                f"/filings/{accession_number(2)}",
                f"/filings/{HOSTILE}",
                f"/search?q={HOSTILE}",
                f"/search?q=script&by=company&page={HOSTILE}",
                "/deliveries",
                f"/deliveries/{delivery_id}",
                f"/deliveries?receiver={HOSTILE}",
                "/rules/license",
                "/health",
            )
        ]
        pages.append(client.post("/playground", data={"rule": f"</textarea>{HOSTILE}"}).text)
        pages.append(client.post("/playground/try", data={"rule": "- {id: x, when: {text: license agreement}}"}).text)
    for page in pages:
        elements = _Page(page).elements
        assert "&lt;script&gt;" in page or "mistake" in page or "/health" in page
        assert not [one for one in elements if one.tag in ("img", "b", "iframe") and "onerror" in one.attrs]
        scripts = [one.attrs for one in elements if one.tag == "script"]
        assert all(one["src"].startswith("/static/") for one in scripts)
        assert not [name for one in elements for name in one.attrs if name.startswith("on")]
        assert not [one for one in elements if str(one.attrs.get("href", "")).startswith("javascript")]
        assert not [one for one in elements if "style" in one.attrs or one.tag == "style"]


def test_every_answer_forbids_what_pages_do_not_need(web):
    """No script, style, frame or form of elsewhere, nothing kept by caches, no other type guessed."""
    for path in ("/", "/health", "/metrics", "/static/style.css", "/nope"):
        headers = web.get(path).headers
        assert headers["content-security-policy"].startswith(BASE)
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


def test_what_is_not_there_is_a_sentence(web):
    """Unknown addresses, filings, rules, deliveries and days answer 404 and say what is missing."""
    for path in ("/nope", "/filings/1", "/rules/nope", "/deliveries/nope", "/days/2026-13-01", "/events?day=x"):
        answer = web.get(path)
        assert answer.status_code == 404, path
        assert "Traceback" not in answer.text


# --- who gets in --------------------------------------------------------------------------------------------


def test_without_a_token_only_this_machine_is_answered(web):
    """A name on the internet that is pointed at this machine reads nothing."""
    answer = web.get("/", headers={"Host": "evil.example"})
    assert answer.status_code == 421
    assert "Acme" not in answer.text
    assert web.get("/", headers={"Host": "localhost:1"}).status_code == 200


def test_a_form_of_another_site_is_refused(web):
    """A page elsewhere cannot make the watcher work."""
    answer = web.post("/playground/try", data={"rule": "x"}, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403


@pytest.fixture(scope="module")
def gate(tmp_path_factory):
    """A dashboard that asks for a token."""
    desk = Desk(tmp_path_factory.mktemp("guarded") / "desk", token=TOKEN)
    desk.file(1)
    with desk.dashboard() as server:
        yield server


@pytest.fixture
def guarded(gate):
    """A visitor of a dashboard that asks for a token."""
    with httpx.Client(base_url=gate.url) as client:
        yield client


def test_the_token_is_asked_for_everywhere(guarded):
    """Without it people are led to the login, programs get 401, and nothing of the content leaks."""
    for path in ("/", "/deliveries", f"/filings/{accession_number(1)}", f"/events?day={TODAY}", "/metrics"):
        answer = guarded.get(path)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert "Acme" not in answer.text
    led = guarded.get("/deliveries?state=dead", headers=HTML)
    assert (led.status_code, led.headers["location"]) == (303, "/login?next=/deliveries%3Fstate%3Ddead")
    assert guarded.get("/", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert guarded.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert guarded.get("/static/style.css").status_code == 200


def test_health_is_told_to_everybody_and_its_reasons_to_those_inside(guarded):
    """A container's health check needs no secret, and learns no more than the state."""
    assert guarded.get("/healthz").json() == {"state": "ok"}
    inside = guarded.get("/healthz", headers={"Authorization": f"Bearer {TOKEN}"})
    assert inside.json() == {"state": "ok", "reasons": []}


def test_the_login_opens_a_session_that_is_not_the_token(guarded):
    """The right token sets a cookie that scripts and other sites cannot use; the wrong one says so."""
    wrong = guarded.post("/login", data={"token": "wrong", "next": "/rules"})
    assert wrong.status_code == 401
    assert "not the token" in wrong.text
    right = guarded.post("/login", data={"token": TOKEN, "next": "/rules"})
    assert (right.status_code, right.headers["location"]) == (303, "/rules")
    cookie = right.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert TOKEN not in cookie
    assert guarded.get("/rules").status_code == 200
    guarded.post("/logout")
    assert guarded.get("/rules").status_code == 401


def test_a_session_ends_with_its_month_and_with_its_token():
    """An old cookie, and one that another token signed, open nothing."""
    token = Secret(TOKEN)

    def opens(session: str, *, after: timedelta) -> bool:
        headers = [(b"cookie", f"watcher_session={session}".encode())]
        return is_let_in(Request({"type": "http", "headers": headers}), token, now=NOW + after)

    assert opens(new_session(token, now=NOW), after=timedelta(days=29))
    assert not opens(new_session(token, now=NOW), after=timedelta(days=31))
    assert not opens(new_session(Secret("another-long-random-word"), now=NOW), after=timedelta(0))


@pytest.mark.parametrize("onward", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", "/\n"])
def test_the_login_leads_nowhere_else(guarded, onward):
    """An address of elsewhere in `next` is not followed."""
    answer = guarded.post("/login", data={"token": TOKEN, "next": onward})
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize("session", ["", "1.", "1.abc", "9" * 40 + ".x", "-1.x", "²³.x"])
def test_a_made_up_session_opens_nothing(guarded, session):
    """Whatever stands in the cookie, only a signed one counts."""
    headers = [(b"Cookie", b"watcher_session=" + session.encode())]
    assert guarded.get("/rules", headers=headers).status_code == 401


# --- beside the daemon --------------------------------------------------------------------------------------


def test_healthz_fails_when_somebody_has_to_look(web, desk):
    """200 while all is well, 503 with the reasons once the watcher is failing."""
    assert web.get("/healthz").status_code == 200
    desk.store.mark_unreadable(accession_number(3), at=NOW, error="What came is not a submission.")
    until = time.monotonic() + 10
    while (answer := web.get("/healthz")).status_code == 200:
        assert time.monotonic() < until
    assert answer.status_code == 503
    assert "given up as unreadable" in answer.json()["reasons"][0]


def test_the_dashboard_cannot_write(desk):
    """Its connection refuses to change anything, whatever a page may do."""
    with Store(desk.settings.database, read_only=True) as store, pytest.raises(StoreError, match="cannot be written"):
        store.save_audit(Audit(NOW.date(), 1, 1, 0), at=NOW)


def test_an_address_in_use_is_told_in_a_sentence(desk):
    """A second dashboard on the same port says so, and leaves nothing open."""
    with desk.dashboard() as server:
        taken = Desk(desk.settings.path.parent / "second", listen=server.url.removeprefix("http://").rstrip("/"))
        with pytest.raises(UsageError, match=r"cannot listen on 127\.0\.0\.1:"):
            serve(taken.settings, lambda: taken.rules, clock=lambda: NOW)


def test_it_ends_within_seconds_while_somebody_watches(desk):
    """An open stream of events does not hold up the daemon's end."""
    with desk.dashboard() as server:
        with httpx.stream("GET", f"{server.url}events?day={TODAY}", timeout=10) as stream:
            lines = stream.iter_lines()
            assert next(lines) == "retry: 2000"
            assert "html" in _events(lines, "status")
            started = time.monotonic()
            ending = threading.Thread(target=server.stop)
            ending.start()
            for _ in lines:
                """What is still sent before the stream ends."""
            ending.join()
        assert time.monotonic() - started < 4
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.url)


def _events(lines, name):
    """The data of the next event of that name."""
    for line in lines:
        if line == f"event: {name}":
            return json.loads(next(lines).removeprefix("data: "))
    raise AssertionError(f"no {name}")


def test_a_page_that_is_behind_is_told_to_load_its_list_again(web, desk):
    """The stream compares what the page knows: nothing that came in between is lost."""
    page = web.get("/").text
    known = page.split('data-known="')[1].split('"')[0]
    desk.file(4, Filer(9990004, "Delta Air Parts"))
    with web.stream("GET", f"/events?day={TODAY}&known={known}") as stream:
        assert _events(stream.iter_lines(), "stale") == {}


def test_the_stream_tells_only_what_the_page_shows(web, desk):
    """A page that shows matched filings alone hears of no others, and of one as soon as it matches."""
    known = web.get("/").text.split('data-known="')[1].split('"')[0]
    with web.stream("GET", f"/events?day={TODAY}&known={known}&matched=1") as stream:
        lines = stream.iter_lines()
        assert "ok" in _events(lines, "status")["html"]
        filing = desk.see(5, Filer(9990005, "Epsilon Bio"))
        told = _events(lines, "rows")
        assert told["rows"] == []
        assert "<b>4</b>" in told["summary"]
        desk.read(filing, text="<p>A license agreement.</p>")
        (row,) = _events(lines, "rows")["rows"]
    assert row["id"] == accession_number(5)
    assert "Epsilon Bio" in row["html"]
