"""Readable text of a document, and the normal form in which phrases are looked for.

Readable text holds what a person sees: one line a block or table row, cells apart by one tab, single spaces,
nothing hidden. `fold` changes characters one for one, so an offset in the folded text is the same offset in the
readable text.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

from turbohtml import Tokenizer

# What stands in collected text for borders. No document can write one: a reference to NUL means U+FFFD in HTML.
_BLOCK, _CELL, _ROW, _TITLE, _CARE = "\0b", "\0c", "\0r", "\0t", "\0x"
_SEPARATOR_OF = dict.fromkeys(
    "address article aside blockquote body br center dd dir div dl dt fieldset figcaption figure footer form h1 h2 "
    "h3 h4 h5 h6 header hr html legend li main menu nav ol option p page section select table tbody tfoot thead ul "
    "caption document text xbrl".split(),
    _BLOCK,
) | {"td": _CELL, "th": _CELL, "tr": _ROW}
# What browsers do not show. `ix:header` is the hidden part of an inline XBRL document.
_UNSEEN = frozenset({"ix:header", "script", "style", "title", "noscript", "iframe", "template"})
# Elements that never have an end tag cannot hide anything.
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())

_HTML = re.compile(r"<(?:/?(?:html|body|div|p|br|font|span|center|td|tr)\b|!doctype html)", re.IGNORECASE)
# XHTML lets these close themselves; HTML's tokenizer takes the rest of the document for their content.
_RAW_TEXT = frozenset({"title", "script", "style", "textarea", "iframe", "noscript"})
_SELF_CLOSED = re.compile(rf"<(?:{'|'.join(_RAW_TEXT)})\b[^<>]*/>", re.IGNORECASE)
_HIDES = "watcher-hides"
# Most elements so hidden are empty, and need no care. The bound keeps it linear on a text of nothing but styles.
_HIDING_STYLE = re.compile(r"display\s*:\s*none(?![^<>]{0,500}+>\s*</)")
_STYLED_TAG = re.compile(r"<[a-z][^>]*\bstyle\s*=", re.IGNORECASE)
_START_MARKS = _SEPARATOR_OF | dict.fromkeys([*_UNSEEN, *_RAW_TEXT, _HIDES, "pre"], _CARE) | {"title": _TITLE}
# The next cell or row ends the last one; most tags are those of cells.
_ENDS = {tag: mark for tag, mark in _SEPARATOR_OF.items() if mark == _BLOCK} | {"table": _ROW}
_END_MARKS = _START_MARKS | _ENDS
for _tag in ("td", "th", "tr"):
    del _END_MARKS[_tag]
_PIECE = 1 << 18
_OPENING = 200_000
_ASCII = bytes(range(128))
_PRINTED = bytes(range(32, 127)) + b"\0\n"
_SPACES = {"\t": " "} | dict.fromkeys("\r\f\u2028\u2029", "\n")
# Up to so many letters are replaced one by one; a text with more is no English.
_FEW_LETTERS = 50
_PLAIN_TAG = re.compile(r"</?(?:page|table|caption|s|c|fn|f\d+|r|text|pdf|xml|xbrl)\b[^<>\n]*>", re.IGNORECASE)
_RULE_MARKS = frozenset("-=_*~.")
_RULE_LINE = re.compile(r"[-=_*~.\s]+\Z")
_GAPS = re.compile(r" {3,}")
_TAB = " " * 8
_LEADERS = re.compile(r"(?:\.\s?){4,}")


def readable_text(content: str) -> str:
    """What a person reads in one document: HTML, inline XBRL or plain text.

    Takes time and memory linear in `content`, whatever it holds.
    """
    if "\0" in content:
        content = content.replace("\0", "")
    return _html_text(content) if _HTML.search(content, 0, _OPENING) else _plain_text(content)


def _with_plain_spaces(text: str) -> str:
    """The text with one kind of blank and line break, and without the characters that nobody sees."""
    return _changed(
        text, {letter: plain for letter in _beyond(_bytes(text), _PRINTED) if (plain := _plain(letter)) != letter}
    )


def _plain(letter: str) -> str:
    if "\x80" <= letter <= "\x9f":  # what Windows wrote, decoded as something else, as HTML takes its references
        letter = letter.encode("latin-1").decode("cp1252", "ignore")
    if letter in _SPACES:
        return _SPACES[letter]
    kind = unicodedata.category(letter) if letter else ""
    return " " if kind == "Zs" else "" if kind in ("Cc", "Cf") else letter


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _beyond(encoded: bytes, common: bytes) -> str:
    """Each of the characters in an encoded text but the common ones."""
    return "".join(set(encoded.translate(None, common).decode("utf-8", "surrogatepass")))


def _changed(text: str, changes: dict[str, str]) -> str:
    if len(changes) > _FEW_LETTERS:
        return text.translate({ord(letter): new for letter, new in changes.items()})
    for letter, new in changes.items():
        text = text.replace(letter, new)
    return text


def _html_text(content: str) -> str:
    content = _with_hidden_marked(_without_ix_header(content))
    before, *titled = _collected(content, _Marked()).split(_TITLE)
    marked = before + "".join(titled[1:])
    if _CARE in marked or len(titled) not in (0, 2):
        shown = _Shown()
        marked = _collected(content, shown)
        if shown.closed_itself:
            marked = _collected(_SELF_CLOSED.sub(" ", content), _Shown())
    return _settle(marked)


def _collected(content: str, collector: _Marked) -> str:
    tokenizer = Tokenizer(capture_attributes=False)
    for start in range(0, len(content), _PIECE):  # the tokenizer copies what it is given
        tokenizer.feed(content[start : start + _PIECE])
        tokenizer.dispatch(collector)
    tokenizer.close()
    tokenizer.dispatch(collector)
    return collector.text()


def _without_ix_header(content: str) -> str:
    """The document less the hidden part of inline XBRL, which stands first and has many tags."""
    start = content.find("<ix:header", 0, _OPENING)
    end = content.find("</ix:header>", start) if start >= 0 else -1
    return content[:start] + content[end + len("</ix:header>") :] if end >= 0 else content


def _with_hidden_marked(content: str) -> str:
    """The document with a mark before every element whose own style hides it, so that attributes need not be read."""
    styles = content.lower() if "DISPLAY" in content else content
    if len(styles) != len(content):
        return content
    parts: list[str] = []
    copied = searched = 0
    for hiding in _HIDING_STYLE.finditer(styles):
        start = content.rfind("<", searched, hiding.start())
        # Not a comment, another attribute's value, or, behind a tag's end, a style sheet or a sentence.
        if (
            start >= 0
            and content.find(">", start, hiding.start()) < 0
            and _STYLED_TAG.match(content, start, hiding.start())
        ):
            parts += (content[copied:start], f"<{_HIDES}>")
            copied = start
        searched = hiding.end()
    return "".join([*parts, content[copied:]]) if parts else content


class _Marked:
    """Collects what a document says, with a mark at every block, cell and row border; the tokenizer drives it.

    It does the least for a tag, because there are many. A document with anything in it that needs care has the mark
    `_CARE` afterwards, and is read again by `_Shown`; few have.
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
        self.handle_data = self._parts.append

    def text(self) -> str:
        """What was collected."""
        return "".join(self._parts)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if mark := _START_MARKS.get(tag):
            self._parts.append(mark)

    def handle_endtag(self, tag: str) -> None:
        if mark := _END_MARKS.get(tag):
            self._parts.append(mark)

    handle_startendtag = handle_starttag

    def _ignore(self, *_: object) -> None:
        """Comments and declarations are not shown."""

    handle_comment = handle_decl = handle_pi = unknown_decl = _ignore


class _Shown(_Marked):
    """Collects only what is shown, and the lines of preformatted text.

    What turns out to have been hidden is taken out again when its element ends. So an element that hides and never
    ends hides nothing: showing too much loses nothing, hiding the rest of a document would.
    """

    def __init__(self) -> None:
        super().__init__()
        self._hidden = ""
        self._depth = 0
        self._hidden_from = 0
        self._hides_next = False
        self._pre_from = -1
        self.closed_itself = False
        """An element was closed in a way that makes the tokenizer take what follows for its content."""

    def text(self) -> str:
        """What was collected."""
        self._end_pre()
        return super().text()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        separator = _SEPARATOR_OF.get(tag)
        if separator is not None:
            self._parts.append(separator)
        if self._hidden:
            self._start_inside_hidden(tag)
        elif self._hides_next or tag in _UNSEEN:
            self._hides_next = False
            if tag not in _VOID:
                self._hidden, self._depth, self._hidden_from = tag, 1, len(self._parts)
        elif tag == _HIDES:
            self._hides_next = True
        elif tag == "pre" and self._pre_from < 0:
            self._pre_from = len(self._parts)

    def _start_inside_hidden(self, tag: str) -> None:
        # A paragraph ends where the next block begins.
        if self._hidden == "p" and tag in ("p", "div", "table"):
            self._end_hidden()
            self._parts.append(_BLOCK)
        elif tag == self._hidden:
            self._depth += 1

    def handle_endtag(self, tag: str) -> None:
        separator = _ENDS.get(tag)
        if separator is not None:
            self._parts.append(separator)
        if tag == self._hidden:
            self._depth -= 1
            if self._depth == 0:
                self._end_hidden()
        elif tag == "pre":
            self._end_pre()

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        separator = _SEPARATOR_OF.get(tag)
        if separator is not None:
            self._parts.append(separator)
        self._hides_next = False
        if tag in _RAW_TEXT:
            self.closed_itself = True

    def _end_hidden(self) -> None:
        del self._parts[self._hidden_from :]
        self._hidden = ""
        if self._pre_from > len(self._parts):
            self._pre_from = -1

    def _end_pre(self) -> None:
        """Preformatted text keeps its lines."""
        if self._pre_from < 0:
            return
        lines = "".join(self._parts[self._pre_from :])
        for mark in (_BLOCK, _ROW):
            lines = lines.replace(mark, "\n")
        text = _plain_text(lines.replace(_CELL, "   "))
        self._parts[self._pre_from :] = [_BLOCK, text.replace("\n", _BLOCK).replace("\t", _CELL), _BLOCK]
        self._pre_from = -1


def _settle(marked: str) -> str:
    """Marks to single line breaks and tabs, every run of white space to one space, empty parts dropped."""
    rows = []
    for row in _with_plain_spaces(marked).replace("\n", " ").split(_ROW):
        cells = []
        for cell in filter(None, map(str.strip, row.split(_CELL))):
            if _BLOCK in cell:
                cell = "\n".join(map(_with_single_spaces, filter(None, map(str.strip, cell.split(_BLOCK)))))
            elif "  " in cell:
                cell = " ".join(cell.split())
            if cell:
                cells.append(cell)
        if cells:
            rows.append("\t".join(cells))
    return "\n".join(rows)


def _with_single_spaces(line: str) -> str:
    return " ".join(line.split()) if "  " in line else line


def _plain_text(content: str) -> str:
    """Plain text with its paragraphs unwrapped: a line that was only broken to fit the page is joined again."""
    text = content.replace("\r\n", "\n") if "\r" in content else content
    text = _with_plain_spaces(_PLAIN_TAG.sub("", text).replace("\t", _TAB))
    widths = Counter(len(line) for lines in _pieces(text) for line in lines if line)
    full = _high(widths) * 7 // 10
    leaders = "..." in text or ". ." in text
    out: list[str] = []
    joins = False
    for lines in _pieces(text):
        read: list[str] = []
        for line in lines:
            cells = line.lstrip()
            prose = True
            if cells and ("  " in cells or cells[0] in _RULE_MARKS or (leaders and ("..." in cells or ". ." in cells))):
                cells, prose = _columns(cells)
            if cells:
                read.append(" " if joins and "\t" not in cells else "\n")
                read.append(cells)
                joins = prose and len(line) >= full
            else:
                joins = False
        out.append("".join(read))
    return "".join(out)[1:]


def _pieces(text: str) -> Iterator[list[str]]:
    """The lines of a text without the blanks at their ends, some thousands at a time, which takes little memory."""
    start = 0
    while start <= len(text):
        end = text.find("\n", start + _PIECE)
        end = len(text) if end < 0 else end
        yield [line.rstrip() for line in text[start:end].split("\n")]
        start = end + 1


def _high(widths: Counter[int]) -> int:
    """The width that nine lines of ten do not exceed."""
    rank = widths.total() * 9 // 10
    for width in sorted(widths):
        rank -= widths[width]
        if rank < 0:
            return width
    return 0


def _columns(line: str) -> tuple[str, bool]:
    """The cells of a line of plain text, and whether it is prose; gaps make columns, single spaces make prose."""
    if line[0] in _RULE_MARKS and _RULE_LINE.match(line):
        return "", False
    if "..." in line or ". ." in line:
        line = _LEADERS.sub("   ", line)
    cells = _GAPS.sub("\t", line).strip("\t").replace("  ", " ")
    first, _, rest = cells.partition("\t")
    # A list entry ("99.1    Press release ...") goes on in the next line as a sentence does.
    return cells, not rest or (len(first) <= 12 and "\t" not in rest)


_FOLDED = (
    dict.fromkeys("\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B))), " ")
    | dict.fromkeys("‘’‚‛′´ʼ", "'")
    | dict.fromkeys("“”„‟″«»", '"')
    | dict.fromkeys("‐‑‒–—―−﹘﹣－", "-")
)
_FOLDED_ASCII = dict.fromkeys("\t\n\r\x0b\x0c", " ") | {"`": "'"}


def fold(text: str) -> str:
    """The normal form for searching, of the same length: lower case, one kind of space, quote and dash."""
    folded = text.lower() if text.isascii() else _fold_letters(text)
    for character, plain in _FOLDED_ASCII.items():
        folded = folded.replace(character, plain)
    return folded


def _fold_letters(text: str) -> str:
    # Nearly all letters are ASCII, which bytes change fastest.
    encoded = _bytes(text)
    changes = {letter: _FOLDED.get(letter) or letter.lower() for letter in _beyond(encoded, _ASCII)}
    # A few letters have longer lower-case forms; those stay as they are.
    changes = {letter: low for letter, low in changes.items() if low != letter and len(low) == 1}
    return _changed(encoded.lower().decode("utf-8", "surrogatepass"), changes)
