"""YAML as text with places: every scalar is what the user wrote, and every node knows its line and column.

Nothing is interpreted (`ON` is not true, `7.10` is not a number), and nothing can grow: aliases, anchors and tags
are refused, and nesting is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from watcher.errors import Mistake
from watcher.rules.syntax import syntax_sentence

# Deeper than any person writes; far above it, Python's own stack would be the limit.
MAX_DEPTH = 100
# A file with more broken entries than this is not a rule file.
MAX_SYNTAX_ERRORS = 20

# libyaml's parser where PyYAML was built with it: ten times faster, the same events.
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_NOT_TEXT = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ENTRY = re.compile(r"- ")


@dataclass(frozen=True, slots=True)
class ScalarNode:
    """A piece of text; line and column count from 1."""

    text: str
    line: int
    column: int
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class ListNode:
    """A YAML sequence."""

    entries: tuple[Node, ...]
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class MapNode:
    """A YAML mapping in the order of the file, each key once."""

    pairs: tuple[tuple[ScalarNode, Node], ...]
    line: int
    column: int


Node = ScalarNode | ListNode | MapNode


class Source:
    """One file's text, and the mistakes found in it."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text.removeprefix("\ufeff")
        self.mistakes: list[Mistake] = []
        self.holds_list = True
        """Whether what the file holds is a list, once it has been read."""
        self._lines: list[str] | None = None

    @property
    def lines(self) -> list[str]:
        """The file's lines, split when somebody first asks."""
        if self._lines is None:
            self._lines = self.text.splitlines()
        return self._lines

    def mistake(self, sentence: str, line: int, column: int) -> None:
        """Note one thing that is wrong, at a place counted from 1."""
        excerpt = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        self.mistakes.append(Mistake(self.file, line, column, sentence, excerpt))

    def mistake_at(self, node: Node, sentence: str) -> None:
        """Note one thing that is wrong with a node."""
        self.mistake(sentence, node.line, node.column)


def read_entries(source: Source) -> Iterator[Node]:
    """The entries of the list that a file holds, one at a time; a file that is one mapping or scalar gives that.

    What is not YAML is noted in `source`, and reading goes on with the next entry of the list.
    """
    stray = _NOT_TEXT.search(source.text)
    if stray:
        line = source.text.count("\n", 0, stray.start()) + 1
        column = stray.start() - source.text.rfind("\n", 0, stray.start())
        source.mistake(f"this is not text: a character U+{ord(stray.group()):04X} stands here; remove it", line, column)
        return
    first_line = 0
    for _ in range(MAX_SYNTAX_ERRORS):
        text = source.text if first_line == 0 else "\n".join(source.lines[first_line:]) + "\n"
        builder = _Builder(source, first_line)
        try:
            yield from builder.build(text)
        except yaml.MarkedYAMLError as error:
            line, column, sentence = syntax_sentence(error, builder.last_scalar, source.lines, first_line)
            source.mistake(sentence, line, column)
        except _TooDeep as error:
            line = error.line
        else:
            return
        following = _next_entry(source.lines, line)
        if following is None:
            return
        first_line = following


def _next_entry(lines: list[str], line: int) -> int | None:
    """The index of the first line behind `line` (from 1) that begins an entry of the file's list."""
    return next((index for index in range(line, len(lines)) if _ENTRY.match(lines[index])), None)


class _TooDeep(Exception):
    """A node is nested too deep; the mistake is noted already."""

    def __init__(self, line: int) -> None:
        self.line = line


class _Builder:
    """Nodes out of libyaml's events, handed out as soon as an entry of the outermost list is complete."""

    def __init__(self, source: Source, first_line: int) -> None:
        self._source = source
        self._first_line = first_line
        self.last_scalar: Any = None

    def build(self, text: str) -> Iterator[Node]:
        """Yield the entries of the outermost list, or the outermost node if that is no list."""
        events = yaml.parse(text, Loader=_LOADER)
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._mistake(event, "a second YAML document begins here; write one list without '---' lines")
                    return
            elif isinstance(event, yaml.SequenceStartEvent):
                self._refuse_properties(event)
                yield from self._entries(events)
            elif isinstance(event, yaml.NodeEvent):
                self._source.holds_list = False
                yield self._node(event, events, 1)

    def _entries(self, events: Iterator[Any]) -> Iterator[Node]:
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                return
            yield self._node(event, events, 2)

    def _node(self, event: Any, events: Iterator[Any], depth: int) -> Node:
        mark = event.start_mark
        line, column = mark.line + self._first_line + 1, mark.column + 1
        if isinstance(event, yaml.ScalarEvent):
            self.last_scalar = event
            if event.anchor is not None or (event.tag is not None and event.tag != "!"):
                self._refuse_properties(event)
            return ScalarNode(event.value, line, column, event.style in ("'", '"'))
        if isinstance(event, yaml.AliasEvent):
            self._mistake(
                event, f"'*{event.anchor}' is YAML's way to repeat something; to look for text, put it in quotes"
            )
            return ScalarNode("", line, column)
        self._refuse_properties(event)
        if depth > MAX_DEPTH:
            self._mistake(event, f"this is nested more than {MAX_DEPTH} levels deep; write it flatter")
            raise _TooDeep(line)
        if isinstance(event, yaml.SequenceStartEvent):
            entries = []
            while not isinstance(inner := next(events), yaml.SequenceEndEvent):
                entries.append(self._node(inner, events, depth + 1))
            return ListNode(tuple(entries), line, column)
        return MapNode(self._pairs(events, depth), line, column)

    def _pairs(self, events: Iterator[Any], depth: int) -> tuple[tuple[ScalarNode, Node], ...]:
        pairs: dict[str, tuple[ScalarNode, Node]] = {}
        while not isinstance(inner := next(events), yaml.MappingEndEvent):
            key = self._node(inner, events, depth + 1)
            value = self._node(next(events), events, depth + 1)
            if not isinstance(key, ScalarNode):
                self._source.mistake_at(key, "a key is one word; this is a list or a mapping")
            elif key.text in pairs:
                first = pairs[key.text][0].line
                self._source.mistake_at(
                    key, f"{key.text!r} is already there in line {first}; write it once, with a list of values"
                )
            else:
                pairs[key.text] = (key, value)
        return tuple(pairs.values())

    def _refuse_properties(self, event: Any) -> None:
        if event.anchor is not None:
            self._mistake(
                event,
                f"'&{event.anchor}' is YAML's way to name something for later; write it out, or put text in quotes",
            )
        if event.tag is not None and event.tag != "!":
            self._mistake(
                event, f"'{event.tag}' is a YAML tag, which has no use here; put text that begins with '!' in quotes"
            )

    def _mistake(self, event: Any, sentence: str) -> None:
        mark = event.start_mark
        self._source.mistake(sentence, mark.line + self._first_line + 1, mark.column + 1)
