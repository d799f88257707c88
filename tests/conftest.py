"""What all tests share."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

# Where there is a disk in memory, databases do not wait for a real one: nothing here pulls the plug.
_MEMORY = Path("/dev/shm")
if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > 2 * 10**9:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))

# How long an example takes says how busy the machine is.
settings.register_profile("watcher", deadline=None)
settings.load_profile("watcher")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of recorded EDGAR data; tests that ask for it are skipped where it is absent."""
    root = Path(__file__).resolve().parents[1]
    folder = (root / os.environ.get("WATCHER_REAL_DATA", "../shared/real")).resolve()
    if not folder.is_dir():
        pytest.skip("no recorded EDGAR data; set WATCHER_REAL_DATA to its folder")
    return folder
