"""Readable text and its folded form."""

from __future__ import annotations

import ast
import importlib
import itertools
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.text import fold, readable_text


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>one</p><p>two</p>", "one\ntwo"),
        ("<p>a <b>lic</b>ense</p>", "a license"),
        ("<div><span>I</span><span>tem 5.03</span></div>", "Item 5.03"),
        ("<p>license&nbsp;agreement</p>", "license agreement"),
        ("<p>Item\u20097.01&#8201;x</p>", "Item 7.01 x"),
        ("<p>li&shy;cense</p>", "license"),
        ("<p>line\nbroken in\n   source</p>", "line broken in source"),
        (
            "<table><tr><td>99.1</td><td>Release</td></tr><tr><td>104</td><td>Cover</td></tr></table>",
            "99.1\tRelease\n104\tCover",
        ),
        ("<tr><td><div>Item 7.01</div></td><td>&nbsp;</td><td><div>Title</div></td></tr>", "Item 7.01\tTitle"),
        ("<div><ix:header><ix:hidden>0001</ix:hidden></ix:header>seen</div>", "seen"),
        ('<p>a</p><div style="display: none">b<div>c</div></div><p>d</p>', "a\nd"),
        ('<p>a<span STYLE="DISPLAY:NONE">b</span>c</p>', "ac"),
        ("<p>a<span style='disPlay : nOne'>b</span>c</p>", "ac"),
        ("<p>a<!-- Item 9.01 -->b</p>", "ab"),
        ("<p>a</p><!-- display: none in print --><div>b</div>", "a\nb"),
        ('<p title="display:none">a</p><p>a < b, display:none <b>c</b></p>', "a\na < b, display:none c"),
        ("<html><head><title>t</title><style>p{}</style></head><body>x<script>y</script></body>", "x"),
        ("<html><head><title/></head><body><p>x</p></body>", "x"),
        ("<p>AT&amp;T &lt;b&gt; &#8220;q&#8221;</p>", "AT&T <b> “q”"),
        ("<body><pre>ITEM 5.  OTHER\n\nText      col</pre></body>", "ITEM 5. OTHER\nText\tcol"),
        ("<p>a<br>b<br/>c</p>", "a\nb\nc"),
        ("<!--<ix:header--><p>Item 7.01</p><i title='</ix:header>'>x</i>", "Item 7.01\nx"),
        ("<p title='<ix:header'>Item 7.01</p><p>a</ix:header>b</p>", "Item 7.01\nab"),
        (f"<p>a &#{'0' * 120}66; b</p>", "a B b"),
    ],
)
def test_html_reads_as_a_person_sees_it(markup: str, expected: str):
    """Blocks and rows are lines, cells are apart, inline tags join, hidden parts are gone."""
    assert readable_text(markup) == expected


def test_plain_text_is_unwrapped_but_keeps_its_lines():
    """A paragraph broken to fit the page is one line; headings and table rows stay lines of their own."""
    page = (
        "ITEM 5.  OTHER EVENTS\n\n"
        "     On the first of the month the company signed a paper that this\n"
        "sentence, which refers to\n"
        "Item 7 of nothing, goes on about.\n\n"
        "<PAGE>\n"
        "-----------------\n"
        "Revenue            100        90\n"
    )
    assert readable_text(page).split("\n") == [
        "ITEM 5. OTHER EVENTS",
        "On the first of the month the company signed a paper that this sentence, which refers to",
        "Item 7 of nothing, goes on about.",
        "Revenue\t100\t90",
    ]


def test_what_is_hidden_and_never_closed_hides_nothing():
    """An unclosed hidden element cannot swallow the rest of a document."""
    assert readable_text('<p>a</p><div style="display:none">b<p>Item 7.01</p>') == "a\nb\nItem 7.01"


@pytest.mark.parametrize(
    "hostile",
    [
        "<div>" * 50_000 + "end",
        '<div style="display:none">' * 50_000 + "end",
        "<table><tr><td>" * 30_000 + "end",
        "<p>" + "&amp;" * 200_000,
        "<p>" + "<b" * 200_000,
        "<pre>" * 20_000 + "<p>end",
        "<p>" + " \n\t" * 300_000 + "end",
        "a line as long as all the others, which goes on\n" * 30_000,
        "<p>" + "<!--" * 200_000,
        "<p>" + "".join(f"&a{number}" for number in range(100_000)),
        '<td style="display:none"' * 30_000,
    ],
    ids=[
        "nested",
        "hidden",
        "tables",
        "entities",
        "unclosed",
        "pre",
        "blanks",
        "prose",
        "comments",
        "references",
        "styles",
    ],
)
def test_hostile_markup_costs_linear_time(hostile: str):
    """Twice the document takes about twice the time, never four times; generous, for noisy machines."""
    readable_text(hostile)
    started = time.process_time()
    readable_text(hostile)
    once = time.process_time() - started
    started = time.process_time()
    readable_text(hostile * 4)
    assert time.process_time() - started < max(12 * once, 1.0)


def test_a_long_document_reads_as_a_short_one_does():
    """However long a document is, no word and no tag of it is broken."""
    row = "<tr><td>Net <b>reve</b>nue&nbsp;&amp; other</td><td style='display:none'></td><td>1,234</td></tr>\n"
    rows = readable_text(f"<title>8-K</title><table>{row * 10_000}</table>").split("\n")
    assert rows == ["Net revenue & other\t1,234"] * 10_000


@given(st.one_of(st.text(), st.text(alphabet="a \n\t\u200b\xad<p>&#8203;")))
def test_any_text_is_readable(content: str):
    """Whatever a document holds gives text with single separators."""
    text = readable_text(content)
    assert "\n\n" not in text
    assert "\t\t" not in text
    assert "  " not in text


WRITTEN = [
    "Net ", "revenue", " & more", "a < b", "a > b", "\n  ", "\xa0", "é", "“q”", "&amp;", "&#160;", "&nbsp", "&#1;",
    "&am", "p;", "<p>", "</p>", "<P CLASS=x>", "<br>", "<br/>", "<b>", "</b>", "\n<i >", "<font face='Times \"New\"'>",
    "</FONT>", "<table>", "</table>", "<tr>", "<tr style = 'a:b'>", "<td>", "</td>", '<td nowrap colspan="2">',
    "<div\nid=d>", '<p title="a > b">', "<p title='<b>'>", '<a ="x=" y>', "<a b='c'd='e'>", "<a b=c\"d>",
    "<ix:nonNumeric name='dei:X'>",
    "<!-- c -->", "<!-- > -->", "<!-->", "<!doctype html>", "<?xml version='1.0'?>", "<![CDATA[x]]>", "</ >", "<1>",
    '<td style="display:none"></td>', '<span style="DISPLAY: none">x</span>', "<title>t</title>", "<title></title>",
    "<title>t</title x='>'>",
]  # fmt: skip


@given(st.lists(st.sampled_from(WRITTEN)).map("".join))
def test_regular_markup_reads_as_the_tokenizer_has_it(written: str):
    """What the compiled module reads in one pass reads as with a tokenizer, which preformatted text asks for."""
    assert readable_text(f"{written}<p>.") == readable_text(f"{written}<p>.<pre></pre>")


def test_text_is_the_same_where_nothing_was_compiled():
    """On a machine without a C compiler another way leads to the same text."""
    importlib.import_module("watcher.text.regular")  # without it the one way would be compared with itself
    code = (
        "import sys; sys.modules['watcher.text.regular'] = None; from watcher.text import readable_text;"
        "print(ascii([readable_text(written) for written in sys.argv[1:]]))"
    )
    written = [f"{left}a{right}<p>." for left, right in itertools.combinations(WRITTEN, 2)]
    read = subprocess.run([sys.executable, "-c", code, *written], capture_output=True, text=True, check=True).stdout
    assert ast.literal_eval(read) == [readable_text(each) for each in written]


def test_a_document_reads_alike_however_often():
    """What is remembered of one document changes no other, and not the same one."""
    written = [f"<p>a{odd}b</p>" for odd in (f"&#{'0' * 98}66;", f"&#{'0' * 120}66;", f"&{'a' * 120};", "&amp;", "&am")]
    assert [readable_text(each) for each in written] == [readable_text(each) for each in written]


@given(st.text())
def test_folding_keeps_every_offset(text: str):
    """Folded text has the same length, so that a match can be shown where it stands."""
    assert len(fold(text)) == len(text)


def test_folding_makes_spellings_alike():
    """Case, kinds of space, quote and dash do not matter."""
    assert fold("“Non‑Exclusive”\n\tLicensor’s—Ünit") == '"non-exclusive"  licensor\'s-ünit'
