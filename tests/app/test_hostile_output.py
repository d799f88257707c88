"""What commands print of filings that were made to steer terminals, spreadsheets and scripts."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from watcher.cli import main
from watcher.cli.examples import failed_examples
from watcher.rules import load_rules

STEERING = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e"
FILING = f"""<SEC-DOCUMENT>0000000001-26-000001.txt : 20260102
<SEC-HEADER>0000000001-26-000001.hdr.sgml : 20260102
ACCESSION NUMBER:\t\t0000000001-26-000001
CONFORMED SUBMISSION TYPE:\t8-K
ITEM INFORMATION:\t\tOther {STEERING} Events
FILED AS OF DATE:\t\t20260102
FILER:
\tCOMPANY DATA:
\t\tCOMPANY CONFORMED NAME:\t\t=cmd|' /C calc'!A0 {STEERING} ACME
</SEC-HEADER>
<DOCUMENT>
<TYPE>8-K
<TEXT>
<p>Item 8.01 Other Events</p><p>=HYPERLINK("https://example.com") We sign a license agreement {STEERING} today.</p>
</TEXT>
</DOCUMENT>
<DOCUMENT>
<TYPE>EX-99.1{STEERING}
<FILENAME>{STEERING}.htm
<DESCRIPTION>A letter {STEERING}
<TEXT>
<p>A letter {STEERING}</p>
</TEXT>
</DOCUMENT>
"""
RULES = """
- id: license
  title: A license
  when:
    text: ["license agreement", "\\e[31m red"]
  notify: [desk]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a hostile filing and a rule."""
    (tmp_path / "filing.txt").write_text(FILING, encoding="utf-8")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "license.yaml").write_text(RULES, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a command prints on both streams."""
    with pytest.raises(SystemExit):
        main([*arguments, "filing.txt"])
    told = capsys.readouterr()
    return told.out + told.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("read",),
        ("read", "--text"),
        ("read", "--json", "--text"),
        ("explain",),
        ("explain", "--json"),
        ("backtest", "--rules", "rules"),
        ("backtest", "--rules", "rules", "--csv"),
    ],
    ids=" ".join,
)
def test_filings_cannot_steer_the_terminal(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
):
    """No escape sequence, control character or turn of the reading direction comes out of a command."""
    told = printed(capsys, *arguments)
    assert "license" in told or "8-K" in told
    assert [letter for letter in told if not (letter.isprintable() or letter in "\r\n\t")] == []


def test_json_holds_what_a_person_sees(folder: Path, capsys: pytest.CaptureFixture[str]):
    """The text that a program gets has no control character and none that turns the direction of reading."""
    with pytest.raises(SystemExit):
        main(["read", "--json", "--text", "filing.txt"])
    told = json.loads(capsys.readouterr().out)
    assert "[2J›31m today" in told["body"]  # the byte that terminals obey is a quotation mark in Windows


def test_no_cell_of_csv_is_a_formula(folder: Path, capsys: pytest.CaptureFixture[str]):
    """A company or a sentence that begins like a formula is text to a spreadsheet."""
    with pytest.raises(SystemExit):
        main(["backtest", "--rules", "rules", "--csv", "filing.txt"])
    heading, row = csv.reader(io.StringIO(capsys.readouterr().out))
    cells = dict(zip(heading, row, strict=True))
    assert cells["company"].startswith("'=cmd|")
    assert cells["quote"].startswith("'=HYPERLINK")


@pytest.mark.timeout(20)
def test_examples_that_are_no_files_are_not_read(folder: Path):
    """A pasted rule cannot make `check` read a device for ever."""
    (folder / "rules" / "license.yaml").write_text(RULES + "  examples:\n    match: [/dev/zero]\n", encoding="utf-8")
    (mistake,) = failed_examples(load_rules(folder / "rules"))
    assert "is not a file" in mistake.sentence
