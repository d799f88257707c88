"""Why each rule holds for a report, or what it misses."""

from __future__ import annotations

from dataclasses import dataclass

from watcher.match import words
from watcher.match.evaluate import Verdict, judge
from watcher.match.likeness import said_instead
from watcher.match.rules import MAX_EVIDENCE, topics_for_rules
from watcher.match.searchable import SearchableReport
from watcher.model import CurrentReport, Evidence
from watcher.rules import ConditionIndex, Rule, RuleSet

# Each phrase that is missing costs one more look at the text.
MAX_RULES_FOR_LIKENESS = 1000


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one rule says about one report."""

    rule_id: str
    title: str
    matched: bool
    because: tuple[str, ...] = ()
    """The conditions that hold, whether or not the rule does."""
    why_not: tuple[str, ...] = ()
    """What is missing; empty where the rule holds."""
    evidence: tuple[Evidence, ...] = ()


def explain_rules(rules: RuleSet, report: CurrentReport, *, nearest: int | None = None) -> list[Explanation]:
    """One explanation for every rule, in their order; a rule that is switched off says so and never matches.

    With `nearest` only so many: those that match, then those that miss least.
    """
    index = rules.index
    if not all(rule.enabled for rule in rules.rules):
        index = ConditionIndex((number, rule.when) for number, rule in enumerate(rules.rules))
    searchable = SearchableReport(report, index, topics_for_rules(rules, report))
    judged = [(rule, judge(rule.when, searchable)) for rule in rules.rules]
    if nearest is not None:
        judged = sorted(judged, key=_distance)[:nearest]
    with_likeness = len(judged) <= MAX_RULES_FOR_LIKENESS
    return [_explanation(rule, verdict, searchable if with_likeness else None) for rule, verdict in judged]


def _distance(judged: tuple[Rule, Verdict]) -> tuple[bool, int]:
    rule, verdict = judged
    return not (verdict.holds and rule.enabled), len(verdict.why_not) - len(verdict.because)


def _explanation(rule: Rule, verdict: Verdict, searchable: SearchableReport | None) -> Explanation:
    """What a verdict means for its rule; `searchable` is where likenesses of what is missing are looked for."""
    matched = verdict.holds and rule.enabled
    why_not = list(verdict.why_not) if rule.enabled else ["the rule is switched off", *verdict.why_not]
    if not verdict.holds and searchable is not None:
        why_not.extend(said_instead(rule.when, searchable))
        if searchable.not_searched and any(reason.endswith("in the filing") for reason in why_not):
            why_not.append(words.not_searched(searchable.not_searched))
    return Explanation(
        rule.id,
        rule.title,
        matched,
        tuple(dict.fromkeys(verdict.because)),
        () if matched else tuple(dict.fromkeys(why_not)),
        tuple(dict.fromkeys(verdict.evidence))[:MAX_EVIDENCE],
    )
