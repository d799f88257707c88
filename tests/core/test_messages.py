"""What a message says, in each of its forms, whatever a filing holds."""

from __future__ import annotations

import json
import re
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from email.message import Message as Mail
from html.parser import HTMLParser
from importlib.resources import as_file, files
from pathlib import Path

import pytest
from alerts import ACCEPTED_AT, ALERT, FOLDER, MATCH, PASSAGE, REPORT, alert, loud
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import TemplateError
from loopback_slack import block_faults

from watcher.errors import ConfigError
from watcher.messages import check_templates, render, render_combined, render_notice
from watcher.messages.block_kit import faults
from watcher.messages.templating import NAMES
from watcher.messages.view import Company, ExhibitLine, ItemLine, Passage, Reason, View
from watcher.messages.wording import cut_end, cut_start, one_line, safe_url, span
from watcher.model import Alert, Evidence, Exhibit, Filer, Item, Level, Match

NOW = ACCEPTED_AT + timedelta(seconds=38)


class _Page(HTMLParser):
    """Elements, links and visible text of an HTML page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: dict[str, str] = {}
        self.marked: list[str] = []
        self.text = ""
        self._open: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._open.append((tag, dict(attrs).get("href") or ""))

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1][0] == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        tag, href = self._open[-1] if self._open else ("", "")
        if tag == "a":
            self.links[data] = href
        if tag == "mark":
            self.marked.append(data)
        self.text += data


def _leaves(blocks: object, kind: str) -> list[dict[str, object]]:
    """Every element of a type, at any depth."""
    if isinstance(blocks, dict):
        own = [blocks] if blocks.get("type") == kind else []
        return own + [leaf for child in blocks.values() for leaf in _leaves(child, kind)]
    if isinstance(blocks, list | tuple):
        return [leaf for child in blocks for leaf in _leaves(child, kind)]
    return []


def test_slack_says_who_what_why_and_when():
    """The blocks name the company first, link item and exhibit, and show the passage in bold where it stands."""
    blocks = render(ALERT, now=NOW).blocks
    assert blocks[0]["text"]["text"].endswith("CLRB · Cellectar Biosciences, Inc.")  # type: ignore[index]
    links = {link["text"]: link["url"] for link in _leaves(blocks, "link")}
    assert links["8-K"] == REPORT.url
    assert links["Item 7.01"] == REPORT.body_url
    assert links["EX-99.1"] == f"{FOLDER}/ex99-1.htm"
    (quote,) = _leaves(blocks, "rich_text_quote")
    before, found, after, *_ = quote["elements"]  # type: ignore[misc]
    assert (before["text"], found["text"], after["text"]) == (PASSAGE.before, PASSAGE.found, PASSAGE.after)
    assert found["style"] == {"bold": True}
    said = json.dumps(blocks, ensure_ascii=False)
    assert "Cellectar signs a license agreement" in said
    assert "Watch the royalty terms." in said
    assert f"<!date^{int(ACCEPTED_AT.timestamp())}^" in said
    assert "Sun 8 Mar 2026 17:02:21 New York · 21:02:21 UTC" in said
    assert "38 s from acceptance to this message" in said


def test_mail_says_the_same():
    """HTML marks the passage and links the documents; the plain text holds all of it too."""
    message = render(ALERT, now=NOW)
    page = _Page(message.html)
    assert page.marked == ["License Agreement"]
    assert page.links["EX-99.1"] == f"{FOLDER}/ex99-1.htm"
    assert page.links["8-K"] == REPORT.url
    for said in (
        "CLRB",
        "Cellectar Biosciences, Inc.",
        "Regulation FD Disclosure",
        "Cellectar signs a license agreement",
        "Watch the royalty terms.",
        "38 s from acceptance",
        "17:02:21 New York",
        "grants rights to its lead compound",
    ):
        assert said in page.text, said
        assert said in message.text, said
    assert "**License Agreement**" in message.text


def test_the_subject_tells_it_all():
    """One line: who, what, why; loud ones carry a mark."""
    assert render(ALERT).subject == "CLRB 8-K 7.01, 9.01: Cellectar signs a license agreement"
    two = replace(ALERT, matches=(MATCH, loud(Level.HIGH, rule_id="x", title="Something bigger")))
    assert render(two).subject == "🔴 CLRB 8-K 7.01, 9.01: Something bigger (+1 more)"


def test_a_shadow_rule_never_shows():
    """A rule on trial appears in no form of the message."""
    hidden = loud(Level.HIGH, rule_id="on-trial", title="Secret experiment", shadow=True)
    message = render(replace(ALERT, matches=(hidden, MATCH)), now=NOW)
    everything = "".join((message.subject, message.text, message.html, json.dumps([message.blocks, message.data])))
    assert "experiment" not in everything
    assert "on-trial" not in everything
    assert message.level is Level.NOTICE


def test_late_repeated_and_continued_alerts_say_so():
    """Each of the three marks stands in Slack, text and HTML."""
    marked = replace(ALERT, late="found by audit", continues="also matches b")
    message = render(marked, now=NOW, possibly_repeated=True)
    for form in (json.dumps(message.blocks, ensure_ascii=False), message.text, message.html):
        assert "found by audit" in form
        assert "also matches b" in form
        assert "ossibly a repeat" in form
    assert message.data["possibly_repeated"] is True


def test_an_amendment_is_called_one():
    """An 8-K/A says that it amends."""
    message = render(alert(1, form="8-K/A", is_amendment=True))
    assert "8-K/A (amendment)" in message.text
    assert "8-K/A (amendment)" in json.dumps(message.blocks)


def test_markup_of_a_filing_stays_text():
    """Names and passages of a filing cannot mention, link, format or script anything."""
    hostile = "<!channel> <script>alert(1)</script> *b* _i_ `c` <https://evil.example|click> & \x1b[31m\u202e"
    report = replace(
        REPORT, filers=(Filer(1, hostile, ("CLRB",)),), exhibits=(replace(REPORT.exhibits[0], headline=hostile),)
    )
    passage = replace(PASSAGE, before=hostile, found=hostile, after=hostile)
    match = replace(MATCH, title=hostile, why=hostile, evidence=(passage,))
    message = render(Alert("desk", report, (match,), ALERT.seen_at, late=hostile), now=NOW)
    for element in _leaves(message.blocks, "mrkdwn"):
        assert not re.search(r"<(?!!date\^)", str(element["text"]))
        assert element["verbatim"] is True
    assert not _leaves(message.blocks, "broadcast")
    assert not faults(message.blocks)
    page = _Page(message.html)
    assert "script" not in page.tags
    assert set(page.links.values()) <= {REPORT.url, REPORT.body_url, PASSAGE.url}
    for form in (message.subject, message.text, message.html):
        assert "\x1b" not in form
        assert "\u202e" not in form
    assert "\n" not in message.subject


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//evil.example/", "https://", "http://[", "ftp://x/y", ""]
)
def test_only_web_addresses_become_links(url: str):
    """Whatever a document says its address is, only http and https get through."""
    assert safe_url(url) == ""


def test_an_address_cannot_leave_its_link():
    """Characters that end a link in Slack or HTML are quoted."""
    assert safe_url('https://a.example/x|y>z"q') == "https://a.example/x%7Cy%3Ez%22q"


def test_a_crowded_filing_still_fits():
    """Many rules, passages, items and exhibits are shown as far as there is room, and the rest is counted."""
    long = "word " * 2_000
    passages = tuple(replace(PASSAGE, before=long, after=long, start=n, end=n + 1) for n in range(12))
    matches = tuple(replace(MATCH, rule_id=f"r{n}", title=f"Rule {n} {long}", evidence=passages) for n in range(30))
    exhibits = tuple(
        Exhibit(f"EX-10.{n}", f"10.{n}", url=f"{FOLDER}/{n}.htm", headline=long, kind="agreement") for n in range(60)
    )
    filers = tuple(Filer(n, f"Entity {n} {long}", ("A", "B", "C")) for n in range(57))
    items = tuple(Item(f"1.0{n % 9}", long, in_header=True, in_body=True) for n in range(30))
    crowded = replace(REPORT, filers=filers, items=items, exhibits=exhibits)
    message = render(Alert("desk", crowded, matches, ALERT.seen_at), now=NOW)
    assert not faults(message.blocks)
    assert not block_faults(list(message.blocks))
    said = json.dumps(message.blocks)
    assert "more exhibits" in said
    assert "more rules" in said
    assert "+ 56 more" in said


def test_a_filing_that_says_nothing_is_still_a_message():
    """Nothing known but the number: every form is there and valid."""
    bare = Alert(
        "desk",
        replace(REPORT, **dict.fromkeys(("filers", "items", "exhibits"), ()), accepted_at=None, url="", body_url=""),
        (),
        ALERT.seen_at,
    )  # type: ignore[arg-type]
    message = render(bare)
    assert not faults(message.blocks)
    assert "Unknown company" in message.text


_text = st.text(max_size=40)
_passages = st.builds(
    Evidence,
    phrase=_text,
    where=st.sampled_from(["EX-99.1", "7.01", "body"]) | _text,
    before=_text,
    found=_text,
    after=_text,
    start=st.integers(0, 9),
    end=st.integers(0, 9),
    url=_text,
)
_matches = st.builds(
    Match,
    rule_id=_text,
    title=_text,
    notify=st.just(("desk",)),
    level=st.sampled_from(Level),
    why=_text,
    shadow=st.booleans(),
    because=st.lists(_text, max_size=2).map(tuple),
    evidence=st.lists(_passages, max_size=2).map(tuple),
)
_reports = st.builds(
    replace,
    st.just(REPORT),
    form=_text,
    url=_text,
    body_url=_text,
    filers=st.lists(
        st.builds(Filer, cik=st.none(), name=_text, tickers=st.lists(_text, max_size=2).map(tuple)), max_size=5
    ).map(tuple),
    items=st.lists(
        st.builds(Item, code=_text, title=_text, in_header=st.booleans(), in_body=st.booleans()), max_size=5
    ).map(tuple),
    exhibits=st.lists(
        st.builds(Exhibit, type=_text, number=_text, url=_text, headline=_text, kind=_text, searched=st.booleans()),
        max_size=5,
    ).map(tuple),
)
_alerts = st.builds(
    Alert,
    receiver=st.just("desk"),
    report=_reports,
    matches=st.lists(_matches, max_size=2).map(tuple),
    seen_at=st.just(ALERT.seen_at),
    late=_text,
    continues=_text,
)


@given(_alerts, st.booleans())
@settings(max_examples=40)
def test_every_alert_makes_a_message_that_slack_takes(hostile: Alert, repeated: bool):
    """Whatever stands in an alert, its blocks keep Slack's limits, and every form can be sent as UTF-8."""
    message = render(hostile, now=NOW, possibly_repeated=repeated)
    assert faults(message.blocks) == []
    assert block_faults(list(message.blocks)) == []
    for form in (message.subject, message.text, message.html):
        form.encode()
    assert len(message.subject) <= 200
    assert "\n" not in message.subject
    json.dumps(message.data)


@given(_alerts, _alerts, st.integers(1, 12))
@settings(max_examples=15)
def test_every_crowd_makes_a_message_that_slack_takes(one: Alert, other: Alert, times: int):
    """Combined messages keep the limits too."""
    hostile = [one, other] * times
    message = render_combined(hostile, now=NOW)
    assert faults(message.blocks) == []
    assert block_faults(list(message.blocks)) == []
    assert len(message.holds) == len(hostile)


def test_a_combined_message_names_everything():
    """Twenty-five alerts in one message: each company, its rule and a link to its filing."""
    crowd = [alert(number) for number in range(1, 26)]
    message = render_combined(crowd, now=NOW)
    said = json.dumps(message.blocks, ensure_ascii=False)
    for number in range(1, 26):
        assert f"CO{number} · Company {number}, Inc." in said
        assert f"CO{number} · Company {number}, Inc." in message.text
        assert f"Company {number}, Inc." in message.html
    assert message.subject == "25 filings: CO1, CO2, CO3, CO4, CO5, CO6 and 19 more"
    assert message.holds == tuple(one.delivery_id for one in crowd)


def test_a_notice_is_a_message_too():
    """A word about the watcher itself is valid in every form, and escaped."""
    message = render_notice("Slack is <broken>", "desk & inbox\nwait", notice_id="x", now=NOW, level=Level.HIGH)
    assert not faults(message.blocks)
    assert "Slack is &lt;broken&gt;" in message.html
    assert message.text.startswith("Slack is <broken>\n\ndesk & inbox")


def test_the_delivery_id_depends_on_filing_and_receiver_alone():
    """The same filing and receiver give the same id on any database; anything else gives another."""
    assert alert(1).delivery_id == alert(1, late="found by audit").delivery_id
    others = [alert(2), alert(1, receiver="inbox"), alert(1, continues="also matches b")]
    assert len({alert(1).delivery_id, *(one.delivery_id for one in others)}) == 4


def test_programs_get_the_alert_as_json():
    """The webhook's data carries the facts, the rules and the evidence under their documented names."""
    data = json.loads(json.dumps(render(ALERT).data))
    assert data["filing"]["accession_number"] == REPORT.accession_number
    assert data["filing"]["accepted_at"] == "2026-03-08T21:02:21Z"
    assert data["rules"][0]["evidence"][0]["quote"] == (
        "Cellectar has entered into a **License Agreement** with a partner in Osaka."
    )


def test_users_templates_take_the_place_of_ours(tmp_path: Path):
    """A file of the same name in the user's folder is used, the others stay; Slack's becomes sections."""
    (tmp_path / "alert.txt.j2").write_text("{{ companies[0].name }} said {{ reasons[0].passages[0].found }}")
    (tmp_path / "alert.slack.j2").write_text(
        "*{{ companies[0].name }}* {{ url | link(form) }}\n\n{{ reasons[0].passages[0].found }}"
    )
    hostile = alert(1, filers=(Filer(1, "A <!here> & *B*", ()),))
    message = render(hostile, now=NOW, templates=tmp_path)
    assert message.text == "A <!here> & *B* said License Agreement\n"
    first, second = (block["text"]["text"] for block in message.blocks)  # type: ignore[index]
    assert first == f"*A &lt;!here&gt; &amp; ∗B∗* <{REPORT.url}|8-K>"
    assert second == "License Agreement"
    assert not faults(message.blocks)
    assert "<mark" in message.html


def test_a_template_cannot_reach_beyond_its_data(tmp_path: Path):
    """Templates are sandboxed: no way from a value to the interpreter."""
    (tmp_path / "alert.txt.j2").write_text("{{ form.__class__.__mro__[1].__subclasses__() }}")
    with pytest.raises(Exception, match="unsafe"):
        render(ALERT, templates=tmp_path)


def test_a_users_mention_is_meant_and_a_filings_is_not(tmp_path: Path):
    """`<!here>` in a template mentions; in a company's name it is text."""
    (tmp_path / "alert.slack.j2").write_text("<!here> {{ companies[0].name }}")
    blocks = render(alert(1, filers=(Filer(1, "<!channel>", ()),)), templates=tmp_path).blocks
    assert blocks[0]["text"]["text"] == "<!here> &lt;!channel&gt;"  # type: ignore[index]


@pytest.mark.parametrize("template", ["", "a < b", "<https://a.example", "\n\n".join(["word " * 500] * 8)])
def test_a_template_that_slack_would_refuse_is_refused_here(template: str, tmp_path: Path):
    """Empty, unescaped or far too long: the error names the template, before Slack sees it."""
    (tmp_path / "alert.slack.j2").write_text(template)
    with pytest.raises(TemplateError, match=r"alert\.slack\.j2"):
        render(ALERT, templates=tmp_path)


def test_broken_templates_are_named_with_their_lines(tmp_path: Path):
    """Every template that does not compile or names what is not there is reported at once."""
    (tmp_path / "alert.txt.j2").write_text("fine\n{% if %}")
    (tmp_path / "alert.html.j2").write_text("{{ nothing_of_ours }}")
    (tmp_path / "combined.txt.j2").write_text("{{ title }}")
    with pytest.raises(ConfigError) as caught:
        check_templates(tmp_path)
    mistakes = caught.value.mistakes
    assert [Path(mistake.file).name for mistake in mistakes] == ["alert.txt.j2", "alert.html.j2"]
    assert mistakes[0].line == 2
    assert "nothing_of_ours" in mistakes[1].sentence


def test_a_slack_template_is_tried_against_slacks_limits(tmp_path: Path):
    """What Slack would refuse is found by `watcher check`, not by the first alert."""
    (tmp_path / "alert.slack.j2").write_text("{{ url }} < 3")
    with pytest.raises(ConfigError, match="Slack refuses"):
        check_templates(tmp_path)


def test_our_own_templates_pass_their_check():
    """Copied into a user's folder as they are, they work."""
    ours = files("watcher.messages") / "templates"
    with as_file(ours) as folder:
        check_templates(folder)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-5, "0 s"), (38, "38 s"), (724, "12 min 4 s"), (11_520, "3 h 12 min"), (183_600, "2 days 3 h")],
)
def test_durations_are_said_as_people_say_them(seconds: int, said: str):
    """Two units at most."""
    assert span(timedelta(seconds=seconds)) == said


@given(st.text(max_size=200), st.integers(2, 50))
def test_cuts_keep_to_their_length(text: str, most: int):
    """A cut text is never longer than asked for, and says that it was cut."""
    for cut in (cut_end(text, most), cut_start(text, most), one_line(text, most)):
        assert len(cut) <= most
    if len(text) > most:
        assert cut_end(text, most).endswith("…")
        assert cut_start(text, most).startswith("…")


def test_times_are_new_yorks_across_the_date_line_and_daylight_saving():
    """UTC carries its date where New York still has yesterday."""
    late = alert(1, accepted_at=datetime(2026, 7, 2, 1, 30, tzinfo=UTC))
    assert "Wed 1 Jul 2026 21:30:00 New York · 2 Jul 01:30:00 UTC" in render(late).text


def test_headers_cannot_be_injected():
    """A line break in a name does not reach the subject of a mail."""
    hostile = alert(1, filers=(Filer(1, "Evil\r\nBcc: all@example.com", ()),))
    mail = Mail()
    mail["Subject"] = render(hostile).subject
    assert "\n" not in str(mail["Subject"])


def test_every_name_of_the_data_model_is_documented():
    """What a template can say stands in docs/messages.md, and the example there works."""
    page = (Path(__file__).parents[2] / "docs" / "messages.md").read_text()
    for model in (View, Company, ItemLine, ExhibitLine, Passage, Reason):
        for field in fields(model):
            assert f"`{field.name}`" in page, field.name
    for name in NAMES:
        assert f"`{name}`" in page, name


def test_the_documented_template_works(tmp_path: Path):
    """The example of docs/messages.md makes a valid Slack message."""
    page = (Path(__file__).parents[2] / "docs" / "messages.md").read_text()
    (example,) = re.findall(r"```jinja\n(.*?)```", page, re.DOTALL)
    (tmp_path / "alert.slack.j2").write_text(example)
    message = render(ALERT, now=NOW, templates=tmp_path)
    assert not faults(message.blocks)
    assert "*License Agreement*" in json.dumps(message.blocks)
