"""A document as a page shows it: lines, tables, headings, and every marked passage in its place."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from watcher.match import Mark
from watcher.model import CurrentReport, Exhibit

# A credit agreement has a million characters: of a long document the beginning and what is marked is shown.
WHOLE_UP_TO = 120_000
_BEGINNING = 30_000
_AROUND = 3_000
_MOST_PASSAGES = 500
# A filing may have hundreds of exhibits: behind so many characters only what is marked is shown.
MOST_CHARACTERS = 1_500_000


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of text that is marked for these rules, or for none."""

    text: str
    rule_ids: tuple[str, ...] = ()
    anchor: str = ""
    """Where links to the passage lead; only at its first segment."""


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph: one cell; or a row of a table: several."""

    cells: tuple[tuple[Segment, ...], ...]
    heading: str = ""
    """The code of the item that begins here."""


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that are shown alike."""

    kind: str
    """`text`, `table`, or `gap`: characters that are left out."""
    lines: tuple[Line, ...] = ()
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Passage:
    """A marked stretch of one document, for all the rules that look for it."""

    start: int
    end: int
    rule_ids: tuple[str, ...]
    anchor: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A document to show."""

    part: int
    title: str
    kind: str
    headline: str
    url: str
    searched: bool
    length: int
    passages: tuple[Passage, ...]
    blocks: tuple[Block, ...]
    cover: tuple[Block, ...] = ()
    """Of a main document: what stands before its first item."""
    cover_passages: int = 0


def show_report(report: CurrentReport, marks: Iterable[Mark]) -> list[Shown]:
    """The main document and the exhibits with their passages marked."""
    by_part: dict[int, list[Mark]] = {}
    for mark in marks:
        by_part.setdefault(mark.part, []).append(mark)
    headings = {item.start: item.code for item in report.items if item.end > item.start}
    main = Exhibit(report.form, "", url=report.body_url, kind="main document", text=report.body)
    shown: list[Shown] = []
    room = MOST_CHARACTERS
    for part, one in enumerate((main, *report.exhibits)):
        starts = {} if part else headings
        passages = join_marks(by_part.get(part, ()), part=part, length=len(one.text))[:_MOST_PASSAGES]
        begin = one.text.rfind("\n", 0, min(starts, default=0)) + 1 if len(one.text) <= WHOLE_UP_TO else 0
        blocks = tuple(_blocks(one.text, begin, passages, starts))
        if blocks and room < 0 and not passages:
            blocks = (Block("gap", left_out=len(one.text) - begin),)
        room -= len(one.text) - sum(block.left_out for block in blocks)
        shown.append(
            Shown(
                part=part,
                title=one.type,
                kind=one.kind,
                headline=one.headline or one.description,
                url=one.url,
                searched=one.searched,
                length=len(one.text),
                passages=passages,
                blocks=blocks,
                cover=tuple(_grouped(_lines(one.text, 0, begin, passages, {}))),
                cover_passages=sum(passage.start < begin for passage in passages),
            )
        )
    return shown


def join_marks(marks: Iterable[Mark], *, part: int, length: int) -> tuple[Passage, ...]:
    """Marks of one document as passages that do not overlap, in order; what lies outside the text is left out."""
    joined: list[tuple[int, int, set[str]]] = []
    for mark in sorted(marks):
        if not 0 <= mark.start < mark.end <= length:
            continue
        if joined and mark.start < joined[-1][1]:
            start, end, rule_ids = joined[-1]
            joined[-1] = (start, max(end, mark.end), rule_ids | {mark.rule_id})
        else:
            joined.append((mark.start, mark.end, {mark.rule_id}))
    return tuple(
        Passage(start, end, tuple(sorted(rule_ids)), f"p{part}-{number}")
        for number, (start, end, rule_ids) in enumerate(joined, 1)
    )


def _blocks(text: str, begin: int, passages: Sequence[Passage], headings: dict[int, str]) -> Iterator[Block]:
    reached = begin
    for start, end in _stretches(text, begin, passages):
        if start > reached:
            yield Block("gap", left_out=start - reached)
        yield from _grouped(_lines(text, start, end, passages, headings))
        reached = end
    if reached < len(text):
        yield Block("gap", left_out=len(text) - reached)


def _stretches(text: str, begin: int, passages: Sequence[Passage]) -> list[tuple[int, int]]:
    """What is shown of a text from `begin` on, by whole lines."""
    if begin == len(text):
        return []
    if len(text) <= WHOLE_UP_TO:
        return [(begin, len(text))]
    wanted = [(0, _BEGINNING)] + [(one.start - _AROUND, one.end + _AROUND) for one in passages]
    stretches: list[tuple[int, int]] = []
    for start, end in wanted:
        start, end = _whole_lines(text, max(start, 0), min(end, len(text)))
        if stretches and start <= stretches[-1][1] + 1:
            stretches[-1] = (stretches[-1][0], max(end, stretches[-1][1]))
        else:
            stretches.append((start, end))
    return stretches


def _whole_lines(text: str, start: int, end: int) -> tuple[int, int]:
    """A stretch widened to the lines that it begins and ends in, as far as those have a readable length."""
    before = text.rfind("\n", max(start - _AROUND, 0), start)
    behind = text.find("\n", end, end + _AROUND)
    if before >= 0:
        start = before + 1
    elif start <= _AROUND:
        start = 0
    if behind >= 0:
        end = behind
    elif len(text) - end <= _AROUND:
        end = len(text)
    return start, end


def _lines(text: str, start: int, end: int, passages: Sequence[Passage], headings: dict[int, str]) -> Iterator[Line]:
    starts = sorted(headings)
    while start < end:
        stop = found if (found := text.find("\n", start, end)) >= 0 else end
        cells, at = [], start
        for cell in text[start:stop].split("\t"):
            cells.append(tuple(_segments(text, at, at + len(cell), passages)))
            at += len(cell) + 1
        inside = bisect_left(starts, start)
        heading = headings[starts[inside]] if inside < len(starts) and starts[inside] < stop else ""
        yield Line(tuple(cells), heading)
        start = stop + 1


def _segments(text: str, start: int, end: int, passages: Sequence[Passage]) -> Iterator[Segment]:
    number = bisect_right(passages, start, key=lambda passage: passage.end)
    while start < end:
        if number == len(passages) or passages[number].start >= end:
            yield Segment(text[start:end])
            return
        passage = passages[number]
        if start < passage.start:
            yield Segment(text[start : passage.start])
            start = passage.start
        stop = min(end, passage.end)
        yield Segment(text[start:stop], passage.rule_ids, passage.anchor if start == passage.start else "")
        start = stop
        number += 1


def _grouped(lines: Iterable[Line]) -> Iterator[Block]:
    kind = ""
    group: list[Line] = []
    for line in lines:
        its_kind = "table" if len(line.cells) > 1 else "text"
        if group and its_kind != kind:
            yield Block(kind, tuple(group))
            group = []
        kind = its_kind
        group.append(line)
    if group:
        yield Block(kind, tuple(group))
