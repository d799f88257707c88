"""The table of EDGAR's answers in the documentation is the one that the tests prove."""

from __future__ import annotations

import re
from pathlib import Path

from watcher.simulator import KINDS

ROOT = Path(__file__).resolve().parents[2]
TABLE = (ROOT / "docs" / "edgar-answers.md").read_text(encoding="utf-8")


def test_every_test_that_the_table_names_exists():
    """Each answer's proof is a test of this suite, in the file that is named where one is."""
    sources = {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in ROOT.glob("tests/*/*.py")
    }
    everything = "".join(sources.values())
    named = re.findall(r"`(?:(tests/[\w/]+\.py)::)?(test_\w+)`", TABLE)
    assert len(named) > 40
    missing = [name for path, name in named if f"def {name}(" not in (sources.get(path, "") if path else everything)]
    assert missing == []


def test_every_fault_of_the_simulator_is_in_the_table():
    """Whatever the simulated EDGAR can do wrong has its row, and every fault in the table can be switched on."""
    faults = {name for row in TABLE.splitlines() for name in re.findall(r"`([\w-]+)`", _second_cell(row))}
    assert faults == set(KINDS)


def _second_cell(row: str) -> str:
    cells = row.split("|")
    return cells[2] if len(cells) == 7 else ""
