"""Rules that can be read but cannot be meant are warned of, and good ones are left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from watcher.match import match_rules
from watcher.model import CurrentReport
from watcher.rules import lint_rules, load_rules, parse_rules

STARTER = Path(__file__).parents[2] / "rules"
TICKERS = ["CLRB", "ON", "BRK-B", "ACMW"]


def warnings_of(when: str, **known: list[str]) -> list[str]:
    """What is said of one rule."""
    rules = parse_rules(f"- id: it\n  when: {when}\n  notify: desk\n")
    return [warning.sentence for warning in lint_rules(rules, **known)]  # type: ignore[arg-type]


NEVER = {
    "{form: 10-K, item: 7.01}": "only forms of the 8-K family have items, and it asks for 10-K, 10-K/A",
    "{form: 8-K/A, amendment: no}": "it asks for an amendment's form and for no amendments",
    "{all: [{form: 8-K}, {form: 6-K}]}": "no form is all that it asks for",
    "{all: [{amendment: yes}, {amendment: no}]}": "a filing is an amendment or it is not",
    "{item: 7.01, not: {item: [7.01, 8.01]}}": "it asks for item 7.01 and excludes the same",
    "{text: merger, not: {text: merger}}": "it asks for something and excludes the same",
    "{all: [{item: 5}, {item: 8.01}]}": "items 1 to 13 ended in August 2004, when those with a point began",
    "{text: merger, in: 7.01, not: {item: 7.01}}": "it looks in 7.01 and excludes filings that have that",
    "{text: merger, in: EX-10.1, not: {exhibit: EX-10}}": "it looks in EX-10.1 and excludes filings that have that",
    "{not: {form: 8-K}}": "it excludes what every filing has",
    "{ticker: CLRB, any: [{not: {form: 8-K}}, {form: 6-K, item: 2.02}]}": "it excludes what every filing has",
}  # fmt: skip


@pytest.mark.parametrize("when", NEVER)
def test_a_rule_that_can_never_match_is_told_why(when: str) -> None:
    """Contradictions are named."""
    assert warnings_of(when) == [f"rule 'it' can never match: {NEVER[when]}"]


@pytest.mark.parametrize(
    "when", ["{form: 8-K}", "{any: [{item: 1.01}, {not: {item: 1.01}}]}", "{not: {text: a, not: {text: a}}}"]
)
def test_a_rule_that_matches_everything_is_told(when: str) -> None:
    """A rule that no filing escapes is no rule; and it does match a filing that has nothing."""
    assert warnings_of(when) == ["rule 'it' matches every filing; ask for something that only some filings have"]
    rules = parse_rules(f"- id: it\n  when: {when}\n  notify: desk\n")
    assert match_rules(rules, CurrentReport("0000000001-24-000001", "8-K"))


@pytest.mark.parametrize(
    ("when", "sentence"),
    [
        ("{ticker: CLRP}", "asks for ticker CLRP, which no company on EDGAR's list has; did you mean CLRB?"),
        ("{ticker: BRK.C}", "asks for ticker BRK-C, which no company on EDGAR's list has; did you mean BRK-B?"),
        (
            "{ticker: QQQQQ}",
            "asks for ticker QQQQQ, which no company on EDGAR's list has; 'cik' also finds companies without one",
        ),
        ("{text: lisense agreement}", "looks for 'lisense agreement': is 'lisense' a slip for 'license'?"),
        ("{text: merger agremeent}", "looks for 'merger agremeent': is 'agremeent' a slip for 'agreement'?"),
        ("{text: [“license agreement”]}", (
            "looks for the quotes in “license agreement”, too; for the words alone, write license agreement"
        )),
        ("{text: [-license]}", (
            "looks for '-license' with its hyphen; an entry of a list begins with a hyphen and a space"
        )),
        ("{regex: /merger/}", "looks for /merger/ with its slashes; write the regex without them"),
        ("{near: {phrases: [merger, Merger], within: 3}}", (
            "asks for 'merger' near itself; 'near' is for two phrases or more"
        )),
        ("{ticker: CLRB, item: [5, 7]}", (
            "asks for item 5 or 7 alone, of the numbering that ended in August 2004; today's items are 1.01 to 9.01"
        )),
        (r"{regex: 'a\nb'}", r"looks for a line break or tab in /a\nb/; texts are searched with single spaces instead"),
    ],
)  # fmt: skip
def test_slips_are_asked_about(when: str, sentence: str) -> None:
    """A ticker nobody has and a word nearly like a common one are named with what was probably meant."""
    assert warnings_of(when, known_tickers=TICKERS) == [f"rule 'it' {sentence}"]


def test_words_of_filings_sharpen_the_search_for_slips() -> None:
    """A word that filings use is never a slip, and one that is nearly theirs is."""
    assert warnings_of("{text: radiothrapeutic}", seen_words=["radiotherapeutic"])
    assert not warnings_of("{text: radiothrapeutic}", seen_words=["radiothrapeutic", "radiotherapeutic"])
    assert warnings_of("{text: materail weakness}", seen_words=["material"])
    assert not warnings_of("{text: [laser, waiving, clearly]}", seen_words=["later", "waiting", "clear"])


@pytest.mark.parametrize(
    "when",
    [
        "{ticker: CLRB, form: 8-K, item: [7.01, 9.01], text: license agreement}",
        "{item: 7.01, not: {item: 8.01}}",
        "{item: [7.01, 8.01], not: {item: 8.01}}",
        "{text: a merger, in: [7.01, 8.01], not: {item: 8.01}}",
        "{form: 8-K, amendment: no, sic: 2834}",
        "{all: [{item: [5, 8.01]}, {item: [9, 7.01]}]}",
        "{text: ['the \"Agreement\" of merger', -5 percent, non-recourse]}",
        "{text: [acquires, acquired, mergers, licenses, phase 2b]}",
        "{not: {text: merger}, form: 8-K}",
    ],
)
def test_a_good_rule_is_left_alone(when: str) -> None:
    """No warning where the rule may be meant."""
    assert warnings_of(when, known_tickers=TICKERS) == []


def test_a_duplicate_names_the_other_rule() -> None:
    """Two rules that ask for the same are probably one; a rule that is switched off is no duplicate."""
    rules = parse_rules(
        "- {id: a, when: {item: 1.01, text: x y}, notify: desk}\n"
        "- {id: b, when: {item: 1.01, text: x y}, notify: inbox}\n"
        "- {id: c, when: {item: 1.01, text: x y}, notify: inbox, enabled: no}\n"
    )
    (warning,) = lint_rules(rules)
    assert str(warning) == "rules.yaml:2: rule 'b' asks for the same as rule 'a' in rules.yaml, line 1; make them one"


def test_the_starter_rules_are_clean() -> None:
    """What we ship has nothing to warn of."""
    assert lint_rules(load_rules(STARTER), known_tickers=TICKERS) == []
