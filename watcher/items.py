"""Item headings in the text of a main document, told apart from everything that only looks like one.

A heading starts its line. Cross references ("Item 2.02 of this report"), quotations, tables of contents and lists of
items that do not apply ("Items 1 through 4: not applicable") are not headings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from watcher import item_codes


@dataclass(frozen=True, slots=True)
class ItemSpan:
    """Where an item stands in the readable text: `text[start:end]`, heading included."""

    code: str
    heading: str
    start: int
    end: int


_NUMBER = r"\d{1,2}\s?\.\s?\d{2}(?!\d)"
_OLD_NUMBER = r"(?:(?:1[0-3]|[1-9])(?!\d|\.\d)|(?-i:XI{0,3}|IX|IV|VI{0,3}|I{1,3}|V|X)\b)"
_ROMAN = re.compile(r"\b(?:XI{0,3}|IX|IV|VI{0,3}|I{1,3}|V|X)\b")
_ROMANS = "I II III IV V VI VII VIII IX X XI XII XIII".split()
_SUBPART = r"(?:\s?\([a-z0-9]{1,4}\)(?:\s?(?:,|and|&|,\s?and)\s?(?=\())?)*"
# A rule, a bullet, a number, a section's heading or the form's own words may stand before the word on the same line.
_LEAD = (
    r"(?P<lead>(?>(?:[^\w\n\"“”'‘]|_){0,200})(?:\d{1,2}[.)]\s+)?(?:section\s+\d\W[^\n]{0,120}?\W)?"
    r"(?:information to be included in (?:the|this) report\W{1,5})?(?:form\s8-k\W{1,5})?)"
)
_WORD = r"i\s?t\s?e\s?m\s?s?\.?(?:\s+nos?\.?)?\s?[:#(\[]?\s?"


def _heading(number: str) -> re.Pattern[str]:
    return re.compile(
        rf"\n{_LEAD}{_WORD}"
        rf"(?P<codes>(?:{number}){_SUBPART}(?:(?:\s?[,;&/]\s?|\s+)(?:(?:and|through|to|or)\s+)?(?:items?\s+)?(?:{number}){_SUBPART})*)"
        r"(?P<rest>[^\n]*)",
        re.IGNORECASE,
    )


# These patterns begin with a line break, which is quickly found, and are looked for in a text that has one before it.
_MODERN = _heading(_NUMBER)
_OLD = _heading(_OLD_NUMBER)
# Headings as nobody should write them: "8.01 Other Events", "Section 5.02", "ltem 5.02", "Item 8.1", "Item 801",
# "Item 8,01", "Item 8-01", "Item 8:01". Only the item's own title behind the number makes one of these a heading.
_ODD = re.compile(
    rf"\n{_LEAD}(?:(?:[il]tem|section)\s?|(?=\d\s?\.))(?P<codes>[1-9]\s?[.,:-]?\s?0?[1-8])(?!\d)(?P<rest>[^\n]{{6,}})",
    re.IGNORECASE,
)
# A second item in the same line, behind the first one's title.
_ANOTHER = re.compile(
    rf"(?<!under )(?<!to )(?<!in )(?<!by )(?<!of )\bitem\s?(?P<code>{_NUMBER}|{_OLD_NUMBER})", re.IGNORECASE
)
# Items 1 to 13 of an annual report, which some current reports quote in full.
_ANNUAL_REPORT = re.compile(
    r"\W*(?:[ab]\.\s*)?(?:business|description of business|properties|description of property|legal proceedings|"
    r"submission of matters|market for|selected (?:consolidated )?financial|management.s discussion|"
    r"quantitative and qualitative|financial statements and supplementary|directors|executive compensation|"
    r"security ownership|certain relationships|principal account|risk factors|controls and procedures|"
    r"changes in and disagreements|defaults upon|exhibits(?:, financial statement schedules,?)? and reports|"
    r"financial statements(?=\W*\Z))\b",
    re.IGNORECASE,
)
_SIGNATURES = re.compile(
    r"\n\W{0,5}(?:s\s?i\s?g\s?n\s?a\s?t\s?u\s?r\s?e(?:\s?\(?s\)?)?\s*(?:page)?\W{0,5}(?:\d{1,3})?$"
    r"|pursuant to the requirements? of the securities (?:and )?exchange act)",
    re.IGNORECASE | re.MULTILINE,
)
_SECTION_LINE = re.compile(r"\W{0,5}section\s[1-9](?:\W{1,5}(?-i:[A-Z])[^\n.]{0,100})?\W{0,5}\Z", re.IGNORECASE)
_WORD_OR_SIGN = re.compile(r"\S")
_SUBPARTS = re.compile(r"\([a-z0-9]{1,4}\)", re.IGNORECASE)
_BEHIND_CODE = re.compile(rf"^[\s.:,–—-]{{0,4}}{_SUBPART}")
_CODE_NUMBER = re.compile(r"\d{1,2}\s?\.\s?\d{2}|\d{1,2}")
_LETTERS = re.compile(r"[a-z]+")
# Filers who had not yet heard of the new numbers, or who used them early.
_SOME_GO_ON = timedelta(days=200)
# A table of contents gives the page.
_CONTENTS_ENTRY = re.compile(r"(?:\t|(?<!\.)\.{3,}\s?)\d{1,3}$")
_NOT_APPLICABLE = re.compile(
    r"(?:not?(?:ne| applicable| required)|n/a|inapplicable|omitted|no response(?: is)?(?: required)?|nothing to report)"
    r"(?: (?:and|from|in|to) [^\n.]{0,40})?\W*\Z",
    re.IGNORECASE,
)
# Words with which a sentence goes on after a reference to an item; a title never starts with them.
_REFERENCE = re.compile(
    r"\W{0,3}(?:of|in|to|is|are|was|were|and|or|shall|will|has|have|above|below|herein|hereof|hereby|by|for|on|with|"
    r"as|that|which|this|the|under|including|includes?|contains?|describes?|disclosure|information|incorporated)\b"
)


def find_items(text: str, *, filed_on: date | None = None) -> tuple[ItemSpan, ...]:
    """The items that a main document reports, in its order, each once.

    `filed_on` decides between the numbers of today and those before August 2004; where it is not known, and around
    that day, the others are looked for if there are none.
    """
    first, second = (_OLD, _MODERN) if item_codes.is_old_numbering(filed_on) else (_MODERN, _OLD)
    lines = "\n" + text
    headings = _headings(first, lines)
    if not headings and (filed_on is None or abs(filed_on - item_codes.RENUMBERED_ON) < _SOME_GO_ON):
        headings = _headings(second, lines)
    if not headings:
        return ()
    borders = sorted({start for start, _, _ in headings} | {found.start() for found in _SIGNATURES.finditer(lines)})
    end_of = dict(zip(borders, [*borders[1:], len(text)], strict=True))
    _share_text(headings, end_of, text)
    best: dict[str, ItemSpan] = {}
    last = ""
    for start, codes, heading in headings:
        end = end_of[start]
        if _does_not_apply(text, start, end, heading):
            continue
        for code in codes:
            known = best.get(code)
            if known is not None and last == code and not _WORD_OR_SIGN.search(text, known.end, start):
                best[code] = ItemSpan(code, known.heading, known.start, end)  # a continued heading
            elif known is None or end - start > known.end - known.start:
                best[code] = ItemSpan(code, heading, start, end)
            last = code
    return tuple(sorted(best.values(), key=lambda span: (span.start, item_codes.sort_key(span.code))))


def _does_not_apply(text: str, start: int, end: int, heading: str) -> bool:
    """Whether an item is headed only to say that there is nothing to it."""
    return end - start < len(heading) + 60 and _NOT_APPLICABLE.search(text[start:end].strip()[-80:]) is not None


def _share_text(headings: list[tuple[int, list[str], str]], end_of: dict[int, int], text: str) -> None:
    """Let headings that stand one upon the other share what follows them, as those in one line do.

    The heading of a section that stands over an item's is no part of the item before. The exhibits that follow an
    empty item are not its text, and neither is anything that follows a list of contents.
    """
    told, following = False, len(text)
    below = set(item_codes.LISTS_EXHIBITS)
    for start, codes, heading in reversed(headings):
        border = end_of[start]
        last = text.rfind("\n", start, border - 1) + 1
        if last > start and _SECTION_LINE.match(text, last, border):
            end_of[start] = last
        own = text[start : end_of[start]].rstrip()
        if heading_length(own, item_codes.title(codes[-1])) < len(own):
            told = item_codes.LISTS_EXHIBITS.isdisjoint(codes)
        elif (
            told
            and border == following
            and below.isdisjoint(codes)
            and not _does_not_apply(text, start, border, heading)
        ):
            end_of[start] = end_of[following]
        else:
            told = False
        below.update(codes)
        following = start


def _headings(pattern: re.Pattern[str], lines: str) -> list[tuple[int, list[str], str]]:
    """Every heading: where it starts in the text behind the first line break, the codes it names, and its line."""
    found = []
    for match in pattern.finditer(lines):
        codes = _codes(match["codes"])
        if _is_heading(codes, match["rest"]):
            codes += [code for code in _more_codes(match["rest"]) if code not in codes]
            found.append((match.start() + len(match["lead"]), codes, match[0].strip()))
    if pattern is _MODERN:
        known = {start for start, _, _ in found}
        for match in _ODD.finditer(lines):
            start = match.start() + len(match["lead"])
            code = f"{match['codes'][0]}.0{match['codes'][-1]}"
            if start not in known and not _CONTENTS_ENTRY.search(match["rest"]) and _has_title(code, match["rest"]):
                found.append((start, [code], match[0].strip()))
        found.sort()
    return found


def _codes(listed: str) -> list[str]:
    listed = _SUBPARTS.sub("", listed)
    listed = _ROMAN.sub(lambda number: str(_ROMANS.index(number[0]) + 1), listed)
    return list(dict.fromkeys("".join(number.split()) for number in _CODE_NUMBER.findall(listed)))


def _more_codes(rest: str) -> list[str]:
    found = [("".join(match["code"].split()), rest[match.end() :]) for match in _ANOTHER.finditer(rest, 0, 300)]
    return [code for code, behind in found if _has_title(code, behind)]


def _is_heading(codes: list[str], rest: str) -> bool:
    if _CONTENTS_ENTRY.search(rest):
        return False
    rest = _BEHIND_CODE.sub("", rest).strip()
    if not rest.strip(" .:;,-–—\t)"):
        return True
    if _has_title(codes[-1], rest):
        return True
    if _REFERENCE.match(rest) or ("." not in codes[-1] and _ANNUAL_REPORT.match(rest)):
        return False
    first = next((letter for letter in rest if letter.isalnum() or letter in "“\"'"), "")
    return not first.islower()


def _has_title(code: str, text: str) -> bool:
    """Whether `text` begins as the item's title does; singular and plural are the same."""
    found = _first_words(text[:120])
    return bool(found) and found == _first_words(item_codes.title(code))


def _first_words(text: str) -> list[str]:
    return [word.rstrip("s") for word in _LETTERS.findall(text.lower())[:2]]


_CODE = re.compile(
    rf"\W*+(?:i\s?t\s?e\s?m\s?s?|ltem|section)?\W*+(?:{_NUMBER}|{_OLD_NUMBER}|\d[\d.,\s]*){_SUBPART}\W*", re.IGNORECASE
)
# Words of earlier and of shortened titles.
_TITLE_WORDS = ("of", "or", "and", "principal", "named", "executive", "disclosure", "standard", "pro", "forma")


def heading_length(text: str, title: str) -> int:
    """How much of an item's text is its heading: the line with its number, and its title in that line or the next."""
    line = text.partition("\n")[0]
    code = _CODE.match(text)
    begin = code.end() if code else 0
    run_in = _title_run(title).match(text, begin, begin + 400)
    if run_in and len(run_in[0].split()) > 1:
        return run_in.end()
    # A title in other words: the rest of a short line.
    if begin > len(line):
        line = text[: text.find("\n", begin) if "\n" in text[begin:] else len(text)]
    return len(line) if len(line) - begin < 250 else begin


@cache
def _title_run(title: str) -> re.Pattern[str]:
    """As many of a title's words as there are, in any order: titles are shortened, and older ones differ."""
    words = sorted({*re.findall(r"[a-z]+", title.lower()), *_TITLE_WORDS} - {"a", "an", "the"})
    return re.compile(rf"(?:\W*\b(?:(?:an?|the)\W+)?(?:{'|'.join(words)})\b)*[^\w(]*", re.IGNORECASE)


# Parts by what they are, in the letters of today's form. Until 2005 exhibits were part (c).
_PARTS = {
    "a": r"financial statements?(?: of (?:(?:the )?business(?:es)?(?: or funds)? acquired|real estate|funds))?",
    "b": r"(?:unaudited )?pro[ -]?forma (?:\w+ ){0,4}(?:information|statements?|data)",
    "c": r"shell company transactions?",
    "d": r"exhibits?",
}
_PART = re.compile(
    r"\n\W{0,3}(?:\(?(?P<letter>[a-d])\s?(?:\)|\.(?=\W{0,4}(?:financial|pro|shell|exhibits?)\b))\W{0,4})?"
    r"(?:(?:index to |the )?(?:" + "|".join(f"(?P<{k}>{v})" for k, v in _PARTS.items()) + r")\b)?",
    re.IGNORECASE,
)
_NO_WORDS = re.compile(r"\W*")
_IN_HEADING = re.compile(
    r"(?:9\.01\W{0,3}\(|\((?=[a-d]\)\W{0,3}(?:exhibits|financial|pro|shell)))([a-d])\)", re.IGNORECASE
)
# "(a), (b) and (c): not applicable" says it of all of them.
_NOTHING = re.compile(
    r"[\W\d]*(?:(?:[a-d]|and|through|to)\b[\W\d]*)*"
    r"(?:not (?:applicable|required)|none|n/a|inapplicable|no (?:financial statements|pro forma))\b",
    re.IGNORECASE,
)


def read_parts(text: str, *, lists_exhibits: bool = False) -> tuple[str, ...]:
    """The parts that the text of Item 9.01 has, such as `("a", "d")`; those said not to apply are left out.

    The letters are those of today's form: (a) businesses acquired, (b) pro forma, (c) shell company transactions,
    (d) exhibits. What a part is called counts for more than its letter. `lists_exhibits` says that exhibits are listed
    there, which makes (d) present even where it has no heading.
    """
    heading, line_break, rest = text.partition("\n")
    rest = line_break + rest
    parts = set(_IN_HEADING.findall(heading.lower()))
    for found in _PART.finditer(rest):
        named = next((letter for letter in "abcd" if found[letter]), "")
        lettered = (found["letter"] or "").lower()
        after = rest[found.end() : found.end() + 200]
        # Without its letter, a part's name is a heading only if it has the line for itself.
        if not (lettered or (named and _NO_WORDS.fullmatch(after.partition("\n")[0]))) or _NOTHING.match(after):
            continue
        parts.add(named or lettered)
    if lists_exhibits:
        parts.add("d")
    return tuple(sorted(parts))
