"""`watcher backtest`, as people and scripts call it."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from watcher.cli import main
from watcher.model import Filing
from watcher.report import read_report
from watcher.simulator import Simulator
from watcher.store import Store
from watcher.submission import parse_submission

ROOT = Path(__file__).resolve().parents[2]
FILINGS, RULES = str(ROOT / "rules" / "filings"), str(ROOT / "rules")
CELLECTAR = "0001144204-17-013452"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """The command in an empty folder: its exit code, what it prints, and what it complains of."""
    monkeypatch.chdir(tmp_path)

    def backtest(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(["backtest", *arguments])
        printed = capsys.readouterr()
        assert isinstance(left.value.code, int)
        return left.value.code, printed.out, printed.err

    return backtest


def test_json_has_what_scripts_rely_on(run: Run) -> None:
    """The keys and numbers of the contract, in one object."""
    code, printed, _ = run(FILINGS, "--rules", RULES, "--json")
    found = json.loads(printed)
    assert code == 0
    assert found["filings"] == 6
    assert found["seconds"] > 0
    assert found["rules"][0] == {
        "id": "cellectar-license",
        "matches": 1,
        "most_in_one_day": 1,
        "accession_numbers": [CELLECTAR],
    }
    assert len(found["rules"]) == 6


def test_days_limit_what_counts(run: Run) -> None:
    """Only filings filed between the days are gone over."""
    _, printed, _ = run(FILINGS, "--rules", RULES, "--since", "2017-03-01", "--until", "2024-06-03", "--json")
    assert json.loads(printed)["filings"] == 3


def test_csv_has_a_line_for_every_match(run: Run) -> None:
    """Each match is a line, with the passage that made it."""
    code, printed, _ = run(FILINGS, "--rules", RULES, "--csv")
    lines = list(csv.DictReader(io.StringIO(printed)))
    assert code == 0
    assert len(lines) == 6
    assert lines[0]["accession_number"] == CELLECTAR
    assert lines[0]["quote"] == "Cellectar Signs Foundation **License Agreement** for Its Lead Program"


def test_against_other_rules_tells_gains_and_losses(run: Run, tmp_path: Path) -> None:
    """The change from one rule set to the other is printed filing by filing."""
    (tmp_path / "other.yaml").write_text("- {id: cellectar-license, when: {ticker: CLRB}, notify: desk}\n")
    code, printed, _ = run(FILINGS, "--rules", str(ROOT / "rules" / "biotech.yaml"), "--against", "other.yaml")
    assert code == 0
    assert "cellectar-license: gains 1, loses 0\n  + 0001144204-17-000000\n" in printed


CONFIG = """
rules = ["{rules}"]
database = "watcher.db"
[edgar]
user_agent = "Rehearsal Desk desk@rehearsal-desk.org"
requests_per_second = 10
www_url = "{url}"
data_url = "{url}"
search_url = "{url}"
[receivers.desk]
type = "console"
[receivers.inbox]
type = "console"
"""


def test_edgar_history_is_downloaded_and_gone_over(run: Run, tmp_path: Path) -> None:
    """Filings of a time come from EDGAR once; a second run asks for none of them again."""
    with Simulator(ROOT / "rules" / "filings") as simulator:
        (tmp_path / "config.toml").write_text(CONFIG.format(rules=RULES, url=simulator.url))
        asked = ("--history", "kept", "--since", "2024-06-01", "--until", "2024-08-31", "--json")
        code, printed, complaint = run(*asked)
        assert (code, complaint) == (0, "")
        fired = {rule["id"]: rule["accession_numbers"] for rule in json.loads(printed)["rules"] if rule["matches"]}
        assert fired == {
            "merger-agreement": ["0009990002-24-000002"],
            "non-reliance": ["0009990003-24-000003"],
            "finance-chief-leaves": ["0009990003-24-000003"],
        }
        before = sum("/data/" in request.target for request in simulator.requests)
        code, printed, complaint = run(*asked)
        assert (code, complaint) == (0, "")
        assert sum("/data/" in request.target for request in simulator.requests) == before == 2


def test_the_database_is_gone_over_where_no_file_is_named(run: Run, tmp_path: Path) -> None:
    """What the watcher stored can be matched again with other rules."""
    (tmp_path / "config.toml").write_text(CONFIG.format(rules=RULES, url="http://127.0.0.1:9"))
    filing = next((ROOT / "rules" / "filings").glob(f"{CELLECTAR}.txt"))
    report = read_report(parse_submission(filing.read_bytes()))
    at = datetime(2017, 3, 8, 21, 3, tzinfo=UTC)
    with Store(tmp_path / "watcher.db") as store:
        store.see([Filing(report.accession_number, "8-K", report.filers, accepted_at=report.accepted_at)], at=at)
        store.save_report(report)
    code, printed, _ = run("--json")
    assert code == 0
    assert json.loads(printed)["rules"][0]["accession_numbers"] == [CELLECTAR]


def test_a_page_is_written(run: Run, tmp_path: Path) -> None:
    """`--html` writes the report beside what is printed."""
    assert run(FILINGS, "--rules", RULES, "--html", "report.html")[0] == 0
    assert "<mark>License Agreement</mark>" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_file_that_cannot_be_read_is_told_and_the_rest_goes_on(run: Run, tmp_path: Path) -> None:
    """One bad file costs the exit code, not the result."""
    (tmp_path / "noise.txt").write_text("noise")
    code, printed, complaint = run("noise.txt", FILINGS, "--rules", RULES, "--json")
    assert code == 1
    assert json.loads(printed)["filings"] == 6
    assert "\nnoise.txt: " in complaint


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--rules", RULES], "There is nothing to go over: name files, or a config with a database"),
        (["--rules", RULES, "--history", "h"], "--history takes no SOURCE, and needs --since to know where to begin."),
        ([FILINGS], "There are no rules"),
    ],
)
def test_what_is_missing_is_asked_for(run: Run, arguments: list[str], sentence: str) -> None:
    """A call that cannot be carried out says what to give."""
    code, _, complaint = run(*arguments)
    assert code == 2
    assert sentence in complaint


def test_ctrl_c_shows_what_is_known_by_then(tmp_path: Path) -> None:
    """Stopped in the middle, it says so, counts the filings that it has been through, and leaves with 1."""
    endless = tmp_path / "endless.txt"
    os.mkfifo(endless)
    command = [sys.executable, "-m", "watcher", "backtest", FILINGS, str(endless), "--rules", RULES]
    started = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    # The file opens when the other side reads it, which is when the filings before it are through.
    with started, endless.open("wb"):
        started.send_signal(signal.SIGINT)
        printed, told = started.communicate(timeout=20)
    assert started.returncode == 1
    assert "Stopped after 6 filings; what follows is about these." in told
    assert f"cellectar-license\t1\t1 on 2017-03-08\t{CELLECTAR}" in printed
