"""Alerts to send in tests: small, written for them, and as large or hostile as a test wants."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from watcher.model import Alert, CurrentReport, Evidence, Exhibit, Filer, Item, Level, Match

ACCEPTED_AT = datetime(2026, 3, 8, 21, 2, 21, tzinfo=UTC)
SEEN_AT = ACCEPTED_AT + timedelta(seconds=19)
FOLDER = "https://www.sec.gov/Archives/edgar/data/1279704/000114420417013452"

PASSAGE = Evidence(
    phrase="license agreement",
    where="EX-99.1",
    before="Cellectar has entered into a ",
    found="License Agreement",
    after=" with a partner in Osaka.",
    start=120,
    end=137,
    url=f"{FOLDER}/ex99-1.htm",
)
MATCH = Match(
    rule_id="cellectar-license",
    title="Cellectar signs a license agreement",
    notify=("desk",),
    why="Watch the royalty terms.",
    because=("ticker is CLRB", "item is 7.01"),
    evidence=(PASSAGE,),
)
REPORT = CurrentReport(
    accession_number="0001144204-17-013452",
    form="8-K",
    filed_on=ACCEPTED_AT.date(),
    accepted_at=ACCEPTED_AT,
    url=f"{FOLDER}/0001144204-17-013452-index.htm",
    body_url=f"{FOLDER}/form8-k.htm",
    filers=(Filer(1279704, "Cellectar Biosciences, Inc.", ("CLRB",)),),
    items=(
        Item("7.01", "Regulation FD Disclosure", in_header=True, in_body=True),
        Item("9.01", "Financial Statements and Exhibits", in_header=True, in_body=True),
    ),
    exhibits=(
        Exhibit(
            "EX-99.1",
            "99.1",
            filename="ex99-1.htm",
            url=f"{FOLDER}/ex99-1.htm",
            headline="Cellectar grants rights to its lead compound",
            kind="press release",
        ),
    ),
)
ALERT = Alert(receiver="desk", report=REPORT, matches=(MATCH,), seen_at=SEEN_AT)


def alert(number: int = 1, *, receiver: str = "desk", late: str = "", continues: str = "", **report: object) -> Alert:
    """The alert on the n-th filing, accepted n seconds after the first."""
    accepted_at = ACCEPTED_AT + timedelta(seconds=number)
    facts = {
        "accession_number": f"0001144204-26-{number:06d}",
        "accepted_at": accepted_at,
        "filers": (Filer(number, f"Company {number}, Inc.", (f"CO{number}",)),),
    } | report
    return replace(
        ALERT,
        receiver=receiver,
        report=replace(REPORT, **facts),  # type: ignore[arg-type]
        seen_at=accepted_at + timedelta(seconds=19),
        late=late,
        continues=continues,
    )


def loud(level: Level, **changes: object) -> Match:
    """The match at another level."""
    return replace(MATCH, level=level, **changes)  # type: ignore[arg-type]
