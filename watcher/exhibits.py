"""Exhibits: their numbers in every spelling, the list under Item 9.01, and the headline of a release."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise, zip_longest

from watcher.model import Document, ExhibitEntry
from watcher.text import fold
from watcher.tickers import own_words

_TYPE_NUMBER = re.compile(r"EX-\s*(\S.*)\Z", re.IGNORECASE)
_NUMBER_PART = re.compile(r"\d+|[a-z]+")
_IN_WORD = re.compile(r"\w")
_NEXT_WORD = re.compile(r"\W{1,3}(\w+)")
# Inline XBRL's own exhibits; they hold nothing that a person reads.
_MACHINE_NUMBERS = frozenset({"100", "101", "104"})


def exhibit_number(document_type: str) -> str:
    """The part of a type behind `EX-`, as written: `99.1` for `EX-99.1`; empty for what is no exhibit."""
    match = _TYPE_NUMBER.match(document_type.strip())
    return match[1].strip() if match else ""


@lru_cache(maxsize=10_000)
def number_key(number: str) -> tuple[str, ...]:
    """What two spellings of one exhibit number share: `99.01`, `99.1` and `99-1`; `99.(A)`, `99.A` and `99(a)`."""
    return tuple(part.lstrip("0") or "0" for part in _NUMBER_PART.findall(number.lower()))


def is_exhibit(document: Document) -> bool:
    """Whether a document is an exhibit that a person reads."""
    return _is_exhibit_type(document.type)


@lru_cache(maxsize=2000)
def _is_exhibit_type(document_type: str) -> bool:
    number = exhibit_number(document_type)
    return bool(number) and _MACHINE_NUMBERS.isdisjoint(number_key(number)[:1])


def without_names(text: str, names: Iterable[str]) -> str:
    """The text without the registrant's names: "Air Lease Corporation press release" is about no lease."""
    folded = fold(text)
    for name in names:
        first, second, *_ = *own_words(name)[:2], "", ""
        if first and first in folded:
            text = _without_words(text, folded, first, second)
            folded = fold(text)
    return text


def _without_words(text: str, folded: str, first: str, second: str) -> str:
    """The text without a word, or without two that follow each other with at most three signs between them."""
    kept: list[str] = []
    kept_to = 0
    start = folded.find(first)
    while start >= 0:
        end = start + len(first)
        if not _IN_WORD.match(folded, start - 1, start) and not _IN_WORD.match(folded, end, end + 1):
            following = _NEXT_WORD.match(folded, end)
            if not second or (following and following[1] == second):
                kept += (text[kept_to:start], " ")
                kept_to = end = following.end() if second and following else end
        start = folded.find(first, end)
    return "".join([*kept, text[kept_to:]])


# --- the list under Item 9.01 ----------------------------------------------------------------------------

_LIST_NUMBER = r"\d{1,3}(?:[.-]\d{1,3}(?:[A-Za-z](?=[\s*+#†]))?)*\.?(?:\([A-Za-z0-9]{1,4}\))*"
_LIST_LINE = re.compile(
    rf"\n\W{{0,4}}(?:\([a-z]\)\s+)?(?:exhibits?\.?\s+)?(?:ex[.\s-]\s?)?(?:(?:number|no\.?)\s*)?(?P<number>{_LIST_NUMBER})"
    r"\)?[\s*+#†‡^§¶¹²³~]*(?:[-–—.:]+\s*)*(?:\t\s*|\s+|(?<=[.:)\]–—-]))(?P<description>[^\n]*)",
    re.IGNORECASE,
)
_LIST_END = re.compile(
    r"^(?:\W{0,3}signatures?\W{0,3}$|pursuant to the requirements|date[d]?:|\*|†|#|cautionary|"
    r"forward-looking|-?\d{1,3}-?$|table of contents|items?\s?\d|exhibit index)",
    re.IGNORECASE | re.MULTILINE,
)
_INCORPORATED = re.compile(
    r"incorporated\s+(?:herein\s+|by\s+reference\s+)?(?:by\s+reference\s+)?|previously\s+filed\b|filed\s+previously\b",
    re.IGNORECASE,
)
_FROM = re.compile(r"\b(?:filed (?:as|with|on)|to|from|as exhibit)\b[^;\n]*", re.IGNORECASE)
_FILED_AS = re.compile(r"\bfiled as\b[^;\n]*", re.IGNORECASE)


def read_exhibit_list(text: str, types: Iterable[str]) -> tuple[ExhibitEntry, ...]:
    """The exhibit list in `text`, in its order, each number once; `types` are those that the submission holds."""
    held = {number_key(exhibit_number(document_type)): document_type for document_type in types}
    entries: dict[tuple[str, ...], ExhibitEntry] = {}
    text = "\n" + text  # every line begins with a break, which is quickly found
    lines = [match for match in _LIST_LINE.finditer(text) if _is_list_number(match["number"], held)]
    listed = {number_key(match["number"]) for match in lines}
    _hold_loosely(held, listed)
    for match, following in zip_longest(lines, lines[1:]):
        description = _description(text[match.start("description") : following.start() if following else None])
        key = number_key(match["number"])
        if key not in held and match["number"].endswith(")") and key[:-1] in held and key[:-1] not in listed:
            key = key[:-1]  # "10.1(1)": a note's number
        if not description or key in entries:
            continue
        entries[key] = ExhibitEntry(
            number=match["number"].strip("."),
            description=description,
            exhibit=held.get(key, ""),
            incorporated_from="" if key in held else _incorporated_from(description),
        )
    return tuple(entries.values())


def _hold_loosely(held: dict[tuple[str, ...], str], listed: set[tuple[str, ...]]) -> None:
    """Let `99.1` in the list name the one document typed `EX-99`, and the other way round."""
    unlisted: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for key in held.keys() - listed:
        unlisted.setdefault(key[:1], []).append(key)
    for key in listed - held.keys():
        alike = unlisted.get(key[:1], [])
        if len(alike) == 1 and min(len(key), len(alike[0])) == 1:
            held[key] = held.pop(alike.pop())


def _is_list_number(number: str, held: dict[tuple[str, ...], str]) -> bool:
    """Numbers of Regulation S-K Item 601 and whatever the submission holds; not page numbers or years."""
    key = number_key(number)
    if key in held:
        return True
    major = int(key[0]) if key[0].isdigit() else 0
    return (len(key) > 1 and (1 <= major <= 36 or 95 <= major <= 107)) or key[0] == "99" or key[0] in _MACHINE_NUMBERS


def _description(raw: str) -> str:
    end = _LIST_END.search(raw)
    return " ".join((raw[: end.start()] if end else raw).split())[:600]


def _incorporated_from(description: str) -> str:
    incorporated = _INCORPORATED.search(description)
    if not incorporated:
        return ""
    # "Amendment No. 1 to Credit Agreement": what stands before is the exhibit's own name.
    source = _FROM.search(description, incorporated.end()) or _FILED_AS.search(description)
    return (source[0] if source else description).strip(" .)]")[:300]


# --- headlines -------------------------------------------------------------------------------------------

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DATE = rf"(?:{_MONTH}\s+\d{{1,2}}(?!\d)(?:st|nd|rd|th)?,?\s*(?:\d{{4}})?|\d{{1,2}}\s+{_MONTH}\s+\d{{4}})"
# A line with one of these tells of something, even where it also names a street, an office or a department.
_TELLING = (
    r"\b(?:appoint|nam|elect|announc|promot|join|hir|tap|die|separat|combin|add|elevat|recruit|resign|retir|open|clos|expand|complet|acquir|receiv|report|launch|win|"
    r"sign|select|lead|sell|buy|declar|enter|agre|pric|succeed|step|depart|leav|becom|mourn|return|transition|welcom|nominat|provid|confirm|rais|increas|issu|updat)(?:s|es|ed|e|ing)?\b"
)
_TELLS = rf"(?!.*{_TELLING})"
_NEWS_WORDS = re.compile(
    r"\b(?:results?|earnings|sales|revenues?|income|profits?|dividends?|quarter|record|merger|acquisition|offering)\b|"
    + _TELLING,
    re.IGNORECASE,
)
# Each way to begin with `.*` walks the line once more; so there is one, and one more for what `_TELLS` excuses.
_NOT_A_HEADLINE = re.compile(
    rf"(?:\W*(?:exhibit|ex)[\s.-]*(?:no\.?\s*)?\d[\w.()-]*\W*(?:page \d+.*)?$"
    r"|\W*ex(?:hibit)?-\d.*\.(?:html?|txt)\b"
    r"|\W*(?:(?:for|immediate|news|press|media|earnings|financial|company|corporate|investor|information|q[1-4]|\d{4}|"
    r"first|second|third|fourth|quarter|fiscal|full|year)\s+)*"
    r"(?:release|news|update|announcement|information|statement)\b(?!\s+(?:of|on|to|regarding|from))[\s\W]*"
    r"(?:(?:for\s+)?(?:immediate|use|release|upon)\b.*|contacts?:.*|$)"
    r"|\W*for\s+(?:immediate|further|more|additional|release|use|information)\b"
    r"|\W*(?:investor|media|press|public|shareholder|company|analyst|financial|ir)?\s*(?:relations\s+)?contacts?\b.{0,40}$"
    r"|\W*(?:to|for|from|date|subject|traded|listed)\s*:"
    r"|\W*(?:\b\w\b\W*){4,}$"
    r"|\W*news from\b.{0,60}$"
    rf"|\W*(?:(?:dated?|released?):?\s*)?(?:(?:mon|tues?|wednes|thurs?|fri|satur|sun)(?:day)?,?\s+)?{_DATE}\W*(?:\d.*)?$"
    r"|.{0,40}\b(?:nyse|nasdaq|amex|otc\w*|tsx|symbols?)\b[^\n]{0,20}[:“\"]\s*\w{1,6}\W*$"
    r"|[\w .]{2,30},\s*[a-z]{2}\W*$"
    r"|\W*as (?:amended|adopted|restated|of)\b"
    r"|[^\t\n]*\t[^\t\n]*\t"
    r"|\W*w\s?i\s?t\s?n\s?e\s?s\s?s\s?e\s?t\s?h"
    r"|\W*\[?(?:logo|lgog|graphic|image|letterhead)\b"
    r"|\W*(?:page\s+)?[-\d\s]++(?:of\s+\d+)?\W*$"
    r"|\W*(?:table of contents|execution (?:version|copy)|news summary|draft|confidential|unaudited|\(unaudited\))\W*$"
    r"|\W*(?:at|on|after|before)\s+\d{1,2}(?::\d\d)?\s*(?:a\.?m|p\.?m)"
    r"|.*(?:\b(?:"
    r"(?:contacts?|tel|telephone|phone|fax|facsimile|e-?mail|investors?|media|inquiries|source)\s*(?:\([^)]*\))?\s*:"
    r"|not (?:for|intended for) (?:release|distribution|publication|dissemination)\b"
    r"|(?:has|have) (?:not )?been (?:registered|omitted|excluded|redacted)\b"
    r"|\d{3}\)?[\s.-]\d{3}[\s.-]\d{4}\b"
    r"|(?:logo|letterhead)\b\W*(?:of\b.*)?$)"
    r"|www\.|https?:|@\w|,\s*[a-z]+\.?(?:\s[a-z]+)?\s+\d{5}(?:-\d{4})?\W*$)"
    r"|\W*filed by\b|.*\bpursuant to rule 425\b|\W*subject company\b"
    rf"|{_TELLS}.*\b(?:(?:investor|media|public|corporate|press)\s+(?:relations|communications|affairs)\W*$"
    r"|\d{1,5}\s(?:[\w.]+\s){1,4}(?:street|avenue|ave|blvd|boulevard|road|drive|plaza|parkway)\b)"
    r")",
    re.IGNORECASE,
)
# Somebody's office, a department, a street; a line that begins with the company's own name is none of these.
_NOT_A_HEADLINE_OF_OTHERS = re.compile(
    rf"{_TELLS}(?:(?:[\w.’' -]{{3,40}},\s+)?(?:[\w&/ ]{{1,40}},?\s+)?(?:president|ceo|cfo|chief \w+ officer|chairman|"
    r"vice president|treasurer|manager|director)\b[\w ,&/]{0,60}$"
    r"|.*\b(?:street|avenue|ave|blvd|boulevard|suite|road|drive|floor|p\.?\s?o\.?\s+box|plaza|parkway)\b\.?(?:[\s,].*)?$)",
    re.IGNORECASE,
)
# Words of a line that says only that a release follows: "Exhibit 99.1 - Press Release dated May 31, 2024".
_LABEL_WORDS = frozenset(
    "exhibit ex no press news media earnings financial release releases text copy dated date issued by of on the for "
    "january february march april may june july august september october november december".split()
)
_WIRES = (
    "prnewswire", "pr newswire", "businesswire", "business wire", "globenewswire", "globe newswire", "primezone",
    "marketwire", "market wire", "accesswire", "access wire", "newsfile", "canada newswire", "/cnw/", "eqs",
    "first call",
)  # fmt: skip
# What every dateline has one of; cheap to look for.
_MONTH_OR_WIRE = re.compile(
    r"(?:J[Aa][Nn]|F[Ee][Bb]|M[Aa][RrYy]|A[Pp][Rr]|J[Uu][NnLl]|A[Uu][Gg]|S[Ee][Pp]|O[Cc][Tt]|N[Oo][Vv]|D[Ee][Cc])|"
    r"[Ww][Ii][Rr][Ee]|/CNW|EQS|F(?:IRST CALL|irst Call)"
)
_DATELINE = re.compile(
    # CITY, State (or two cities), then the date, then a dash or the like; or the date first.
    rf"\W{{0,3}}(?:[A-Z][\w.’' -]{{1,40}}(?:,\s*[\w.’' ]{{1,30}}){{0,4}}\W{{1,5}}(?i:{_DATE})"
    rf"|(?i:{_DATE})(?=\W{{1,4}}[A-Z]))"
    r".{0,60}?(?:--|[-–—:/)]|\.{2,})"
)
_ANNOUNCES = re.compile(
    r"\b(?:today|announc\w+|report(?:s|ed|ing)|introduc\w+|launch\w+|appoint\w+|declar\w+|complet\w+|clos\w+|pric\w+|"
    r"enter\w+|sign\w+|receiv\w+|said)\b",
    re.IGNORECASE,
)
_LAST_WORDS = (
    r"\b(?:a|an|and|as|at|by|for|from|in|its|of|on|or|the|to|with|after|under|into|announces?|reports?|declares?|"
    r"appoints?|names?|elects?|completes?|acquires?|prices|closes|receives|enters|provides|issues|launches|posts)\s*\Z"
)
_CANNOT_END = re.compile(_LAST_WORDS, re.IGNORECASE)
_GOES_ON = re.compile(rf"(?:[,;&:–—-]\s*\Z|{_LAST_WORDS})", re.IGNORECASE)
# "Acme Announces First Quarter 2024 | Financial Results": a period at the end, and what is said of it in the next line.
_PERIOD_ENDS = re.compile(r"\b(?:quarter|year|half|months?|fiscal|q[1-4]|(?:19|20)\d\d)\W*\Z", re.IGNORECASE)
_SAYS_RESULTS = re.compile(r"\b(?:results|earnings)\b", re.IGNORECASE)
_BEGINS_RESULTS = re.compile(r"\W*(?:\w+\W+){0,3}(?:results|earnings)\b", re.IGNORECASE)
# Behind a name, so that this is somebody to ask.
_PHONE = re.compile(r"\n\W*(?:\d{3}\W{1,2}\d{3}[\s.-]\d{4}|\S+@\w)")
_PARTIES = re.compile(r"\W*(?:(?:by and )?(?:among|between)|dated|article|section|part|page)\b", re.IGNORECASE)
_LOOKED_AT = 40
_LONGEST = 400


def find_dateline(text: str) -> int:
    """Where the first paragraph of a news release starts (`CITY, Month 1, 2025 - ...`); -1 where there is none."""
    start = 0
    for line in text[:8000].split("\n")[:_LOOKED_AT]:
        if (
            len(line) > 60
            and _MONTH_OR_WIRE.search(line, 0, 200)
            and ((_DATELINE.match(line) and _ANNOUNCES.search(line, 0, 700)) or _names_wire(line[:200]))
        ):
            return start
        start += len(line) + 1
    return -1


def _names_wire(text: str) -> bool:
    folded = fold(text)
    return any(wire in folded for wire in _WIRES)


def find_headline(text: str, *, names: Iterable[str] = (), release: bool = True, dateline: int = -1) -> tuple[int, int]:
    """Where the headline of a release, or the title of another document, starts and ends; (0, 0) for none.

    `names` are the registrant's: a line that is only its name is a letterhead. `release` asks for the headline of a
    news release, which has at least three words and stands before the `dateline` (see `find_dateline`); other
    documents may have shorter titles.
    """
    letterheads = tuple(own_words(name) for name in names)
    fewest = 1 if not release else 3 if dateline >= 0 else 2
    spans = _lines(text[: dateline if dateline >= 0 else 4000])
    spare = (0, 0)
    for index, (start, end) in enumerate(spans):
        line = text[start:end]
        if (
            len(line) <= _LONGEST
            and len(line.split()) >= fewest
            and not _NOT_A_HEADLINE.match(line)
            and (_begins_with_name(line, letterheads) or not _NOT_A_HEADLINE_OF_OTHERS.match(line))
            and not _is_letterhead(line, letterheads)
            and not (len(line.split()) < 6 and _PHONE.match(text, end))
        ):
            found = start, _headline_end(text, start, end, spans[index + 1 :])
            doubtful = spare[1] or (release and dateline >= 0 and _says_little(line, letterheads))
            if not doubtful or _names(line, letterheads):
                return found
            spare = spare if spare[1] else found
    return spare


def _headline_end(text: str, start: int, end: int, spans: list[tuple[int, int]]) -> int:
    for following, next_end in spans:
        line = text[following:next_end]
        if next_end - start > _LONGEST or not _continues(text[start:end], line):
            break
        # Behind "... Appoints Jane Doe as" an office or a date is no line of its own.
        if not _CANNOT_END.search(text, start, end) and (
            _NOT_A_HEADLINE.match(line) or _NOT_A_HEADLINE_OF_OTHERS.match(line)
        ):
            break
        end = next_end
    return end


def _is_letterhead(line: str, names: tuple[tuple[str, ...], ...]) -> bool:
    """Whether a line is only the registrant's name, in full or shortened, or says only whose release follows."""
    words = own_words(line)
    if any(words == name[: len(words)] for name in names):
        return True
    if "release" not in words or len(words) > 20:
        return False
    others = {word for word in words if word not in _LABEL_WORDS and not word.isdigit()}
    return not others or any(others <= set(name) for name in names)


def _names(line: str, names: tuple[tuple[str, ...], ...]) -> bool:
    """Whether a line has the first word of the registrant's name."""
    return not {name[0] for name in names if name}.isdisjoint(own_words(line))


def _says_little(line: str, names: tuple[tuple[str, ...], ...]) -> bool:
    """Whether a line may as well be a person, a place or a motto: a few words, no name and no news."""
    return len(line.split()) < 6 and not _names(line, names) and not _NEWS_WORDS.search(line)


def _begins_with_name(line: str, names: tuple[tuple[str, ...], ...]) -> bool:
    """Whether a line begins with the registrant's name and goes on."""
    words = own_words(line)
    return len(words) > 3 and any(name and words[0] == name[0] for name in names)


def _lines(text: str) -> list[tuple[int, int]]:
    borders = [-1, *(match.start() for match in re.finditer("\n", text)), len(text)]
    return [(a + 1, b) for a, b in pairwise(borders[: _LOOKED_AT + 1]) if b > a + 1]


def _continues(line: str, following: str) -> bool:
    """Whether a headline was only broken to fit: it cannot end there, or the next line cannot begin one."""
    if following[:1] in "•▪·*-–—◦" or len(following) > 250:
        return False
    if _PARTIES.match(following):
        return False
    first = next((letter for letter in following if letter.isalpha()), "")
    if first.islower() or _GOES_ON.search(line):
        return True
    if _PERIOD_ENDS.search(line) and not _SAYS_RESULTS.search(line) and _BEGINS_RESULTS.match(following):
        return True
    # Titles of agreements stand in capitals over several short lines.
    return line.isupper() and following.isupper() and not line.endswith((".", "!", "?")) and len(line) < 60
