"""The JSON Schema of rule files: valid itself, complete, and never more generous than the parser."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from watcher.errors import RuleError
from watcher.rules import load_rules, load_topics, rules_schema, topics_schema
from watcher.rules.grammar import CONDITION_KEYS, RULE_KEYS

SCHEMA = rules_schema(receivers=["desk", "inbox"])
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
# What a rule file can hold: no control characters, no halves of characters, nothing unassigned.
LETTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co"))
# A schema cannot say which regular expressions RE2 takes.
REGEXES = st.sampled_from(["licens(e|ing)", r"\$[0-9.]+ (m|b)illion", "[a-z]+ agreement", "(?:x|y)+z", "a.{0,20}b"])
MAX_DEPTH = 3


def values_of(schema: dict[str, Any], depth: int = 0) -> st.SearchStrategy[Any]:
    """Values that a schema is likely to accept, made from the schema itself."""
    if "$ref" in schema:
        return values_of(SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]], depth + 1)
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "anyOf" in schema and "properties" not in schema:
        return st.one_of([values_of(option, depth) for option in schema["anyOf"]])
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    made: dict[str, Callable[[], st.SearchStrategy[Any]]] = {
        "object": lambda: objects_of(schema, depth),
        "array": lambda: st.lists(values_of(schema["items"], depth), min_size=schema.get("minItems", 0), max_size=3),
        "string": lambda: strings_of(schema),
        "integer": lambda: st.integers(schema.get("minimum"), schema.get("maximum")),
        "number": lambda: st.floats(schema.get("minimum"), schema.get("exclusiveMaximum", 1e6), exclude_max=True),
        "boolean": st.booleans,
    }
    return st.one_of([made[kind]() for kind in kinds])


def strings_of(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    """Strings of a pattern."""
    if schema.get("format") == "regex":
        return REGEXES
    if "pattern" not in schema:
        return st.text(LETTERS)
    # Python's $ also stands before a line break at the end; that of JSON Schema does not.
    return st.from_regex(schema["pattern"], alphabet=LETTERS).map(lambda text: text.removesuffix("\n"))


def objects_of(schema: dict[str, Any], depth: int) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with the required keys and some of the others; deep inside, without further nesting."""
    properties = {
        key: value
        for key, value in schema["properties"].items()
        if depth < MAX_DEPTH or key not in ("all", "any", "not")
    }
    required = schema.get("required", [])
    others = [key for key in properties if key not in required]
    chosen = st.lists(st.sampled_from(others), max_size=4, unique=True) if others else st.just([])
    return chosen.flatmap(
        lambda keys: st.fixed_dictionaries({key: values_of(properties[key], depth) for key in [*required, *keys]})
    )


@settings(max_examples=80, suppress_health_check=list(HealthCheck))
@given(rule=values_of(SCHEMA["items"]))
def test_the_parser_accepts_what_the_schema_accepts(tmp_path_factory: pytest.TempPathFactory, rule: Any) -> None:
    """A rule that an editor shows as right is loaded, whatever it is."""
    if not VALIDATOR.is_valid([rule]):
        return
    path = tmp_path_factory.getbasetemp() / "rules.yaml"
    path.write_text(json.dumps([rule], ensure_ascii=False), encoding="utf-8")
    assert len(load_rules(path, receivers=["desk", "inbox"]).rules) == 1


def test_the_schema_is_one() -> None:
    """The schema obeys the draft that it names."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_every_key_of_the_language_is_in_the_schema_and_explained() -> None:
    """An editor offers every key, each with a sentence."""
    rule, condition = SCHEMA["items"]["properties"], SCHEMA["$defs"]["condition"]["properties"]
    assert tuple(rule) == RULE_KEYS
    assert tuple(condition) == CONDITION_KEYS
    assert all(value["description"].endswith(".") for value in [*rule.values(), *condition.values()])


@pytest.mark.parametrize(
    "when",
    [
        {},
        {"ticker": []},
        {"item": "7.1"},
        {"item": 7.1},
        {"form": "8K"},
        {"text": "**"},
        {"text": "lic*ense"},
        {"in": "7.01", "ticker": "CLRB"},
        {"in": "7.01", "any": [{"ticker": "CLRB"}]},
        {"near": {"phrases": ["a"], "within": 3}},
        {"topic": "licencing"},
        {"tikcer": "CLRB"},
    ],
)
def test_schema_and_parser_refuse_the_same_mistakes(tmp_path: Path, when: Any) -> None:
    """What the parser refuses is marked in the editor already."""
    rule = [{"id": "a", "notify": "desk", "when": when}]
    path = tmp_path / "rules.yaml"
    path.write_text(json.dumps(rule))
    assert not VALIDATOR.is_valid(rule)
    with pytest.raises(RuleError):
        load_rules(path)


@pytest.mark.parametrize(
    ("topics", "right"),
    [
        ({"radiopharma": {"any": [{"topic": "oncology"}, {"text": "radioligand*"}]}, "oncology": {"text": "tumor"}}, 1),
        ({"licensing": {"any": [{"topic": "licensing"}, {"text": "option to license"}]}}, 1),
        ({"radiopharma": {"txt": "radioligand*"}}, 0),
        ({"radiopharma": {"item": "7.1"}}, 0),
        ({"radiopharma": "radioligand*"}, 0),
    ],
)  # fmt: skip
def test_topics_files_have_a_schema(tmp_path: Path, topics: Any, right: int) -> None:
    """What an editor shows as right in `topics.yaml` is read, and what it marks is refused."""
    (tmp_path / "topics.yaml").write_text(json.dumps(topics))
    assert jsonschema.Draft202012Validator(topics_schema()).is_valid(topics) == right
    if right:
        assert set(load_topics([tmp_path]).names) >= set(topics)
    else:
        with pytest.raises(RuleError):
            load_topics([tmp_path])
