"""The JSON Schema of config.toml, out of the same table of keys that reads it."""

from __future__ import annotations

from typing import Any

from watcher.config.keys import RECEIVERS, TABLES, TOP, Keys


def config_schema() -> dict[str, Any]:
    """A JSON Schema (draft 2020-12) that editors complete and check config.toml with."""
    properties = _properties(TOP)
    for name, (keys, meaning) in TABLES.items():
        properties[name] = _table(keys, meaning)
    properties["receivers"] = {
        "type": "object",
        "description": "Where alerts go, by the names that rules use under `notify`.",
        "propertyNames": {"pattern": "^[a-z0-9][a-z0-9_-]*$"},
        "additionalProperties": {"oneOf": [_receiver(kind, keys) for kind, (_, keys) in RECEIVERS.items()]},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "config.toml of edgar-watcher",
        "type": "object",
        "properties": properties,
        "required": ["edgar"],
        "additionalProperties": False,
    }


def _properties(keys: Keys) -> dict[str, Any]:
    return {name: {**key.kind.schema, "description": key.meaning} for name, key in keys.items()}


def _table(keys: Keys, meaning: str) -> dict[str, Any]:
    return {
        "type": "object",
        "description": meaning,
        "properties": _properties(keys),
        "required": [name for name, key in keys.items() if key.required],
        "additionalProperties": False,
    }


def _receiver(kind: str, keys: Keys) -> dict[str, Any]:
    table = _table(keys, f"A receiver of type {kind}.")
    table["properties"] = {"type": {"const": kind}, **table["properties"]}
    table["required"] = ["type", *table["required"]]
    return table
