"""Why conditions hold or do not, in words that are true of the filing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from watcher.model import Evidence
from watcher.rules.conditions import Fact, Near

MAX_LISTED = 6
EXCLUDED = ", which the rule excludes"

_NAMES = {"ticker": "ticker", "cik": "CIK", "sic": "SIC code", "state": "state", "form": "form", "topic": "topic"}
_ATTACHED = ("exhibit", "kind")


def quoted(text: str) -> str:
    """`'license agreement'`."""
    return f"'{text}'"


def joined(names: Iterable[str], word: str) -> str:
    """`a, b and c`, shortened where there are many."""
    listed = list(names)
    if len(listed) > MAX_LISTED:
        listed = [*listed[:MAX_LISTED], f"{len(listed) - MAX_LISTED} more"]
    if len(listed) < 2:
        return "".join(listed)
    return f"{', '.join(listed[:-1])} {word} {listed[-1]}"


def fact_holds(key: str, values: Sequence[str]) -> str:
    """`ticker is CLRB`, `items 7.01 and 9.01 are reported`."""
    verb = "is" if len(values) == 1 else "are"
    if key == "amendment":
        return "it is an amendment" if values[0] == "yes" else "it is not an amendment"
    if key == "item":
        return f"{_plural('item', values)} {joined(values, 'and')} {verb} reported"
    if key in _ATTACHED:
        return f"{joined(values, 'and')} {verb} attached"
    return f"{_plural(_NAMES[key], values)} {verb} {joined(values, 'and')}"


def fact_misses(condition: Fact, has: Collection[str]) -> str:
    """`ticker is ACME, not CLRB`, `item 1.01 is not reported, only 7.01 and 9.01`."""
    key, wanted = condition.key, joined(condition.values, "or")
    there = sorted(has)
    if key == "amendment":
        return "it is an amendment" if "yes" in has else "it is not an amendment"
    if key == "item":
        return f"item {wanted} is not reported" + (f", only {joined(there, 'and')}" if there else "")
    if key in _ATTACHED:
        there = [kind for kind in there if not any(other.startswith(f"{kind}.") for other in there)]
        return f"{wanted} is not attached" + (f", only {joined(there, 'and')}" if there else "")
    if key == "form":
        there = [max(there, key=len)]
    if not there:
        return f"no {_NAMES[key]} is known, and {wanted} is asked for"
    return f"{_plural(_NAMES[key], there)} {'is' if len(there) == 1 else 'are'} {joined(there, 'and')}, not {wanted}"


def near_phrases(condition: Near) -> str:
    """`'a' and 'b' within 8 words`."""
    return f"{_all_phrases(condition)} within {condition.within} words"


def not_near(condition: Near, others: int, where: str) -> str:
    """`'a' and 'b' have 14 words between them at the nearest, in EX-99.1, and 8 are allowed`."""
    between = "1 word" if others == 1 else f"{others:,} words"
    allowed = "1 is" if condition.within == 1 else f"{condition.within} are"
    return f"{_all_phrases(condition)} have {between} between them at the nearest, in {where}, and {allowed} allowed"


def not_together(condition: Near) -> str:
    """`'a' and 'b' never stand in one place together`."""
    return f"{_all_phrases(condition)} never stand in one place together"


def _all_phrases(condition: Near) -> str:
    return joined([quoted(phrase.written) for phrase in condition.phrases], "and")


def found_in(name: str, passages: Sequence[Evidence]) -> str:
    """`'license agreement' in EX-99.1 and 9.01`."""
    return f"{name} in {joined(dict.fromkeys(passage.where for passage in passages), 'and')}"


def nowhere(names: Sequence[str]) -> str:
    """`'license agreement' is nowhere in the filing`."""
    if len(names) == 1:
        return f"{names[0]} is nowhere in the filing"
    return f"none of {joined(names, 'and')} is in the filing"


def only_in(name: str, places: Sequence[str], scope: Sequence[str]) -> str:
    """`'license agreement' stands only in EX-99.1, and this rule looks in 7.01`."""
    return f"{name} stands only in {joined(places, 'and')}, and this rule looks in {joined(scope, 'and')}"


def _plural(noun: str, values: Sequence[str]) -> str:
    return noun if len(values) == 1 else f"{noun}s"


def not_searched(types: Sequence[str]) -> str:
    """`EX-99.2 cannot be searched`."""
    return f"{joined(types, 'and')} cannot be searched"
