"""The cover page of a current report: registrant, symbols, check boxes, date of the earliest event, what it amends."""

from __future__ import annotations

import re
from datetime import date, datetime

from turbohtml import unescape

from watcher.model import CoverPage
from watcher.tickers import own_words

# Elements of the cover-page taxonomy (dei) that inline XBRL tags on a Form 8-K.
_FACT = re.compile(
    r"<ix:nonNumeric\b([^>]*\bname=[\"']dei:(\w+)[\"'][^>]*)>(.*?)</ix:nonNumeric>", re.DOTALL | re.IGNORECASE
)
_BOXES = {
    "WrittenCommunications": "425",
    "SolicitingMaterial": "14a-12",
    "PreCommencementTenderOffer": "14d-2",
    "PreCommencementIssuerTenderOffer": "13e-4",
    "EntityEmergingGrowthCompany": "emerging growth",
}
_TRUE = re.compile(r"(?:true|yes|☒|☑|✓|✔|x|þ|ý)\Z", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")

_CHECKED = r"(?:☒|☑|✓|✔|þ|ý|\[\s?x\s?\]|\(\s?x\s?\)|(?<![\w])x(?=\s))"
_TEXT_BOXES = {
    "425": r"written communications? pursuant to rule 425",
    "14a-12": r"soliciting material pursuant to rule 14a-12",
    "14d-2": r"pre-?\s?commencement communications? pursuant to rule 14d-2",
    "13e-4": r"pre-?\s?commencement communications? pursuant to rule 13e-4",
}
_MONTHS = "january february march april may june july august september october november december".split()
DATE = re.compile(rf"\b({'|'.join(_MONTHS)})\s+(\d{{1,2}})\s*,?\s+((?:19|20)\d\d)\b", re.IGNORECASE)
_EVENT_LABEL = re.compile(r"date of (?:the )?(?:report|earliest event)", re.IGNORECASE)

# "(Nasdaq: CLRB)", "(NYSE American: ABC)", "[NASDAQ: ABC; DEF]": only a symbol that an exchange's name announces.
_QUOTED_SYMBOL = re.compile(
    r"[(\[][^()\[\]\n]{0,40}?\b(?:NASDAQ|NYSE|AMEX|Nasdaq|OTC\w*|NYSE\s?(?:American|Arca|MKT))\b[^()\[\]\n:]{0,40}:\s*"
    r"[“\"']?([A-Z]{1,5}(?:[.-][A-Z]{1,2})?)\b"
)
_EXCHANGE = re.compile(
    r"\b(?:new york stock exchange|nasdaq(?: (?:global select|global|capital|stock))? market(?: llc)?|"
    r"nyse american|nyse arca|cboe bzx|nasdaq)\b",
    re.IGNORECASE,
)
_NO_SYMBOL = frozenset({"NONE", "N/A", "NA", "NOT APPLICABLE", "-", ""})
_AMENDS = re.compile(
    r"(?:original|initial|prior|previous|amend)\w*[^.]{0,200}?(?:form 8-k|current report|report)[^.]{0,120}",
    re.IGNORECASE,
)


def read_cover(content: str, text: str) -> CoverPage:
    """The cover page of a main document, given its markup and its readable text."""
    facts = _facts(content)
    head = text[: _cover_end(text)]
    return CoverPage(
        registrant=next(iter(facts.get("EntityRegistrantName", ())), ""),
        trading_symbols=_symbols(facts.get("TradingSymbol", ())),
        exchanges=tuple(dict.fromkeys(facts.get("SecurityExchangeName", ()))) or _exchanges(head),
        event_on=_event_date(facts.get("DocumentPeriodEndDate", ()), head),
        checked=_checked_facts(facts) if facts else _checked_in_text(head),
    )


def quoted_symbol(text: str, names: tuple[str, ...]) -> str:
    """The ticker that a release gives its own company: `Name Inc. (Nasdaq: CLRB)`; empty where it is anybody else's."""
    for match in _QUOTED_SYMBOL.finditer(text, 0, 6000):
        before = own_words(text[max(0, match.start() - 80) : match.start()])
        for own in map(own_words, names):
            # The name stands right before the bracket; a release may shorten it.
            if own and before and before[-1] in own and own[0] in before[-len(own) - 1 :]:
                return match[1]
    return ""


def amended_date(text: str) -> date | None:
    """The date that an amendment gives the report it amends (its explanatory note says so), where it can be told."""
    for passage in _AMENDS.finditer(text[:20_000]):
        found = DATE.search(passage[0])
        if found and (day := _date(found)):
            return day
    return None


def _facts(content: str) -> dict[str, list[str]]:
    facts: dict[str, list[str]] = {}
    if "dei:" not in content:
        return facts
    for match in _FACT.finditer(content):
        value = " ".join(unescape(_TAG.sub("", match[3])).split())
        if "fixed-true" in match[1]:
            value = "true"
        elif "fixed-false" in match[1]:
            value = "false"
        facts.setdefault(match[2], []).append(value)
    return facts


def _symbols(values: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    symbols: dict[str, None] = {}
    for value in values:
        if value in ("true", "false"):  # a flag tagged as a symbol; the ticker TRUE is written in capitals
            continue
        # "JPM PR D" is how the NYSE writes a preferred class that EDGAR lists as JPM-PD.
        symbol = re.sub(r"\s+PR\s*(?=[A-Z]\b)", "-P", value.strip("\"“”'‘’ ").upper())
        symbol = re.sub(r"\s", "", symbol)
        if symbol not in _NO_SYMBOL and re.fullmatch(r"[A-Z0-9./-]{1,10}", symbol):
            symbols[symbol] = None
    return tuple(symbols)


def _checked_facts(facts: dict[str, list[str]]) -> tuple[str, ...]:
    return tuple(box for name, box in _BOXES.items() if any(_TRUE.match(value) for value in facts.get(name, ())))


def _checked_in_text(head: str) -> tuple[str, ...]:
    boxes = [
        box for box, words in _TEXT_BOXES.items() if re.search(rf"{_CHECKED}\W{{0,12}}{words}", head, re.IGNORECASE)
    ]
    if re.search(rf"emerging growth company\W{{0,6}}(?:yes\W{{0,3}})?{_CHECKED}", head, re.IGNORECASE):
        boxes.append("emerging growth")
    return tuple(boxes)


def _cover_end(text: str) -> int:
    item = re.search(r"^\W{0,5}items?\s?\d", text, re.IGNORECASE | re.MULTILINE)
    return min(item.start() if item else 6000, 12_000)


def _exchanges(head: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found[0] for found in _EXCHANGE.finditer(head)))[:5]


def _event_date(values: list[str] | tuple[str, ...], head: str) -> date | None:
    for value in values:
        found = DATE.search(value)
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
    near = [
        (abs(found.start() - label.start()), found)
        for found in DATE.finditer(head, max(0, label.start() - 200), label.end() + 250)
    ]
    return _date(min(near, key=lambda pair: pair[0])[1]) if near else None


def _date(found: re.Match[str]) -> date | None:
    try:
        return date(int(found[3]), _MONTHS.index(found[1].lower()) + 1, int(found[2]))
    except ValueError:
        return None
