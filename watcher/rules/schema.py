"""JSON Schemas (draft 2020-12) of rule and topics files, for editors; what they accept, the parser accepts."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from watcher.kinds import KINDS
from watcher.rules.grammar import COMBINATORS, CONDITION_KEYS, MAX_REGEX, MAX_WITHIN, RULE_KEYS, TEXTS
from watcher.rules.load import LEVELS, MAX_SLUG, SLUG
from watcher.rules.phrases import MAX_PHRASE
from watcher.rules.topics import shipped_topics
from watcher.rules.values import ITEMS, KNOWN_FORMS, NO, YES

Schema = dict[str, Any]

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_RULE_SAYS = {
    "id": "A short name that stays: it is in messages and in the database. Never reuse one.",
    "title": "What the message says first; the id where it is left out.",
    "when": "What a filing must have.",
    "notify": "The receivers that are told, by their names in config.toml.",
    "why": "What the reader should know; shown in the message.",
    "level": "How loud the alert is; notice where it is left out.",
    "enabled": "no switches the rule off.",
    "shadow": "yes counts the rule's matches without sending anything.",
    "examples": "Filings that the rule must match or ignore; 'watcher check' tries them.",
}
_CONDITION_SAYS = {
    "ticker": "A filer's ticker.",
    "cik": "A filer's number at EDGAR.",
    "company": "A phrase in a filer's name.",
    "sic": "A filer's industry code.",
    "state": "A filer's state of incorporation, as EDGAR's two letters.",
    "form": "The form; 8-K covers its amendments and 8-K12B, 8-K12G3 and 8-K15D5.",
    "item": "An item that is reported.",
    "exhibit": "An exhibit's type; EX-10 covers EX-10.1.",
    "kind": "What an exhibit is: press release, agreement, ...",
    "topic": "What the filing announces; 'watcher schema rules' prints a schema that knows your own topics, too.",
    "amendment": "Whether the filing amends an earlier one.",
    "text": "A phrase; '*' ends a word anywhere.",
    "near": "Phrases that stand near each other, in any order.",
    "regex": "A regular expression (RE2), ignoring case.",
    "in": "Where text, near and regex look: items, exhibit types, headline, lead, body.",
    "all": "Every condition of the list holds.",
    "any": "At least one condition of the list holds.",
    "not": "The condition does not hold.",
}

_WORD = r"(?:[^\s*]+|[^\s*]{2,}\*)"
_PHRASE: Schema = {
    "anyOf": [
        {
            "type": "string",
            "pattern": rf"^(?=[\s\S]*[A-Za-z0-9])\s*{_WORD}(?:\s+{_WORD})*\s*$",
            "maxLength": MAX_PHRASE,
        },
        {"type": "number", "minimum": 0},
    ]
}
_YES_OR_NO: Schema = {"enum": [*sorted(YES), *sorted(NO), True, False]}
_NAMED_EXHIBIT = r"^[Ee][Xx]-[1-9][0-9]{0,2}(?:\.[0-9A-Za-z]+|\.?\([0-9A-Za-z]+\))*$"


def _one_or_many(value: Schema) -> Schema:
    return {"anyOf": [value, {"type": "array", "items": value, "minItems": 1}]}


def _text(pattern: str, **more: Any) -> Schema:
    return {"type": "string", "pattern": pattern} | more


def _items() -> Schema:
    # An unquoted 7.01 is a number to an editor.
    return {"enum": [*ITEMS, *(float(code) if "." in code else int(code) for code in ITEMS)]}


def _condition_values(topic: Schema) -> dict[str, Schema]:
    """The schema of each key's value."""
    exhibit = {"anyOf": [_text(_NAMED_EXHIBIT), {"type": "number", "minimum": 1, "exclusiveMaximum": 1000}]}
    place = {"anyOf": [{"enum": ["headline", "lead", "body"]}, _items(), _text(_NAMED_EXHIBIT)]}
    near = {
        "type": "object",
        "properties": {
            "phrases": {"type": "array", "items": _PHRASE, "minItems": 2},
            "within": {"type": "integer", "minimum": 0, "maximum": MAX_WITHIN},
        },
        "required": ["phrases", "within"],
        "additionalProperties": False,
    }
    condition = {"$ref": "#/$defs/condition"}
    ticker = _text("^[A-Za-z0-9]{1,9}(?:[-./][A-Za-z0-9]{1,4})?$")
    return {
        "ticker": _one_or_many({"anyOf": [ticker, {"type": "boolean"}]}),
        "cik": _one_or_many(
            {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 9_999_999_999}, _text("^0*[1-9][0-9]{0,9}$")]}
        ),
        "company": _one_or_many(_PHRASE),
        "sic": _one_or_many({"anyOf": [{"type": "integer", "minimum": 100, "maximum": 9999}, _text("^[0-9]{3,4}$")]}),
        "state": _one_or_many(_text("^[A-Za-z][A-Za-z0-9]$")),
        "form": _one_or_many({"enum": sorted(KNOWN_FORMS)}),
        "item": _one_or_many(_items()),
        "exhibit": _one_or_many(exhibit),
        "kind": _one_or_many({"enum": list(KINDS)}),
        "topic": _one_or_many(topic),
        "amendment": _YES_OR_NO,
        "text": _one_or_many(_PHRASE),
        "near": near,
        "regex": _one_or_many({"type": "string", "format": "regex", "minLength": 1, "maxLength": MAX_REGEX}),
        "in": _one_or_many(place),
        "all": {"type": "array", "items": condition, "minItems": 1},
        "any": {"type": "array", "items": condition, "minItems": 1},
        "not": condition,
    }


def _looks_at_text() -> Schema:
    """Conditions that have text, near or regex in them somewhere: only beside those does `in` mean something."""
    inner = {"$ref": "#/$defs/looks_at_text"}
    held = [
        {"required": [key], "properties": {key: inner if key == "not" else {"contains": inner}}} for key in COMBINATORS
    ]
    return {"anyOf": [*({"required": [key]} for key in TEXTS), *held]}


def _described(values: dict[str, Schema], says: dict[str, str]) -> dict[str, Schema]:
    return {key: {"description": says[key], **value} for key, value in values.items()}


def rules_schema(*, topics: Collection[str] | None = None, receivers: Collection[str] | None = None) -> Schema:
    """The JSON Schema of a rule file; `topics` and `receivers` are the names that it offers, where they are known."""
    names = list(shipped_topics().names if topics is None else topics)
    receiver: Schema = {"enum": sorted(receivers)} if receivers is not None else _text(r"^[^,\s]+$")
    files = _one_or_many(_text(r"\S"))
    rule_values: dict[str, Schema] = {
        "id": _text(f"^{SLUG}$", maxLength=MAX_SLUG),
        "title": {"type": ["string", "number", "boolean"]},
        "when": {"$ref": "#/$defs/condition"},
        "notify": _one_or_many(receiver),
        "why": {"type": ["string", "number", "boolean"]},
        "level": {"enum": list(LEVELS)},
        "enabled": _YES_OR_NO,
        "shadow": _YES_OR_NO,
        "examples": {
            "type": "object",
            "properties": {"match": files, "ignore": files},
            "additionalProperties": False,
        },
    }
    return {
        "$schema": _DRAFT,
        "title": "Rules of edgar-watcher",
        "type": "array",
        "items": {
            "type": "object",
            "properties": _described({key: rule_values[key] for key in RULE_KEYS}, _RULE_SAYS),
            "required": ["id", "when"],
            "anyOf": [
                {"required": ["notify"]},
                {"required": ["shadow"], "properties": {"shadow": {"enum": [*sorted(YES), True]}}},
            ],
            "additionalProperties": False,
        },
        "$defs": _definitions({"enum": names}),
    }


def topics_schema(*, topics: Collection[str] | None = None) -> Schema:
    """The JSON Schema of a topics file; `topics` are the names that it offers, where they are known.

    Definitions may build on each other, so it takes any name for a topic's.
    """
    names = list(shipped_topics().names if topics is None else topics)
    condition = {"$ref": "#/$defs/condition"}
    return {
        "$schema": _DRAFT,
        "title": "Topics of edgar-watcher",
        "description": "Names and conditions; where a shipped topic is defined anew, its name means the shipped one.",
        "type": "object",
        "properties": dict.fromkeys(names, condition),
        "additionalProperties": condition,
        "$defs": _definitions({"anyOf": [{"enum": names}, _text(r"\S")]}),
    }


def _definitions(topic: Schema) -> dict[str, Schema]:
    """What conditions are, where `topic` is what may be said for a topic's name."""
    values = _condition_values(topic)
    condition = {
        "type": "object",
        "minProperties": 1,
        "properties": _described({key: values[key] for key in CONDITION_KEYS}, _CONDITION_SAYS),
        "additionalProperties": False,
        "if": {"required": ["in"]},
        "then": {"$ref": "#/$defs/looks_at_text"},
    }
    return {"condition": condition, "looks_at_text": _looks_at_text()}
