"""Conditions against recorded filings of all eras, where those are at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from watcher.match import could_match, explain_rules, match_rules
from watcher.model import CurrentReport, Filer, Filing
from watcher.report import read_report
from watcher.rules import load_rules, parse_rules
from watcher.submission import parse_submission

ROOT = Path(__file__).resolve().parents[2]
CELLECTAR = "0001144204-17-013452"


def report_of(real_data: Path, accession_number: str) -> CurrentReport:
    """A recorded filing, read."""
    return read_report(parse_submission((real_data / "submissions" / f"{accession_number}.txt").read_bytes()))


FOUND = [
    (CELLECTAR, "{ticker: CLRB, item: [7.01, 9.01], text: license agreement}", True),
    (CELLECTAR, "{text: license agreement, in: headline}", True),
    (CELLECTAR, "{text: license agreement, in: 7.01}", False),
    (CELLECTAR, "{text: licens* agreement, in: 7.01}", True),
    (CELLECTAR, "{near: {phrases: [new, agreement], within: 1}, in: EX-99}", True),
    ("0000320193-25-000071", "{ticker: AAPL, item: 2.02, topic: earnings, exhibit: EX-99.1, state: CA}", True),
    ("0000320193-25-000071", "{company: apple, not: {item: 2.02}}", False),
    ("0000021344-24-000040", "{ticker: KO, sic: 2080, item: 5.02}", True),
    ("0001193125-24-011295", "{item: 1.05, topic: cybersecurity}", True),
    ("0001140361-24-038403", "{item: 5.03, exhibit: EX-3}", True),
    ("0000950144-94-000277", "{item: [2, 2.01], cik: 100240, state: GA}", True),
    ("0000950144-94-000277", "{item: 2.01}", False),
    ("0000914760-99-000124", "{item: 5, exhibit: EX-99.1, cik: 1002135}", True),
]


@pytest.mark.parametrize(("accession_number", "when", "holds"), FOUND)
def test_conditions_on_recorded_filings(real_data: Path, accession_number: str, when: str, holds: bool) -> None:
    """What a person sees in the filing is what the condition says."""
    rules = parse_rules(f"- id: it\n  when: {when}\n  notify: desk\n")
    assert bool(match_rules(rules, report_of(real_data, accession_number))) is holds


def test_the_first_rule_finds_its_filing_and_shows_the_headline(real_data: Path) -> None:
    """The rule that the project began with matches on the release's headline, and on nothing else but the list."""
    report = report_of(real_data, CELLECTAR)
    explanations = {found.rule_id: found for found in explain_rules(load_rules(ROOT / "rules"), report)}
    found = explanations["cellectar-license"]
    assert found.matched
    assert "ticker is CLRB" in found.because
    assert [passage.where for passage in found.evidence] == ["EX-99.1", "9.01"]
    first = found.evidence[0]
    assert first.found == "License Agreement"
    assert report.exhibits[0].text[first.start : first.end] == "License Agreement"
    assert [other.rule_id for other in explanations.values() if other.matched] == ["cellectar-license"]


def test_passages_are_where_they_say_in_every_recorded_filing(real_data: Path) -> None:
    """Every offset of every match and topic leads to the words that are quoted, and no listing rules a match out."""
    rules = parse_rules(
        "- {id: a, when: {text: [agreement, chief execut* officer, 'company’s']}, notify: desk}\n"
        "- {id: b, when: {near: {phrases: [the company, agreement*], within: 12}}, notify: desk}\n"
        r"- {id: c, when: {regex: '\$ ?[0-9.,]+ (m|b)illion'}, notify: desk}" + "\n"
    )
    passages = 0
    for path in sorted((real_data / "submissions").glob("*.txt")):
        report = read_report(parse_submission(path.read_bytes()))
        texts = [report.body, *(exhibit.text for exhibit in report.exhibits)]
        matches = match_rules(rules, report)
        for evidence in [*(match.evidence for match in matches), *(topic.evidence for topic in report.topics)]:
            for passage in evidence:
                passages += 1
                assert any(" ".join(text[passage.start : passage.end].split()) == passage.found for text in texts)
                assert "\n" not in passage.quote
        listing = Filing(
            report.accession_number,
            report.form,
            tuple(Filer(filer.cik, filer.name) for filer in report.filers),
            items=tuple(item.code for item in report.items),
        )
        assert not matches or could_match(rules, listing)
    assert passages > 200
