"""Item headings in the text of a main document, told apart from everything that only looks like one.

A heading starts its line. Cross references ("Item 2.02 of this report"), quotations, tables of contents and lists of
items that do not apply ("Items 1 through 4: not applicable") are not headings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from watcher import item_codes


@dataclass(frozen=True, slots=True)
class ItemSpan:
    """Where an item stands in the readable text: `text[start:end]`, heading included."""

    code: str
    heading: str
    start: int
    end: int


_NUMBER = r"\d{1,2}\s?\.\s?\d{2}(?!\d)"
_OLD_NUMBER = r"1[0-3](?!\d)|[1-9](?!\d)"
_SUBPART = r"(?:\s?\([a-z0-9]{1,4}\))*"


def _heading(number: str) -> re.Pattern[str]:
    # A rule line, bullet or section heading may stand before the word on the same line.
    return re.compile(
        r"^(?P<lead>[^\w\n\"“”'‘]{0,200}(?:section\s+\d\W[^\n]{0,120}?\W)?)"
        r"items?(?:\s+nos?\.?)?\s?[:\s]?"
        rf"(?P<codes>(?:{number}){_SUBPART}(?:(?:\s?[,;&]\s?|\s+)(?:(?:and|through|to|or)\s+)?(?:items?\s+)?(?:{number}){_SUBPART})*)"
        r"(?P<rest>[^\n]*)",
        re.IGNORECASE | re.MULTILINE,
    )


_MODERN = _heading(_NUMBER)
_OLD = _heading(_OLD_NUMBER)
_SIGNATURES = re.compile(
    r"^\W{0,5}(?:s\s?i\s?g\s?n\s?a\s?t\s?u\s?r\s?e(?:\s?\(?s\)?)?\s*(?:page)?\W{0,5}(?:\d{1,3})?$"
    r"|pursuant to the requirements? of the securities (?:and )?exchange act)",
    re.IGNORECASE | re.MULTILINE,
)
# A table of contents gives the page.
_CONTENTS_ENTRY = re.compile(r"(?:\t|\.{3,}\s?)\d{1,3}$")
_NOT_APPLICABLE = re.compile(r"(?:not?(?:ne| applicable)|n/a|inapplicable|omitted)\W*\Z", re.IGNORECASE)
# Words with which a sentence goes on after a reference to an item; a title never starts with them.
_REFERENCE = re.compile(
    r"\W{0,3}(?:of|in|to|is|are|was|were|and|or|shall|will|has|have|above|below|herein|hereof|hereby|by|for|on|with|"
    r"as|that|which|this|the|under|including|includes?|contains?|describes?|disclosure|information|incorporated)\b"
)


def find_items(text: str, *, filed_on: date | None = None) -> tuple[ItemSpan, ...]:
    """The items that a main document reports, in its order, each once.

    `filed_on` decides between the numbers of today and those before August 2004; where it is not known, today's are
    looked for first.
    """
    headings = [] if item_codes.is_old_numbering(filed_on) else _headings(_MODERN, text)
    if not headings and (filed_on is None or item_codes.is_old_numbering(filed_on)):
        headings = _headings(_OLD, text)
    if not headings:
        return ()
    borders = sorted({start for start, _, _ in headings} | {found.start() for found in _SIGNATURES.finditer(text)})
    end_of = dict(zip(borders, [*borders[1:], len(text)], strict=True))
    best: dict[str, ItemSpan] = {}
    last = ""
    for start, codes, heading in headings:
        end = end_of[start]
        if _NOT_APPLICABLE.search(text[start:end].strip()[-80:]) and end - start < len(heading) + 60:
            continue
        for code in codes:
            known = best.get(code)
            if known is not None and last == code and text[known.end : start].strip() == "":
                best[code] = ItemSpan(code, known.heading, known.start, end)  # a continued heading
            elif known is None or end - start > known.end - known.start:
                best[code] = ItemSpan(code, heading, start, end)
            last = code
    return tuple(sorted(best.values(), key=lambda span: (span.start, item_codes.sort_key(span.code))))


def _headings(pattern: re.Pattern[str], text: str) -> list[tuple[int, list[str], str]]:
    """Every heading: where it starts, the codes it names, and its line."""
    found = []
    for match in pattern.finditer(text):
        codes = _codes(match["codes"])
        if _is_heading(codes, match["rest"]):
            found.append((match.start() + len(match["lead"]), codes, match[0].strip()))
    return found


def _codes(listed: str) -> list[str]:
    listed = re.sub(_SUBPART, "", listed)
    numbers = re.findall(r"\d{1,2}\s?\.\s?\d{2}|\d{1,2}", listed)
    return list(dict.fromkeys(re.sub(r"\s", "", number) for number in numbers))


def _is_heading(codes: list[str], rest: str) -> bool:
    if _CONTENTS_ENTRY.search(rest):
        return False
    rest = re.sub(rf"^{_SUBPART}", "", rest).strip()
    if not rest.strip(" .:;,-–—\t"):
        return True
    words = re.findall(r"[a-z]+", rest.lower()[:80])
    title = re.findall(r"[a-z]+", item_codes.title(codes[-1]).lower())
    if words[:2] == title[:2] and title:
        return True
    if _REFERENCE.match(rest):
        return False
    first = next((letter for letter in rest if letter.isalnum() or letter in "“\"'"), "")
    return not first.islower()


def heading_length(text: str, title: str) -> int:
    """How much of an item's text is its heading: the line with its number, and its title in that line or the next."""
    line = text.partition("\n")[0]
    code = re.match(rf"\W*items?\W*(?:{_NUMBER}|{_OLD_NUMBER}){_SUBPART}\W*", text, re.IGNORECASE)
    begin = code.end() if code else 0
    words = re.findall(r"[a-z]+", title.lower())
    if words and (run_in := re.match(r"\W*".join(words) + r"\W*", text[begin : begin + 400], re.IGNORECASE)):
        return begin + run_in.end()
    # A title in other words: the rest of a short line.
    if begin > len(line):
        line = text[: text.find("\n", begin) if "\n" in text[begin:] else len(text)]
    return len(line) if len(line) - begin < 250 else begin


# Parts by what they are, in the letters of today's form. Until 2005 exhibits were part (c).
_PARTS = {
    "a": r"financial statements?(?: of (?:(?:the )?business(?:es)?(?: or funds)? acquired|real estate|funds))?",
    "b": r"(?:unaudited )?pro[ -]?forma (?:\w+ ){0,4}(?:information|statements?|data)",
    "c": r"shell company transactions?",
    "d": r"exhibits?",
}
_PART = re.compile(
    r"^\W{0,3}(?:\(?(?P<letter>[a-d])\s?\)\W{0,4})?(?:(?:index to |the )?(?:"
    + "|".join(f"(?P<{k}>{v})" for k, v in _PARTS.items())
    + r")\b)?",
    re.IGNORECASE | re.MULTILINE,
)
_IN_HEADING = re.compile(r"9\.01\W{0,3}\(([a-d])\)", re.IGNORECASE)
_NOTHING = re.compile(r"[\W\d]*(?:not applicable|none|n/a|inapplicable)\b", re.IGNORECASE)


def read_parts(text: str, *, lists_exhibits: bool = False) -> tuple[str, ...]:
    """The parts that the text of Item 9.01 has, such as `("a", "d")`; those said not to apply are left out.

    The letters are those of today's form: (a) businesses acquired, (b) pro forma, (c) shell company transactions,
    (d) exhibits. What a part is called counts for more than its letter. `lists_exhibits` says that exhibits are listed
    there, which makes (d) present even where it has no heading.
    """
    heading, _, rest = text.partition("\n")
    parts = set(_IN_HEADING.findall(heading.lower()))
    for found in _PART.finditer(rest):
        named = next((letter for letter in "abcd" if found[letter]), "")
        lettered = (found["letter"] or "").lower()
        after = rest[found.end() : found.end() + 200]
        # Without its letter, a part's name is a heading only if it has the line for itself.
        if not (lettered or (named and re.match(r"\W*$", after.partition("\n")[0]))) or _NOTHING.match(after):
            continue
        parts.add(named or lettered)
    if lists_exhibits:
        parts.add("d")
    return tuple(sorted(parts))
