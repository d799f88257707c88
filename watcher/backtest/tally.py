"""What a batch of filings adds up to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from watcher.backtest.outcomes import Hit, Outcome
from watcher.rules import RuleSet


@dataclass(frozen=True, slots=True)
class RuleHistory:
    """The filings that one rule would have told of, oldest first where their days are known."""

    rule_id: str
    title: str
    filings: tuple[tuple[Outcome, Hit], ...] = ()

    @property
    def accession_numbers(self) -> tuple[str, ...]:
        """The filings, or what names them where they have no number."""
        return tuple(outcome.accession_number or outcome.source for outcome, _ in self.filings)

    @property
    def per_month(self) -> dict[str, int]:
        """Matches by month, `2017-03`, the empty months between the first and the last among them."""
        months = Counter(f"{outcome.on:%Y-%m}" for outcome, _ in self.filings if outcome.on)
        return {month: months[month] for month in _months(min(months), max(months))} if months else {}

    @property
    def busiest_day(self) -> tuple[date, int] | None:
        """The day with most matches, and how many; None where no day is known."""
        days = Counter(outcome.on for outcome, _ in self.filings if outcome.on)
        return max(days.items(), key=lambda day: (day[1], day[0])) if days else None


@dataclass(frozen=True, slots=True)
class Backtest:
    """How often each rule would have fired."""

    filings: int
    """Filings that were read."""
    rules: tuple[RuleHistory, ...]
    unreadable: tuple[Outcome, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What another version of a rule gains and loses, as accession numbers."""

    rule_id: str
    gained: tuple[str, ...]
    lost: tuple[str, ...]


def tally(
    outcomes: Iterable[Outcome],
    rules: RuleSet,
    *,
    number: int = 0,
    since: date | None = None,
    until: date | None = None,
) -> Backtest:
    """The sum of outcomes for one of their rule sets, the one in place `number`.

    Filings filed before `since` or after `until` are left out, and so are those whose day is not known where either is
    given. A filing that comes twice counts once.
    """
    found: dict[str, list[tuple[Outcome, Hit]]] = {rule.id: [] for rule in rules.rules if rule.enabled}
    seen: set[str] = set()
    unreadable = []
    for outcome in outcomes:
        if outcome.error:
            unreadable.append(outcome)
            continue
        name = outcome.accession_number or outcome.source
        if name in seen or not _between(outcome.on, since, until):
            continue
        seen.add(name)
        for hit in outcome.hits[number]:
            found[hit.rule_id].append((outcome, hit))
    histories = (
        RuleHistory(rule.id, rule.title, tuple(sorted(found[rule.id], key=lambda pair: pair[0].on or date.min)))
        for rule in rules.rules
        if rule.enabled
    )
    return Backtest(len(seen), tuple(histories), tuple(unreadable))


def changes(before: Backtest, after: Backtest) -> tuple[Change, ...]:
    """What each rule of either side gains and loses on the way from one to the other; unchanged ones are left out."""
    old = {history.rule_id: history.accession_numbers for history in before.rules}
    new = {history.rule_id: history.accession_numbers for history in after.rules}
    found = []
    for rule_id in {**new, **old}:
        had, has = old.get(rule_id, ()), new.get(rule_id, ())
        gained = tuple(number for number in has if number not in set(had))
        lost = tuple(number for number in had if number not in set(has))
        if gained or lost:
            found.append(Change(rule_id, gained, lost))
    return tuple(found)


def _between(day: date | None, since: date | None, until: date | None) -> bool:
    if day is None:
        return since is None and until is None
    return (since is None or day >= since) and (until is None or day <= until)


def _months(first: str, last: str) -> list[str]:
    months = [first]
    while months[-1] < last:
        year, month = map(int, months[-1].split("-"))
        months.append(f"{year + month // 12}-{month % 12 + 1:02}")
    return months
