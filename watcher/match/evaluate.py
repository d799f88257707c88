"""Whether a condition holds, and what shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from watcher.match import words
from watcher.match.evidence import evidence_for
from watcher.match.near import near_spans, nearest_miss
from watcher.match.searchable import SearchableReport
from watcher.model import Evidence
from watcher.rules.conditions import All, AnyOf, Company, Condition, Fact, Near, Not, Regex, Text
from watcher.rules.phrases import Phrase

MAX_ALTERNATIVES = 3


def holds(condition: Condition, report: SearchableReport) -> bool:
    """Whether a condition holds; nothing is said about why."""
    return _HOLDS[type(condition)](condition, report)


def _fact_holds(condition: Fact, report: SearchableReport) -> bool:
    return not report.facts[condition.key].isdisjoint(condition.values)


def _all_hold(condition: All, report: SearchableReport) -> bool:
    facts = report.facts
    for part in condition.parts:  # a large set of rules asks thousands of times a filing, mostly for facts
        if type(part) is Fact:
            if facts[part.key].isdisjoint(part.values):
                return False
        elif not _HOLDS[type(part)](part, report):
            return False
    return True


def _any_holds(condition: AnyOf, report: SearchableReport) -> bool:
    for part in condition.parts:  # noqa: SIM110 - see above
        if _HOLDS[type(part)](part, report):
            return True
    return False


def _not_holds(condition: Not, report: SearchableReport) -> bool:
    return not holds(condition.part, report)


def _text_holds(condition: Text, report: SearchableReport) -> bool:
    literals = report.literals[condition.scope]
    if condition.literals and literals.isdisjoint(condition.literals):
        return False
    for phrase in condition.phrases:
        if phrase.literal in literals and report.occurrences(phrase, condition.scope):
            return True
    return False


def _company_holds(condition: Company, report: SearchableReport) -> bool:
    return any(report.company_named(phrase) for phrase in condition.phrases)


def _near_holds(condition: Near, report: SearchableReport) -> bool:
    literals = report.literals[condition.scope]
    for phrase in condition.phrases:  # asked dozens of times a filing, and nearly always without success
        if phrase.literal not in literals:
            return False
    return bool(near_spans(condition, report))


def _regex_holds(condition: Regex, report: SearchableReport) -> bool:
    pairs = zip(condition.patterns, condition.compiled, strict=True)
    return any(report.regex_matches(*pair, condition.scope) for pair in pairs)


_HOLDS: dict[type, Callable[[Any, SearchableReport], bool]] = {
    Fact: _fact_holds,
    All: _all_hold,
    AnyOf: _any_holds,
    Not: _not_holds,
    Text: _text_holds,
    Company: _company_holds,
    Near: _near_holds,
    Regex: _regex_holds,
}


@dataclass(slots=True)
class Verdict:
    """Whether a condition holds, in words and passages."""

    holds: bool
    because: list[str] = field(default_factory=list)
    """What speaks for it; each is true of the filing."""
    why_not: list[str] = field(default_factory=list)
    """What speaks against it; each is true of the filing. Empty where the condition holds."""
    evidence: list[Evidence] = field(default_factory=list)


def judge(condition: Condition, report: SearchableReport) -> Verdict:
    """Whether a condition holds, and why or why not; every part is looked at."""
    match condition:
        case Fact():
            return _judge_fact(condition, report)
        case Company(phrases=phrases):
            return _judge_company(phrases, report)
        case All(parts=parts):
            verdicts = [judge(part, report) for part in parts]
            return _together(all(verdict.holds for verdict in verdicts), verdicts)
        case AnyOf(parts=parts):
            return _judge_any(parts, report)
        case Not(part=part):
            inner = judge(part, report)
            if inner.holds:
                return Verdict(False, why_not=[reason + words.EXCLUDED for reason in inner.because])
            return Verdict(True, because=[reason.removesuffix(words.EXCLUDED) for reason in inner.why_not])
        case Text():
            return _judge_text(condition, report)
        case Near():
            return _judge_near(condition, report)
        case Regex():
            return _judge_regex(condition, report)


def judge_holding(condition: Condition, report: SearchableReport) -> Verdict:
    """What speaks for a condition that holds; what it excludes, which may be much, is not gone into."""
    verdict = Verdict(True)
    for part in _speaking_for(condition, report):
        judged = judge(part, report)
        verdict.because += judged.because
        verdict.evidence += judged.evidence
    return verdict


def _speaking_for(condition: Condition, report: SearchableReport) -> Iterator[Condition]:
    """The parts without parts that make a condition hold."""
    match condition:
        case All(parts=parts):
            for part in parts:
                yield from _speaking_for(part, report)
        case AnyOf(parts=parts):
            for part in parts:
                if holds(part, report):
                    yield from _speaking_for(part, report)
        case Not():
            return
        case _:
            yield condition


def _judge_fact(condition: Fact, report: SearchableReport) -> Verdict:
    has = report.facts[condition.key]
    common = [value for value in condition.values if value in has]
    if not common:
        return Verdict(False, why_not=[words.fact_misses(condition, has)])
    verdict = Verdict(True, because=[words.fact_holds(condition.key, common)])
    if condition.key == "topic":
        verdict.evidence = [passage for topic in report.topics if topic.name in common for passage in topic.evidence]
    return verdict


def _judge_company(phrases: tuple[Phrase, ...], report: SearchableReport) -> Verdict:
    for phrase in phrases:
        name = report.company_named(phrase)
        if name is not None:
            return Verdict(True, because=[f"company name {name!r} has {words.quoted(phrase.written)}"])
    names = words.joined([filer.name for filer in report.report.filers], "and") or "not known"
    wanted = words.joined([words.quoted(phrase.written) for phrase in phrases], "or")
    return Verdict(False, why_not=[f"company name is {names}, without {wanted}"])


def _judge_any(parts: tuple[Condition, ...], report: SearchableReport) -> Verdict:
    if holding := [part for part in parts if holds(part, report)]:
        return _together(True, [judge(part, report) for part in holding])
    verdicts = [judge(part, report) for part in parts]
    if len(verdicts) <= MAX_ALTERNATIVES:
        return Verdict(False, why_not=[reason for verdict in verdicts for reason in verdict.why_not])
    nearest = min(verdicts, key=lambda verdict: len(verdict.why_not) - len(verdict.because))
    return Verdict(
        False, why_not=[f"none of {len(verdicts)} alternatives holds; nearest: {'; '.join(nearest.why_not)}"]
    )


def _together(holding: bool, verdicts: list[Verdict]) -> Verdict:
    return Verdict(
        holding,
        because=[reason for verdict in verdicts for reason in verdict.because],
        why_not=[reason for verdict in verdicts for reason in verdict.why_not],
        evidence=[passage for verdict in verdicts for passage in verdict.evidence],
    )


def _judge_text(condition: Text, report: SearchableReport) -> Verdict:
    verdict = Verdict(False)
    literals = report.literals[condition.scope]
    for phrase in [phrase for phrase in condition.phrases if phrase.literal in literals]:
        spans = report.occurrences(phrase, condition.scope)
        if spans:
            passages = evidence_for(report, phrase.written, spans)
            verdict.because.append(words.found_in(words.quoted(phrase.written), passages))
            verdict.evidence += passages
    if verdict.evidence:
        verdict.holds = True
        return verdict
    elsewhere = [phrase for phrase in condition.phrases if report.occurrences(phrase)]
    for phrase in elsewhere[:MAX_ALTERNATIVES]:
        places = report.places(report.occurrences(phrase))
        verdict.why_not.append(words.only_in(words.quoted(phrase.written), places, condition.scope))
    if not elsewhere:
        verdict.why_not.append(words.nowhere([words.quoted(phrase.written) for phrase in condition.phrases]))
    return verdict


def _judge_near(condition: Near, report: SearchableReport) -> Verdict:
    name = words.near_phrases(condition)
    spans = near_spans(condition, report)
    if spans:
        passages = evidence_for(report, name, spans)
        return Verdict(True, because=[words.found_in(name, passages)], evidence=passages)
    missing = [phrase for phrase in condition.phrases if not report.occurrences(phrase)]
    if missing:
        return Verdict(False, why_not=[words.nowhere([words.quoted(phrase.written)]) for phrase in missing])
    outside = [phrase for phrase in condition.phrases if not report.occurrences(phrase, condition.scope)]
    if outside:
        places = [(words.quoted(phrase.written), report.places(report.occurrences(phrase))) for phrase in outside]
        return Verdict(False, why_not=[words.only_in(*place, condition.scope) for place in places])
    nearest = nearest_miss(condition, report)
    if nearest is None:
        return Verdict(False, why_not=[words.not_together(condition)])
    others, span = nearest
    return Verdict(False, why_not=[words.not_near(condition, others, report.places([span])[0])])


def _judge_regex(condition: Regex, report: SearchableReport) -> Verdict:
    verdict = Verdict(False)
    for pattern, compiled in zip(condition.patterns, condition.compiled, strict=True):
        spans = report.regex_matches(pattern, compiled, condition.scope)
        if spans:
            passages = evidence_for(report, pattern, spans)
            verdict.because.append(words.found_in(f"/{pattern}/", passages))
            verdict.evidence += passages
            continue
        anywhere = report.places(report.regex_matches(pattern, compiled, ())) if condition.scope else []
        name = f"/{pattern}/"
        verdict.why_not.append(words.only_in(name, anywhere, condition.scope) if anywhere else words.nowhere([name]))
    if verdict.evidence:
        verdict.holds, verdict.why_not = True, []
    return verdict
