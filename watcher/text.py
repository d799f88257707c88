"""Readable text of a document, and the normal form in which phrases are looked for.

Readable text holds what a person sees: one line a block or table row, cells apart by one tab, single spaces,
nothing hidden. `fold` changes characters one for one, so an offset in the folded text is the same offset in the
readable text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from turbohtml import Token, TokenType, tokenize

_BLOCK, _CELL, _ROW = "\x01", "\x02", "\x03"
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
# XHTML lets these close themselves; HTML's tokenizer would take the rest of the document for their content.
_SELF_CLOSED = re.compile(r"<(?:title|script|style|textarea|iframe|noscript)\b[^<>]*/>", re.IGNORECASE)
_HIDING_STYLE = re.compile(r"display\s*:\s*none")
_CONTROL = re.compile("[\\x00-\\x08\\x0b\\x0e-\\x1f\\x7f]+")
_ZERO_WIDTH = "\xad\u200b\u200c\u200d\u2060\ufeff"
_PLAIN_TAG = re.compile(r"</?(?:page|table|caption|s|c|fn|f\d+|r|text|pdf|xml|xbrl)\b[^<>\n]*>", re.IGNORECASE)
_RULE_LINE = re.compile(r"[-=_*~.\s]+\Z")
_COLUMN_GAP = re.compile(r" {3,}|(?:\.\s?){4,}")


def readable_text(content: str) -> str:
    """What a person reads in one document: HTML, inline XBRL or plain text.

    Takes time and memory linear in `content`, whatever it holds.
    """
    text = _html_text(content) if _HTML.search(content, 0, 200_000) else _plain_text(content)
    if not text.isascii():
        for character in _ZERO_WIDTH:
            text = text.replace(character, "")
    return text


def _html_text(content: str) -> str:
    if "\x01" in content or "\x02" in content or "\x03" in content:
        content = _CONTROL.sub("", content)
    content = _without_ix_header(_SELF_CLOSED.sub(" ", content) if _may_close_itself(content) else content)
    styled = ("display" in content or "DISPLAY" in content) and _HIDING_STYLE.search(content.lower()) is not None
    marked, closed = _marked_text(content, heed_styles=styled)
    if not closed:
        # Something hidden was never closed: showing too much loses nothing, hiding the rest would.
        marked, _ = _marked_text(content, heed_styles=False, unseen=frozenset({"script", "style"}))
    return _settle(marked)


def _may_close_itself(content: str) -> bool:
    """Whether a scan for self-closed raw-text elements is worth its time; XHTML writes tags in lower case."""
    return "/>" in content and any(tag in content for tag in ("<title/", "<title />", "<script", "<style", "<textarea"))


def _without_ix_header(content: str) -> str:
    """The document less the hidden part of inline XBRL, whose tags are many and say nothing to a reader."""
    start = content.find("<ix:header")
    end = content.find("</ix:header>", start)
    if start < 0 or end < 0:
        return content
    return content[:start] + content[end + len("</ix:header>") :]


def _marked_text(content: str, *, heed_styles: bool, unseen: frozenset[str] = _UNSEEN) -> tuple[str, bool]:
    """The document's text with a mark at every block, cell and row border; and whether all hiding ended."""
    parts: list[str] = []
    add = parts.append
    separator_of = _SEPARATOR_OF.get
    tokens = tokenize(content)
    text_type, start_type, end_type = int(TokenType.TEXT), int(TokenType.START_TAG), int(TokenType.END_TAG)
    for token in tokens:
        kind = token.type
        if kind == text_type:
            add(token.data)  # type: ignore[arg-type]
            continue
        if kind != start_type and kind != end_type:
            continue
        tag = token.tag
        separator = separator_of(tag)  # type: ignore[arg-type]
        if separator is not None:
            add(separator)
        if kind == start_type:
            if tag in unseen or (heed_styles and _hides(token)):
                if not token.self_closing and not _skip_element(tag, tokens):  # type: ignore[arg-type]
                    return "".join(parts), False
            elif tag == "pre":
                add(_BLOCK + _preformatted(tokens) + _BLOCK)
    return "".join(parts), True


def _hides(token: Token) -> bool:
    if token.tag in _VOID:
        return False
    style = token.attr("style")
    return style is not None and _HIDING_STYLE.search(style.lower()) is not None


def _skip_element(tag: str, tokens: Iterator[Token]) -> bool:
    """Pass over the rest of a hidden element; False where the document ended first."""
    depth = 1
    for token in tokens:
        if token.tag != tag:
            # A paragraph ends where the next block begins.
            if tag == "p" and token.type == TokenType.START_TAG and token.tag in ("p", "div", "table"):
                return True
            continue
        if token.type == TokenType.END_TAG:
            depth -= 1
        elif token.type == TokenType.START_TAG and not token.self_closing:
            if tag == "p":
                return True
            depth += 1
        if depth == 0:
            return True
    return False


def _preformatted(tokens: Iterator[Token]) -> str:
    """The text of a `<pre>` whose start tag was just read, its lines kept."""
    parts: list[str] = []
    for token in tokens:
        if token.type == TokenType.TEXT:
            parts.append(token.data or "")
        elif token.tag == "pre":
            break
        elif token.tag in ("br", "p", "div", "tr", "hr"):
            parts.append("\n")
    return _plain_text("".join(parts)).replace("\n", _BLOCK).replace("\t", _CELL)


def _settle(marked: str) -> str:
    """Marks to single line breaks and tabs, every run of white space to one space, empty parts dropped."""
    rows = []
    for row in marked.split(_ROW):
        cells = []
        for cell in row.split(_CELL):
            if cell and not cell.isspace():
                if _BLOCK in cell:
                    lines = [" ".join(words) for line in cell.split(_BLOCK) if (words := line.split())]
                    if lines:
                        cells.append("\n".join(lines))
                else:
                    cells.append(" ".join(cell.split()))
        if cells:
            rows.append("\t".join(cells))
    return "\n".join(rows)


def _plain_text(content: str) -> str:
    """Plain text with its paragraphs unwrapped: a line that was only broken to fit the page is joined again."""
    content = _PLAIN_TAG.sub("", _CONTROL.sub("", content)).expandtabs()
    lines = content.splitlines()
    widths = sorted(len(line.rstrip()) for line in lines if line.strip())
    full = widths[len(widths) * 9 // 10] * 7 // 10 if widths else 0
    out: list[str] = []
    joins = False
    for raw in lines:
        line = raw.strip()
        if not line or _RULE_LINE.match(line):
            joins = False
            continue
        if "   " in line or "..." in line or ". ." in line:
            cells = "\t".join(part for cell in _COLUMN_GAP.split(line) if (part := " ".join(cell.split())))
        else:
            cells = " ".join(line.split())
        if joins and "\t" not in cells:
            out[-1] += " " + cells
        elif cells:
            out.append(cells)
        # A list entry ("99.1    Press release ...") goes on in the next line as a sentence does.
        first, tab, rest = cells.partition("\t")
        prose = not tab or (len(first) <= 12 and "\t" not in rest)
        joins = prose and len(raw.rstrip()) >= full
    return "\n".join(out)


_FOLDED_SPACES = "\t\n\r\x0b\x0c\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_FOLDED = (
    dict.fromkeys(_FOLDED_SPACES, " ")
    | dict.fromkeys("‘’‚‛′`´ʼ", "'")
    | dict.fromkeys("“”„‟″«»", '"')
    | dict.fromkeys("‐‑‒–—―−﹘﹣－", "-")
)


def fold(text: str) -> str:
    """The normal form for searching, of the same length: lower case, one kind of space, quote and dash."""
    folded = text.lower()
    if len(folded) != len(text):  # a few letters have longer lower-case forms; those stay as they are
        folded = "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)
    if folded.isascii():
        return folded.replace("\n", " ").replace("\t", " ").replace("`", "'")
    for character, plain in _FOLDED.items():
        folded = folded.replace(character, plain)
    return folded
