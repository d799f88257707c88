"""What a rule is made of: conditions, which hold for a report or do not, and the rule around them.

A condition is a value: it compares, hashes, and knows nothing of how it is evaluated. The exact meaning of each
stands in docs/rules.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from watcher.model import Level
from watcher.rules.phrases import Phrase

_FEW = 3
_NO_LITERALS: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact of the filing has one of the values: `ticker`, `cik`, `sic`, `state`, `form`, `item`, `exhibit`,
    `topic` or `amendment`."""

    key: str
    values: tuple[str, ...]
    """In the spelling of `watcher.match`'s facts: `CLRB`, `1279704`, `8-K/A`, `7.01`, `EX-99.1`, `yes`."""


@dataclass(frozen=True, slots=True)
class Company:
    """A filer's name holds one of the phrases."""

    phrases: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """One of the phrases stands in the scope."""

    phrases: tuple[Phrase, ...]
    scope: tuple[str, ...] = ()
    """Item codes, exhibit types, `headline`, `body`; empty for everything searchable."""
    literals: frozenset[str] = field(init=False, compare=False, repr=False)
    """Those of the phrases, of which one must be there; empty where there are so few that it is no use."""

    def __post_init__(self) -> None:
        literals = (phrase.literal for phrase in self.phrases)
        object.__setattr__(self, "literals", frozenset(literals) if len(self.phrases) > _FEW else _NO_LITERALS)


@dataclass(frozen=True, slots=True)
class Near:
    """All the phrases stand in one place, with at most `within` other words between the first and the last."""

    phrases: tuple[Phrase, ...]
    within: int
    scope: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Regex:
    """One of the regular expressions matches in the scope."""

    patterns: tuple[str, ...]
    scope: tuple[str, ...] = ()
    compiled: tuple[Any, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Condition


Condition = Fact | Company | Text | Near | Regex | All | AnyOf | Not


@dataclass(frozen=True, slots=True)
class Rule:
    """What somebody wants to hear about, and who is told."""

    id: str
    title: str
    when: Condition
    notify: tuple[str, ...] = ()
    why: str = ""
    level: Level = Level.NOTICE
    enabled: bool = True
    shadow: bool = False
    must_match: tuple[Path, ...] = ()
    """Submission files that the rule's author says it matches."""
    must_ignore: tuple[Path, ...] = ()
    """Submission files that the rule's author says it does not match."""
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class TopicDefinition:
    """A named condition."""

    name: str
    when: Condition
    file: str = ""
    line: int = 0
