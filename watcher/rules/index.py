"""Which rules could hold, found without looking at the others.

Every rule is filed under one thing that it cannot do without: its ticker, a phrase, an item, ... whichever is
rarest. A filing then wakes only the rules that are filed under what it has. A rule that needs nothing in
particular (`not: ...` alone) is always looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from watcher.rules.conditions import All, AnyOf, Company, Condition, Fact, Near, Not, Regex, Text
from watcher.rules.grammar import conditions_in
from watcher.rules.phrases import Phrase, PhraseIndex

Key = tuple[str, str]
"""A fact and its value, or `("text", literal)` and `("company", literal)` for phrases."""

# About how many filings in a thousand have one value of each; only their order matters.
_SHARE = {
    "cik": 1, "ticker": 1, "company": 2, "text": 8, "sic": 20, "topic": 80, "state": 100,
    "item": 250, "exhibit": 400, "kind": 300, "amendment": 500, "form": 900,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Needs:
    """At least one of `keys` must be there; `share` estimates how many filings in a thousand have one."""

    keys: tuple[Key, ...]
    share: int


def needs_of(condition: Condition) -> Needs | None:
    """What a condition cannot hold without; None where it can hold without anything in particular."""
    match condition:
        case Fact(key=key, values=found):
            return Needs(tuple((key, value) for value in found), _SHARE[key] * len(found))
        case Company(phrases=phrases):
            return _needs_phrases("company", phrases)
        case Text(phrases=phrases):
            return _needs_phrases("text", phrases)
        case Near(phrases=phrases):
            return _needs_phrases("text", (max(phrases, key=lambda phrase: len(phrase.literal)),))
        case All(parts=parts):
            known = [needs for part in parts if (needs := needs_of(part)) is not None]
            return min(known, key=lambda needs: needs.share, default=None)
        case AnyOf(parts=parts):
            each = [needs_of(part) for part in parts]
            if any(needs is None for needs in each):
                return None
            union = [needs for needs in each if needs is not None]
            return Needs(tuple(key for needs in union for key in needs.keys), sum(needs.share for needs in union))
        case Not() | Regex():
            return None


def _needs_phrases(kind: str, phrases: tuple[Phrase, ...]) -> Needs:
    # A short literal stands in more texts than a long one.
    share = sum(_SHARE[kind] + 300 // len(phrase.literal) for phrase in phrases)
    return Needs(tuple((kind, phrase.literal) for phrase in phrases), share)


class ConditionIndex:
    """Numbered conditions, compiled once and shared by any number of threads."""

    def __init__(self, conditions: Iterable[tuple[int, Condition]]) -> None:
        self.always: list[int] = []
        """Those that must be looked at for every filing."""
        self._by_key: dict[Key, list[int]] = {}
        texts: dict[str, None] = {}
        companies: dict[str, None] = {}
        for number, condition in conditions:
            for part in conditions_in(condition):
                if isinstance(part, Text | Near):
                    texts.update((phrase.literal, None) for phrase in part.phrases)
                elif isinstance(part, Company):
                    companies.update((phrase.literal, None) for phrase in part.phrases)
            needs = needs_of(condition)
            if needs is None:
                self.always.append(number)
                continue
            for key in dict.fromkeys(needs.keys):
                self._by_key.setdefault(key, []).append(number)
        self.texts = PhraseIndex(texts)
        self.companies = PhraseIndex(companies)

    def woken_by(self, keys: Iterable[Key]) -> Iterator[int]:
        """The numbers filed under the keys, in no order, some perhaps twice."""
        for key in keys:
            yield from self._by_key.get(key, ())
