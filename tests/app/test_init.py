"""`watcher init`: a newcomer's answers, asked or given, make files that need no editing."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from watcher.cli import _watcher

WHO = "Acme Research ops@acme.com"
ENVIRON = {**os.environ, "SLACK_BOT_TOKEN": "xoxb-1", "SMTP_PASSWORD": "word"}


def _watch(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "watcher", *arguments],
        cwd=folder,
        env=ENVIRON,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _notify(folder: Path) -> set[str]:
    rules = "".join(path.read_text() for path in (folder / "rules").glob("*.yaml"))
    return {name.strip() for found in re.findall(r"notify: \[([^]]*)\]", rules) for name in found.split(",")}


@pytest.mark.parametrize(
    ("options", "receivers", "operator"),
    [
        (
            ("--slack", "C0123456789", "--mail", "Desk <desk@acme.com>", "--smtp", "mail.acme.com"),
            {"desk": "slack", "inbox": "email"},
            "inbox",
        ),
        (("--slack", "C0123456789", "--mail", "none"), {"desk": "slack"}, "desk"),
        (("--mail", "desk@acme.com", "--smtp", "mail.acme.com"), {"inbox": "email"}, "inbox"),
        ((), {"desk": "console"}, "desk"),
    ],
)
def test_what_is_answered_needs_no_editing(tmp_path, options, receivers, operator):
    """Only wanted receivers are there, rules and operator follow, and `check` finds nothing."""
    assert _watch("init", "--user-agent", WHO, *options, folder=tmp_path).returncode == 0
    config = tomllib.loads((tmp_path / "config.toml").read_text())
    assert config["edgar"]["user_agent"] == WHO
    assert {name: table["type"] for name, table in config["receivers"].items()} == receivers
    assert config["operator"]["notify"] == [operator]
    assert _notify(tmp_path) == set(receivers)
    checked = _watch("check", folder=tmp_path)
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--user-agent", "Acme"), "needs a name, a space and a mail address"),
        (("--user-agent", WHO, "--slack", "#desk"), "is not a channel's id"),
        (("--user-agent", WHO, "--mail", "desk"), "needs a mail address"),
        (("--user-agent", WHO, "--mail", "d@acme.com", "--smtp", "smtp acme"), "is not the name of a server"),
        (("--user-agent", WHO, "--mail", "d@acme.com"), "--smtp gives it"),
        (("--slack", "C0123456789"), "say who asks it with --user-agent"),
    ],
)
def test_a_wrong_answer_writes_nothing(tmp_path, options, told):
    """A usage error says what is wrong, and no file is made."""
    done = _watch("init", *options, folder=tmp_path)
    assert done.returncode == 2
    assert told in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_terminal_is_asked_three_questions(tmp_path):
    """A person is asked who, which channel and which mailbox, again where an answer cannot be; `check` is content."""
    answers = ["somebody", WHO, "none", "Desk <desk@acme.com>", ""]
    parent, child = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "watcher", "init"],
        cwd=tmp_path,
        env=ENVIRON,
        stdin=child,
        stdout=child,
        stderr=child,
        close_fds=True,
    ) as process:
        os.close(child)
        os.write(parent, "".join(f"{answer}\n" for answer in answers).encode())
        shown = b""
        try:
            while chunk := os.read(parent, 4096):
                shown += chunk
        except OSError:
            pass  # the other end is closed: it has ended
        assert process.wait(30) == 0
    os.close(parent)
    text = shown.decode()
    assert text.count("Who asks EDGAR") == 2
    assert "needs a name, a space and a mail address" in text
    config = tomllib.loads((tmp_path / "config.toml").read_text())
    assert set(config["receivers"]) == {"inbox"}
    assert config["receivers"]["inbox"]["host"] == "smtp.acme.com"
    assert _watch("check", folder=tmp_path).returncode == 0


def test_completion_comes_with_the_command():
    """The shell's completion knows commands and options."""
    runner = CliRunner(env={"_WATCHER_COMPLETE": "bash_complete", "COMP_WORDS": "watcher sta", "COMP_CWORD": "1"})
    assert "status" in runner.invoke(_watcher, [], prog_name="watcher").output


def test_init_does_not_write_through_a_link(tmp_path):
    """A link counts as a file that is there, also one to a file that is not."""
    elsewhere, desk = tmp_path / "elsewhere.toml", tmp_path / "desk"
    desk.mkdir()
    (desk / "config.toml").symlink_to(elsewhere)
    told = _watch("init", "--user-agent", WHO, folder=desk)
    assert told.returncode == 0, told.stderr
    assert "kept     config.toml" in told.stdout
    assert not elsewhere.exists()
