"""The readable text of HTML and inline XBRL.

Two ways lead to the same text. Nearly all documents are regular: every tag ends at the next `>`, and nothing in them
is hidden, preformatted or a script. One regular expression cuts them into text and runs of tags, and of a run only
what it means is asked, once for all places in which it stands. Any other document goes tag by tag through a tokenizer
that knows all of HTML.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from turbohtml import Tokenizer, unescape

from watcher.text.letters import has_plain_spaces, with_plain_spaces
from watcher.text.plain import plain_text

# What stands in collected text for borders, the strongest first; text of a document never holds them.
_TITLE, _ROW, _CELL, _BLOCK, _NONE = "\1", "\2", "\3", "\4", "\5"
_BORDERS = _TITLE + _ROW + _CELL + _BLOCK + _NONE
_NO_BORDERS = dict.fromkeys(map(ord, _BORDERS))
# What else a tag can mean: an element whose style hides it; something for the tokenizer; in a list, the next run.
_HIDDEN, _IRREGULAR, _NEXT = "\6", "\7", "\0"
_BORDER_OF = dict.fromkeys(
    "address article aside blockquote body br center dd dir div dl dt fieldset figcaption figure footer form h1 h2 "
    "h3 h4 h5 h6 header hr html legend li main menu nav ol option p page section select table tbody tfoot thead ul "
    "caption document text xbrl".split(),
    _BLOCK,
) | {"td": _CELL, "th": _CELL, "tr": _ROW}
# The next cell or row ends the last one.
_BORDER_BEHIND = {tag: border for tag, border in _BORDER_OF.items() if border == _BLOCK} | {"table": _ROW}
# What browsers do not show. `ix:header` is the hidden part of an inline XBRL document.
_UNSEEN = frozenset({"ix:header", "script", "style", "title", "noscript", "iframe", "template"})
# Elements that never have an end tag cannot hide anything.
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
# XHTML lets these close themselves; HTML's tokenizer takes the rest of the document for their content.
_RAW_TEXT = frozenset({"title", "script", "style", "textarea", "iframe", "noscript"})
_SELF_CLOSED = re.compile(rf"<(?:{'|'.join(_RAW_TEXT)})\b[^<>]*/>", re.IGNORECASE)
_HIDES = "watcher-hides"
# Most elements so hidden are empty, and need no care. The bound keeps it linear on a text of nothing but styles.
_NOT_EMPTY = r"(?![^<>]{0,500}+>\s*</)"
_NOT_DISPLAYED = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_HIDING_STYLE = re.compile(rf"{_NOT_DISPLAYED.pattern}{_NOT_EMPTY}", re.IGNORECASE)
# The same in the spelling that is quickly found.
_COMMON_SPELLING = "isplay"
_HIDING_RUN = re.compile(rf"{_COMMON_SPELLING}\s*:\s*(?i:none){_NOT_EMPTY}")
_STYLED_TAG = re.compile(r"<[a-z][^>]*\bstyle\s*=", re.IGNORECASE)
_SPACES = re.compile(r"  +")
_OPENING = 20_000
_PIECE = 1 << 18
_LONGEST_PIECE = 1 << 20
_LONGEST_TAG = 10_000


def html_text(content: str) -> str:
    """What a person reads in an HTML document without NUL characters, in time and memory linear in it."""
    content = _without_ix_header(content)
    marked = _read_regular(content)
    if marked is None:
        marked = with_plain_spaces(_read_tokens(content), keep=_BORDERS)
    return _settle(marked)


def _without_ix_header(content: str) -> str:
    """The document less the hidden part of inline XBRL, which stands first and has many tags."""
    start = content.find("<ix:header", 0, _OPENING)
    end = content.find("</ix:header>", start) if start >= 0 else -1
    return content[:start] + content[end + len("</ix:header>") :] if end >= 0 else content


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


# --- regular documents -----------------------------------------------------------------------------------

_RUN = re.compile(r"(<[^>]*+>(?:[ \t\n\r\xa0]*+<[^>]*+>)*)")
# Half of all references, and no part of any other.
_SPACE_REFERENCES = ("&nbsp;", "&#160;")
_REFERENCE = re.compile(r"(&[#0-9A-Za-z]{1,100};?)")  # the longest of HTML has 32 letters
_BLANK = "[ \t\n\r\f]"
# A tag less its `>`, behind the blanks before it. Whatever is not written so may end elsewhere.
_REGULAR_TAG = re.compile(
    rf"[\xa0 \t\n\r]*+<(/?[a-zA-Z][^\s/<>\"'=]*+)"
    rf"(?:{_BLANK}++[^\s\"'<>/=]++(?:{_BLANK}*+={_BLANK}*+(?:\"[^\"]*+\"|'[^']*+'|[^\s\"'=<>`]++))?)*{_BLANK}*+/?+"
)
_DECLARATION = re.compile(r"\s*+<(?:!(?![-\[])|\?|!--.*--\Z)", re.DOTALL)
_MEANING_OF = (
    dict.fromkeys([*_UNSEEN, *_RAW_TEXT, "pre", "xmp", "noembed", "noframes", "plaintext", "/pre", _HIDES], _IRREGULAR)
    | _BORDER_OF
    | {f"/{tag}": border for tag, border in _BORDER_BEHIND.items()}
    | {"title": _TITLE, "/title": _TITLE}
)


def _read_regular(content: str) -> str | None:
    """What a regular document says in plain letters, with its borders; None for any other."""
    marked = []
    start = 0
    while start < len(content):  # in pieces, because its parts take far more memory than a document
        end = content.find("<", start + _PIECE)
        end = len(content) if end < 0 else end
        piece = _with_borders(content[start:end]) if end - start < _LONGEST_PIECE else None
        if piece is None:
            return None
        marked.append(piece)
        start = end
    before, *titled = "".join(marked).split(_TITLE)
    if len(titled) not in (0, 2):
        return None
    return before + "".join(titled[1:])


def _with_borders(piece: str) -> str | None:
    if piece.find("<", piece.rfind(">") + 1) >= 0:
        return None
    parts = _RUN.split(piece)
    said = "".join(parts[::2])
    common = has_plain_spaces(said)
    if not common and any(border in said for border in _BORDERS):
        return None
    border_at = _borders(dict.fromkeys(parts[1::2]))
    if border_at is None:
        return None
    parts[1::2] = map(border_at.__getitem__, parts[1::2])
    text = _with_characters("".join(parts))
    return (text if common else with_plain_spaces(text, keep=_BORDERS)).replace(_NONE, "")


def _borders(runs: dict[str, None]) -> dict[str, str] | None:
    """For each run of tags the strongest border in it; None if one has to be looked at more closely."""
    meanings = "".join(map(_MEANINGS.__getitem__, f"{_NEXT}>".join(runs).split(">")))
    if _IRREGULAR in meanings:
        return None
    each = meanings.split(_NEXT) if runs else []
    if _HIDDEN in meanings:
        hiding = [run for run, found in zip(runs, each, strict=True) if _HIDDEN in found]
        if any(map(_HIDING_RUN.search, hiding)):
            return None
    return dict(zip(runs, map(_strongest, each), strict=True))


def _strongest(borders: str) -> str:
    if _TITLE in borders:
        return borders.replace(_HIDDEN, "")
    if _ROW in borders:
        return _ROW
    if _CELL in borders:
        return _CELL
    if _BLOCK in borders:
        return _BLOCK
    return " " if " " in borders else _NONE


class _Remembered(dict[str, str]):
    """What a function says, for all documents: the tools that write filings are few.

    Threads share it; one that finds it just emptied asks anew.
    """

    def __init__(self, function: Callable[[str], str]) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, text: str) -> str:
        found = self._function(text)
        if len(text) < _LONGEST_KEPT:
            if len(self) >= _MOST_KEPT:
                self.clear()
            self[text] = found
        return found


_LONGEST_KEPT = 200  # letters
_MOST_KEPT = 10_000


def _meaning(tag: str) -> str:
    if tag in ("", _NEXT):
        return tag
    if len(tag) > _LONGEST_TAG:
        return _IRREGULAR
    blank = "" if tag[0] == "<" else " "
    regular = _REGULAR_TAG.fullmatch(tag)
    if regular is None:
        return blank if _DECLARATION.match(tag) else _IRREGULAR
    meaning = blank + _MEANING_OF.get(regular[1].lower(), "")
    if _TITLE in meaning and tag[-1] == "/":
        return _IRREGULAR
    if (_COMMON_SPELLING in tag or _COMMON_SPELLING.upper() in tag) and (hides := _NOT_DISPLAYED.search(tag)):
        return meaning + _HIDDEN if _COMMON_SPELLING in hides[0] else _IRREGULAR
    return meaning


_MEANINGS = _Remembered(_meaning)


def _with_characters(text: str) -> str:
    for space in _SPACE_REFERENCES:
        text = text.replace(space, " ")
    parts = _REFERENCE.split(text)
    parts[1::2] = map(_CHARACTERS.__getitem__, parts[1::2])
    return "".join(parts)


def _character(reference: str) -> str:
    """What a character reference stands for, in plain letters."""
    return with_plain_spaces(unescape(reference))


_CHARACTERS = _Remembered(_character)


# --- all others ------------------------------------------------------------------------------------------


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
