"""Matching looks only at rules that could hold, and nothing in a text or a rule stalls it."""

from __future__ import annotations

import time

from watcher.match import explain_rules, match_rules
from watcher.match.searchable import SearchableReport
from watcher.model import CurrentReport, Filer, Item
from watcher.rules import parse_rules

BODY = "Item 7.01 Regulation FD Disclosure.\nA license agreement was signed."
REPORT = CurrentReport(
    "0000000001-24-000001",
    "8-K",
    filers=(Filer(1, "Acme Inc", ("ACMW",)),),
    items=(Item("7.01", "", True, True, 0, len(BODY)),),
    body=BODY,
)


def test_only_rules_that_could_hold_are_looked_at() -> None:
    """Out of thousands of rules, a filing wakes those that are filed under something that it has."""
    others = "".join(
        f"- {{id: ticker-{n}, when: {{ticker: X{n}, item: 7.01, text: license}}, notify: desk}}\n"
        f"- {{id: phrase-{n}, when: {{item: 7.01, text: [word{n}x, other{n}]}}, notify: desk}}\n"
        f"- {{id: name-{n}, when: {{company: firm{n}, form: 8-K}}, notify: desk}}\n"
        f"- {{id: near-{n}, when: {{near: {{phrases: [regulation fd, word{n}x], within: 3}}}}, notify: desk}}\n"
        f"- {{id: any-{n}, when: {{any: [{{cik: {n + 2}}}, {{topic: earnings, text: w{n}}}]}}, notify: desk}}\n"
        for n in range(500)
    )
    wanted = (
        "- {id: by-ticker, when: {ticker: ACMW, text: nothing}, notify: desk}\n"
        "- {id: by-phrase, when: {item: 7.01, text: license agreement}, notify: desk}\n"
        "- {id: by-name, when: {company: acme}, notify: desk}\n"
        "- {id: by-absence, when: {not: {item: 1.01}}, notify: desk}\n"
    )
    rules = parse_rules(others + wanted)
    candidates = SearchableReport(REPORT, rules.index, ()).candidates()
    assert [rules.rules[number].id for number in candidates] == ["by-ticker", "by-phrase", "by-name", "by-absence"]
    assert [match.rule_id for match in match_rules(rules, REPORT)] == ["by-phrase", "by-name", "by-absence"]


def test_a_regex_takes_linear_time() -> None:
    """The classic trap for backtracking takes less than a second over a million letters."""
    rules = parse_rules("- {id: it, when: {regex: '(a+)+$'}, notify: desk}")
    begun = time.perf_counter()
    assert match_rules(rules, CurrentReport("0000000001-24-000001", "8-K", body="a" * 1_000_000 + "b")) == []
    assert time.perf_counter() - begun < 1


def test_a_text_of_nothing_but_hits_is_matched() -> None:
    """A phrase that stands in a text a hundred thousand times, near another as often, is found and quoted."""
    rules = parse_rules("- {id: it, when: {text: aa bb, near: {phrases: [aa, bb], within: 0}}, notify: desk}")
    (match,) = match_rules(rules, CurrentReport("0000000001-24-000001", "8-K", body="aa bb " * 100_000))
    assert len(match.evidence) == 2
    assert all(len(passage.quote) < 500 for passage in match.evidence)


def test_conditions_may_be_nested_deep() -> None:
    """Forty levels of `not` and `any` are read, matched and explained."""
    nested = "{ticker: ACMW}"
    for _ in range(20):
        nested = f"{{not: {{any: [{nested}]}}}}"
    rules = parse_rules(f"- {{id: it, when: {nested}, notify: desk}}")
    assert [match.because for match in match_rules(rules, REPORT)] == [("ticker is ACMW",)]
    assert explain_rules(rules, REPORT)[0].matched
