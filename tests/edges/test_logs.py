"""The log: one line for each event, whatever stands in a filing, and no address that is a secret."""

from __future__ import annotations

import json
import subprocess
import sys

_PROGRAM = """
import logging
from watcher.logs import set_up_logs

set_up_logs({options})
log = logging.getLogger("watcher.pipeline")
log.debug("small")
log.info("filing read company=%s", "Acme\\nERROR forged \\x1b[31m")
logging.getLogger("httpx").info("POST https://hooks.example.com/services/very-secret")
logging.getLogger("slack_sdk.web").debug("token=xoxb-very-secret")
"""


def _lines(options: str) -> list[str]:
    program = _PROGRAM.format(options=options)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    return done.stderr.splitlines()


def test_an_event_is_one_line_in_utc():
    """A name out of a filing can neither begin a line of its own nor steer the terminal."""
    (line,) = _lines("")
    assert line.endswith(r'filing read company="Acme\nERROR forged \u001b[31m"')
    assert "+00:00 INFO" in line


def test_a_line_can_be_taken_apart_again():
    """A value with blanks, quotes or nothing in it stands in quotes, as logfmt has it; any other is bare."""
    program = """
import logging
from watcher.logs import set_up_logs

set_up_logs()
log = logging.getLogger("watcher.pipeline")
log.info("job failed job=%s reason=%s tries=%d shadow=%s rest=%s", "daily note", 'no "answer"', 2, False, "")
log.warning("EDGAR's list ends: %d pages", 5)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    first, second = (line.split(" ", 1)[1].split(maxsplit=1)[1] for line in done.stderr.splitlines())
    assert first == r'job failed job="daily note" reason="no \"answer\"" tries=2 shadow=false rest=""'
    assert second == "EDGAR's list ends: 5 pages"


def test_verbose_adds_our_own_small_events_only():
    """Libraries that print whole addresses stay quiet, also when asked for more."""
    lines = _lines("verbose=True")
    assert [line.split()[1] for line in lines] == ["DEBUG", "INFO"]
    assert not any("very-secret" in line for line in lines)


def test_a_traceback_cannot_pose_as_an_event():
    """What an error quotes of a filing stays inside its traceback, and steers no terminal."""
    program = """
import logging
from watcher.logs import set_up_logs

set_up_logs()
try:
    raise ValueError("Acme\\n2026-01-01T00:00:00+00:00 INFO    forged \\x1b[31m")
except ValueError:
    logging.getLogger("watcher.pipeline").exception("filing failed")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    event, *traceback = done.stderr.splitlines()
    assert event.endswith("filing failed")
    assert any("forged" in line for line in traceback)
    assert all(line.startswith("    ") and line.isprintable() for line in traceback)


def test_an_event_is_an_object_on_request():
    """As JSON each event has its name and its own keys, whatever stands in a filing; a sentence stays one."""
    first, second, failed = (json.loads(line) for line in _json_lines())
    assert (first["level"], first["event"], first["rules"]) == ("info", "filing read", 3)
    assert first["company"] == 'Acme\n"ERROR" forged'
    assert first["at"].endswith("+00:00")
    assert second["event"] == "EDGAR's list ends: 5 pages"
    assert failed["event"] == "duty failed"
    assert failed["worker"] == "poll"
    assert "ZeroDivisionError" in failed["traceback"]


def _json_lines() -> list[str]:
    program = """
import logging
from watcher.logs import set_up_logs

set_up_logs(as_json=True)
log = logging.getLogger("watcher.pipeline")
log.info("filing read company=%s rules=%d", 'Acme\\n"ERROR" forged', 3)
log.warning("EDGAR's list ends: %d pages", 5)
try:
    1 / 0
except ZeroDivisionError:
    log.exception("duty failed worker=%s", "poll")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stderr.splitlines()
