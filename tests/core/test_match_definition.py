"""The indexed matcher against an evaluator written straight from the definitions in docs/rules.md."""

from __future__ import annotations

import json
import re
import string
from itertools import product
from typing import Any

import jsonschema
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.match import could_match, explain_rules, match_rules
from watcher.model import CurrentReport, Exhibit, Filer, Filing, Item, Topic
from watcher.rules import (
    All,
    AnyOf,
    Company,
    Condition,
    Fact,
    Near,
    Not,
    Phrase,
    Regex,
    Rule,
    Text,
    compile_rules,
    grammar,
    parse_rules,
    rules_schema,
)
from watcher.rules.grammar import read_regex
from watcher.rules.index import FEW
from watcher.rules.lint import holds_always, why_never
from watcher.rules.phrases import read_phrase

# --- the definitions, slowly -----------------------------------------------------------------------------

PLAIN = str.maketrans({"\n": " ", "\t": " ", "\xa0": " ", "’": "'", "–": "-"})
WORD = string.ascii_lowercase + string.digits + "_"


def plain(text: str) -> str:
    """The text in its normal form."""
    return text.lower().translate(PLAIN)


def continues(text: str, inside: int, outside: int, beyond: int) -> bool:
    """Whether the character at `outside` belongs to the word at `inside`."""
    if not 0 <= outside < len(text) or text[inside] not in WORD:
        return False
    if text[outside] in WORD:
        return True
    digits = text[inside].isdigit() and 0 <= beyond < len(text) and text[beyond].isdigit()
    return text[outside] in ".," and digits


def phrase_places(phrase: Phrase, text: str) -> list[tuple[int, int]]:
    """Every stretch of a text that is the phrase."""
    found = []
    for start in range(len(text)):
        end = start
        for number, word in enumerate(phrase.text.split(" ")):
            expected = (" " if number else "") + word.removesuffix("*")
            if text[end : end + len(expected)] != expected:
                break
            end += len(expected)
            while word.endswith("*") and end < len(text) and text[end] in WORD:
                end += 1
        else:
            if not continues(text, start, start - 1, start - 2) and not continues(text, end - 1, end, end + 1):
                found.append((start, end))
    return found


Stretch = tuple[str, int, int]
"""A whole text in its normal form, and where in it a scope looks."""


def stretches(report: CurrentReport, scope: tuple[str, ...]) -> list[Stretch]:
    """The places in which a scope looks."""
    body = plain(report.body)
    found = []
    if not scope or "body" in scope:
        found.append((body, 0, len(body)))
    else:
        found += [(body, item.start, item.end) for item in report.items if item.code in scope]
        found += [(body, *item.lead) for item in report.items if item.lead[1] and "lead" in scope]
    for exhibit in report.exhibits:
        if not exhibit.searched:
            continue
        text = plain(exhibit.text)
        if not scope or any(exhibit.type == kind or exhibit.type.startswith(f"{kind}.") for kind in scope):
            found.append((text, 0, len(text)))
            continue
        if "headline" in scope:
            found.append((text, exhibit.headline_start, exhibit.headline_start + len(exhibit.headline)))
        if "lead" in scope and exhibit.lead[1]:
            found.append((text, *exhibit.lead))
    return found


def places_within(phrase: Phrase, stretch: Stretch) -> list[tuple[int, int]]:
    """Every place of a phrase that lies wholly in a stretch."""
    text, first, last = stretch
    return [(start, end) for start, end in phrase_places(phrase, text) if first <= start and end <= last]


def stands_near(condition: Near, stretch: Stretch) -> bool:
    """Whether some choice of places has few enough other words between its ends."""
    own = sum(len(phrase.text.split()) for phrase in condition.phrases)
    for places in product(*(places_within(phrase, stretch) for phrase in condition.phrases)):
        start, end = min(place[0] for place in places), max(place[1] for place in places)
        if len(stretch[0][start:end].split()) - own <= condition.within:
            return True
    return False


def fact_values(report: CurrentReport, key: str) -> set[str]:
    """What the filing has of one fact."""
    match key:
        case "ticker":
            return {ticker for filer in report.filers for ticker in filer.tickers}
        case "cik":
            return {str(filer.cik) for filer in report.filers}
        case "sic":
            return {str(filer.sic) for filer in report.filers}
        case "state":
            return {str(filer.state) for filer in report.filers}
        case "item":
            return {item.code for item in report.items}
        case "topic":
            return {topic.name for topic in report.topics}
        case "amendment":
            return {"yes" if report.is_amendment else "no"}
        case "kind":
            return {exhibit.kind for exhibit in report.exhibits}
        case "exhibit":
            return {exhibit.type for exhibit in report.exhibits} | {exhibit.type[:5] for exhibit in report.exhibits}
    assert key == "form"
    return {report.form, report.form.removesuffix("/A")} | ({"8-K"} if report.form.startswith("8-K") else set())


def is_true(condition: Condition, report: CurrentReport) -> bool:
    """Whether a condition holds, by its definition."""
    match condition:
        case All(parts=parts):
            return all(is_true(part, report) for part in parts)
        case AnyOf(parts=parts):
            return any(is_true(part, report) for part in parts)
        case Not(part=part):
            return not is_true(part, report)
        case Fact(key=key, values=values):
            return bool(fact_values(report, key) & set(values))
        case Company(phrases=phrases):
            return any(phrase_places(phrase, plain(filer.name)) for phrase in phrases for filer in report.filers)
        case Text(phrases=phrases, scope=scope):
            return any(places_within(phrase, stretch) for phrase in phrases for stretch in stretches(report, scope))
        case Near(scope=scope):
            return any(stands_near(condition, stretch) for stretch in stretches(report, scope))
        case Regex(patterns=patterns, scope=scope):
            looked_at = [text[start:end] for text, start, end in stretches(report, scope)]
            return any(re.search(pattern, text) for pattern in patterns for text in looked_at)


# --- random rules and reports, out of few words so that they often meet ----------------------------------

WORDS = ["license", "licenses", "agreement", "merger", "5", "1.5", "non-core", "a_b", "Acme’s", "x"]
texts = st.lists(
    st.tuples(st.sampled_from(WORDS), st.sampled_from([" ", "\n", "\t", "\xa0", ". ", "-", "–", ", ", "/", ""])),
    max_size=14,
).map(lambda pairs: "".join(word + gap for word, gap in pairs))
phrases = st.lists(
    st.sampled_from([*WORDS, "licens*", "agree*", "AGREEMENT", "acme's", "ac*"]), min_size=1, max_size=3
).map(lambda words: read_phrase(" ".join(words)))
some_phrases = st.lists(phrases, min_size=1, max_size=2).map(tuple)
scopes = st.lists(
    st.sampled_from(["7.01", "9.01", "EX-99", "EX-99.1", "EX-10", "headline", "lead", "body"]), max_size=2
).map(tuple)
FACTS = {
    "ticker": ["CLRB", "ON", "BRK-B"],
    "cik": ["1", "22"],
    "sic": ["2834", "7372"],
    "state": ["DE", "NV"],
    "form": ["8-K", "8-K/A", "8-K12B"],
    "item": ["7.01", "9.01", "5"],
    "exhibit": ["EX-99", "EX-99.1", "EX-10"],
    "kind": ["press release", "agreement"],
    "topic": ["licensing", "earnings"],
    "amendment": ["yes", "no"],
}
facts = st.sampled_from(sorted(FACTS)).flatmap(
    lambda key: st.lists(
        st.sampled_from(FACTS[key]), min_size=1, max_size=1 if key == "amendment" else 2, unique=True
    ).map(lambda values: Fact(key, tuple(values)))
)
regexes = st.sampled_from(["licen[sc]es?", "agreement$", "^x", "(merger|license) agreement", r"\d\.\d"]).map(read_regex)
leaves = st.one_of(
    facts,
    st.builds(Company, some_phrases),
    st.builds(Text, some_phrases, scopes),
    st.builds(Near, st.lists(phrases, min_size=2, max_size=3, unique=True).map(tuple), st.integers(0, 6), scopes),
    st.builds(lambda found, scope: Regex((found[0],), scope, (found[1],)), regexes, scopes),
)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(All, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Not, inner),
    ),
    max_leaves=5,
)


@st.composite
def exhibits(draw: st.DrawFn) -> Exhibit:
    """An exhibit whose headline is any part of its text."""
    kind = draw(st.sampled_from(["EX-99.1", "EX-99.2", "EX-10.1"]))
    text = draw(texts)
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, len(text)))
    return Exhibit(
        kind,
        kind[3:],
        text=text,
        headline=text[start:end],
        headline_start=start,
        kind=draw(st.sampled_from(FACTS["kind"])),
        lead=draw(st.sampled_from([(0, 0), (start, len(text))])),
        searched=draw(st.integers(0, 5)) > 0,
    )


@st.composite
def reports(draw: st.DrawFn) -> CurrentReport:
    """A report whose items follow each other with other text before each."""
    body, items = "", []
    for code in draw(st.lists(st.sampled_from(["7.01", "9.01", "5"]), unique=True)):
        body += draw(texts)
        start = len(body)
        body += draw(texts)
        lead = draw(st.sampled_from([(0, 0), (start, (start + len(body)) // 2)]))
        items.append(Item(code, "", in_header=True, in_body=True, start=start, end=len(body), lead=lead))
    form = draw(st.sampled_from(["8-K", "8-K/A", "8-K12B", "8-K12B/A", "6-K"]))
    filers = st.builds(
        Filer,
        st.sampled_from([1, 22]),
        texts,
        st.lists(st.sampled_from(FACTS["ticker"]), max_size=2).map(tuple),
        st.sampled_from([2834, 7372]),
        st.sampled_from(["DE", "NV"]),
    )
    return CurrentReport(
        "0000000001-24-000001",
        form,
        is_amendment=form.endswith("/A"),
        filers=tuple(draw(st.lists(filers, min_size=1, max_size=2))),
        items=tuple(items),
        exhibits=tuple(draw(st.lists(exhibits(), max_size=2))),
        topics=tuple(Topic(name) for name in draw(st.lists(st.sampled_from(FACTS["topic"]), unique=True))),
        body=body,
    )


rule_lists = st.lists(conditions, min_size=1, max_size=6).map(
    lambda found: [Rule(f"rule-{number}", "", condition) for number, condition in enumerate(found)]
)


# So many rules on words alone that texts are searched for what wakes a rule.
OTHERS = [Rule(f"other-{number}", "", Text((read_phrase(f"unheard{number}"),))) for number in range(FEW + 1)]


@settings(max_examples=200)
@given(rule_lists, reports(), st.sampled_from([[], OTHERS]))
def test_the_indexed_matcher_agrees_with_the_definition(
    rules: list[Rule], report: CurrentReport, others: list[Rule]
) -> None:
    """A rule matches exactly where its condition holds by the language's definition, in the order of the rules."""
    matched = [match.rule_id for match in match_rules(compile_rules([*rules, *others]), report)]
    assert matched == [rule.id for rule in rules if is_true(rule.when, report)]


SCHEMA = jsonschema.Draft202012Validator(rules_schema())


def written(condition: Condition) -> dict[str, Any]:
    """A condition as somebody would write it."""
    match condition:
        case Fact(key=key, values=values):
            return {key: values[0] if len(values) == 1 else list(values)}
        case Company(phrases=phrases):
            return {"company": [phrase.written for phrase in phrases]}
        case All(parts=parts):
            return {"all": [written(part) for part in parts]}
        case AnyOf(parts=parts):
            return {"any": [written(part) for part in parts]}
        case Not(part=part):
            return {"not": written(part)}
        case Text(phrases=phrases):
            asked: dict[str, Any] = {"text": [phrase.written for phrase in phrases]}
        case Near(phrases=phrases, within=within):
            asked = {"near": {"phrases": [phrase.written for phrase in phrases], "within": within}}
        case Regex(patterns=patterns):
            asked = {"regex": list(patterns)}
    return asked | ({"in": list(condition.scope)} if condition.scope else {})


@settings(max_examples=100)
@given(rule_lists, reports())
def test_what_is_written_means_what_it_says(rules: list[Rule], report: CurrentReport) -> None:
    """A condition written out is right for editors, is read without a mistake, and matches where it holds."""
    conditions = [{"id": rule.id, "when": written(rule.when), "notify": "desk"} for rule in rules]
    text = json.dumps(conditions, ensure_ascii=False)
    assert SCHEMA.is_valid(conditions)
    matched = [match.rule_id for match in match_rules(parse_rules(text), report)]
    assert matched == [rule.id for rule in rules if is_true(rule.when, report)]


def test_the_definition_knows_every_key() -> None:
    """No fact of the language is left out of the comparison."""
    assert FACTS.keys() == grammar.FACTS.keys()


@settings(max_examples=150)
@given(rule_lists, reports())
def test_explanations_agree_with_matches_and_say_why(rules: list[Rule], report: CurrentReport) -> None:
    """`explain` says the same as matching, every passage is where it says, and every miss has a reason."""
    compiled = compile_rules(rules)
    matches = {match.rule_id: match for match in match_rules(compiled, report)}
    for explanation in explain_rules(compiled, report):
        assert explanation.matched == (explanation.rule_id in matches)
        assert bool(explanation.why_not) != explanation.matched
        if explanation.matched:
            assert explanation.because == matches[explanation.rule_id].because
            assert explanation.because
        for passage in explanation.evidence:
            texts_there = [exhibit.text for exhibit in report.exhibits if exhibit.type == passage.where] or [
                report.body
            ]
            assert any(plain(text[passage.start : passage.end]) == plain(passage.found) for text in texts_there)


@settings(max_examples=150)
@given(rule_lists, reports())
def test_a_filing_that_matches_could_have_matched_by_its_listing(rules: list[Rule], report: CurrentReport) -> None:
    """What EDGAR lists of a filing never rules out a rule that its documents fulfil."""
    listing = Filing(
        report.accession_number,
        report.form,
        tuple(Filer(filer.cik, filer.name) for filer in report.filers),
        items=tuple(item.code for item in report.items),
    )
    compiled = compile_rules(rules, known_tickers=FACTS["ticker"])
    assert could_match(compiled, listing) or not match_rules(compiled, report)


@settings(max_examples=150)
@given(rule_lists, reports().filter(lambda report: report.form != "6-K"))
def test_what_lint_says_of_a_rule_is_true(rules: list[Rule], report: CurrentReport) -> None:
    """A rule of which lint says that it never matches does not; one that matches everything does."""
    if {item.code for item in report.items} > {"5"}:
        return  # no filing has items of both numberings
    for rule in rules:
        if why_never(rule.when) is not None:
            assert not is_true(rule.when, report)
        if holds_always(rule.when):
            assert is_true(rule.when, report)
