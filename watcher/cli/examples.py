"""The examples that rules carry, tried."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from watcher.errors import Mistake, ParseError
from watcher.match import Explanation, explain_rules
from watcher.pipeline import read_filing
from watcher.rules import Rule, RuleSet


def failed_examples(rules: RuleSet) -> Iterator[Mistake]:
    """What is wrong with each example, at the rule that carries it."""
    wanted: dict[Path, list[tuple[Rule, bool]]] = {}
    for rule in rules.rules:
        for path, must_match in (
            *((path, True) for path in rule.must_match),
            *((path, False) for path in rule.must_ignore),
        ):
            wanted.setdefault(path, []).append((rule, must_match))
    for path, promises in wanted.items():
        if path.exists() and not path.is_file():
            for rule, _ in promises:
                yield _mistake(rule, f"the example {path} is not a file; name a submission")
            continue
        try:
            report = read_filing(None, path.read_bytes(), lambda cik: (), topics=rules.topics)
        except (OSError, ParseError) as error:
            told = error.strerror if isinstance(error, OSError) else str(error)
            for rule, _ in promises:
                yield _mistake(rule, f"the example {path} cannot be read: {told}")
            continue
        explained = {explanation.rule_id: explanation for explanation in explain_rules(rules, report)}
        for rule, must_match in promises:
            if rule.enabled and explained[rule.id].matched is not must_match:
                yield _mistake(rule, _broken_promise(path, must_match, explained[rule.id]))


def _broken_promise(path: Path, must_match: bool, found: Explanation) -> str:
    if must_match:
        return f"the example {path.name} must match and does not: {'; '.join(found.why_not)}"
    quotes = "; ".join(f"{evidence.where}: {evidence.quote}" for evidence in found.evidence)
    return f"the example {path.name} must not match and does: {quotes or '; '.join(found.because)}"


def _mistake(rule: Rule, sentence: str) -> Mistake:
    return Mistake(rule.file, rule.line, None, f"rule {rule.id}: {sentence}")
