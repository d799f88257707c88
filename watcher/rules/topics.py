"""Topics: named conditions, shipped with the package and overridden or added to by the user's `topics.yaml`."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, count
from pathlib import Path

from watcher.errors import RuleError
from watcher.rules.conditions import All, AnyOf, Condition, Fact, Not, TopicDefinition
from watcher.rules.grammar import ConditionReader, Vocabulary, conditions_in
from watcher.rules.index import ConditionIndex
from watcher.rules.located import MapNode, Node, ScalarNode, Source, read_entries

SHIPPED = Path(__file__).parent.parent / "topics.yaml"
FILE_NAME = "topics.yaml"


@dataclass(frozen=True, eq=False)
class Topics:
    """Definitions in an order in which each may build on those before it, compiled once and shared by threads."""

    definitions: tuple[TopicDefinition, ...]
    own: frozenset[str] = frozenset()
    """Names that the user added or defined anew."""
    alternatives: tuple[tuple[tuple[int, Condition], ...], ...] = field(init=False)
    """For each definition the conditions of which one is enough, with their numbers in `index`."""
    index: ConditionIndex = field(init=False)
    built_on_others: frozenset[int] = field(init=False)
    """The numbers of the alternatives that name other topics."""

    def __post_init__(self) -> None:
        numbers = count()
        alternatives = [
            tuple((next(numbers), part) for part in _alternatives(topic.when)) for topic in self.definitions
        ]
        numbered = list(chain.from_iterable(alternatives))
        object.__setattr__(self, "alternatives", tuple(alternatives))
        object.__setattr__(self, "index", ConditionIndex(numbered))
        named = frozenset(number for number, condition in numbered if _topics_named(condition))
        object.__setattr__(self, "built_on_others", named)

    @property
    def names(self) -> tuple[str, ...]:
        """Every topic's name."""
        return tuple(definition.name for definition in self.definitions)


@lru_cache(maxsize=1)
def shipped_topics() -> Topics:
    """The topics that come with the package."""
    source = Source(SHIPPED.name, SHIPPED.read_text(encoding="utf-8"))
    topics = read_topics([source], None)
    if source.mistakes:
        raise RuleError(source.mistakes)
    return topics


def read_topics(sources: list[Source], shipped: Topics | None) -> Topics:
    """The shipped topics with those of the user's files over them; mistakes go to the sources.

    A definition that names itself means the shipped topic of that name, and so extends it.
    """
    before = {definition.name: definition for definition in shipped.definitions} if shipped else {}
    named = [(source, key, node) for source in sources for key, node in _named_conditions(source)]
    vocabulary = Vocabulary({*before, *(key.text for _, key, _ in named)})
    definitions = dict(before)
    own: dict[str, tuple[Source, ScalarNode]] = {}
    for source, key, node in named:
        if key.text in own:
            first, place = own[key.text]
            source.mistake_at(key, f"topic {key.text!r} is defined already in {first.file}, line {place.line}")
            continue
        own[key.text] = (source, key)
        condition = ConditionReader(source, vocabulary).read(node)
        if condition is not None:
            if key.text in before:
                condition = _with_topic(condition, key.text, before[key.text].when)
            definitions[key.text] = TopicDefinition(key.text, condition, source.file, key.line)
    ordered = _in_order(definitions, own)
    return Topics(tuple(ordered), frozenset(own) if shipped else frozenset())


def _named_conditions(source: Source) -> list[tuple[ScalarNode, Node]]:
    found: list[tuple[ScalarNode, Node]] = []
    for node in read_entries(source):
        if not isinstance(node, MapNode):
            source.mistake_at(node, "a topics file holds 'name:' and under it a condition")
            continue
        found.extend(node.pairs)
    return found


def _with_topic(condition: Condition, name: str, meaning: Condition) -> Condition:
    """The condition with what a topic means written in the place of its name."""
    match condition:
        case Fact(key="topic", values=values) if name in values:
            others = tuple(value for value in values if value != name)
            return AnyOf((Fact("topic", others), meaning)) if others else meaning
        case All(parts=parts):
            return All(tuple(_with_topic(part, name, meaning) for part in parts))
        case AnyOf(parts=parts):
            return AnyOf(tuple(_with_topic(part, name, meaning) for part in parts))
        case Not(part=part):
            return Not(_with_topic(part, name, meaning))
    return condition


def _alternatives(condition: Condition) -> tuple[Condition, ...]:
    return condition.parts if isinstance(condition, AnyOf) else (condition,)


def _topics_named(condition: Condition) -> set[str]:
    parts = conditions_in(condition)
    return {name for part in parts if isinstance(part, Fact) and part.key == "topic" for name in part.values}


def _in_order(
    definitions: dict[str, TopicDefinition], own: dict[str, tuple[Source, ScalarNode]]
) -> list[TopicDefinition]:
    """The definitions, each behind those that it names; a circle is a mistake."""
    ordered: dict[str, TopicDefinition] = {}
    waiting = dict(definitions)
    while waiting:
        ready = [name for name, topic in waiting.items() if not (_topics_named(topic.when) & waiting.keys())]
        if not ready:
            circle = next((name for name in waiting if name in own), None)
            if circle is not None:
                source, key = own[circle]
                source.mistake_at(key, f"these topics are each defined by another of them: {', '.join(waiting)}")
            break
        for name in ready:
            ordered[name] = waiting.pop(name)
    return list(ordered.values())
