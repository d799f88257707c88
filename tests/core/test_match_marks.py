"""Every passage that makes a rule hold can be shown where it stands."""

from watcher.match import mark_passages
from watcher.model import CurrentReport, Exhibit, Item
from watcher.rules import parse_rules

BODY = "Item 7.01 News. A license agreement is not here by chance: the License\nAgreement is signed."
RELEASE = "Acme signs a license agreement.\nNo merger is planned."
REPORT = CurrentReport(
    "0000000001-26-000001",
    "8-K",
    items=(Item("7.01", "Regulation FD Disclosure", True, True, 0, len(BODY)),),
    exhibits=(
        Exhibit("EX-10.1", "10.1", text="", searched=False),
        Exhibit("EX-99.1", "99.1", headline="Acme signs a license agreement.", text=RELEASE),
    ),
    body=BODY,
)


def _marked(when: str) -> list[tuple[int, str]]:
    rules = parse_rules(f"- {{id: r, when: {when}, notify: [desk]}}")
    texts = {0: BODY, 2: RELEASE}
    return [(mark.part, texts[mark.part][mark.start : mark.end]) for mark in mark_passages(rules, REPORT)]


def test_every_occurrence_is_marked_in_every_part():
    """Not only the passages that a message quotes, and across line breaks too; parts are numbered as in the report."""
    assert _marked("{text: license agreement}") == [
        (0, "license agreement"),
        (0, "License\nAgreement"),
        (2, "license agreement"),
    ]


def test_a_scope_bounds_the_marks():
    """What a rule does not look at is not marked."""
    assert _marked("{text: license agreement, in: headline}") == [(2, "license agreement")]


def test_a_rule_that_does_not_hold_marks_nothing():
    """Passages of a rule that misses something else would mislead."""
    assert _marked("{text: license agreement, item: 1.01}") == []


def test_only_alternatives_that_hold_are_marked():
    """Of `any`, a branch that misses something is left out; what `not` excludes is never marked."""
    when = "{any: [{text: signed, item: 1.01}, {regex: 'merger|planned'}], not: {text: bankruptcy}}"
    assert _marked(when) == [(2, "merger")]
    assert _marked("{near: {phrases: [license agreement, signed], within: 2}}") == [
        (0, "License\nAgreement is signed"),
    ]
