"""The recorded submissions that every benchmark uses."""

from __future__ import annotations

import os
from pathlib import Path


def submissions_folder() -> Path:
    """Where the recorded submissions lie: `$WATCHER_REAL_DATA/submissions`, by default beside the repository."""
    root = Path(__file__).resolve().parents[1]
    return root / os.environ.get("WATCHER_REAL_DATA", "../shared/real") / "submissions"


def submissions() -> list[bytes]:
    """Every recorded submission, by name; ends the run with a sentence where there are none."""
    bodies = [path.read_bytes() for path in sorted(submissions_folder().glob("*.txt"))]
    if not bodies:
        raise SystemExit(
            f"No recorded submissions in {submissions_folder()}; set WATCHER_REAL_DATA to their parent folder."
        )
    return bodies
