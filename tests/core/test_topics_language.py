"""Topics are conditions that users may add, replace and extend."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from watcher.errors import RuleError
from watcher.match import explain_rules, match_rules, match_topics
from watcher.model import CurrentReport, Item
from watcher.rules import load_rules, shipped_topics

# The names that the package promises, in their order.
SHIPPED = (
    "earnings, guidance, dividend or buyback, debt financing, equity financing, merger or acquisition, divestiture, "
    "licensing, collaboration, clinical trial, regulatory decision, product, management change, shareholder vote, "
    "governance, restructuring, impairment, litigation, cybersecurity, listing, bankruptcy, auditor change, "
    "restatement, investor event"
).split(", ")

BODY = "Item 8.01 Other Events.\nOur reactor went critical under a license agreement."
REPORT = CurrentReport(
    "0000000001-24-000001",
    "8-K",
    body=BODY,
    items=(Item("8.01", "", True, True, 0, len(BODY), lead=(BODY.index("Our"), len(BODY))),),
)  # fmt: skip


def load(folder: Path, topics: str, rule: str) -> list[str]:
    """The ids that match REPORT, with a topics file beside one rule."""
    (folder / "topics.yaml").write_text(topics)
    (folder / "rules.yaml").write_text(f"- id: it\n  when: {rule}\n  notify: desk\n")
    rules = load_rules(folder)
    report = replace(REPORT, topics=match_topics(rules.topics, REPORT))
    matched = [match.rule_id for match in match_rules(rules, report)]
    # A report that was read with the shipped topics gives the same answer.
    plain = replace(REPORT, topics=match_topics(shipped_topics(), REPORT))
    assert [match.rule_id for match in match_rules(rules, plain)] == matched
    return matched


def test_the_promised_topics_are_shipped() -> None:
    """Every topic that the README names has a definition, and no other."""
    assert sorted(shipped_topics().names) == sorted(SHIPPED)


def test_a_user_adds_a_topic(tmp_path: Path) -> None:
    """A topics.yaml among the rules defines what their `topic` may name."""
    assert load(tmp_path, "nuclear: {text: reactor}\n", "{topic: nuclear}") == ["it"]


def test_a_user_replaces_a_topic(tmp_path: Path) -> None:
    """A shipped name defined anew means the user's condition, and nothing of the old one."""
    assert load(tmp_path, "licensing: {text: never there}\n", "{topic: licensing}") == []


def test_a_user_extends_a_topic(tmp_path: Path) -> None:
    """Within its own definition, a name means the shipped topic."""
    topics = "licensing:\n  any:\n    - topic: licensing\n    - text: never there\n"
    assert load(tmp_path, topics, "{topic: licensing}") == ["it"]


def test_topics_build_on_each_other_in_any_order(tmp_path: Path) -> None:
    """A topic may name one that is defined below it."""
    topics = "quiet: {not: {topic: loud}}\nloud: {text: went critical}\n"
    assert load(tmp_path, topics, "{topic: loud, not: {topic: quiet}}") == ["it"]


@pytest.mark.parametrize("echo", ["{topic: loud}", "{any: [{text: never there}, {topic: restatement}, {topic: loud}]}"])
def test_a_topic_may_need_nothing_but_another(tmp_path: Path, echo: str) -> None:
    """It is looked at although nothing else in the filing calls for it, also where that is one way of several."""
    assert load(tmp_path, f"echo: {echo}\nloud: {{text: went critical}}\n", "{topic: echo}") == ["it"]


def test_a_topic_brings_its_evidence_into_the_match(tmp_path: Path) -> None:
    """A rule on a topic shows the passage that made the topic."""
    (tmp_path / "topics.yaml").write_text("nuclear: {text: reactor}\n")
    (tmp_path / "rules.yaml").write_text("- id: it\n  when: {topic: nuclear}\n  notify: desk\n")
    (match,) = match_rules(load_rules(tmp_path), REPORT)
    assert match.because == ("topic is nuclear",)
    assert [passage.found for passage in match.evidence] == ["reactor"]
    assert explain_rules(load_rules(tmp_path), REPORT)[0].evidence == match.evidence


@pytest.mark.parametrize(
    ("topics", "sentence"),
    [
        ("a: {topic: b}\nb: {topic: a}\n", "these topics are each defined by another of them: a, b"),
        ("- a: {text: b}\n- x\n", "a topics file holds 'name:' and under it a condition"),
        ("a: {txt: b}\n", "there is no condition 'txt'; did you mean 'text'?"),
        ("a: {topic: earning}\n", "there is no topic 'earning'; did you mean 'earnings'?"),
    ],
)
def test_mistakes_in_topics_are_located(tmp_path: Path, topics: str, sentence: str) -> None:
    """A topics file is checked as strictly as a rule file."""
    (tmp_path / "topics.yaml").write_text(topics)
    with pytest.raises(RuleError) as caught:
        load_rules(tmp_path)
    assert sentence in [mistake.sentence for mistake in caught.value.mistakes]
    assert all(mistake.line for mistake in caught.value.mistakes)
