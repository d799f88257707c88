"""Rules against what EDGAR lists of a filing, before anything of it is downloaded."""

from __future__ import annotations

from collections.abc import Iterable

from watcher.item_codes import LISTS_EXHIBITS
from watcher.match.searchable import facts_of
from watcher.model import Filing
from watcher.rules import RuleSet
from watcher.rules.conditions import All, AnyOf, Company, Condition, Fact, Not
from watcher.text import fold


def could_match(rules: RuleSet, filing: Filing) -> bool:
    """Whether some rule could hold for a filing of which only EDGAR's listing is known.

    Decided by company, form and item; in doubt the answer is yes.
    """
    listing = _Listing(filing, rules.known_tickers)
    return any(rule.enabled and listing.verdict(rule.when) is not False for rule in rules.rules)


class _Listing:
    """What a listing tells of conditions: True, False, or None where it cannot tell."""

    def __init__(self, filing: Filing, known_tickers: frozenset[str] | None) -> None:
        self._facts = facts_of(filing)
        self._filers_known = bool(filing.filers)
        self._tickers_known = self._filers_known and all(filer.tickers for filer in filing.filers)
        self._names = [fold(" ".join(filer.name.split())) for filer in filing.filers]
        self._known_tickers = known_tickers or frozenset()

    def verdict(self, condition: Condition) -> bool | None:
        """Whether a condition holds, as far as the listing can tell."""
        match condition:
            case Fact(key=key, values=values):
                return self._fact(key, values)
            case Company(phrases=phrases) if self._filers_known:
                return any(phrase.stands_in(name) for phrase in phrases for name in self._names)
            case All(parts=parts):
                return _all(self.verdict(part) for part in parts)
            case AnyOf(parts=parts):
                return _negation(_all(_negation(self.verdict(part)) for part in parts))
            case Not(part=part):
                return _negation(self.verdict(part))
        return None

    def _fact(self, key: str, values: tuple[str, ...]) -> bool | None:
        if not self._facts.get(key, set()).isdisjoint(values):
            return True
        match key:
            case "form" | "amendment":
                return False
            case "cik":
                return False if self._filers_known else None
            case "ticker":
                # A ticker that no company is known to have may be new, and stand only in the filing itself.
                sure = self._tickers_known and self._known_tickers.issuperset(values)
                return False if sure else None
            case "item":
                # Bodies often report the one that lists exhibits although EDGAR's listing omits it.
                unsure = not self._facts["item"] or not LISTS_EXHIBITS.isdisjoint(values)
                return None if unsure else False
        return None


def _negation(verdict: bool | None) -> bool | None:
    return None if verdict is None else not verdict


def _all(verdicts: Iterable[bool | None]) -> bool | None:
    together: bool | None = True
    for verdict in verdicts:
        if verdict is False:
            return False
        if verdict is None:
            together = None
    return together
