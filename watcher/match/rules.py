"""Rules and topics against one report."""

from __future__ import annotations

from watcher.match.evaluate import holds, judge, judge_holding
from watcher.match.searchable import SearchableReport
from watcher.model import CurrentReport, Match, Topic
from watcher.rules import Rule, RuleSet, Topics
from watcher.rules.conditions import All

MAX_EVIDENCE = 12


def match_rules(rules: RuleSet, report: CurrentReport) -> list[Match]:
    """The rules that hold for a report, in their order; shadow rules are among them, disabled ones are not."""
    searchable = SearchableReport(report, rules.index, topics_for_rules(rules, report))
    matches = []
    for number in searchable.candidates():
        rule = rules.rules[number]
        if holds(rule.when, searchable):
            matches.append(_match(rule, searchable))
    return matches


def _match(rule: Rule, searchable: SearchableReport) -> Match:
    verdict = judge(rule.when, searchable)
    return Match(
        rule_id=rule.id,
        title=rule.title,
        notify=rule.notify,
        level=rule.level,
        why=rule.why,
        shadow=rule.shadow,
        because=tuple(dict.fromkeys(verdict.because)),
        evidence=tuple(dict.fromkeys(verdict.evidence))[:MAX_EVIDENCE],
    )


def match_topics(topics: Topics, report: CurrentReport) -> tuple[Topic, ...]:
    """The topics that a report announces, with what shows it, in the order of their definitions."""
    searchable = SearchableReport(report, topics.index, ())
    possible = {*searchable.candidates(), *topics.built_on_others}
    for definition, alternatives in zip(topics.definitions, topics.alternatives, strict=True):
        holding = [part for number, part in alternatives if number in possible and holds(part, searchable)]
        if holding:
            verdict = judge_holding(All(tuple(holding)), searchable)
            because, evidence = dict.fromkeys(verdict.because), dict.fromkeys(verdict.evidence)
            searchable.add_topic(Topic(definition.name, tuple(because), tuple(evidence)[:MAX_EVIDENCE]))
    return tuple(searchable.topics)


def topics_for_rules(rules: RuleSet, report: CurrentReport) -> tuple[Topic, ...]:
    """The report's topics as these rules mean them: those that the user defined are decided here and now."""
    own = rules.topics.own
    if not own:
        return report.topics
    decided = [topic for topic in match_topics(rules.topics, report) if topic.name in own]
    return (*(topic for topic in report.topics if topic.name not in own), *decided)
