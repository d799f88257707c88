"""Answers of EDGAR's and rule files that were made to stall whoever reads them."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from growth import LINEAR, growth

from watcher.errors import RuleError
from watcher.feed import parse_feed
from watcher.indexes import parse_search
from watcher.rules import parse_rules

FEED = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><updated>2026-01-02T00:00:00-05:00</updated>
<entry><title>8-K - ACME INC (0000000042) (Filer)</title><link href="https://example.com/x"/>
<summary type="html">{}</summary><updated>2026-01-02T00:00:00-05:00</updated><category term="8-K"/>
<id>urn:tag:sec.gov,2008:accession-number=0000000042-26-000001</id></entry></feed>"""


def feed(summary: str) -> None:
    """Read a page of one row with that summary."""
    assert len(parse_feed(FEED.format(summary).encode()).entries) == 1


def search(name: str) -> None:
    """Read an answer of full-text search that names that company."""
    source = {"adsh": "0000000042-26-000001", "display_names": [name], "file_date": "2026-01-02", "form": "8-K"}
    hits = {"total": {"value": 1}, "hits": [{"_id": "0000000042-26-000001:a.htm", "_source": source}]}
    parse_search(json.dumps({"hits": hits}).encode())


@pytest.mark.parametrize(
    ("work", "size"),
    [
        pytest.param(lambda n: feed("Filed:" + " " * n + "x"), 2_000, id="spaces before the day"),
        pytest.param(lambda n: feed("x" + "\n" * n + "x"), 2_000, id="empty lines before an item"),
        pytest.param(lambda n: search("A" + " " * n + "x"), 2_000, id="spaces in a company's name"),
    ],
)
def test_hostile_answers_take_linear_time(work: Callable[[int], object], size: int):
    """What a feed or a search answers is read in a time that its size explains."""
    assert growth(work, size) < LINEAR


@pytest.mark.timeout(20)
@pytest.mark.parametrize("exhibit", ["EX-1" + "A" * 2_000 + "!", "EX-1" + "(A" * 2_000 + "!"])
def test_pasted_exhibit_types_cannot_stall_the_rules(exhibit: str):
    """An endless exhibit type is refused at once, in a sentence."""
    rule = f"- id: a\n  title: A\n  notify: [desk]\n  when:\n    exhibit: {exhibit}\n"
    with pytest.raises(RuleError, match="is not an exhibit type"):
        parse_rules(rule)
