"""The daemon is killed at its steps and at random moments while Slack and the mail server misbehave."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def test_killed_at_any_moment_nothing_is_missing_or_repeated():
    """SIGKILL again and again, at a step or after a few milliseconds: each filing is visible exactly once."""
    script = Path(__file__).parents[1] / "crash.py"
    ended = subprocess.run(
        [sys.executable, script, "--kills", "12", "--steps", "5", "--seed", "1"],
        capture_output=True,
        text=True,
        timeout=100,
    )
    counts = json.loads(ended.stdout or "{}")
    assert ended.returncode == 0, (counts, ended.stderr[-2000:])
    assert counts["killed_at_random_moments"] >= 12
    assert counts["killed_at_steps"] > 0
    assert counts["filings"] > 12
    assert (counts["missing"], counts["repeated"], counts["strange_mails"], counts["not_settled"]) == (0, 0, 0, 0)
