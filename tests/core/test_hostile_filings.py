"""Filings that were made to stall whoever reads them: every step takes time linear in what it is given."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable

import pytest
from growth import GROWTH, LINEAR, growth

from watcher import parse_submission, read_report
from watcher.cover import read_cover
from watcher.edgar.answers import _HTML
from watcher.exhibits import find_headline, read_exhibit_list
from watcher.item_codes import TITLES
from watcher.items import find_items, heading_length
from watcher.match import match_rules
from watcher.model import CurrentReport
from watcher.report import _RELEASE_NOTICES
from watcher.rules import parse_rules
from watcher.text import readable_text

HEADER = (
    b"<SEC-DOCUMENT>0000000001-26-000001.txt\n<SEC-HEADER>\nACCESSION NUMBER: 0000000001-26-000001\n"
    b"CONFORMED SUBMISSION TYPE: 8-K\nFILER:\n\tCOMPANY DATA:\n\t\tCOMPANY CONFORMED NAME: ACME\n"
)
MAIN = b"<DOCUMENT>\n<TYPE>8-K\n<TEXT>\n%sItem 8.01 Other Events\nWords.\n</TEXT>\n</DOCUMENT>\n"
EXHIBIT = b"<DOCUMENT>\n<TYPE>EX-99.%d.%d\n<TEXT>\nHello (Nasdaq: ACME)\nworld\n</TEXT>\n</DOCUMENT>\n"


def of_exhibits(many: int) -> bytes:
    """So many small exhibits, no two of one type."""
    return b"".join(EXHIBIT % (number // 900, number % 900) for number in range(many))


def read(header: bytes, main: bytes = b"", exhibits: int = 0) -> None:
    """Read a submission with more in its header, in its main document and behind it."""
    read_report(parse_submission(HEADER + header + MAIN % main + of_exhibits(exhibits)))


@pytest.mark.parametrize(
    ("work", "size"),
    [
        pytest.param(lambda n: find_items("Item 8.01 " + "." * n), 2_000, id="dots behind a heading"),
        pytest.param(
            lambda n: find_items("Item 8.01 Other Events\n" + "word " * n + "\nItem 8.01 Other Events\nx" * n),
            4_000,
            id="one item headed again and again",
        ),
        pytest.param(lambda n: heading_length("- " * n, "Other Events"), 1_000, id="marks before a heading"),
        pytest.param(
            lambda n: read_exhibit_list(
                "\n".join(f"99.{i // 900}.{i % 900} x" for i in range(n)), [f"EX-99.{i}.7.1" for i in range(n)]
            ),
            500,
            id="a long exhibit list and many exhibits",
        ),
        pytest.param(lambda n: read_cover('<ix:nonNumeric name="dei:X">' * n, ""), 200, id="facts without an end"),
        pytest.param(
            lambda n: read_cover("<ix:nonNumeric" + ' name="dei:X"' * n, ""), 500, id="a fact with many names"
        ),
        pytest.param(lambda n: readable_text("<p>" + "display:none " * n), 500, id="styles without a tag"),
        pytest.param(lambda n: find_headline("- " * n + "x"), 20, id="marks instead of a headline"),
        pytest.param(
            lambda n: read_cover('<ix:nonNumeric name="dei:TradingSymbol">' * n, ""), 2_000, id="symbols without an end"
        ),
        pytest.param(
            lambda n: read_cover(' name="dei:TradingSymbol"' * n, ""), 5_000, id="names of symbols without a tag"
        ),
        pytest.param(lambda n: read_cover("dei:" + "<ix:nonNumeric " * n, ""), 500, id="tags without an end"),
        pytest.param(
            lambda n: read_cover('<ix:nonNumeric name="dei:X">' + "<" * n + "</ix:nonNumeric>", ""),
            4_000,
            id="a fact full of brackets",
        ),
        pytest.param(lambda n: read(b" word\n" * n), 20_000, id="a header's value over many lines"),
        pytest.param(
            lambda n: read(b"".join(b"FILER:\nCOMPANY CONFORMED NAME: A%d\n" % i for i in range(n)), exhibits=n),
            150,
            id="many companies and many exhibits",
        ),
        pytest.param(
            lambda n: read(b"FILER:\nCOMPANY CONFORMED NAME: " + b"A b " * n + b"\n", exhibits=n),
            100,
            id="an endless name and many exhibits",
        ),
    ],
)
def test_hostile_filings_take_linear_time(work: Callable[[int], object], size: int):
    """A filing that is made to stall the reader costs no more for its size than any other."""
    assert growth(work, size) < LINEAR


def test_a_release_of_nothing_but_marks_is_read_at_once():
    """Where a release's notices begin is found in a few steps a line, whatever stands in front of the words."""
    began = time.thread_time()
    assert _RELEASE_NOTICES.search("-\n" * 1_200) is None
    assert time.thread_time() - began < 0.2


def test_what_a_header_says_is_bounded():
    """An endless type, file name, description or name becomes a short one; the filing is read all the same."""
    endless = b"<DOCUMENT>\n<TYPE>EX-99%s\n<FILENAME>%s\n<DESCRIPTION>%s\n<TEXT>\nHello\n</TEXT>\n</DOCUMENT>\n" % (
        b".1" * 100_000,
        b"f" * 100_000,
        b"plan of a " * 10_000,
    )
    submission = parse_submission(HEADER + b"FILER:\nCOMPANY CONFORMED NAME: " + b"A" * 100_000 + MAIN % b"" + endless)
    report = read_report(submission)
    exhibit = report.exhibits[0]
    assert len(exhibit.type) <= 40
    assert max(map(len, (exhibit.filename, exhibit.description, report.filers[-1].name))) <= 1000


def test_an_exhibit_type_without_a_number_is_no_trouble():
    """`EX-?` beside a list of exhibits is one more exhibit, not a crash."""
    text = b"<p>Item 9.01 Financial Statements and Exhibits</p><p>99.1 A release</p>"
    body = b"<DOCUMENT>\n<TYPE>8-K\n<TEXT>\n" + text + b"\n</TEXT>\n</DOCUMENT>\n"
    odd = b"<DOCUMENT>\n<TYPE>EX-?\n<TEXT>\nHello\n</TEXT>\n</DOCUMENT>\n"
    report = read_report(parse_submission(HEADER + body + odd))
    assert [entry.number for entry in report.exhibit_list] == ["99.1"]
    assert [exhibit.type for exhibit in report.exhibits] == ["EX-?"]


def test_an_answer_full_of_comments_is_judged_at_once():
    """A page that is nothing but comments is not tried in every way of telling them apart."""
    assert growth(lambda n: _HTML.match(b"<!-- -->" * n + b"x"), 200) < LINEAR


@pytest.mark.parametrize("reference", ["&#4;", "&#004", "&#x4;", "&#X0004;", "&#27;", "&#x1B;", "&#127;", "&#11;"])
def test_references_to_control_characters_hide_nothing(reference: str):
    """A control character that is written as a reference neither hides words nor reaches a terminal."""
    text = readable_text(f"<p>We sign {reference}a license {reference}agreement{reference}.</p><p>&&#1;#27;[2J</p>")
    assert text == "We sign a license agreement.\n&#27;[2J"


def test_a_flood_of_items_is_cut():
    """Items that Form 8-K does not have are kept only a few of; all that it has are kept."""
    flood = "".join(f"<p>Item {major}.{minor:02} Words</p><p>x</p>" for major in range(1, 100) for minor in range(50))
    report = read_report(parse_submission(HEADER + MAIN % flood.encode()))
    codes = {item.code for item in report.items}
    assert set(TITLES) <= codes
    assert len(codes) <= len(TITLES) + 20


def test_phrases_near_each_other_in_many_exhibits_take_linear_time():
    """A rule with `near` looks at each exhibit's own passages only."""
    rule = "- id: a\n  title: A\n  notify: [desk]\n  when: {near: {phrases: [hello, world], within: 9}}\n"
    rules = parse_rules(rule)

    def reading(size: int) -> CurrentReport:
        return read_report(parse_submission(HEADER + MAIN % b"" + of_exhibits(size)))

    reports = {size: reading(size) for size in (300, 300 * GROWTH)}
    assert growth(lambda n: match_rules(rules, reports[n]), 300) < LINEAR


@pytest.mark.parametrize("unit", ["a\t", "ab\n", "a   ", "\t", "<pre><p>a\t"])
def test_hostile_plain_text_takes_little_memory(unit: str):
    """Millions of tabs or of tiny lines take memory in proportion, far from filling a small machine."""
    content = unit * (1_000_000 // len(unit))
    tracemalloc.start()
    readable_text(content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 30 * len(content)


@pytest.mark.parametrize("unit", ["&#1", "<>", "<b>", "<i a>x", "</i>\n", "<td> "])
@pytest.mark.parametrize("begun", ["<p>", "<p"])
def test_hostile_markup_takes_little_memory(begun: str, unit: str):
    """Tiny tags, references or attributes without end take memory in proportion."""
    content = begun + unit.replace("<", " ") * 700_000 + ">" if begun == "<p" else begun + unit * 700_000
    tracemalloc.start()
    readable_text(content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20 * len(content)
