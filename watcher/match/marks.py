"""Every passage of a filing that rules look for, for showing them in its text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from watcher.match.evaluate import holds
from watcher.match.near import near_spans
from watcher.match.rules import topics_for_rules
from watcher.match.searchable import SearchableReport, Span
from watcher.model import CurrentReport, Evidence
from watcher.rules import RuleSet
from watcher.rules.conditions import All, AnyOf, Condition, Fact, Near, Regex, Text


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A passage that some rule looks for."""

    part: int
    """0 is the main document, n the n-th exhibit of the report."""
    start: int
    end: int
    """Characters of the readable text of that document."""
    rule_id: str


def mark_passages(rules: RuleSet, report: CurrentReport) -> list[Mark]:
    """Every passage that makes a rule hold, wherever it stands, in the order of parts and text."""
    searchable = SearchableReport(report, rules.index, topics_for_rules(rules, report))
    parts = [0] if report.body else []
    parts += [number for number, one in enumerate(report.exhibits, 1) if one.searched and one.text]
    marks = set()
    for number in searchable.candidates():
        rule = rules.rules[number]
        if holds(rule.when, searchable):
            for span in _spans(rule.when, searchable):
                marks.add(Mark(parts[span.document], span.start, span.end, rule.id))
    return sorted(marks)


def _spans(condition: Condition, report: SearchableReport) -> Iterator[Span]:
    """What a condition that holds looks for; what it excludes is not there to be shown."""
    match condition:
        case All(parts=parts) | AnyOf(parts=parts):
            holding = [part for part in parts if holds(part, report)]
            yield from chain.from_iterable(_spans(part, report) for part in holding)
        case Text(phrases=phrases, scope=scope):
            yield from chain.from_iterable(report.occurrences(phrase, scope) for phrase in phrases)
        case Near():
            yield from near_spans(condition, report)
        case Regex(patterns=patterns, compiled=compiled, scope=scope):
            pairs = zip(patterns, compiled, strict=True)
            yield from chain.from_iterable(report.regex_matches(*pair, scope) for pair in pairs)
        case Fact(key="topic", values=values):
            evidence = [passage for topic in report.topics if topic.name in values for passage in topic.evidence]
            yield from chain.from_iterable(_span_of(passage, report) for passage in evidence)


def _span_of(passage: Evidence, report: SearchableReport) -> Iterator[Span]:
    for place, document in enumerate(report.documents):
        if document.url == passage.url and document.where(passage.start) == passage.where:
            yield Span(place, passage.start, passage.end)
            return
