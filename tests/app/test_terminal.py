"""What people see on terminals of any width."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from watcher.cli import main
from watcher.cli.output import show_mistakes, show_table
from watcher.errors import Mistake

NUMBER = "0001144204-17-013452"
DEMO = Path(__file__).parents[2] / "watcher" / "demo" / "filings"
COMPANY = "Northgate Pipeline Partners, L.P., Northgate Pipeline Finance Corp."


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        """Yes."""
        return True


@pytest.mark.parametrize("width", [20, 30, 60, 80, 100, 200])
def test_numbers_are_whole_on_terminals_of_any_width(monkeypatch: pytest.MonkeyPatch, width: int):
    """What is copied from a table into another command is never cut, and no word of a cell is lost."""
    terminal = Terminal()
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr("sys.stdout", terminal)
    at = datetime(2017, 3, 8, 21, 2, 21, tzinfo=UTC)
    show_table(("accepted", "accession number", "company", "last error"), [(at, NUMBER, COMPANY, "")])
    shown = terminal.getvalue()
    assert NUMBER in shown
    assert set(COMPANY.split()) <= set(shown.split())
    assert {"2017-03-08", "21:02:21Z"} <= set(shown.split())


def test_table_fits_where_there_is_room(monkeypatch: pytest.MonkeyPatch):
    """No line of a table is wider than the terminal, and each filing is one row under the headings."""
    terminal = Terminal()
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("sys.stdout", terminal)
    show_table(("accession number", "company"), [(NUMBER, COMPANY), (NUMBER, "Cellectar")])
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in terminal.getvalue().splitlines()]
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["accession", "number", "company"]
    assert lines[-1].split() == [NUMBER, "Cellectar"]


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_no_color_is_heeded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, no_color: str, coloured: bool):
    """A terminal gets colours, unless NO_COLOR is set: in what is found as in what is wrong."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", no_color)
    printed, complaints = Terminal(), Terminal()
    monkeypatch.setattr("sys.stdout", printed)
    monkeypatch.setattr("sys.stderr", complaints)
    assert _run("read", str(DEMO / "0009990105-26-000002.txt")) == 0
    show_mistakes([Mistake("a.yaml", 1, 1, "no", "here")])
    assert ("\x1b[" in printed.getvalue(), "\x1b[" in complaints.getvalue()) == (coloured, coloured)


def test_mistakes_name_files_as_seen_from_here(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """A file below the current folder is named from there, any other in full."""
    monkeypatch.chdir(tmp_path)
    show_mistakes([Mistake(str(tmp_path / "rules" / "a.yaml"), 3, 5, "no"), Mistake("/elsewhere/b.yaml", 1, 1, "no")])
    assert capsys.readouterr().err.splitlines() == ["rules/a.yaml:3:5: no", "/elsewhere/b.yaml:1:1: no"]


def _run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    assert isinstance(left.value.code, int)
    return left.value.code


def test_rules_that_tell_nobody_are_warned_of(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """A watch without a rule in force is allowed, and never silently so."""
    monkeypatch.chdir(tmp_path)
    Path("config.toml").write_text(
        '[edgar]\nuser_agent = "Acme Research ops@acme-research.com"\n[receivers.desk]\ntype = "console"\n',
        encoding="utf-8",
    )
    Path("rules").mkdir()
    Path("rules/a.yaml").write_text("", encoding="utf-8")
    assert _run("check") == 0
    printed = capsys.readouterr()
    assert printed.err == "warning: no rule is in force, so nobody will be told of any filing\n"
    assert printed.out == "config.toml: 1 receiver, 0 rules.\n"


def test_next_command_can_be_pasted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """The command that `init` says comes next works also where the folder's name has blanks."""
    monkeypatch.chdir(tmp_path)
    assert _run("init", "my desk") == 0
    assert "`watcher check --config 'my desk/config.toml'`" in capsys.readouterr().out
    monkeypatch.chdir(tmp_path / "my desk")
    assert _run("init") == 0
    assert "`watcher check`" in capsys.readouterr().out


def test_faults_are_listed_without_a_folder(capsys: pytest.CaptureFixture[str]):
    """`--fault help` needs nothing to serve; everything else does."""
    assert _run("simulate", "--fault", "help") == 0
    assert "block" in capsys.readouterr().out
    assert _run("simulate") == 2
    assert "watcher simulate FOLDER" in capsys.readouterr().err


@pytest.mark.parametrize("written", ["1.3.2026", "2026-13-01", "yesterday"])
def test_days_that_are_none_are_refused_in_words(written: str, capsys: pytest.CaptureFixture[str]):
    """Whoever writes a day in another way reads how to write it."""
    assert _run("run", "--since", written) == 2
    assert f"'{written}' is not a day; write it as 2026-03-02." in capsys.readouterr().err


def test_folder_that_cannot_be_written_is_no_fault_of_ours(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """A place where nothing can be written is named, with what the system says."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert _run("init", str(tmp_path / "file" / "desk")) == 1
    assert capsys.readouterr().err == f"watcher: {tmp_path / 'file' / 'desk'} cannot be used: Not a directory.\n"


def test_config_may_begin_with_a_byte_order_mark(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """Files as editors on Windows write them are read: with a mark in front and with their line ends."""
    monkeypatch.chdir(tmp_path)
    config = '[edgar]\nuser_agent = "Acme Research ops@acme-research.com"\n[receivers.desk]\ntype = "console"\n'
    rules = "- id: merger\n  when: {item: 1.01}\n  notify: desk\n"
    Path("rules").mkdir()
    Path("config.toml").write_bytes(config.replace("\n", "\r\n").encode("utf-8-sig"))
    Path("rules/a.yaml").write_bytes(rules.replace("\n", "\r\n").encode("utf-8-sig"))
    assert _run("check") == 0
    assert capsys.readouterr().out == "config.toml: 1 receiver, 1 rule.\n"


def test_day_without_an_index_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """An audit of a Sunday asks EDGAR nothing, and says why."""
    monkeypatch.chdir(tmp_path)
    Path("config.toml").write_text('[edgar]\nuser_agent = "Acme Research ops@acme-research.com"\n', encoding="utf-8")
    assert _run("audit", "2026-03-01") == 2
    assert "2026-03-01 (Sunday) was no business day of EDGAR's" in capsys.readouterr().err


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_terminal_that_lacks_a_character_shows_another(tmp_path: Path, options: tuple[str, ...]):
    """Whatever a locale can print, a command ends well, and JSON stays whole."""
    done = subprocess.run(
        [sys.executable, "-m", "watcher", "read", "--text", *options, DEMO / "0009990104-26-000003.txt"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shown = done.stdout.decode("latin-1")
    exhibit = json.loads(shown)["exhibits"][0]["text"] if options else shown
    assert ("Mass. \N{EN DASH} Marrow" if options else "Mass. ? Marrow") in exhibit


def test_a_full_disk_is_no_bug(tmp_path: Path):
    """Output that cannot be written is told with the system's word for it."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "watcher", "read", "--json", "--text", DEMO],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "watcher: Something could not be read or written: No space left on device."


def test_list_of_commands_holds_whole_sentences(capsys: pytest.CaptureFixture[str]):
    """The first thing that a newcomer asks for is not cut."""
    assert _run("--help") == 0
    assert "..." not in capsys.readouterr().out.partition("Commands:")[2]


def test_an_audit_of_a_day_that_is_not_over_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """Half an index must not count as the day's proof: from when on it can be asked for is said."""
    monkeypatch.chdir(tmp_path)
    Path("config.toml").write_text('[edgar]\nuser_agent = "Acme Research ops@acme-research.com"\n', encoding="utf-8")
    assert _run("audit", "2099-01-06") == 2
    assert "EDGAR's index of 2099-01-06 is whole only from 2099-01-07 06:30 New York time on" in capsys.readouterr().err
