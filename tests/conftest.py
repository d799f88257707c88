"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of recorded EDGAR data; tests that ask for it are skipped where it is absent."""
    root = Path(__file__).resolve().parents[1]
    folder = (root / os.environ.get("WATCHER_REAL_DATA", "../shared/real")).resolve()
    if not folder.is_dir():
        pytest.skip("no recorded EDGAR data; set WATCHER_REAL_DATA to its folder")
    return folder
