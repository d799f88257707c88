"""What is wrong in a rule file is told at its place, all at once, with what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.errors import RuleError
from watcher.rules import load_rules
from watcher.rules.load import parse_rules

RECEIVERS = ["desk", "inbox"]


def mistakes_of(text: str) -> list[str]:
    """`line:column: sentence` for each mistake of a file."""
    with pytest.raises(RuleError) as caught:
        parse_rules(text, receivers=RECEIVERS)
    return [f"{mistake.line}:{mistake.column}: {mistake.sentence}" for mistake in caught.value.mistakes]


def rule(when: str = "    ticker: CLRB", rest: str = "  notify: desk") -> str:
    """A rule file around a condition, whose first line is line 3."""
    return f"- id: example\n  when:\n{when}\n{rest}\n"


CONDITIONS = {
    "    tikcer: CLRB": "3:5: there is no condition 'tikcer'; did you mean 'ticker'?",
    "    ticker: Acme Inc": "3:13: 'Acme Inc' is not a ticker; write it as the exchange does, such as CLRB or BRK-B",
    "    ticker:": "3:12: 'ticker' has no value; write one behind the colon",
    "    ticker: []": "3:13: 'ticker' is an empty list; write at least one value or leave the key out",
    "    ticker: CLRB, ONCY": "3:13: several values are a list: 'ticker: [CLRB, ONCY]'",
    "    ticker: [[CLRB]]": "3:14: 'ticker' takes a value or a list of values, not a nested one",
    "    cik: CLRB": "3:10: 'CLRB' is not a CIK; write EDGAR's number of the company, such as 1279704",
    "    sic: pharma": "3:10: 'pharma' is not an SIC code; write its four digits, such as 2834",
    "    state: Delaware": "3:12: 'Delaware' is not a state; write EDGAR's two-letter code, such as DE for Delaware",
    "    form: 8K": "3:11: '8K' is not a form of EDGAR's; did you mean '8-K'?",
    "    item: 7.1": "3:11: there is no item '7.1'; write 7.01 (items have two digits behind the point)",
    "    item: 701": "3:11: there is no item '701'; write 7.01 (items have two digits behind the point)",
    "    item: 9.01(d)": "3:11: there is no item '9.01(d)'; write 9.01 (items have two digits behind the point)",
    "    item: 1,01": "3:11: there is no item '1,01'; write 1.01 (items have two digits behind the point)",
    "    item: 7.01 or 8.01": "3:11: several values are a list: 'item: [7.01, 8.01]'",
    "    item: Regulation FD": "3:11: 'Regulation FD' is the title of an item; write its number, 7.01",
    "    ticker: CLRB LNTH": "3:13: several values are a list: 'ticker: [CLRB, LNTH]'",
    "    ticker:CLRB": "3:5: a colon and a space stand between a key and its value: 'ticker: CLRB'",
    "    keywords: merger": "3:5: there is no condition 'keywords'; did you mean 'text'?",
    "    or: [{text: a}]": "3:5: there is no condition 'or'; did you mean 'any'?",
    "    in: headlines\n    text: a": "3:9: 'headlines' is no place to look in; did you mean 'headline'?",
    "    in: 7.01": "3:9: 'in' says where text is looked for, but there is no text, near or regex beside it",
    "    text: #1 product": (
        "3:10: 'text' has no value; write one behind the colon; put text that begins with '#' in quotes"
    ),
    "    text: [deal: big, b]": (
        "3:12: 'text' takes a value or a list of values, not a nested one; text that holds ': ' needs quotes around it"
    ),
    "    text: 'Acme's agreement'": (
        "3:17: something follows the closing quote; for text with an apostrophe, use double quotes"
    ),
    "\u00a0   ticker: CLRB": "3:1: this line is indented with no-break spaces; YAML wants plain ones",
    "    item: 7.02": "3:11: there is no item '7.02'; section 7 has 7.01",
    "    item: 77": "3:11: there is no item '77'; items run from 1.01 to 9.01",
    "    exhibit: press release": (
        "3:14: 'press release' is not an exhibit type; write it as EDGAR does, such as EX-10 or EX-99.1"
    ),
    "    topic: licencing": "3:12: there is no topic 'licencing'; did you mean 'licensing'?",
    "    amendment: perhaps": "3:16: 'perhaps' is neither yes nor no",
    "    text: '---'": "3:11: a phrase needs at least one letter or digit",
    "    text: lic*ense": "3:11: '*' stands only at the end of a word, as in 'licens*'; 'lic*ense' has it elsewhere",
    "    text: a* agreement": "3:11: 'a*' would stand for too many words; write at least two letters before '*'",
    "    regex: (a": "3:12: this regex cannot be used: missing ): (a",
    "    regex: '(?=a)b'": (
        "3:12: this regex cannot be used: RE2 cannot look around, as with (?= or (?!; combine conditions with 'near' "
        "or 'not'"
    ),
    r"    regex: '(a)\1'": (
        "3:12: this regex cannot be used: RE2 cannot refer back to a group, as with \\1; write it out"
    ),
    r'    regex: "\d+ million"': (
        "3:13: a backslash in double quotes begins an escape of YAML's; write this text in single quotes"
    ),
    "    regex: a*": "3:12: this regex matches even where there is no text; let it ask for at least one character",
    "    regex: '.{999}z'": (
        "3:12: this regex is too big: its counts make 997 steps of at most 300; use smaller counts, or 'near'"
    ),
    "    near: {phrases: a, within: 3}": (
        "3:21: near takes two keys: 'phrases', a list of at least two, and 'within', a number of words"
    ),
    "    near: {phrases: [a, b], within: few}": (
        "3:37: 'few' is no number of words; write a number from 0 to 1000"
    ),
    "    near: {phrases: [a, b], witin: 3}": "3:29: near has no key 'witin'; did you mean 'within'?",
    "    in: 7.01\n    ticker: CLRB": (
        "3:9: 'in' says where text is looked for, but there is no text, near or regex beside it"
    ),
    "    in: title\n    text: a": (
        "3:9: 'title' is no place to look in; write an item (7.01), an exhibit type (EX-99), headline, lead or body"
    ),
    "    any: {text: a}": "3:10: 'any' takes a list of conditions; begin each with '- '",
    "    all: []": "3:10: 'all' takes a list of conditions; begin each with '- '",
    "    not: [{text: a}]": (
        "3:10: 'not' takes one condition; for several, write 'not:' and under it 'any:' and the list"
    ),
    "    not: merger": "3:10: a condition is expected here; write it under a key, such as 'text: merger'",
    "    - ticker: CLRB": "3:5: a condition is expected here, not a list; write 'all:' or 'any:' before the list",
    "    {}": "3:5: a condition without a key would hold for every filing; write at least one key",
    "    notify: desk": "3:5: 'notify' belongs to the rule, not to its condition; indent it like 'when'",
    "    ticker: &x CLRB": "3:13: '&x' is YAML's way to name something for later; write it out, or put text in quotes",
    "    text: *x": "3:11: '*x' is YAML's way to repeat something; to look for text, put it in quotes",
    "    text: !important a": (
        "3:11: '!important' is a YAML tag, which has no use here; put text that begins with '!' in quotes"
    ),
    "    text: a\n    text: b": "4:5: 'text' is already there in line 3; write it once, with a list of values",
    "    ? [a]\n    : b": "3:7: a key is one word; this is a list or a mapping",
    "    text: license: agreement": "3:18: text that holds ': ' needs quotes around it",
    "    text: \"license\" agreement": (
        "3:21: something follows the closing quote; put the whole text in one pair of quotes"
    ),
    "    text: 'license agreement": "3:11: the quote that opens here is never closed; close it at the end of the text",
    "    text: @license": "3:11: text that begins with '@' needs quotes around it",
    "    text: [a, b": "3:11: the bracket [ that opens here is never closed",
    "\tticker: CLRB": "3:1: this line is indented with a tab; YAML wants spaces",
}  # fmt: skip


@pytest.mark.parametrize("when", CONDITIONS)
def test_each_mistake_in_a_condition_has_its_place_and_its_remedy(when: str) -> None:
    """One sentence, at the line and column of the mistake, that says what to write instead."""
    assert CONDITIONS[when] in mistakes_of(rule(when))


RULES = {
    "- id: a\n  wen: {ticker: CLRB}\n  notify: desk\n": [
        "1:3: this rule has no 'when'; say under it what a filing must have",
        "2:3: a rule has no key 'wen'; did you mean 'when'?",
    ],
    "- id: a\n  when:\n  ticker: CLRB\n  notify: desk\n": [
        "2:8: 'when' is empty; indent its conditions by two more spaces than the word 'when'",
        "3:3: 'ticker' is a condition; write it under 'when:', indented by two more spaces",
    ],
    "- title: no id\n  when: {ticker: CLRB}\n  notify: desk\n": [
        "1:3: this rule has no 'id'; give it a short name that stays, such as cellectar-license"
    ],
    "- id: A Name\n  when: {ticker: CLRB}\n  notify: desk\n": [
        "1:7: an id is at most 100 small letters, digits and hyphens, such as cellectar-license"
    ],
    "- id: a\n  when: {ticker: CLRB}\n": [
        "1:3: this rule has no 'notify'; name the receivers that it tells, such as [desk]"
    ],
    "- id: a\n  when: {ticker: CLRB}\n  notify: dsk\n": [
        "3:11: the config has no receiver 'dsk'; did you mean 'desk'?"
    ],
    "- id: a\n  when: {ticker: CLRB}\n  notify: desk\n  level: loud\n": [
        "4:10: there is no level 'loud'; it is one of info, notice, high"
    ],
    "- id: a\n  when: {ticker: CLRB}\n  notify: desk\n  enabled: never\n": ["4:12: 'never' is neither yes nor no"],
    "- id: a\n  when: {ticker: CLRB}\n  notify: desk\n  examples: {mach: [x.txt]}\n": [
        "4:14: examples have no key 'mach'; did you mean 'match'?"
    ],
    "- id: a\n  when: {ticker: CLRB}\n  notify: desk\n  why: [x]\n": [
        "4:8: 'why' takes one text; put it in quotes"
    ],
    "- id: a\n  when: {ticker: CLRB}\n  shadow: yep\n": ["3:11: 'yep' is neither yes nor no"],
    "-id: a\n  when: {ticker: CLRB}\n": [
        "1:1: a hyphen and a space begin an entry of a list, as in '- id: its-name'"
    ],
    "– id: a\n  when: {ticker: CLRB}\n": [
        "1:1: a hyphen and a space begin an entry of a list, as in '- id: its-name'"
    ],
    "id: a\nwhen: {ticker: CLRB}\nnotify: desk\n": [
        "1:1: a rule file holds a list of rules; begin each with '- id: its-name'"
    ],
    "just text\n": ["1:1: a rule file holds a list of rules; begin each with '- id: its-name'"],
    "- just text\n": ["1:3: a rule file holds a list of rules; begin each with '- id: its-name'"],
    "- id: a\n  when: {ticker: CLRB}\n  notify: desk\n---\n[]\n": [
        "4:1: a second YAML document begins here; write one list without '---' lines"
    ],
    "- id: a\n  when: {text: \x07}\n": ["2:16: this is not text: a character U+0007 stands here; remove it"],
    "- id: a\n  when:\n    ticker: CLRB\n   item: 7.01\n  notify: desk\n": [
        "4:4: this line is indented differently from its neighbours; keys of one rule begin in the same column, "
        "and what belongs to a key stands two spaces further in"
    ],
}  # fmt: skip


@pytest.mark.parametrize("text", RULES)
def test_each_mistake_in_a_rule_has_its_place_and_its_remedy(text: str) -> None:
    """Every mistake of the rule is told, in the order of the file."""
    assert mistakes_of(text) == RULES[text]


def test_every_mistake_of_every_file_comes_at_once(tmp_path: Path) -> None:
    """A mistake hides no other: not in the same rule, not behind broken YAML, not in the next file."""
    (tmp_path / "a.yaml").write_text(
        "- id: one\n  when: {item: 7.1, form: 8K}\n  notify: desk\n"
        "- id: two\n  title: 'open\n  when: {ticker: CLRB}\n  notify: desk\n"
        "- id: three\n  when: {topic: nonsense}\n  notify: desk\n"
    )
    (tmp_path / "b.yml").write_text("- id: one\n  when: {text: []}\n  notify: nobody\n")
    (tmp_path / "c.yaml").write_bytes(b"- id: caf\xe9\n")
    (tmp_path / "topics.yaml").write_text("licensing: {item: 99}\n")
    with pytest.raises(RuleError) as caught:
        load_rules([tmp_path, tmp_path / "absent.yaml"], receivers=RECEIVERS)
    places = [(Path(mistake.file).name, mistake.line) for mistake in caught.value.mistakes]
    assert places == [
        ("absent.yaml", None),
        ("c.yaml", 1),
        ("a.yaml", 2),
        ("a.yaml", 2),
        ("a.yaml", 5),
        ("a.yaml", 9),
        ("b.yml", 2),
        ("b.yml", 3),
        ("topics.yaml", 1),
    ]


def test_a_mistake_carries_the_line_that_it_points_into() -> None:
    """The excerpt and the column together show the very word."""
    with pytest.raises(RuleError) as caught:
        parse_rules(rule("    item: 7.1"))
    (mistake,) = caught.value.mistakes
    assert mistake.excerpt[mistake.column - 1 :] == "7.1"  # type: ignore[operator]


def test_an_id_is_taken_once_over_all_files(tmp_path: Path) -> None:
    """The second use of an id names the first."""
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(rule())
    with pytest.raises(RuleError, match=r"b\.yaml:1:7: id 'example' is taken by the rule in .*a\.yaml, line 1"):
        load_rules(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "- " * 5_000,
        "{a: " * 20_000,
        "- &a [x, x]\n" + "".join(f"- &{name} [*{name}, *{name}]\n" for name in "abcdefgh"),
        "- id: " + "x" * 1_000_000,
        "- id: a\n  when: {text: '" + "a* " * 100_000 + "'}\n",
    ],
    ids=["brackets", "dashes", "braces", "alias bomb", "long id", "long phrase"],
)
def test_a_hostile_file_is_refused_at_once(text: str) -> None:
    """Nesting, repetition and length end in mistakes, not in a stalled or dead process."""
    assert 0 < len(mistakes_of(text)) < 100


@settings(max_examples=150)
@given(st.text(st.sampled_from("ab:-*&!|>'\"{}[],# \n\t\\?%@`\x07é"), max_size=60))
def test_any_text_gives_rules_or_located_mistakes(text: str) -> None:
    """Whatever a file holds, the answer is a rule set or mistakes, each with a line."""
    try:
        parse_rules("- id: a\n  when: " + text)
    except RuleError as error:
        assert all(mistake.line is not None for mistake in error.mistakes)


def test_a_form_with_a_blank_in_its_name_is_one_value(tmp_path: Path):
    """EDGAR's own `SC 13D` and `DEF 14A` are no lists that lack their brackets."""
    path = tmp_path / "rules.yaml"
    path.write_text("- id: stakes\n  when: {form: [SC 13D, DEF 14A]}\n  notify: desk\n", encoding="utf-8")
    (rule,) = load_rules(path).rules
    assert rule.when.values == ("SC 13D", "DEF 14A")
