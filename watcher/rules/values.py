"""How single values of a rule are read: text in, the spelling that facts have out.

Every reader raises ValueError with a sentence that says what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from watcher import item_codes
from watcher.forms import CURRENT_REPORT_FORMS, normalise_form
from watcher.kinds import KINDS
from watcher.spelling import nearest
from watcher.tickers import normalise_ticker

ITEMS = (*item_codes.TITLES, *item_codes.OLD_TITLES)
TICKER = r"[A-Z0-9]{1,9}(?:-[A-Z0-9]{1,4})?"
CIK = r"(?:CIK)?0*[1-9][0-9]{0,9}"
SIC = r"[0-9]{3,4}"
STATE = r"[A-Z][A-Z0-9]"
FORM = r"[A-Z0-9][A-Z0-9 -]{0,16}(?:/A)?"
EXHIBIT = r"(?:EX(?:HIBIT)?[- ]?)?[1-9][0-9]{0,2}(?:[-.( ]*[A-Z0-9][)]*)*"
PLACES = ("headline", "lead", "body")
MAX_LISTED = 30
YES = frozenset({"yes", "true", "on"})
NO = frozenset({"no", "false", "off"})

# The other forms that an operator is likely to watch; a form that is spelt nearly like one of these is a slip.
KNOWN_FORMS = CURRENT_REPORT_FORMS | {"6-K", "10-K", "10-Q", "10-D", "18-K", "20-F", "40-F", "S-1", "S-3", "SC 13D"}


def did_you_mean(word: str, choices: Iterable[str], other_words: Mapping[str, str] | None = None) -> str:
    """`; did you mean 'ticker'?` where a choice is near, otherwise what there is to choose from, if that is short.

    `other_words` are those that people use for some of the choices.
    """
    known = tuple(choices)
    meant = (other_words or {}).get(word.strip().lower()) or nearest(word, known)
    if meant:
        return f"; did you mean {meant!r}?"
    if 0 < len(known) <= MAX_LISTED:
        return "; there are " + ", ".join(known)
    return ""


def read_ticker(text: str) -> str:
    """`brk.b` -> `BRK-B`."""
    ticker = normalise_ticker(text.strip().removeprefix("$"))
    if not re.fullmatch(TICKER, ticker) or " " in text.strip():
        raise ValueError(f"{text!r} is not a ticker; write it as the exchange does, such as CLRB or BRK-B")
    return ticker


def read_cik(text: str) -> str:
    """`0001279704` -> `1279704`."""
    cik = text.strip().upper()
    if not re.fullmatch(CIK, cik):
        raise ValueError(f"{text!r} is not a CIK; write EDGAR's number of the company, such as 1279704")
    return cik.removeprefix("CIK").lstrip("0")


def read_sic(text: str) -> str:
    """`2834` -> `2834`."""
    if not re.fullmatch(SIC, text.strip()):
        raise ValueError(f"{text!r} is not an SIC code; write its four digits, such as 2834")
    return str(int(text))


def read_state(text: str) -> str:
    """`de` -> `DE`."""
    state = text.strip().upper()
    if not re.fullmatch(STATE, state):
        raise ValueError(f"{text!r} is not a state; write EDGAR's two-letter code, such as DE for Delaware")
    return state


def read_form(text: str) -> str:
    """`8-k/a` -> `8-K/A`."""
    form = normalise_form(text)
    if form in KNOWN_FORMS:
        return form
    letters = _letters(form)
    meant = [known for known in sorted(KNOWN_FORMS) if _letters(known) == letters]
    if meant or not re.fullmatch(FORM, form):
        raise ValueError(f"{text!r} is not a form of EDGAR's" + (f"; did you mean {meant[0]!r}?" if meant else ""))
    return form


def read_item(text: str) -> str:
    """`Item 7.01` -> `7.01`; numbers before August 2004 (1 to 13) are items too."""
    code = re.sub(r"(?i)^item\s*", "", text.strip()).rstrip(".")
    if code in ITEMS:
        return code
    meant = next((candidate for candidate in _likely_items(code) if candidate in ITEMS), None)
    if meant is not None:
        raise ValueError(f"there is no item {text!r}; write {meant} (items have two digits behind the point)")
    titled = [item for item, title in item_codes.TITLES.items() if len(code) > 3 and code.lower() in title.lower()]
    if titled:
        raise ValueError(f"{text!r} is the title of an item; write its number, {' or '.join(titled)}")
    major, point, _ = code.partition(".")
    section = [item for item in item_codes.TITLES if point and item.startswith(f"{major}.")]
    there_are = f"; section {major} has {', '.join(section)}" if section else "; items run from 1.01 to 9.01"
    raise ValueError(f"there is no item {text!r}{there_are}")


def _likely_items(code: str) -> Iterator[str]:
    """What somebody may have meant who wrote `7.1`, `701`, `7,01`, `7.010` or `9.01(d)`."""
    found = re.match(r"([0-9])[.,]?([0-9]*)", code)
    if found and len(code) > 2:
        major, minor = found.groups()
        yield from (f"{major}.{minor[:2]}", f"{major}.0{minor}", f"{major}.{minor.lstrip('0').rjust(2, '0')}")


def read_exhibit(text: str) -> str:
    """`ex99.01` -> `EX-99.1`; every spelling of one exhibit number gives one text."""
    written = text.strip().upper()
    if not re.fullmatch(EXHIBIT, written):
        raise ValueError(f"{text!r} is not an exhibit type; write it as EDGAR does, such as EX-10 or EX-99.1")
    return exhibit_type(written)


def exhibit_type(written: str) -> str:
    """The one spelling of an exhibit's type: `EX-99.(A)` -> `EX-99.A`, `EX-10.16A` -> `EX-10.16.A`."""
    parts = re.findall(r"[0-9]+|[A-Z]+", re.sub(r"^EX(?:HIBIT)?", "", written.strip().upper()))
    return "EX-" + ".".join(part.lstrip("0") or "0" for part in parts)


@lru_cache(maxsize=2000)
def covering_exhibit_types(written: str) -> tuple[str, ...]:
    """Every type that covers an exhibit: `EX-10.1` is covered by `EX-10` and `EX-10.1`."""
    parts = exhibit_type(written).split(".")
    return tuple(".".join(parts[: length + 1]) for length in range(len(parts)))


def read_kind(text: str) -> str:
    """A kind of exhibit, such as `press release`."""
    kind = " ".join(text.lower().split())
    if kind in KINDS:
        return kind
    raise ValueError(f"there is no kind of exhibit {text!r}{did_you_mean(kind, KINDS)}")


def read_yes_or_no(text: str) -> str:
    """`Yes`, `true`, `on` -> `yes`; `No`, `false`, `off` -> `no`."""
    word = text.strip().lower()
    if word in YES:
        return "yes"
    if word in NO:
        return "no"
    raise ValueError(f"{text!r} is neither yes nor no")


def read_scope(text: str) -> str:
    """A place where text is looked for: an item code, an exhibit type, `headline`, `lead` or `body`."""
    word = text.strip()
    if word.lower() in PLACES:
        return word.lower()
    if re.match(r"(?i)ex[^a-z]*[0-9]", word):
        return read_exhibit(word)
    try:
        return read_item(word)
    except ValueError as error:
        if re.fullmatch(r"(?i)(?:item\s*)?[0-9.]+", word):
            raise
        near = nearest(word, PLACES)
        places = "write an item (7.01), an exhibit type (EX-99), headline, lead or body"
        meant = f"did you mean {near!r}?" if near else places
        raise ValueError(f"{text!r} is no place to look in; {meant}") from error


def _letters(form: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", form)
