"""Where each key of a TOML file stands, which the standard library's reader does not tell."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

Path = tuple[str | int, ...]
"""Keys and list positions from the top: `("receivers", "inbox", "to", 0)`."""

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
_STRING = re.compile(r'''"""(?:[^\\]|\\.)*?"{3,5}|\'{3}.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*\'''', re.DOTALL)
_BARE_VALUE = re.compile(r"[^,\]}#\r\n]*")


@dataclass
class _Scanner:
    """Walks over text that is known to be valid TOML."""

    text: str
    at: int = 0
    table: Path = ()
    counts: dict[Path, int] = field(default_factory=dict)
    offsets: dict[Path, int] = field(default_factory=dict)

    def skip(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            return ""
        self.at = found.end()
        return found[0]

    def peek(self, token: str) -> bool:
        return self.text.startswith(token, self.at)

    def document(self) -> None:
        while self.skip(_BLANK) or self.at < len(self.text):
            if self.at >= len(self.text):
                return
            if self.peek("["):
                self.header()
            else:
                self.pair(self.table)

    def header(self) -> None:
        start = self.at
        brackets = "[[" if self.peek("[[") else "["
        self.at += len(brackets)
        path = self.key_path(())
        self.at += len(brackets)
        if brackets == "[[":
            position = self.counts.get(path, 0)
            self.counts[path] = position + 1
            path = (*path, position)
        self.table = path
        self.offsets.setdefault(path, start)

    def key_path(self, path: Path) -> Path:
        while True:
            self.skip(_SPACE)
            key = self.skip(_KEY)
            path = (*path, key[1:-1] if key[0] in "\"'" else key)
            self.skip(_SPACE)
            if not self.peek("."):
                return path
            self.at += 1

    def pair(self, table: Path) -> None:
        start = self.at
        path = self.key_path(table)
        for depth in range(len(table) + 1, len(path) + 1):
            self.offsets.setdefault(path[:depth], start)
        self.at += 1  # the equals sign
        self.value(path)

    def value(self, path: Path) -> None:
        self.skip(_SPACE)
        if self.peek("["):
            self.members(path, "]")
        elif self.peek("{"):
            self.members(path, "}")
        else:
            self.skip(_STRING) or self.skip(_BARE_VALUE)

    def members(self, path: Path, closing: str) -> None:
        self.at += 1
        position = 0
        while True:
            self.skip(_BLANK)
            if self.peek(closing):
                self.at += 1
                return
            if closing == "}":
                self.pair(path)
            else:
                self.offsets[(*path, position)] = self.at
                self.value((*path, position))
            position += 1
            self.skip(_BLANK)
            if self.peek(","):
                self.at += 1


def toml_places(text: str) -> dict[Path, tuple[int, int]]:
    """Line and column, from 1, of every key, table and list member of valid TOML."""
    scanner = _Scanner(text)
    scanner.document()
    return {path: line_and_column(text, offset) for path, offset in scanner.offsets.items()}


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """An offset as line and column, both from 1."""
    start = text.rfind("\n", 0, offset) + 1
    return text.count("\n", 0, offset) + 1, offset - start + 1
