"""Which rules could hold, found without looking at the others.

Every rule is filed under one thing that it cannot do without: its ticker, a phrase, an item, ... whichever is
rarest. A filing then wakes only the rules that are filed under what it has. A rule that needs nothing in
particular (`not: ...` alone) is always looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from watcher.rules.conditions import All, AnyOf, Company, Condition, Fact, Near, Not, Regex, Text
from watcher.rules.grammar import conditions_in
from watcher.rules.phrases import Phrase, PhraseIndex

Key = tuple[str, str]
"""A fact and its value, or the literal of a phrase under `text`, `news` or `company`, whichever it is looked for in."""

NEWS = frozenset({"headline", "lead"})
"""The scopes in which news is said, a small part of a filing; phrases for these alone are looked for nowhere else."""

# About how many filings in a thousand have one value of each; only their order matters.
_SHARE = {
    "cik": 1, "ticker": 1, "company": 2, "news": 8, "text": 8, "sic": 20, "topic": 80, "state": 100,
    "item": 250, "exhibit": 400, "kind": 300, "amendment": 500, "form": 900,
}  # fmt: skip


_SEARCHED = frozenset({"company", "news", "text"})


def region_of(scope: tuple[str, ...]) -> Literal["news", "text"]:
    """What is searched for the phrases of a scope: where news is said, or the whole text."""
    return "news" if scope and NEWS.issuperset(scope) else "text"


# To look at so many conditions costs less than to search whole filings for what wakes them.
FEW = 20


@dataclass(frozen=True, slots=True)
class Needs:
    """At least one of `keys` must be there; `share` estimates how many filings in a thousand have one."""

    keys: tuple[Key, ...]
    share: int


class _Rarity:
    """Tells what a condition cannot hold without, and which of it is rarest, in one set of conditions."""

    def __init__(self, asked: Counter[str]) -> None:
        self._asked = asked
        """How often the set asks for each literal."""

    def needs_of(self, condition: Condition) -> Needs | None:
        """The rarest of what a condition needs; None where it can hold without anything in particular."""
        match condition:
            case Fact(key=key, values=found):
                return Needs(tuple((key, value) for value in found), _SHARE[key] * len(found))
            case Company(phrases=phrases):
                return self._phrases("company", phrases)
            case Text(phrases=phrases, scope=scope):
                return self._phrases(region_of(scope), phrases)
            case Near(phrases=phrases, scope=scope):
                return _rarest(self._phrases(region_of(scope), (phrase,)) for phrase in phrases)
            case All(parts=parts):
                return _rarest(needs for part in parts if (needs := self.needs_of(part)) is not None)
            case AnyOf(parts=parts):
                each = [self.needs_of(part) for part in parts]
                if any(needs is None for needs in each):
                    return None
                union = [needs for needs in each if needs is not None]
                return Needs(tuple(key for needs in union for key in needs.keys), sum(needs.share for needs in union))
            case Not() | Regex():
                return None

    def facts_besides(self, condition: Condition, first: Needs) -> tuple[Key, ...]:
        """Facts of which the condition needs one as well as what `first` says; empty where it needs none."""
        if not isinstance(condition, All):
            return ()
        each = [needs for part in condition.parts if (needs := self.needs_of(part)) is not None and needs != first]
        facts = _rarest(needs for needs in each if all(key not in _SEARCHED for key, _ in needs.keys))
        return facts.keys if facts else ()

    def _phrases(self, kind: str, phrases: tuple[Phrase, ...]) -> Needs:
        # A short literal stands in more texts than a long one, and what many rules ask for is seldom rare.
        share = sum(
            _SHARE[kind] + 300 // len(phrase.literal) + min(self._asked[phrase.literal], 100) for phrase in phrases
        )
        return Needs(tuple((kind, phrase.literal) for phrase in phrases), share)


def _rarest(each: Iterable[Needs]) -> Needs | None:
    return min(each, key=lambda needs: needs.share, default=None)


class ConditionIndex:
    """Numbered conditions, compiled once and shared by any number of threads."""

    def __init__(self, conditions: Iterable[tuple[int, Condition]]) -> None:
        self.always: list[int] = []
        """Those that must be looked at for every filing."""
        self._by_key: dict[Key, list[tuple[int, tuple[Key, ...]]]] = {}
        """Under what a condition cannot do without: its number, and facts of which it needs one as well.

        In a large set most conditions lie far apart in memory, and what is told here need not be looked up there.
        """
        numbered = list(conditions)
        literals: dict[str, Counter[str]] = {"text": Counter(), "news": Counter(), "company": Counter()}
        for _, condition in numbered:
            for part in conditions_in(condition):
                if isinstance(part, Text | Near):
                    literals[region_of(part.scope)].update(phrase.literal for phrase in part.phrases)
                elif isinstance(part, Company):
                    literals["company"].update(phrase.literal for phrase in part.phrases)
        rarity = _Rarity(sum(literals.values(), Counter()))
        by_text: list[tuple[int, Needs, tuple[Key, ...]]] = []
        shared: dict[tuple[Key, ...], tuple[Key, ...]] = {}
        for number, condition in numbered:
            needs = rarity.needs_of(condition)
            if needs is None:
                self.always.append(number)
                continue
            besides = rarity.facts_besides(condition, needs)
            filed = (number, needs, shared.setdefault(besides, besides))
            if any(key == "text" for key, _ in needs.keys):
                by_text.append(filed)
            else:
                self._file(*filed)
        if len(by_text) <= FEW:
            self.always += [number for number, _, _ in by_text]
        else:
            for filed in by_text:
                self._file(*filed)
        self.phrases = {region: PhraseIndex(found) for region, found in literals.items()}
        """What is looked for in whole texts (`text`), where news is said (`news`) and in names (`company`)."""
        self.regions = [region for region in ("text", "news") if any(key == region for key, _ in self._by_key)]
        """Where documents must be searched to know what could hold."""

    def _file(self, number: int, needs: Needs, besides: tuple[Key, ...]) -> None:
        for key in dict.fromkeys(needs.keys):
            self._by_key.setdefault(key, []).append((number, besides))

    def woken_by(self, keys: Iterable[Key]) -> Iterator[int]:
        """The numbers of those that find what they need among the keys, in no order, some perhaps twice."""
        present = frozenset(keys)
        for key in present:
            for number, besides in self._by_key.get(key, ()):
                if not besides or not present.isdisjoint(besides):
                    yield number
