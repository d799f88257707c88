"""The readable text of HTML and inline XBRL.

Two ways lead to the same text. Nearly all documents are regular: nothing in them is hidden, preformatted or a script.
`watcher.text.regular` reads them in one pass. It is compiled; where it is not installed, and for any other document,
a tokenizer that knows all of HTML goes tag by tag.
"""

from __future__ import annotations

import re

from turbohtml import Tokenizer, unescape

from watcher.text.letters import with_plain_letters, with_plain_spaces
from watcher.text.plain import plain_text

try:
    from watcher.text.regular import RegularReader
except ImportError:  # there was no C compiler when the watcher was installed
    RegularReader = None  # type: ignore[assignment, misc]

# What stands in collected text for borders, the strongest first; text of a document never holds them.
_ROW, _CELL, _BLOCK = "\1", "\2", "\3"
_BORDERS = _ROW + _CELL + _BLOCK
_NO_BORDERS = dict.fromkeys(map(ord, _BORDERS))
_BORDER_OF = dict.fromkeys(
    "address article aside blockquote body br center dd dir div dl dt fieldset figcaption figure footer form h1 h2 "
    "h3 h4 h5 h6 header hr html legend li main menu nav ol option p page section select table tbody tfoot thead ul "
    "caption document text xbrl".split(),
    _BLOCK,
) | {"td": _CELL, "th": _CELL, "tr": _ROW}
# The next cell or row ends the last one.
_BORDER_BEHIND = {tag: border for tag, border in _BORDER_OF.items() if border == _BLOCK} | {"table": _ROW}
_HIDES = "watcher-hides"
# What browsers do not show. `ix:header` is the hidden part of an inline XBRL document.
_UNSEEN = frozenset({"ix:header", "script", "style", "title", "noscript", "iframe", "template"})
# Elements that never have an end tag cannot hide anything.
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
# XHTML lets these close themselves; HTML's tokenizer takes the rest of the document for their content.
_RAW_TEXT = frozenset({"title", "script", "style", "textarea", "iframe", "noscript"})
# What only the tokenizer reads right; titles are simple enough, but for a lonely end.
_IRREGULAR = {"/title", "pre", "/pre", "xmp", "noembed", "noframes", "plaintext", _HIDES} | (
    (_UNSEEN | _RAW_TEXT) - {"title"}
)
_SELF_CLOSED = re.compile(rf"<(?:{'|'.join(_RAW_TEXT)})\b[^<>]*/>", re.IGNORECASE)
# Most elements so hidden are empty, and need no care. The bound keeps it linear on a text of nothing but styles.
_NOT_EMPTY = r"(?![^<>]{0,500}+>[ \t\n\r\f]*</)"
_HIDING_STYLE = re.compile(rf"display[ \t\n\r\f]*:[ \t\n\r\f]*none{_NOT_EMPTY}", re.IGNORECASE | re.ASCII)
_STYLED_TAG = re.compile(r"<[a-z][^>]*\bstyle\s*=", re.IGNORECASE)
_SPACES = re.compile(r"  +")
_IX_HEADER = re.compile(r"<ix:header[ \t\n\r\f/>]")
_PLAIN_OPENING = re.compile(
    r"""(?:[^<>]++|<!--[^<>]*+(?<=--)>|<(?!!--)[^<>"']*+(?:"[^<>"]*+"[^<>"']*+|'[^<>']*+'[^<>"']*+)*>)*"""
)
_OPENING = 20_000
_PIECE = 1 << 18


def html_text(content: str) -> str:
    """What a person reads in an HTML document without NUL characters, in time and memory linear in it."""
    content = with_plain_letters(_without_ix_header(content))
    text = _REGULAR.read(content) if _REGULAR else None
    return _settle(with_plain_spaces(_read_tokens(content), keep=_BORDERS)) if text is None else text


def _regular_reader() -> RegularReader | None:
    if RegularReader is None:
        return None
    meanings = _BORDER_OF | {f"/{tag}": border for tag, border in _BORDER_BEHIND.items()}
    row, cell, block = ([tag for tag, border in meanings.items() if border == each] for each in _BORDERS)
    return RegularReader(row=row, cell=cell, block=block, irregular=_IRREGULAR, character=_character)


def _character(reference: str) -> str:
    """What a character reference stands for, in plain letters."""
    meant = unescape(reference)
    return reference if meant == reference else with_plain_spaces(meant)


_REGULAR = _regular_reader()


def _without_ix_header(content: str) -> str:
    """The document less the hidden part of inline XBRL, which stands first and has many tags."""
    header = _IX_HEADER.search(content, 0, _OPENING)
    # In a comment or in an attribute it is none; to cut there would hide what follows.
    if header is None or _PLAIN_OPENING.fullmatch(content, 0, header.start()) is None:
        return content
    end = content.find("</ix:header>", header.end())
    return content[: header.start()] + content[end + len("</ix:header>") :] if end >= 0 else content


def _settle(marked: str) -> str:
    """Borders to single line breaks and tabs, every run of white space to one space, empty parts dropped."""
    rows = []
    for row in marked.replace("\n", " ").split(_ROW):
        if _CELL in row:
            cells = filter(None, map(str.strip, row.split(_CELL)))
            if _BLOCK in row:
                cells = filter(None, map(_with_line_breaks, cells))
            line = "\t".join(cells)
        else:
            line = _with_line_breaks(row.strip())
        if line:
            rows.append(_SPACES.sub(" ", line) if "  " in line else line)
    return "\n".join(rows)


def _with_line_breaks(cell: str) -> str:
    return "\n".join(filter(None, map(str.strip, cell.split(_BLOCK)))) if _BLOCK in cell else cell


def _read_tokens(content: str) -> str:
    content = _with_hidden_marked(content)
    shown = _tokens_of(content)
    if shown.closed_itself:
        shown = _tokens_of(_SELF_CLOSED.sub(" ", content))
    return shown.text()


def _tokens_of(content: str) -> _Shown:
    shown = _Shown()
    tokenizer = Tokenizer(capture_attributes=False)
    for start in range(0, len(content), _PIECE):  # the tokenizer copies what it is given
        tokenizer.feed(content[start : start + _PIECE])
        tokenizer.dispatch(shown)
    tokenizer.close()
    tokenizer.dispatch(shown)
    return shown


def _with_hidden_marked(content: str) -> str:
    """The document with a mark before every element whose own style hides it, so that attributes need not be read."""
    parts: list[str] = []
    copied = searched = 0
    for hiding in _HIDING_STYLE.finditer(content):
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


class _Shown:
    """Collects what a document shows, with a border between blocks, cells and rows; the tokenizer drives it.

    What turns out to have been hidden is taken out again when its element ends. So an element that hides and never
    ends hides nothing: showing too much loses nothing, hiding the rest of a document would.
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
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
        return "".join(self._parts)

    def handle_data(self, data: str) -> None:
        self._parts.append(data.translate(_NO_BORDERS))

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._add(_BORDER_OF.get(tag))
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

    def _add(self, border: str | None) -> None:
        if border is not None:
            self._parts.append(border)

    def _start_inside_hidden(self, tag: str) -> None:
        # A paragraph ends where the next block begins.
        if self._hidden == "p" and tag in ("p", "div", "table"):
            self._end_hidden()
            self._parts.append(_BLOCK)
        elif tag == self._hidden:
            self._depth += 1

    def handle_endtag(self, tag: str) -> None:
        self._add(_BORDER_BEHIND.get(tag))
        if tag == self._hidden:
            self._depth -= 1
            if self._depth == 0:
                self._end_hidden()
        elif tag == "pre":
            self._end_pre()

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self._add(_BORDER_OF.get(tag))
        self._hides_next = False
        if tag in _RAW_TEXT:
            self.closed_itself = True

    def _ignore(self, *_: object) -> None:
        """Comments and declarations are not shown."""

    handle_comment = handle_decl = handle_pi = unknown_decl = _ignore

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
        for border in (_BLOCK, _ROW):
            lines = lines.replace(border, "\n")
        text = plain_text(lines.replace(_CELL, "   "))
        self._parts[self._pre_from :] = [_BLOCK, text.replace("\n", _BLOCK).replace("\t", _CELL), _BLOCK]
        self._pre_from = -1
