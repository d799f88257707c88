"""A coverage-guided fuzz target: any bytes give a report or a ParseError, in bounded time.

`make fuzz` runs it for a minute. What it finds belongs into the corpus, and into a test beside the promise it broke.
"""

from __future__ import annotations

import sys
import time

import atheris

with atheris.instrument_imports(include=["watcher"]):
    from watcher.errors import ParseError
    from watcher.report import read_report
    from watcher.submission import parse_submission

# Generous: instrumented code is slow, but a quadratic step on a megabyte takes minutes.
_SECONDS_PER_MEGABYTE = 60.0


def test_one_input(body: bytes) -> None:
    """Read what came; anything but a report or a ParseError is a finding."""
    started = time.process_time()
    try:
        report = read_report(parse_submission(body))
    except ParseError:
        return
    for item in report.items:
        assert 0 <= item.start <= item.end <= len(report.body)
    for exhibit in report.exhibits:
        end = exhibit.headline_start + len(exhibit.headline)
        shown = exhibit.text[exhibit.headline_start : end].replace("\n", " ").replace("\t", " ")
        assert shown == exhibit.headline
    assert time.process_time() - started < 5 + _SECONDS_PER_MEGABYTE * len(body) / 1e6


if __name__ == "__main__":
    atheris.Setup(sys.argv, test_one_input)
    atheris.Fuzz()
