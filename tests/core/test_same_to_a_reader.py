"""Markup that looks the same to a person reads the same: items, exhibits, topics, cover and all."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from watcher import CurrentReport, parse_submission, read_report


def _in_text(change: Callable[[str], str]) -> Callable[[str], str]:
    """A change to what stands between tags."""
    return lambda markup: "".join(
        part if part.startswith("<") else change(part) for part in re.split(r"(<[^>]*>)", markup)
    )


LOOKS_THE_SAME: dict[str, Callable[[str], str]] = {
    "tags in capitals": lambda markup: re.sub(
        r"<(/?)([a-z]+)\b(?!:)", lambda tag: f"<{tag[1]}{tag[2].upper()}", markup
    ),
    "hard spaces": _in_text(lambda text: text.replace(" ", "&#160;")),
    "thin spaces": _in_text(lambda text: text.replace(" ", "&#8201;")),
    "lines broken in the source": _in_text(lambda text: text.replace(" ", "\r\n   ")),
    "first letters in tags of their own": _in_text(
        lambda text: re.sub(r"(?<![&#\w])([A-Za-z])(?=[a-z])", r"<span>\1</span>", text)
    ),
    "the word Item in bold": _in_text(lambda text: re.sub(r"\b(item)\b", r"<b>\1</b>", text, flags=re.IGNORECASE)),
    "fonts set in every block": lambda markup: re.sub(
        r"(<(?:p|div|td)\b[^>]*>)", r"\1<font face=x>", markup, flags=re.I
    ),
    "comments everywhere": _in_text(lambda text: f"{text}<!-- Item 9.01 -->" if text.strip() else text),
    "zero-width spaces": _in_text(lambda text: text if "&" in text else text.replace("te", "t&#8203;e")),
    "end tags left out": lambda markup: re.sub(r"</(?:p|td|tr|li)>", "", markup, flags=re.IGNORECASE),
    "straight quotes": _in_text(lambda text: text.replace("&#8217;", "'")),
}


def facts(report: CurrentReport) -> dict[str, object]:
    """What is compared: everything but positions and the spelling of quotes."""
    return {
        "items": [(item.code, item.in_body) for item in report.items],
        "exhibits": [(e.type, e.kind, re.sub(r"\W", "", e.headline)) for e in report.exhibits],
        "topics": {topic.name for topic in report.topics},
        "parts": report.financial_statement_parts,
        "list": [(entry.number, entry.exhibit) for entry in report.exhibit_list],
        "checked": report.cover.checked,
        "event": report.cover.event_on,
        "tickers": [filer.tickers for filer in report.filers],
    }


@pytest.mark.parametrize("look", LOOKS_THE_SAME)
def test_what_looks_the_same_reads_the_same(real_data: Path, look: str):
    """A recorded filing written with other markup, alike to a person, gives the same report."""
    change = LOOKS_THE_SAME[look]
    changed = 0
    for path in sorted((real_data / "submissions").glob("*.txt"))[::6]:
        submission = parse_submission(path.read_bytes())
        documents = tuple(
            replace(document, content=change(document.content)) if "</" in document.content[:20_000] else document
            for document in submission.documents
        )
        changed += documents != submission.documents
        assert facts(read_report(replace(submission, documents=documents))) == facts(read_report(submission)), path.name
    assert changed > 5
