"""What each condition means, on one written report; and what a match and an explanation say."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from watcher.match import could_match, explain_rules, match_rules, match_topics
from watcher.model import CurrentReport, Exhibit, Filer, Filing, Item, Level, Topic
from watcher.rules import RuleSet, load_rules, parse_rules, shipped_topics

STARTER = Path(__file__).parents[2] / "rules"
COVER = "FORM 8-K\nAcme Widgets (Nasdaq: ACMW)\n"
ITEM_701 = (
    "Item 7.01 Regulation FD Disclosure.\n"
    "On May 2, 2024, the Company’s board signed a licensing\tagreement. It pays 1.5 million dollars to Dr. Lee Inc. "
    "for non–exclusive rights.\n"
)
ITEM_901 = "Item 9.01 Financial Statements and Exhibits.\n99.1\tPress release\n"
BODY = COVER + ITEM_701 + ITEM_901 + "SIGNATURES"
RELEASE = (
    "Acme Widgets Executes New\nLicense Agreement\nMADISON, May 2, 2024. Acme sub-licensed its “Blue Gate” patents. "
    "The merger was not completed."
)
CONTRACT = "EXCLUSIVE PATENT LICENSE\nThis agreement is made by Acme."
REPORT = CurrentReport(
    accession_number="0000000001-24-000001",
    form="8-K",
    filers=(
        Filer(1234567, "ACME WIDGETS INC /DE/", ("ACMW", "ACMW-B"), 3490, "DE"),
        Filer(7654321, "Acme Holdings, L.P.", (), None, None),
    ),
    items=(
        Item("7.01", "", True, True, len(COVER), len(COVER + ITEM_701)),
        Item("9.01", "", True, True, len(COVER + ITEM_701), len(COVER + ITEM_701 + ITEM_901)),
    ),
    exhibits=(
        Exhibit("EX-99.01", "99.01", "pr.htm", "https://x/pr.htm", headline=RELEASE[:43], text=RELEASE),
        Exhibit("EX-10.16A", "10.16A", "c.htm", text=CONTRACT),
        Exhibit("EX-99.2", "99.2", "slides.pdf", searched=False, text="never shown"),
    ),
    topics=(Topic("licensing"),),
    body=BODY,
    body_url="https://x/8k.htm",
)


def rules(when: str, rest: str = "") -> RuleSet:
    """One rule with a condition in YAML's flow style."""
    return parse_rules(f"- id: it\n  when: {when}\n  notify: desk\n{rest}")


HOLDS = {
    # facts
    "{ticker: ACMW}": True,
    "{ticker: acmw.b}": True,
    "{ticker: ACM}": False,
    "{ticker: [CLRB, ACMW]}": True,
    "{cik: 0001234567}": True,
    "{cik: 7654321}": True,
    "{company: acme}": True,
    "{company: widgets inc}": True,
    "{company: 'holdings, l.p.'}": True,
    "{company: widget}": False,
    "{company: widget*}": True,
    "{sic: 3490}": True,
    "{state: de}": True,
    "{state: [NV, WI]}": False,
    "{form: 8-K}": True,
    "{form: 8-K/A}": False,
    "{amendment: no}": True,
    "{amendment: yes}": False,
    "{item: 7.01}": True,
    "{item: Item 8.01}": False,
    "{item: [8.01, 9.01]}": True,
    "{exhibit: EX-99.1}": True,
    "{exhibit: 99}": True,
    "{exhibit: EX-10}": True,
    "{exhibit: EX-10.16}": True,
    "{exhibit: EX-10.1}": False,
    "{exhibit: EX-99.2}": True,
    "{topic: licensing}": True,
    "{topic: earnings}": False,
    # phrases
    "{text: license agreement}": True,
    "{text: LICENSE   agreement}": True,
    "{text: licens* agreement}": True,
    "{text: licensing agreement, in: 7.01}": True,
    "{text: licens}": False,
    "{text: agree}": False,
    "{text: agree*}": True,
    "{text: licensed}": True,
    "{text: company's board}": True,
    "{text: 'company’s board'}": True,
    "{text: non-exclusive}": True,
    "{text: non exclusive}": False,
    "{text: '\"blue gate\"'}": True,
    "{text: 5 million}": False,
    "{text: 1.5 million}": True,
    "{text: never shown}": False,
    "{text: [nothing, signatures]}": True,
    # scopes
    "{text: license agreement, in: 7.01}": False,
    "{text: license agreement, in: EX-99}": True,
    "{text: license agreement, in: EX-99.1}": True,
    "{text: license agreement, in: headline}": True,
    "{text: madison, in: headline}": False,
    "{text: madison, in: body}": False,
    "{text: signatures, in: body}": True,
    "{text: press release, in: [7.01, 9.01]}": True,
    "{text: signatures, in: 9.01}": False,
    "{in: 9.01, any: [{text: license}, {text: press release}]}": True,
    "{in: 9.01, any: [{text: license}, {text: made by, in: EX-10}]}": True,
    # near
    "{near: {phrases: [signed, agreement], within: 2}}": True,
    "{near: {phrases: [agreement, signed], within: 2}}": True,
    "{near: {phrases: [signed, agreement], within: 1}}": False,
    "{near: {phrases: [patent, made by, agreement], within: 3}}": True,
    "{near: {phrases: [signed, merger], within: 1000}}": False,
    "{near: {phrases: [sub-licensed, patents], within: 3}, in: headline}": False,
    # regular expressions
    r"{regex: '\d\.\d+ (m|b)illion'}": True,
    "{regex: LICENSE AGREEMENT madison}": True,
    "{regex: licens.*patents, in: EX-99}": True,
    "{regex: licens.*patents, in: body}": False,
    "{regex: '^form 8-k'}": True,
    "{regex: 'company’s'}": True,
    "{regex: [nothing, 'x{3}']}": False,
    # combinators
    "{all: [{item: 7.01}, {item: 9.01}]}": True,
    "{all: [{item: 7.01}, {item: 8.01}]}": False,
    "{any: [{item: 8.01}, {ticker: ACMW}]}": True,
    "{not: {text: merger}}": False,
    "{not: {text: merger, in: body}}": True,
    "{not: {any: [{item: 8.01}, {topic: earnings}]}}": True,
    "{ticker: ACMW, not: {item: 8.01}, any: [{text: xyz}, {all: [{text: patent*}, {exhibit: 99}]}]}": True,
}


@pytest.mark.parametrize("when", HOLDS)
def test_what_a_condition_means(when: str) -> None:
    """Each condition of the language holds exactly where it should."""
    found = rules(when)
    assert bool(match_rules(found, REPORT)) == HOLDS[when]
    assert explain_rules(found, REPORT)[0].matched == HOLDS[when]


@pytest.mark.parametrize(
    ("asked", "form", "holds"),
    [
        ("8-K", "8-K/A", True),
        ("8-K", "8-K12B", True),
        ("8-K", "8-K12G3/A", True),
        ("8-K", "6-K", False),
        ("8-K/A", "8-K/A", True),
        ("8-K/A", "8-K12B/A", False),
        ("8-K12B", "8-K12B/A", True),
        ("8-K12B", "8-K", False),
        ("6-K", "6-K/A", True),
    ],
)
def test_a_form_covers_its_family(asked: str, form: str, holds: bool) -> None:
    """A form in a rule means what it means in the config: amendments too, and every kind of 8-K by `8-K`."""
    report = replace(REPORT, form=form, is_amendment=form.endswith("/A"))
    assert bool(match_rules(rules(f"{{form: {asked}}}"), report)) == holds


@pytest.mark.parametrize("ticker", ["ON", "NO", "TRUE", "OFF", "Y", "NULL", "1E5", "0X1F"])
def test_values_are_read_as_written(ticker: str) -> None:
    """A ticker that YAML would take for a truth value or a number is a ticker."""
    report = replace(REPORT, filers=(Filer(1, "A", (ticker,)),))
    assert match_rules(rules(f"{{ticker: {ticker}}}"), report)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Société Générale", ["société générale"]),
        ("Why? The pact with Société Générale", ["why?", "pact", "pact with", "société générale"]),
        ("Why☐ the pact", ["pact"]),
        ("• a pact with “Générale”", ["pact", "pact with"]),
    ],
)
def test_phrases_in_letters_beyond_ascii(text: str, found: list[str]) -> None:
    """Letters beyond ASCII are looked for as they are, and never taken for the sign that stands for them."""
    report = replace(REPORT, body=text, items=(), exhibits=())
    asked = ["société générale", "why?", "pact", "pact with", "socéte"]
    held = [phrase for phrase in asked if match_rules(rules(f"{{text: '{phrase}'}}"), report)]
    assert held == [phrase for phrase in asked if phrase in found]
    together = rules(f"{{text: {asked}}}")
    [match] = match_rules(together, report)
    assert {passage.phrase for passage in match.evidence} == set(held)


def test_a_match_says_who_why_and_where() -> None:
    """A match carries the rule's words, the conditions in words, and the passage in its sentence."""
    found = rules("{ticker: ACMW, item: [7.01, 8.01], text: license agreement}", "  level: high\n  why: Royalties.\n")
    (match,) = match_rules(found, REPORT)
    assert (match.rule_id, match.title, match.notify) == ("it", "it", ("desk",))
    assert (match.level, match.why, match.shadow) == (Level.HIGH, "Royalties.", False)
    assert match.because == ("ticker is ACMW", "item 7.01 is reported", "'license agreement' in EX-99.01")
    (passage,) = match.evidence
    assert passage.quote == "**License Agreement**"
    assert (passage.phrase, passage.where, passage.url) == ("license agreement", "EX-99.01", "https://x/pr.htm")
    assert RELEASE[passage.start : passage.end] == "License Agreement"


@pytest.mark.parametrize(
    ("phrase", "quote"),
    [
        ("new license agreement", "Acme Widgets Executes **New License Agreement**"),
        ("lee inc", "It pays 1.5 million dollars to Dr. **Lee Inc**. for non–exclusive rights."),
        (
            "licensing agreement",
            "On May 2, 2024, the Company’s board signed a **licensing agreement**.",
        ),
        ("blue gate", "Acme sub-licensed its “**Blue Gate**” patents."),
        ("the merger", "**The merger** was not completed."),
    ],
)
def test_a_passage_stands_in_its_sentence(phrase: str, quote: str) -> None:
    """The sentence begins and ends where a reader would say so, on one line, abbreviations or not."""
    (match,) = match_rules(rules(f"{{text: {phrase}}}"), REPORT)
    assert match.evidence[0].quote == quote


def test_a_long_sentence_is_shortened_around_the_passage() -> None:
    """What is cut is marked, at a word's end, and the passage itself is whole."""
    body = "word " * 2000 + "license agreement" + " word" * 2000
    (match,) = match_rules(rules("{text: license agreement}"), replace(REPORT, body=body, items=(), exhibits=()))
    passage = match.evidence[0]
    assert passage.before.startswith("…word ") and passage.after.endswith(" word…")
    assert len(passage.quote) < 420


def test_the_most_telling_place_comes_first() -> None:
    """A headline is shown before the same words in the list of exhibits."""
    report = replace(REPORT, body=BODY.replace("Press release", "License Agreement release"))
    items = (*report.items[:1], replace(report.items[1], end=report.items[1].end + 14))
    (match,) = match_rules(rules("{text: license agreement}"), replace(report, items=items))
    assert [passage.where for passage in match.evidence] == ["EX-99.01", "9.01"]
    assert match.because == ("'license agreement' in EX-99.01 and 9.01",)


def test_shadow_rules_match_and_disabled_ones_do_not() -> None:
    """A shadow rule is counted as one; a rule that is switched off is never evaluated, and `explain` says so."""
    found = parse_rules(
        "- {id: quiet, when: {item: 7.01}, shadow: yes}\n- {id: off, when: {item: 7.01}, notify: desk, enabled: no}\n"
    )
    assert [(match.rule_id, match.shadow) for match in match_rules(found, REPORT)] == [("quiet", True)]
    explanations = explain_rules(found, REPORT)
    assert [explanation.matched for explanation in explanations] == [True, False]
    assert explanations[1].why_not == ("the rule is switched off",)


def test_the_nearest_rules_are_told_first() -> None:
    """Of many rules those are explained that match, then those that miss least; `off` would, and is not on."""
    found = parse_rules(
        "- {id: far, when: {item: 8.01, ticker: CLRB}, shadow: yes}\n"
        "- {id: off, when: {item: 7.01, form: 8-K}, shadow: yes, enabled: no}\n"
        "- {id: near, when: {item: 7.01, ticker: CLRB}, shadow: yes}\n"
        "- {id: hit, when: {item: 7.01}, shadow: yes}\n"
    )
    assert [one.rule_id for one in explain_rules(found, REPORT, nearest=3)] == ["hit", "off", "near"]


WHY_NOT = {
    "{ticker: CLRB}": "tickers are ACMW and ACMW-B, not CLRB",
    "{cik: 5}": "CIKs are 1234567 and 7654321, not 5",
    "{company: cellectar}": "company name is ACME WIDGETS INC /DE/ and Acme Holdings, L.P., without 'cellectar'",
    "{item: 8.01}": "item 8.01 is not reported, only 7.01 and 9.01",
    "{exhibit: EX-2}": "EX-2 is not attached, only EX-10.16.A, EX-99.1 and EX-99.2",
    "{form: 6-K}": "form is 8-K, not 6-K",
    "{topic: earnings}": "topic is licensing, not earnings",
    "{amendment: yes}": "it is not an amendment",
    "{text: royalty}": "'royalty' is nowhere in the filing",
    "{text: [royalty, upfront]}": "none of 'royalty' and 'upfront' is in the filing",
    "{text: license agreement, in: 7.01}": (
        "'license agreement' stands only in EX-99.01, and this rule looks in 7.01"
    ),
    "{near: {phrases: [signed, rights], within: 3}}": (
        "'signed' and 'rights' have 14 words between them at the nearest, in 7.01, and 3 are allowed"
    ),
    "{near: {phrases: [signed, royalty], within: 3}}": "'royalty' is nowhere in the filing",
    "{regex: 'x{3}'}": "/x{3}/ is nowhere in the filing",
    "{regex: patents, in: body}": "/patents/ stands only in EX-99.01, and this rule looks in body",
    "{not: {item: 7.01}}": "item 7.01 is reported, which the rule excludes",
}  # fmt: skip


@pytest.mark.parametrize("when", WHY_NOT)
def test_a_miss_is_explained(when: str) -> None:
    """What is missing is said in words that are true of the filing."""
    without_pdf = replace(REPORT, exhibits=tuple(exhibit for exhibit in REPORT.exhibits if exhibit.searched))
    (explanation,) = explain_rules(rules(when), REPORT if "EX-99.2" in WHY_NOT[when] else without_pdf)
    assert explanation.why_not == (WHY_NOT[when],)


def test_the_nearest_miss_names_what_holds_too() -> None:
    """A reader sees how near the rule came."""
    (explanation,) = explain_rules(rules("{ticker: ACMW, item: 7.01, text: license agreement, in: 7.01}"), REPORT)
    assert explanation.because == ("ticker is ACMW", "item 7.01 is reported")
    assert explanation.why_not == ("'license agreement' stands only in EX-99.01, and this rule looks in 7.01",)


def test_a_miss_names_what_the_filing_says_instead() -> None:
    """The same words with other endings are pointed out, so that the reader sees what `*` would do."""
    (explanation,) = explain_rules(rules("{text: [license agreements, royalty], not: {text: merging}}"), REPORT)
    assert explanation.why_not == (
        "none of 'license agreements' and 'royalty' is in the filing",
        "the filing says 'licensing agreement', in 7.01",
        "EX-99.2 cannot be searched",
    )


@pytest.mark.parametrize(
    ("asked", "said"),
    [("sublicense", "sub-license"), ("nonexclusive license", "non-exclusive license"), ("on-line", "online")],
)
def test_a_miss_by_a_hyphen_is_named(asked: str, said: str) -> None:
    """What the filing writes with a hyphen, apart or as one word is pointed out."""
    (explanation,) = explain_rules(rules(f"{{text: {asked}}}"), replace(REPORT, body=f"A {said} was signed.", items=()))
    assert f"the filing says '{said}', in body" in explanation.why_not


def test_phrases_that_never_stand_in_one_place_are_told_so() -> None:
    """Where no place holds both phrases, no distance is named."""
    apart = replace(REPORT, body="signed", items=(), exhibits=(Exhibit("EX-99.1", "99.1", text="rights"),))
    (explanation,) = explain_rules(rules("{near: {phrases: [signed, rights], within: 3}}"), apart)
    assert explanation.why_not == ("'signed' and 'rights' never stand in one place together",)


def test_a_text_without_tickers_says_so() -> None:
    """An unknown ticker is not taken for another one."""
    (explanation,) = explain_rules(rules("{ticker: CLRB}"), replace(REPORT, filers=(Filer(1, "A"),)))
    assert explanation.why_not == ("no ticker is known, and CLRB is asked for",)


LISTING = Filing("0000000001-24-000001", "8-K", (Filer(1234567, "ACME WIDGETS INC", ("ACMW",)),), items=("7.01",))


@pytest.mark.parametrize(
    ("when", "could"),
    [
        ("{ticker: ACMW}", True),
        ("{ticker: CLRB}", False),
        ("{ticker: NEWX}", True),
        ("{cik: 1234567, text: anything}", True),
        ("{cik: 5, text: anything}", False),
        ("{company: acme}", True),
        ("{company: cellectar}", False),
        ("{form: 8-K/A}", False),
        ("{item: 8.01}", False),
        ("{item: 9.01}", True),
        ("{sic: 2834}", True),
        ("{exhibit: EX-2}", True),
        ("{topic: earnings}", True),
        ("{not: {item: 7.01}}", False),
        ("{not: {text: merger}}", True),
        ("{any: [{item: 8.01}, {regex: 'a b'}]}", True),
        ("{any: [{item: 8.01}, {cik: 5}]}", False),
    ],
)
def test_what_a_listing_can_rule_out(when: str, could: bool) -> None:
    """Company, form and item decide; what only the documents tell is never ruled out."""
    found = parse_rules(f"- id: it\n  when: {when}\n  notify: desk\n", known_tickers=["CLRB", "ACMW"])
    assert could_match(found, LISTING) is could


def test_a_listing_without_tickers_rules_no_ticker_out() -> None:
    """While the company list is not there, a rule on a ticker keeps its chance."""
    found = parse_rules("- {id: it, when: {ticker: CLRB}, notify: desk}", known_tickers=["CLRB"])
    assert could_match(found, replace(LISTING, filers=(Filer(1234567, "ACME"),)))
    assert could_match(found, replace(LISTING, filers=()))


def test_one_rule_set_serves_many_threads() -> None:
    """Threads that share a rule set find what one finds."""
    found = rules("{text: licens* agreement, regex: 'agree(ment|d)', near: {phrases: [signed, agreement], within: 5}}")
    alone = match_rules(found, REPORT)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: match_rules(found, REPORT), range(64))) == [alone] * 64


def test_matching_repeats_itself() -> None:
    """The same report and rules give the same matches, evidence and topics."""
    found = load_rules(STARTER)
    assert match_rules(found, REPORT) == match_rules(load_rules(STARTER), REPORT)
    assert match_topics(shipped_topics(), REPORT) == match_topics(shipped_topics(), REPORT)
