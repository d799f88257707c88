"""An alert with everything in it, to try templates on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from watcher.model import Alert, CurrentReport, Evidence, Exhibit, Filer, Item, Match

_FOLDER = "https://www.sec.gov/Archives/edgar/data/1/000000000126000001"
_ACCEPTED_AT = datetime(2026, 3, 2, 21, 2, 21, tzinfo=UTC)

SAMPLE = Alert(
    receiver="sample",
    report=CurrentReport(
        accession_number="0000000001-26-000001",
        form="8-K/A",
        is_amendment=True,
        accepted_at=_ACCEPTED_AT,
        url=f"{_FOLDER}/0000000001-26-000001-index.htm",
        body_url=f"{_FOLDER}/form8-ka.htm",
        filers=(Filer(1, "Sample Therapeutics, Inc.", ("SMPL",)),),
        items=(Item("8.01", "Other Events", in_header=True, in_body=True),),
        exhibits=(
            Exhibit("EX-99.1", "99.1", url=f"{_FOLDER}/ex99-1.htm", headline="A sample", kind="press release"),
            Exhibit("EX-99.2", "99.2", url=f"{_FOLDER}/ex99-2.pdf", description="Slides", searched=False),
        ),
    ),
    matches=(
        Match(
            "sample",
            "A sample rule",
            ("sample",),
            why="A note of its author.",
            because=("ticker is SMPL",),
            evidence=(Evidence("sample", "EX-99.1", "This is a ", "sample", " of a passage.", 10, 16),),
        ),
    ),
    seen_at=_ACCEPTED_AT + timedelta(seconds=20),
    late="found by audit",
    continues="also matches sample",
)
