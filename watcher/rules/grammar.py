"""The language of conditions: one table of keys, from which conditions are read and the JSON Schema is made."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import Any, TypeVar

import re2

from watcher.rules import values
from watcher.rules.conditions import All, AnyOf, Company, Condition, Fact, Near, Not, Regex, Text
from watcher.rules.located import ListNode, MapNode, Node, ScalarNode, Source
from watcher.rules.phrases import Phrase, read_phrase
from watcher.rules.values import did_you_mean
from watcher.text import fold

MAX_WITHIN = 1000
MAX_REGEX = 1000
# What is repeated can be under way so many times at once, at every character: about a second for a megabyte.
MAX_REGEX_REPEATS = 300

FACTS: dict[str, Callable[[str], str]] = {
    "ticker": values.read_ticker,
    "cik": values.read_cik,
    "sic": values.read_sic,
    "state": values.read_state,
    "form": values.read_form,
    "item": values.read_item,
    "exhibit": values.read_exhibit,
    "kind": values.read_kind,
    "topic": lambda text: " ".join(text.split()),
    "amendment": values.read_yes_or_no,
}
TEXTS = ("text", "near", "regex")
COMBINATORS = ("all", "any", "not")
CONDITION_KEYS = (*FACTS, "company", *TEXTS, "in", *COMBINATORS)
# What other alerters, and people, call some of the keys.
_OTHER_WORDS = {
    "phrase": "text", "phrases": "text", "keyword": "text", "keywords": "text", "words": "text", "contains": "text",
    "match": "text", "pattern": "regex", "symbol": "ticker", "name": "company", "issuer": "company", "filer": "company",
    "section": "item", "attachment": "exhibit", "industry": "sic", "type": "form", "subject": "topic",
    "where": "in", "scope": "in", "headline": "in", "body": "in", "within": "near",
    "and": "all", "or": "any", "exclude": "not", "except": "not", "without": "not", "none": "not",
}  # fmt: skip

RULE_KEYS = ("id", "title", "when", "notify", "why", "level", "enabled", "shadow", "examples")
_Value = TypeVar("_Value")


class Vocabulary:
    """What conditions may name, and equal conditions made one, so that big rule sets stay small."""

    def __init__(self, topics: Collection[str]) -> None:
        self.topics = topics
        self._shared: dict[Any, Any] = {}

    def share(self, value: _Value) -> _Value:
        """The value, or an equal one that was there before."""
        return self._shared.setdefault(value, value)  # type: ignore[no-any-return]


class ConditionReader:
    """Reads conditions of one file; mistakes go to its `source`, and a condition with one reads as None."""

    def __init__(self, source: Source, vocabulary: Vocabulary) -> None:
        self._source = source
        self._vocabulary = vocabulary

    def read(self, node: Node, scope: tuple[str, ...] = ()) -> Condition | None:
        """The condition that a mapping states: all of its keys.

        `scope` is where the mapping around it looks for text; its own `in` replaces that.
        """
        if isinstance(node, ScalarNode):
            key, colon, value = node.text.partition(":")
            if colon and key in CONDITION_KEYS:
                return self._refuse(node, f"a colon and a space stand between a key and its value: '{key}: {value}'")
            return self._refuse(
                node, f"a condition is expected here; write it under a key, such as {_keyed(node.text)}"
            )
        if isinstance(node, ListNode):
            return self._refuse(
                node, "a condition is expected here, not a list; write 'all:' or 'any:' before the list"
            )
        own = next((value for key, value in node.pairs if key.text == "in"), None)
        if own is not None:
            scope = self._values(own, "in", values.read_scope)
        parts = [self._part(key, value, scope) for key, value in node.pairs if key.text != "in"]
        if not parts and own is None:
            return self._refuse(node, "a condition without a key would hold for every filing; write at least one key")
        good = tuple(part for part in parts if part is not None)
        if len(good) < len(parts):
            return None
        if own is not None and not any(_looks_at_text(part) for part in good):
            return self._refuse(
                own, "'in' says where text is looked for, but there is no text, near or regex beside it"
            )
        return self._vocabulary.share(good[0] if len(good) == 1 else All(good))

    def _part(self, key: ScalarNode, node: Node, scope: tuple[str, ...]) -> Condition | None:
        name = key.text
        part: Condition | None
        if name in FACTS:
            part = self._fact(name, node)
        elif name == "company":
            phrases = self._phrases(node, name)
            part = Company(phrases) if phrases else None
        elif name == "text":
            phrases = self._phrases(node, name)
            part = Text(phrases, scope) if phrases else None
        elif name == "near":
            part = self._near(node, scope)
        elif name == "regex":
            part = self._regex(node, scope)
        elif name == "not":
            inner = self._negated(node, scope)
            part = None if inner is None else Not(inner)
        elif name in COMBINATORS:
            part = self._combined(name, node, scope)
        elif name in RULE_KEYS:
            part = self._refuse(key, f"'{name}' belongs to the rule, not to its condition; indent it like 'when'")
        else:
            part = self._refuse(
                key, f"there is no condition {name!r}{did_you_mean(name, CONDITION_KEYS, _OTHER_WORDS)}"
            )
        return None if part is None else self._vocabulary.share(part)

    def _fact(self, key: str, node: Node) -> Condition | None:
        found = self._values(node, key, FACTS[key])
        if key == "topic":
            for name in found:
                if name not in self._vocabulary.topics:
                    meant = did_you_mean(name, self._vocabulary.topics)
                    return self._refuse(node, f"there is no topic {name!r}{meant}")
        return Fact(key, found) if found else None

    def _phrases(self, node: Node, key: str) -> tuple[Phrase, ...]:
        return self._values(node, key, read_phrase, commas=True)

    def _near(self, node: Node, scope: tuple[str, ...]) -> Condition | None:
        shape = "near takes two keys: 'phrases', a list of at least two, and 'within', a number of words"
        if not isinstance(node, MapNode):
            return self._refuse(node, shape)
        given = {key.text: value for key, value in node.pairs}
        for key, _ in node.pairs:
            if key.text not in ("phrases", "within"):
                return self._refuse(key, f"near has no key {key.text!r}{did_you_mean(key.text, ('phrases', 'within'))}")
        if len(given) < 2:
            return self._refuse(node, shape)
        listed = given["phrases"]
        if not isinstance(listed, ListNode) or len(listed.entries) < 2:
            return self._refuse(listed, shape)
        phrases = self._phrases(listed, "phrases")
        words = self._values(given["within"], "within", _read_within)
        return Near(phrases, words[0], scope) if phrases and len(words) == 1 else None

    def _regex(self, node: Node, scope: tuple[str, ...]) -> Condition | None:
        found = self._values(node, "regex", read_regex, commas=True)
        return Regex(tuple(text for text, _ in found), scope, tuple(made for _, made in found)) if found else None

    def _negated(self, node: Node, scope: tuple[str, ...]) -> Condition | None:
        if isinstance(node, ListNode):
            return self._refuse(
                node, "'not' takes one condition; for several, write 'not:' and under it 'any:' and the list"
            )
        return self.read(node, scope)

    def _combined(self, key: str, node: Node, scope: tuple[str, ...]) -> Condition | None:
        if not isinstance(node, ListNode) or not node.entries:
            return self._refuse(node, f"'{key}' takes a list of conditions; begin each with '- '")
        parts = [self.read(entry, scope) for entry in node.entries]
        good = tuple(part for part in parts if part is not None)
        if len(good) < len(parts):
            return None
        return All(good) if key == "all" else AnyOf(good)

    def _values(self, node: Node, key: str, read: Callable[[str], _Value], **how: bool) -> tuple[_Value, ...]:
        return read_values(self._source, node, key, read, **how)

    def _refuse(self, node: Node, sentence: str) -> Condition | None:
        """Note a mistake; what has one reads as None."""
        self._source.mistake_at(node, sentence)
        return None


def read_values(
    source: Source, node: Node, key: str, read: Callable[[str], _Value], *, commas: bool = False
) -> tuple[_Value, ...]:
    """What a value or a list of values reads as, each once, in order; empty where one of them is wrong.

    `commas` says that a value may hold one; elsewhere it is a list without its brackets.
    """
    entries = node.entries if isinstance(node, ListNode) else (node,)
    if not entries:
        source.mistake_at(node, f"'{key}' is an empty list; write at least one value or leave the key out")
        return ()
    found: dict[_Value, None] = {}
    mistakes_before = len(source.mistakes)
    for entry in entries:
        if not isinstance(entry, ScalarNode):
            quotes = "; text that holds ': ' needs quotes around it" if commas and isinstance(entry, MapNode) else ""
            source.mistake_at(entry, f"'{key}' takes a value or a list of values, not a nested one{quotes}")
        elif not entry.text.strip():
            line = source.lines[entry.line - 1] if entry.line <= len(source.lines) else ""
            quotes = "; put text that begins with '#' in quotes" if " #" in line and not entry.quoted else ""
            source.mistake_at(entry, f"'{key}' has no value; write one behind the colon{quotes}")
        else:
            try:
                found[read(entry.text)] = None
            except ValueError as error:
                several = "" if commas else ", ".join(_several(entry.text, read))
                source.mistake_at(entry, f"several values are a list: '{key}: [{several}]'" if several else str(error))
    return () if len(source.mistakes) > mistakes_before else tuple(found)


def _several(text: str, read: Callable[[str], object]) -> list[str]:
    """The values that stand in one where a list was meant, as in `7.01 or 8.01`; none where it is one value."""
    if "," in text:
        each = [value.strip() for value in text.split(",")]
    else:
        each = [value for value in text.split() if value not in ("or", "and")]
        if not all(value.isupper() or value[0].isdigit() for value in each):
            return []
    try:
        for value in each:
            read(value)
    except ValueError:
        return []
    return each if len(each) > 1 else []


def conditions_in(condition: Condition) -> Iterator[Condition]:
    """A condition and every condition inside it."""
    yield condition
    if isinstance(condition, All | AnyOf):
        for part in condition.parts:
            yield from conditions_in(part)
    elif isinstance(condition, Not):
        yield from conditions_in(condition.part)


def _keyed(text: str) -> str:
    """A lone value under the key that it was probably meant for."""
    if text in values.ITEMS:
        return f"'item: {text}'"
    if not text or (text.isupper() and len(text) <= 5):
        return f"'ticker: {text or 'CLRB'}'"
    return f"'text: {text}'"


def _looks_at_text(condition: Condition) -> bool:
    return any(isinstance(part, Text | Near | Regex) for part in conditions_in(condition))


def _read_within(text: str) -> int:
    if not re.fullmatch("[0-9]{1,4}", text.strip()) or int(text) > MAX_WITHIN:
        raise ValueError(f"{text!r} is no number of words; write a number from 0 to {MAX_WITHIN}")
    return int(text)


def read_regex(text: str) -> tuple[str, Any]:
    """A regular expression as written and compiled.

    Raises ValueError with a sentence where RE2 does not take it, or where it would match an empty text.
    """
    if len(text) > MAX_REGEX:
        raise ValueError(f"a regex has at most {MAX_REGEX} characters; this one has {len(text)}")
    # The text that is searched has straight quotes and plain dashes; so has the expression.
    plain = "".join(letter if letter.isascii() else fold(letter) for letter in text)
    try:
        made = re2.compile(plain, _regex_options())
    except re2.error as error:
        raise ValueError(f"this regex cannot be used: {_regex_problem(error)}") from error
    repeats = _steps(plain, made) - len(plain)
    if repeats > MAX_REGEX_REPEATS:
        raise ValueError(
            f"this regex is too big: its counts make {repeats:,} steps of at most {MAX_REGEX_REPEATS:,}; "
            "use smaller counts, or 'near'"
        )
    if made.search("") is not None:
        raise ValueError("this regex matches even where there is no text; let it ask for at least one character")
    return text, made


def _steps(plain: str, made: Any) -> int:
    """How big the expression is, counted over bytes where it can be: there, a character of any kind is one step."""
    try:
        return int(re2.compile(plain.encode(), _regex_options(re2.Options.Encoding.LATIN1)).programsize)
    except re2.error:
        return int(made.programsize)


def _regex_options(encoding: Any = re2.Options.Encoding.UTF8) -> Any:
    options = re2.Options()
    options.encoding = encoding
    # The text that is searched has no line breaks.
    options.dot_nl = True
    options.case_sensitive = False
    options.log_errors = False
    return options


def _regex_problem(error: Exception) -> str:
    said = error.args[0] if error.args else error
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    if "perl operator" in text:
        return "RE2 cannot look around, as with (?= or (?!; combine conditions with 'near' or 'not'"
    if re.search(r"escape sequence: \\\d", text):
        return "RE2 cannot refer back to a group, as with \\1; write it out"
    return text
