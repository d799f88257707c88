"""The cover page of a current report: registrant, symbols, check boxes, date of the earliest event, what it amends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from itertools import chain

from ahocorasick_rs import BytesAhoCorasick
from turbohtml import unescape

from watcher.model import CoverPage
from watcher.text import fold
from watcher.tickers import own_words

# Elements of the cover-page taxonomy (dei) that inline XBRL tags on a Form 8-K.
_FACT_START = re.compile(r"<ix:(?i:nonNumeric)\b([^<>]*)>")
_FACT_ENDS = re.compile(r"</ix:(?i:nonNumeric)>")
_TAXONOMY = "dei:"
_BOXES = {
    "WrittenCommunications": "425",
    "SolicitingMaterial": "14a-12",
    "PreCommencementTenderOffer": "14d-2",
    "PreCommencementIssuerTenderOffer": "13e-4",
    "EntityEmergingGrowthCompany": "emerging growth",
}
_WANTED = (*_BOXES, "EntityRegistrantName", "TradingSymbol", "SecurityExchangeName", "DocumentPeriodEndDate")
_WANTED_NAME = re.compile(rf"{_TAXONOMY}({'|'.join(_WANTED)})[\"']")
# Found several times as fast as `str.find` does.
_TAXONOMY_MARKS = BytesAhoCorasick([_TAXONOMY.encode()])
_TRUE = re.compile(r"(?:true|yes|☒|☑|✓|✔|x|þ|ý)\Z", re.IGNORECASE)  # þ and ý are boxes in Wingdings
_TAG = re.compile(r"<[^<>]*>")
# An inline XBRL document names its prefixes in its first tag.
_NAMESPACES = 20_000
# The cover stands first; no markup of one is so long.
_COVER_MARKUP = 1_000_000
_LONGEST_TAG = 2000

# T, R and P are checked boxes and a check mark in Wingdings 2.
_CHECKED = (
    r"(?:[☒☑✓✔✗✘🗹⌧⊠■√þý]|\[\s?[x√]\s?\]|\(\s?x\s?\)|(?<![A-Za-z0-9])_{0,5}x_{0,5}(?=[\s|/])|"
    r"(?-i:(?<!\w)[TRP])(?=\s))[\W_]{0,12}"
)
_UNCHECKED = r"(?:[☐□❑¨£]|\[\s?\]|\(\s?\)|(?<!\w)[oq](?!\w))"
_BOX_WORDS = re.compile(
    r"(?:written communications?|soliciting material|pre-?\s?commencement communications?) "
    r"pursuant to rule (425|14a-12|14d-2|13e-4)"
)
_GROWTH_WORDS = re.compile(r"emerging growth company")
_CHECKED_BEFORE = re.compile(_CHECKED + r"\Z", re.IGNORECASE)
_CHECKED_BEHIND = re.compile(rf"\W{{0,6}}(?:yes\W{{0,3}})?{_CHECKED}", re.IGNORECASE)
_UNCHECKED_BEHIND = re.compile(rf"\W{{0,6}}{_UNCHECKED}", re.IGNORECASE)
# A mark, and what may stand between it and its words.
_MARK_REACH = 40
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(\d{1,2})(?:st|nd|rd|th)?"
_NUMBERS = r"(\d{1,2})[/-](\d{1,2})[/-]((?:19|20)\d\d)"
_WRITTEN_DATE = rf"(?<![^\W_])(?:{_MONTH}\s+{_DAY}\s*(?:,\s*|\s)|{_DAY}\s+{_MONTH},?\s+)((?:19|20)\d\d)(?![^\W_])"
_DATE = re.compile(_WRITTEN_DATE, re.IGNORECASE)
_EVENT_LABEL = re.compile(r"date of (?:the )?(?:report|earliest event|event)", re.IGNORECASE)
_EARLIEST = re.compile(
    rf"date of (?:the )?(?:earliest )?event(?:s)?(?: reported)?\W{{0,8}}(?:{_WRITTEN_DATE}|{_NUMBERS})", re.IGNORECASE
)
# "May 2, 2024 (April 30, 2024)": the report's date, then the event's.
_IN_BRACKETS = re.compile(rf"\s*\(\s*{_WRITTEN_DATE}\s*\)", re.IGNORECASE)

# "(Nasdaq: CLRB)", "(NYSE American: ABC)", "[NASDAQ: ABC; DEF]": only a symbol that an exchange's name announces.
_QUOTED_SYMBOL = (
    r"(?=[^()\[\]\n:]*+:)[^()\[\]\n]{0,40}?\b(?:NASDAQ|NYSE|AMEX|Nasdaq|OTC\w*|NYSE\s?(?:American|Arca|MKT))\b[^()\[\]\n:]{0,40}:\s*"
    r"[“\"']?([A-Z]{1,5}(?:[.-][A-Z]{1,2})?)\b"
)
# One for each bracket, which is quickly found.
_QUOTED_SYMBOLS = (re.compile(rf"\({_QUOTED_SYMBOL}"), re.compile(rf"\[{_QUOTED_SYMBOL}"))
_EXCHANGE = re.compile(
    r"\b(?:new york stock exchange|nasdaq(?: (?:global select|global|capital|stock))? market(?: llc)?|"
    r"nyse american|nyse arca|cboe bzx|nasdaq)\b",
    re.IGNORECASE,
)
_ITEM_LINE = re.compile(r"\n\W{0,5}items?\s?\d", re.IGNORECASE)
_ASKED_NAME = re.compile(r"\(?exact name of (?:the )?registrant", re.IGNORECASE)
_ASKED_SYMBOL = re.compile(r"trading\s+symbol", re.IGNORECASE)
_MARKET = re.compile(r"\b(?:stock|exchange|market|nasdaq|nyse|cboe|otc\w*)\b", re.IGNORECASE)
_PREFERRED = re.compile(r"\s+PR\s*(?=[A-Z]\b)")
_SYMBOL = re.compile(r"[A-Z0-9./-]{1,10}")
_NO_SYMBOL = frozenset({"NONE", "N/A", "NA", "NOT APPLICABLE", "-", ""})
# Which report an amendment amends: "On May 2, 2024, Acme filed a Current Report on Form 8-K", or the other way round.
_REPORT = re.compile(r"(?:form )?\b8-k(?!/a)|current report|original (?:report|filing)|initial report", re.IGNORECASE)
_FILED = re.compile(r"\b(?:filed|furnished|submitted)\b", re.IGNORECASE)
_FILED_THIS = re.compile(rf"({_FILED.pattern})(?:[^\n.]|\.(?!\s)|(?<=u\.s)\.){{0,120}}\Z", re.IGNORECASE)
_DATED = re.compile(r"\bdated\b", re.IGNORECASE)
_ANY_DATE = re.compile(rf"{_WRITTEN_DATE}|\b{_NUMBERS}\b", re.IGNORECASE)
_REACH = 250
_CLOSE = 40


def read_cover(content: str, text: str) -> CoverPage:
    """The cover page of a main document, given its markup and its readable text."""
    facts = _facts(content)
    head = text[: _cover_end(text)]
    return CoverPage(
        registrant=next(iter(facts.get("EntityRegistrantName", ())), "") or _registrant(head),
        trading_symbols=_symbols(facts.get("TradingSymbol", ())) or _symbols(_listed_symbols(head)),
        exchanges=tuple(dict.fromkeys(facts.get("SecurityExchangeName", ()))) or _exchanges(head),
        event_on=_event_date(facts.get("DocumentPeriodEndDate", ()), head),
        checked=_checked_facts(facts) if facts else _checked_in_text(head),
    )


def _registrant(head: str) -> str:
    """The line over the words with which Form 8-K asks for the registrant's name."""
    asked = _ASKED_NAME.search(head)
    before = head[: asked.start()].rstrip(" \t\n_=-") if asked else ""
    name = before.rpartition("\n")[2].strip(" \t_")
    return name if 1 < len(name) < 150 and not _EVENT_LABEL.match(name) else ""


def quoted_symbol(text: str, names: tuple[str, ...]) -> str:
    """The ticker that a release gives its own company: `Name Inc. (Nasdaq: CLRB)`; empty where it is anybody else's."""
    for match in chain.from_iterable(quoted.finditer(text, 0, 6000) for quoted in _QUOTED_SYMBOLS):
        before = own_words(text[max(0, match.start() - 80) : match.start()])
        for own in map(own_words, names):
            # The name stands right before the bracket; a release may shorten it.
            if own and before and before[-1] in own and own[0] in before[-len(own) - 1 :]:
                return match[1]
    return ""


def amended_date(text: str) -> date | None:
    """The date that an amendment gives the report it amends (its explanatory note says so), where it can be told."""
    for report in _REPORT.finditer(text, 0, 12_000):
        before = text[max(0, report.start() - _REACH) : report.start()].rpartition("\n")[2]
        behind = text[report.end() : report.end() + _REACH].partition("\n")[0]
        if filed := _FILED_THIS.search(before):
            dates = (
                [found for found in _ANY_DATE.finditer(before, filed.end(1)) if len(before) - found.end() < _CLOSE]
                or [*_ANY_DATE.finditer(before, 0, filed.start())][-1:]
                or ([] if _FILED.search(behind) else [*_ANY_DATE.finditer(behind)][:1])
            )
            if dates and (day := _date(dates[0])):
                return day
        for word in (_FILED, _DATED):
            if (
                (said := word.search(behind))
                and (found := _ANY_DATE.search(behind, said.end()))
                and (day := _date(found))
            ):
                return day
    return None


def _facts(content: str) -> dict[str, list[str]]:
    facts: dict[str, list[str]] = {}
    if content.find(_TAXONOMY, 0, _NAMESPACES) < 0:
        return facts
    for name, attributes, markup in _tagged(content[:_COVER_MARKUP]):
        value = " ".join(unescape(_TAG.sub("", markup) if "<" in markup else markup).split())
        if "fixed-true" in attributes:
            value = "true"
        elif "fixed-false" in attributes:
            value = "false"
        facts.setdefault(name, []).append(value)
    return facts


def _tagged(content: str) -> Iterator[tuple[str, str, str]]:
    """Each fact that is asked for: its name, the attributes of its tag, and what it holds; none inside another."""
    at = 0
    for _, start, _ in _TAXONOMY_MARKS.find_matches_as_indexes(content.encode("ascii", "replace")):
        name = _WANTED_NAME.match(content, start) if start > at else None
        if name is None or content[start - 6 : start - 1].lower() != "name=":
            continue
        opened = content.rfind("<", max(at, start - _LONGEST_TAG), start)
        tag = _FACT_START.match(content, opened) if opened >= 0 else None
        if tag:
            end = _FACT_ENDS.search(content, tag.end())
            if end is None:
                return
            yield name[1], tag[1], content[tag.end() : end.start()]
            at = end.end()


def _symbols(values: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    symbols: dict[str, None] = {}
    for value in values:
        if value in ("true", "false"):  # a flag tagged as a symbol; the ticker TRUE is written in capitals
            continue
        # "JPM PR D" is how the NYSE writes a preferred class that EDGAR lists as JPM-PD.
        symbol = "".join(_PREFERRED.sub("-P", value.strip("\"“”'‘’ ").upper()).split())
        if symbol not in _NO_SYMBOL and _SYMBOL.fullmatch(symbol):
            symbols[symbol] = None
    return tuple(symbols)


def _listed_symbols(head: str) -> list[str]:
    """The second of three cells in the rows of the table of listed securities, which the cover has since 2019."""
    asked = _ASKED_SYMBOL.search(head)
    rows = (line.split("\t") for line in head[asked.end() :].split("\n")[1:20]) if asked else ()
    return [row[1].rpartition(":")[2].strip(" ()") for row in rows if len(row) == 3 and _MARKET.search(row[2])]


def _checked_facts(facts: dict[str, list[str]]) -> tuple[str, ...]:
    return tuple(box for name, box in _BOXES.items() if any(_TRUE.match(value) for value in facts.get(name, ())))


def _checked_in_text(head: str) -> tuple[str, ...]:
    folded = fold(head)
    checked = {words[1] for words in _BOX_WORDS.finditer(folded) if _is_marked(head, words.start())}
    growth = list(_GROWTH_WORDS.finditer(folded))
    unchecked = {words for words in growth if _UNCHECKED_BEHIND.match(head, words.end())}
    if any(words not in unchecked and _CHECKED_BEHIND.match(head, words.end()) for words in growth) or (
        not unchecked and any(_is_marked(head, words.start()) for words in growth)
    ):
        checked.add("emerging growth")
    return tuple(box for box in _BOXES.values() if box in checked)


def _is_marked(head: str, start: int) -> bool:
    """Whether a checked box stands before the words that begin there."""
    return _CHECKED_BEFORE.search(head, max(0, start - _MARK_REACH), start) is not None


def _cover_end(text: str) -> int:
    item = _ITEM_LINE.search(text)
    return min(item.end() if item else 6000, 12_000)


def _exchanges(head: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found[0] for found in _EXCHANGE.finditer(head)))[:5]


def _event_date(values: list[str] | tuple[str, ...], head: str) -> date | None:
    for value in values:
        found = _DATE.search(value)
        if found and (day := _date(found)):
            return day
        for pattern in ("%Y-%m-%d", "%m/%d/%Y"):
            try:
                return datetime.strptime(value, pattern).date()  # noqa: DTZ007 - a date has no zone
            except ValueError:
                continue
    label = _EVENT_LABEL.search(head)
    if label is None:
        return None
    found = _EARLIEST.search(head) or min(
        _DATE.finditer(head, max(0, label.start() - 200), label.end() + 250),
        key=lambda found: abs(found.start() - label.start()),
        default=None,
    )
    if found is None:
        return None
    behind = _IN_BRACKETS.match(head, found.end())
    return (behind and _date(behind)) or _date(found)


def _date(found: re.Match[str]) -> date | None:
    """The first date of a match, whichever of the ways it is written in."""
    month, day, day_first, month_second, year, *numbers = found.groups()
    try:
        if numbers and numbers[0]:
            return date(int(numbers[2]), int(numbers[0]), int(numbers[1]))
        return date(int(year), _MONTHS.index((month or month_second)[:3].lower()) + 1, int(day or day_first))
    except ValueError:
        return None
