"""Why each rule holds for a report, or what it misses."""

from __future__ import annotations

from dataclasses import dataclass

from watcher.match.evaluate import judge
from watcher.match.likeness import said_instead
from watcher.match.rules import MAX_EVIDENCE, topics_for_rules
from watcher.match.searchable import SearchableReport
from watcher.model import CurrentReport, Evidence
from watcher.rules import ConditionIndex, RuleSet

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


def explain_rules(rules: RuleSet, report: CurrentReport) -> list[Explanation]:
    """One explanation for every rule, in their order; a rule that is switched off says so and never matches."""
    index = rules.index
    if not all(rule.enabled for rule in rules.rules):
        index = ConditionIndex((number, rule.when) for number, rule in enumerate(rules.rules))
    searchable = SearchableReport(report, index, topics_for_rules(rules, report))
    explanations = []
    for rule in rules.rules:
        verdict = judge(rule.when, searchable)
        why_not = verdict.why_not if rule.enabled else ["the rule is switched off", *verdict.why_not]
        matched = verdict.holds and rule.enabled
        if not verdict.holds and len(rules) <= MAX_RULES_FOR_LIKENESS:
            why_not = [*why_not, *said_instead(rule.when, searchable)]
        explanations.append(
            Explanation(
                rule.id,
                rule.title,
                matched,
                tuple(dict.fromkeys(verdict.because)),
                () if matched else tuple(dict.fromkeys(why_not)),
                tuple(dict.fromkeys(verdict.evidence))[:MAX_EVIDENCE],
            )
        )
    return explanations
