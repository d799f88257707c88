"""The names that people import."""

from __future__ import annotations

import subprocess
import sys

import watcher


def test_every_public_name_is_there():
    """Everything that `watcher.__all__` promises can be imported, documented, and in order."""
    assert watcher.__all__ == sorted(watcher.__all__)
    for name in watcher.__all__:
        assert getattr(watcher, name).__doc__


def test_importing_costs_little_and_talks_to_nobody():
    """`import watcher` loads no other package, and nothing of the standard library that opens connections."""
    code = (
        "import sys; before = set(sys.modules); import watcher; "
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before})"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert set(loaded) <= sys.stdlib_module_names | {"watcher"}
    assert not {"ssl", "socket", "sqlite3", "http", "smtplib", "asyncio"} & set(loaded)
