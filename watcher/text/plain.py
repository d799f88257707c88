"""The readable text of plain text, with its paragraphs unwrapped and its columns told apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from watcher.text.letters import with_plain_spaces

_TAG = re.compile(r"</?(?:page|table|caption|s|c|fn|f\d+|r|text|pdf|xml|xbrl)\b[^<>\n]*>", re.IGNORECASE)
_RULE_MARKS = frozenset("-=_*~.")
_RULE_LINE = re.compile(r"[-=_*~.\s]+\Z")
_GAP = " " * 3
_LONG_GAP = re.compile(r" {4,}")
_LONG_LINE = 10_000
_TAB = " " * 8
_LEADERS = re.compile(r"(?:\.\s?){4,}")
_PIECE = 1 << 18


def plain_text(content: str) -> str:
    """Plain text with its paragraphs unwrapped: a line that was only broken to fit the page is joined again.

    One line for a paragraph or a row of a table, one tab between columns; in time and memory linear in `content`.
    """
    text = content.replace("\r\n", "\n") if "\r" in content else content
    text = with_plain_spaces(_TAG.sub("", text).replace("\t", _TAB))
    leaders = "..." in text or ". ." in text
    full = 0
    out = []
    joins = False
    for lines in _pieces(text):
        # A page is as wide at its end as it was at its beginning.
        full = full or _high(map(len, lines)) * 7 // 10
        read: list[str] = []
        for line in lines:
            if not line:
                joins = False
                continue
            cells, prose = line.lstrip(), True
            if _GAP in cells or cells[0] in _RULE_MARKS or (leaders and ("..." in cells or ". ." in cells)):
                cells, prose = _columns(cells)
            elif "  " in cells:  # behind a sentence
                cells = cells.replace("  ", " ")
            if cells:
                read += (" " if joins and "\t" not in cells else "\n", cells)
            joins = prose and len(line) >= full
        out.append("".join(read))
    return "".join(out)[1:]


def _pieces(text: str) -> Iterator[list[str]]:
    """The lines of a text without the blanks at their ends, some thousands at a time, which takes little memory."""
    start = 0
    while start <= len(text):
        end = text.find("\n", start + _PIECE)
        end = len(text) if end < 0 else end
        yield list(map(str.rstrip, text[start:end].split("\n")))
        start = end + 1


def _high(widths: Iterable[int]) -> int:
    """The width that nine lines of ten do not exceed; 0 where all are empty."""
    written = sorted(filter(None, widths))
    return written[len(written) * 9 // 10] if written else 0


def _columns(line: str) -> tuple[str, bool]:
    """The cells of a line of plain text, and whether it is prose; gaps make columns, single spaces make prose."""
    if line[0] in _RULE_MARKS and _RULE_LINE.match(line):
        return "", False
    if "..." in line or ". ." in line:
        line = _LEADERS.sub(_GAP, line)
    if len(line) > _LONG_LINE:  # no page is so wide; its gaps would make more parts than fit in memory
        line = _LONG_GAP.sub(_GAP, line)
    cells = "\t".join(filter(None, map(str.strip, line.split(_GAP)))).replace("  ", " ")
    first, _, rest = cells.partition("\t")
    # A list entry ("99.1    Press release ...") goes on in the next line as a sentence does.
    return cells, not rest or (len(first) <= 12 and "\t" not in rest)
