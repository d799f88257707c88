"""Rule files to rules: every file read, every mistake of every file told at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from watcher.errors import Mistake, RuleError
from watcher.model import Level
from watcher.rules.conditions import Rule
from watcher.rules.grammar import CONDITION_KEYS, RULE_KEYS, ConditionReader, Vocabulary, read_values
from watcher.rules.index import ConditionIndex
from watcher.rules.located import MapNode, Node, ScalarNode, Source, read_entries
from watcher.rules.topics import FILE_NAME as TOPICS_FILE_NAME
from watcher.rules.topics import Topics, read_topics, shipped_topics
from watcher.rules.values import NO, did_you_mean, read_ticker, read_yes_or_no

SLUG = r"[a-z0-9]+(?:[-_.][a-z0-9]+)*"
MAX_SLUG = 100
LEVELS = tuple(level.value for level in Level)


@dataclass(frozen=True, eq=False)
class RuleSet:
    """Rules and topics, compiled once; any number of threads may match with it at the same time."""

    rules: tuple[Rule, ...]
    topics: Topics
    index: ConditionIndex
    """Of the rules that are switched on, numbered by their place in `rules`."""
    known_tickers: frozenset[str] | None = None
    """Every ticker that some company has, where that was told."""

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules)

    def __len__(self) -> int:
        return len(self.rules)


def load_rules(
    paths: str | Path | Iterable[str | Path],
    *,
    receivers: Collection[str] | None = None,
    known_tickers: Collection[str] | None = None,
) -> RuleSet:
    """The rules of files and folders, with the topics that a `topics.yaml` among them adds.

    `receivers` are the names that `notify` may use, where they are known; `known_tickers` is what companies have,
    and only makes later answers sharper.

    Raises:
        RuleError: every mistake of every file, each with file, line and column.
    """
    mistakes: list[Mistake] = []
    sources = list(_open_sources([paths] if isinstance(paths, str | Path) else paths, mistakes))
    return _read_sources(sources, mistakes, receivers, known_tickers)


def load_topics(paths: Iterable[str | Path]) -> Topics:
    """The shipped topics with those that a `topics.yaml` among files and folders adds, whatever else is there.

    Raises:
        RuleError: every mistake of the topics.
    """
    sources = _topic_sources(list(_open_sources(paths, [])))
    topics = read_topics(sources, shipped_topics())
    mistakes = [mistake for source in sources for mistake in source.mistakes]
    if mistakes:
        raise RuleError(mistakes)
    return topics


def parse_rules(
    text: str,
    *,
    file: str = "rules.yaml",
    receivers: Collection[str] | None = None,
    known_tickers: Collection[str] | None = None,
    topics: Topics | None = None,
) -> RuleSet:
    """The rules of one text, as `load_rules` reads those of files; `file` is what mistakes call it.

    `topics` are those that the rules may name, by default the shipped ones.

    Raises:
        RuleError: every mistake of the text.
    """
    return _read_sources([Source(file, text)], [], receivers, known_tickers, topics)


def _read_sources(
    sources: list[Source],
    mistakes: list[Mistake],
    receivers: Collection[str] | None,
    known_tickers: Collection[str] | None,
    topics: Topics | None = None,
) -> RuleSet:
    topic_sources = _topic_sources(sources)
    topics = topics or shipped_topics()
    if topic_sources:
        topics = read_topics(topic_sources, topics)
    vocabulary = Vocabulary(topics.names)
    rules: dict[str, Rule] = {}
    for source in sources:
        if source in topic_sources:
            continue
        reader = _RuleReader(source, vocabulary, receivers)
        for node in read_entries(source):
            rule = reader.read(node, rules)
            if rule is not None:
                rules[rule.id] = rule
    for source in sources:
        mistakes.extend(sorted(source.mistakes, key=lambda mistake: (mistake.line or 0, mistake.column or 0)))
    if mistakes:
        raise RuleError(mistakes)
    return compile_rules(rules.values(), topics, known_tickers=known_tickers)


def _topic_sources(sources: list[Source]) -> list[Source]:
    return [source for source in sources if Path(source.file).name == TOPICS_FILE_NAME]


def compile_rules(
    rules: Iterable[Rule], topics: Topics | None = None, *, known_tickers: Collection[str] | None = None
) -> RuleSet:
    """A rule set out of rules that are right already."""
    ordered = tuple(rules)
    index = ConditionIndex((number, rule.when) for number, rule in enumerate(ordered) if rule.enabled)
    tickers = None if known_tickers is None else frozenset(read_ticker(ticker) for ticker in known_tickers)
    return RuleSet(ordered, topics or shipped_topics(), index, tickers)


def _open_sources(paths: Iterable[str | Path], mistakes: list[Mistake]) -> Iterator[Source]:
    for path in _rule_files(map(Path, paths), mistakes):
        try:
            yield Source(str(path), path.read_bytes().decode("utf-8"))
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            sentence = "this file is not UTF-8 text; save it as UTF-8"
            mistakes.append(Mistake(str(path), line, None, sentence))
        except OSError as error:
            sentence = f"this file cannot be read: {error.strerror}"
            mistakes.append(Mistake(str(path), None, None, sentence))


def _rule_files(paths: Iterable[Path], mistakes: list[Mistake]) -> dict[Path, None]:
    """The files in the order given, folders by name, each once."""
    files: dict[Path, None] = {}
    for path in paths:
        if not path.is_dir():
            if path.exists():
                files[path] = None
            else:
                sentence = "there is no such file or folder; correct the path in the config's 'rules', or in --rules"
                mistakes.append(Mistake(str(path), None, None, sentence))
            continue
        inside = sorted(file for file in path.rglob("*.y*ml") if file.suffix in (".yaml", ".yml"))
        inside = [file for file in inside if not any(part.startswith(".") for part in file.relative_to(path).parts)]
        if not inside:
            mistakes.append(Mistake(str(path), None, None, "this folder holds no rule file (*.yaml)"))
        files.update(dict.fromkeys(inside))
    return files


class _RuleReader:
    """Reads the rules of one file."""

    def __init__(self, source: Source, vocabulary: Vocabulary, receivers: Collection[str] | None) -> None:
        self._source = source
        self._conditions = ConditionReader(source, vocabulary)
        self._share = vocabulary.share
        self._receivers = receivers

    def read(self, node: Node, known: dict[str, Rule]) -> Rule | None:
        """One rule, or None where something is wrong with it."""
        if not isinstance(node, MapNode) or not self._source.holds_list:
            self._refuse(node, "a rule file holds a list of rules; begin each with '- id: its-name'")
            return None
        found_before = len(self._source.mistakes)
        given: dict[str, Node] = {}
        for key, value in node.pairs:
            if key.text in RULE_KEYS:
                given[key.text] = value
            elif key.text in CONDITION_KEYS:
                self._refuse(key, f"'{key.text}' is a condition; write it under 'when:', indented by two more spaces")
            else:
                self._refuse(key, f"a rule has no key {key.text!r}{did_you_mean(key.text, RULE_KEYS)}")
        rule_id = self._id(node, given, known)
        when = self._when(node, given)
        notify = self._notify(node, given)
        must_match, must_ignore = self._examples(given)
        rule = {
            "title": self._text(given, "title") or rule_id or "",
            "why": self._text(given, "why"),
            "level": Level(self._choice(given, "level", LEVELS) or Level.NOTICE),
            "enabled": self._yes(given, "enabled", default=True),
            "shadow": self._yes(given, "shadow", default=False),
        }
        if rule_id is None or when is None or len(self._source.mistakes) > found_before:
            return None
        return Rule(
            id=rule_id,
            when=when,
            notify=notify,
            must_match=must_match,
            must_ignore=must_ignore,
            file=self._source.file,
            line=node.line,
            **rule,  # type: ignore[arg-type]
        )

    def _id(self, node: MapNode, given: dict[str, Node], known: dict[str, Rule]) -> str | None:
        value = given.get("id")
        if value is None:
            self._refuse(node, "this rule has no 'id'; give it a short name that stays, such as cellectar-license")
            return None
        if not isinstance(value, ScalarNode) or not re.fullmatch(SLUG, value.text) or len(value.text) > MAX_SLUG:
            self._refuse(
                value, f"an id is at most {MAX_SLUG} small letters, digits and hyphens, such as cellectar-license"
            )
            return None
        if value.text in known:
            first = known[value.text]
            self._refuse(value, f"id {value.text!r} is taken by the rule in {first.file}, line {first.line}")
            return None
        return value.text

    def _when(self, node: MapNode, given: dict[str, Node]) -> Any:
        value = given.get("when")
        if value is None:
            self._refuse(node, "this rule has no 'when'; say under it what a filing must have")
            return None
        if isinstance(value, ScalarNode) and not value.text:
            self._refuse(value, "'when' is empty; indent its conditions by two more spaces than the word 'when'")
            return None
        return self._conditions.read(value)

    def _notify(self, node: MapNode, given: dict[str, Node]) -> tuple[str, ...]:
        value = given.get("notify")
        if value is None:
            shadow = given.get("shadow")
            if not isinstance(shadow, ScalarNode) or shadow.text.lower() in NO:
                self._refuse(node, "this rule has no 'notify'; name the receivers that it tells, such as [desk]")
            return ()
        return self._share(read_values(self._source, value, "notify", self._receiver))

    def _receiver(self, text: str) -> str:
        if self._receivers is not None and text not in self._receivers:
            raise ValueError(f"the config has no receiver {text!r}{did_you_mean(text, self._receivers)}")
        return str(self._share(text))

    def _examples(self, given: dict[str, Node]) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
        value = given.get("examples")
        if value is None:
            return (), ()
        if not isinstance(value, MapNode):
            self._refuse(value, "'examples' takes two keys, 'match' and 'ignore', each with a list of files")
            return (), ()
        found: dict[str, tuple[Path, ...]] = {}
        folder = Path(self._source.file).parent
        for key, files in value.pairs:
            if key.text in ("match", "ignore"):
                found[key.text] = read_values(self._source, files, key.text, lambda text: folder / text, commas=True)
            else:
                self._refuse(key, f"examples have no key {key.text!r}{did_you_mean(key.text, ('match', 'ignore'))}")
        return found.get("match", ()), found.get("ignore", ())

    def _text(self, given: dict[str, Node], key: str) -> str:
        value = given.get(key)
        if value is None:
            return ""
        if not isinstance(value, ScalarNode):
            self._refuse(value, f"'{key}' takes one text; put it in quotes")
            return ""
        return " ".join(value.text.split())

    def _choice(self, given: dict[str, Node], key: str, choices: tuple[str, ...]) -> str | None:
        text = self._text(given, key)
        if text and text not in choices:
            self._refuse(given[key], f"there is no {key} {text!r}; it is one of {', '.join(choices)}")
            return None
        return text or None

    def _yes(self, given: dict[str, Node], key: str, *, default: bool) -> bool:
        if key not in given:
            return default
        found = read_values(self._source, given[key], key, read_yes_or_no)
        return found[:1] == ("yes",)

    def _refuse(self, node: Node, sentence: str) -> None:
        self._source.mistake_at(node, sentence)
