"""The regular expressions of the package, taken together."""

from __future__ import annotations

import re
from pathlib import Path

import watcher

PACKAGE = Path(watcher.__file__).parent
# "(?:ab)*+", "(...)?+", "(...){2}+"; a possessive repeat of one character ("[^>]*+") and "(?>...)" are well.
POSSESSIVE_GROUP = re.compile(r"(?<!\\)\)(?:[*+?]|\{[\d,{}]+\})\+")


def test_no_group_is_repeated_possessively():
    """Up to 3.11.4 Python matches such repeats wrongly (python/cpython#106052), and Debian 12 has 3.11.2."""
    assert POSSESSIVE_GROUP.search(r"(?:a|b)*+c")
    assert POSSESSIVE_GROUP.search(r"(a|b){0,9}+c")
    found = [
        f"{path.relative_to(PACKAGE)}:{number}"
        for path in [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.yaml")]
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if POSSESSIVE_GROUP.search(line) and "quote(" not in line
    ]
    assert found == []
