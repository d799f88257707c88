"""The documentation says everything that there is, and what it shows works."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from watcher.cli import _watcher
from watcher.config import load_config
from watcher.config.keys import RECEIVERS, TABLES, TOP

DOCS = Path(__file__).parents[2] / "docs"
CONFIGURATION = (DOCS / "configuration.md").read_text(encoding="utf-8")
OPERATE = (DOCS / "operate.md").read_text(encoding="utf-8")


def _sections() -> dict[str, str]:
    """The text under each heading of the page on configuration."""
    parts = re.split(r"^## (.+)$", CONFIGURATION, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("table", ["At the top", *TABLES])
def test_every_key_of_a_table_is_documented(table):
    """Each key stands in the section of its table."""
    keys, section = (TOP, table) if table == "At the top" else (TABLES[table][0], f"[{table}]")
    assert {key for key in keys if f"`{key}`" not in _sections()[section]} == set()


@pytest.mark.parametrize("kind", RECEIVERS)
def test_every_key_of_a_receiver_is_documented(kind):
    """Each type of receiver has its rows, and each of its keys is in them."""
    section = _sections()["[receivers.NAME]"]
    rows = section[section.index(f"| `{kind}` |") :]
    rows = re.split(r"\n\| `", rows[1:])[0]
    assert {key for key in RECEIVERS[kind][1] if f"`{key}`" not in rows and key != "digest"} == set()
    assert "`digest`" in section


def test_the_configuration_that_is_shown_loads(tmp_path):
    """The least that works, works."""
    (example,) = re.findall(r"```toml\n(.+?)```", CONFIGURATION, flags=re.DOTALL)
    (tmp_path / "config.toml").write_text(example)
    assert load_config(tmp_path / "config.toml", environ={"SLACK_BOT_TOKEN": "xoxb-1"}).receivers.keys() == {"desk"}


def test_every_command_and_option_is_documented():
    """Each command, and each option that is its own, is on the page on operating, or on the one it is about."""
    pages = OPERATE + CONFIGURATION + (DOCS / "rules.md").read_text(encoding="utf-8")
    context = click.Context(_watcher)
    missing = set()
    for name in _watcher.list_commands(context):
        command = _watcher.get_command(context, name)
        if f"watcher {name}" not in pages:
            missing.add(name)
        options = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
        missing |= {f"{name} {option}" for option in options if option not in pages}
    assert missing == set()


def test_what_the_readme_points_to_is_there():
    """Each file, each target of make, and each command with its options that the README names exists."""
    root, context = DOCS.parent, click.Context(_watcher)
    readme = (root / "README.md").read_text(encoding="utf-8")
    named = {*re.findall(r"\]\(([^):]+)\)", readme), *re.findall(r"`((?:tests|docs|deploy)/[^`]+)`", readme)}
    assert named
    assert {path for path in named if not (root / path).exists()} == set()
    targets = set(re.findall(r"^(\w+):", (root / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert set(re.findall(r"[`$] ?make (\w+)", readme)) <= targets
    for name, rest in re.findall(r"[`$] ?watcher ([a-z][a-z-]*)([^`\n#]*)", readme):
        command = _watcher.get_command(context, name)
        assert command is not None, name
        known = {option for parameter in command.params for option in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= known, name


def test_design_notes_are_numbered_once_each():
    """The notes count from one without gaps, and each one's heading has the number of its file."""
    notes = sorted((DOCS / "decisions").glob("*.md"))
    assert [int(note.name[:4]) for note in notes] == list(range(1, len(notes) + 1))
    for note in notes:
        assert note.read_text(encoding="utf-8").startswith(f"# {int(note.name[:4])}. ")
