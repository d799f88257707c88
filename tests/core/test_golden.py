"""What the reader makes of every recorded filing, against files that a person went through.

The goldens hold facts, never the filings' words: codes, numbers, names, offsets, and hashes of headlines. Run this
file to write them anew, and read the difference filing by filing before you keep it.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from watcher import CurrentReport, parse_submission, read_report

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


def facts(report: CurrentReport) -> dict[str, object]:
    """The facts of a report that its golden holds."""
    return {
        "form": report.form,
        "filers": [[filer.cik, list(filer.tickers)] for filer in report.filers],
        "items": [[i.code, i.in_header, i.in_body, i.start, i.end] for i in report.items],
        "parts": list(report.financial_statement_parts),
        "exhibits": [[e.type, e.kind, e.searched, e.headline_start, _hash(e.headline)] for e in report.exhibits],
        "exhibit_list": [[e.number, e.exhibit, bool(e.incorporated_from)] for e in report.exhibit_list],
        "checked": list(report.cover.checked),
        "event_on": str(report.cover.event_on),
        "topics": [topic.name for topic in report.topics],
        "warnings": len(report.warnings),
    }


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else ""


@pytest.mark.parametrize("golden", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_a_recorded_filing_reads_as_a_person_read_it(golden: Path, real_data: Path):
    """Items, exhibits, kinds, parts and topics are those that a person found."""
    body = (real_data / "submissions" / f"{golden.stem}.txt").read_bytes()
    assert facts(read_report(parse_submission(body))) == json.loads(golden.read_text())


def test_every_recorded_filing_has_a_golden(real_data: Path):
    """No recorded filing is left out."""
    assert {path.stem for path in (real_data / "submissions").glob("*.txt")} == {p.stem for p in GOLDEN.glob("*.json")}


def main() -> None:
    """Write the goldens anew."""
    root = Path(__file__).resolve().parents[2]
    for path in sorted((root / os.environ.get("WATCHER_REAL_DATA", "../shared/real") / "submissions").glob("*.txt")):
        found = facts(read_report(parse_submission(path.read_bytes())))
        lines = ",\n".join(f" {json.dumps(key)}: {json.dumps(value)}" for key, value in found.items())
        (GOLDEN / f"{path.stem}.json").write_text(f"{{\n{lines}\n}}\n")


if __name__ == "__main__":
    main()
