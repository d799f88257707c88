"""docs/rules.md is true: its rules do what it says, and its mistakes read as it shows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from watcher.errors import RuleError
from watcher.match import explain_rules, match_rules
from watcher.model import CurrentReport
from watcher.report import read_report
from watcher.rules import lint_rules, load_rules, parse_rules, shipped_topics
from watcher.rules.grammar import CONDITION_KEYS, RULE_KEYS
from watcher.submission import parse_submission

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
RECEIVERS = ["desk", "inbox"]
BLOCK = re.compile(
    r"(?:<!-- (?P<said>.*?) -->\n)?```(?P<kind>\w+)\n(?P<text>.*?)```\n(?:```text\n(?P<answer>.*?)```)?", re.S
)


@dataclass(frozen=True)
class Example:
    """A block of the page, with what is said of it."""

    kind: str
    text: str
    answer: str
    said: dict[str, str]


def examples() -> list[Example]:
    """The blocks of the page in order."""
    found = []
    for block in BLOCK.finditer(PAGE):
        said = dict(part.split(": ", 1) for part in (block["said"] or "").split("; ") if part)
        found.append(Example(block["kind"], block["text"], block["answer"] or "", said))
    return found


def report_of(accession_number: str) -> CurrentReport:
    """One of the starter rules' filings, read."""
    return read_report(parse_submission((ROOT / "rules" / "filings" / f"{accession_number}.txt").read_bytes()))


RULES = [example for example in examples() if example.kind == "yaml" and not example.answer]
MISTAKES = [example for example in examples() if example.kind == "yaml" and example.answer]


@pytest.mark.parametrize("example", RULES, ids=lambda example: example.text.split("\n")[0])
def test_each_example_matches_what_it_is_said_to(example: Example, tmp_path: Path) -> None:
    """The filings named above an example match or do not, as the page says."""
    (tmp_path / example.said.get("file", "rules.yaml")).write_text(example.text)
    if "topic" in example.said:
        (tmp_path / "rules.yaml").write_text(f"- id: it\n  when: {{topic: {example.said['topic']}}}\n  notify: desk\n")
    rules = load_rules(tmp_path, receivers=RECEIVERS)
    assert lint_rules(rules) == []
    assert "matches" in example.said
    for number in example.said["matches"].split():
        assert len(match_rules(rules, report_of(number))) == len(rules.rules)
    for number in example.said.get("misses", "").split():
        assert match_rules(rules, report_of(number)) == []


@pytest.mark.parametrize("example", MISTAKES, ids=lambda example: example.text.split("\n")[0])
def test_each_mistake_reads_as_shown(example: Example) -> None:
    """The five mistakes that everybody makes give exactly the sentences on the page."""
    with pytest.raises(RuleError) as caught:
        parse_rules(example.text, receivers=RECEIVERS)
    assert str(caught.value) + "\n" == example.answer


def test_there_are_five_mistakes() -> None:
    """None of them was lost from the page."""
    assert len(MISTAKES) == 5


def test_the_explanation_reads_as_shown() -> None:
    """What the page shows of `explain` is what it says."""
    (example,) = [example for example in examples() if "rule" in example.said]
    explanations = explain_rules(load_rules(ROOT / "rules"), report_of(example.said["filing"]))
    (found,) = [found for found in explanations if found.rule_id == example.said["rule"]]
    assert example.text.splitlines() == [
        *(f"+ {reason}" for reason in found.because),
        *(f"- {reason}" for reason in found.why_not),
    ]


def test_every_key_and_topic_is_documented() -> None:
    """Each key of the language stands in code type on the page, and each shipped topic in its list."""
    assert [key for key in (*RULE_KEYS, *CONDITION_KEYS) if f"`{key}`" not in PAGE] == []
    listed = " ".join(PAGE.split("These are shipped: ")[1].split(".")[0].split()).split(", ")
    assert sorted(listed) == sorted(shipped_topics().names)


def test_the_starter_rules_do_what_they_promise() -> None:
    """Every starter rule carries examples of both kinds, and they hold."""
    rules = load_rules(ROOT / "rules", receivers=RECEIVERS)
    assert len(rules.rules) == 6
    for rule in rules.rules:
        assert rule.must_match
        assert rule.must_ignore
        for path, expected in [*((p, True) for p in rule.must_match), *((p, False) for p in rule.must_ignore)]:
            matched = {match.rule_id for match in match_rules(rules, report_of(path.stem))}
            assert (rule.id in matched) is expected, f"{rule.id}: {path.name}"
