"""What the pages are made of: marked texts, charts, the calendar of audits, the meter of requests."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from watcher.dashboard.charts import BOUNDS, audit_calendar, histogram, hits_chart, rate_chart
from watcher.dashboard.meter import Meter
from watcher.dashboard.texts import MOST_CHARACTERS, WHOLE_UP_TO, join_marks, show_report
from watcher.edgar import EdgarStatistics
from watcher.hours import Calendar
from watcher.match import Mark
from watcher.model import CurrentReport, Exhibit, Item
from watcher.store import Audit, Durations

NOW = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)


def _shown(body: str, *marks: Mark, items: tuple[Item, ...] = ()):
    (document,) = show_report(CurrentReport("1", "8-K", body=body, items=items), marks)
    return document


def _text(document) -> str:
    """The document's text, put together again from what is shown."""
    return "\n".join(
        "\t".join("".join(segment.text for segment in cell) for cell in line.cells)
        for block in document.blocks
        for line in block.lines
    )


def test_overlapping_marks_become_one_passage():
    """Two rules that look for overlapping words share one mark, which names both; what is outside is left out."""
    marks = [Mark(0, 2, 6, "a"), Mark(0, 4, 9, "b"), Mark(0, 9, 10, "a"), Mark(0, 90, 99, "a")]
    passages = join_marks(marks, part=0, length=20)
    assert [(one.start, one.end, one.rule_ids) for one in passages] == [(2, 9, ("a", "b")), (9, 10, ("a",))]


def test_a_marked_text_loses_and_gains_nothing():
    """Lines, cells and passages across both are shown character for character."""
    body = "First line\nA\tcell and\tanother\n\nlast"
    document = _shown(body, Mark(0, 6, 14, "a"), Mark(0, 20, 24, "b"))
    assert _text(document) == body
    marked = [
        segment.text
        for block in document.blocks
        for line in block.lines
        for cell in line.cells
        for segment in cell
        if segment.rule_ids
    ]
    assert "".join(marked) == "lineAc" + body[20:24].replace("\t", "")
    assert [block.kind for block in document.blocks] == ["text", "table", "text"]


def test_items_begin_with_a_heading_to_link_to():
    """The line in which an item begins carries its code; the cover page stands apart, with its own passages."""
    item = Item("7.01", "Regulation FD Disclosure", True, True, start=6, end=20)
    document = _shown("Cover\nItem 7.01 News", Mark(0, 0, 5, "a"), items=(item,))
    assert [line.heading for block in document.blocks for line in block.lines] == ["7.01"]
    assert [line.cells[0][0].text for block in document.cover for line in block.lines] == ["Cover"]
    assert document.cover_passages == 1


def test_of_a_long_document_the_passages_are_shown():
    """A million characters make a page of readable size that still holds every passage, and says what is left out."""
    filler = "Nothing of interest stands in this line.\n"
    body = filler * 15_000 + "the license agreement\n" + filler * 15_000
    start = body.index("license")
    document = _shown(body, Mark(0, start, start + 17, "a"))
    text = _text(document)
    assert "the license agreement" in text
    assert len(text) < WHOLE_UP_TO
    assert sum(block.left_out for block in document.blocks) + len(text) >= len(body) - 10
    assert [block.kind for block in document.blocks] == ["text", "gap", "text", "gap"]


def test_of_hundreds_of_exhibits_the_passages_are_shown():
    """However much a filing brings, its page has a readable size, and every passage is on it."""
    text = "Nothing of interest stands in this line.\n" * 2500
    exhibits = tuple(Exhibit("EX-10", "10", text=text) for _ in range(100))
    documents = show_report(CurrentReport("1", "8-K", exhibits=exhibits), [Mark(90, 0, 7, "a")])
    shown = [document.length - sum(block.left_out for block in document.blocks) for document in documents]
    assert shown[1] == shown[90] == len(text)
    assert shown[89] == shown[100] == 0
    assert sum(shown) < MOST_CHARACTERS + 3 * len(text)


def test_an_exhibit_without_text_is_shown_as_such():
    """A picture or a dropped text has no lines, and its name all the same."""
    report = CurrentReport("1", "8-K", exhibits=(Exhibit("EX-99.1", "99.1", searched=False),))
    documents = show_report(report, ())
    assert [(one.title, one.searched, one.blocks) for one in documents][1] == ("EX-99.1", False, ())


def test_a_histogram_counts_each_once():
    """The bars add up to the count, the last one holding what took longer than every bound."""
    within = tuple(range(1, len(BOUNDS) + 1))
    chart = histogram(Durations(within, count=20, total=1.0), width=100, height=10)
    assert sum(bar.value for bar in chart.bars) == 20
    assert chart.bars[-1].value == 20 - len(BOUNDS)
    assert chart.bars[-1].height == 10
    assert all(0 <= bar.y <= 10 and bar.x + bar.width <= 100 for bar in chart.bars)


def test_hits_are_drawn_for_working_days():
    """A weekend without hits takes no room, one with hits does."""
    quiet = hits_chart({date(2026, 3, 2): 3}, last=date(2026, 3, 2), days=7, width=70, height=10)
    assert len(quiet.bars) == 5
    assert (quiet.bars[-1].value, quiet.bars[-1].tip) == (3, "Mon 2 Mar: 3")
    busy = hits_chart({date(2026, 3, 1): 1}, last=date(2026, 3, 2), days=7, width=70, height=10)
    assert len(busy.bars) == 6


def test_the_calendar_says_what_each_day_was():
    """Whole, late, without an index, not audited, closed, before the watch and ahead are told apart."""
    audits = [
        Audit(date(2026, 2, 27), listed=412, seen=412, late=0),
        Audit(date(2026, 2, 26), listed=5, seen=4, late=1),
        Audit(date(2026, 2, 25), listed=0, seen=0, late=0),
    ]
    weeks = audit_calendar(audits, now=NOW, calendar=Calendar(), weeks=4, since=date(2026, 2, 12))
    states = {one.day: one.state for week in weeks for one in week}
    assert states[date(2026, 2, 27)] == "whole"
    assert states[date(2026, 2, 26)] == "late"
    assert states[date(2026, 2, 25)] == "empty"
    assert states[date(2026, 2, 24)] == "open"
    assert states[date(2026, 2, 16)] == "closed"
    assert states[date(2026, 2, 12)] == "ahead"
    assert states[date(2026, 3, 2)] == "ahead"
    tips = {one.day: one.tip for week in weeks for one in week}
    assert tips[date(2026, 2, 27)] == "Fri 27 Feb 2026: listed 412, seen 412, late 0"


def test_the_meter_gives_requests_a_second():
    """The rate between two samples, and nothing from one alone; a restart of the count is no negative rate."""
    made = iter([10, 30, 5])
    meter = Meter(lambda: EdgarStatistics(next(made), 0, {}))
    meter.sample(now=NOW)
    assert list(meter.rates()) == []
    meter.sample(now=NOW + timedelta(seconds=10))
    meter.sample(now=NOW + timedelta(seconds=20))
    assert [rate for _, rate in meter.rates()] == [2.0, 0.0]
    chart = rate_chart(meter.rates(), budget=4, now=NOW + timedelta(seconds=20), width=3600, height=100)
    assert (chart.highest, chart.latest, chart.points) == (2.0, 0.0, "3590.0,50.0 3600.0,100.0")


def test_one_endless_line_full_of_passages_stays_a_page():
    """Of a document without line breaks, however often something is found in it, a readable part is shown."""
    body = "license " * 400_000
    marks = [Mark(0, start, start + 7, "a") for start in range(0, len(body), 80)]
    document = _shown(body, *marks)
    shown = sum(len(segment.text) for block in document.blocks for line in block.lines for segment in line.cells[0])
    left_out = sum(block.left_out for block in document.blocks)
    assert shown + left_out == len(body)
    assert shown < WHOLE_UP_TO
    assert 0 < len(document.passages) < 1000
