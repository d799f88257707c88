"""Rules: what users write in YAML, read into conditions, with every mistake located.

`load_rules` gives a `RuleSet`; `watcher.match` says for which reports its rules hold. The language is described in
docs/rules.md.
"""

from watcher.rules.conditions import All, AnyOf, Company, Condition, Fact, Near, Not, Regex, Rule, Text, TopicDefinition
from watcher.rules.index import ConditionIndex
from watcher.rules.lint import common_words, lint_rules
from watcher.rules.load import RuleSet, compile_rules, load_rules, load_topics, parse_rules
from watcher.rules.phrases import Phrase
from watcher.rules.schema import rules_schema, topics_schema
from watcher.rules.topics import FILE_NAME as TOPICS_FILE_NAME
from watcher.rules.topics import Topics, shipped_topics

__all__ = [
    "TOPICS_FILE_NAME",
    "All",
    "AnyOf",
    "Company",
    "Condition",
    "ConditionIndex",
    "Fact",
    "Near",
    "Not",
    "Phrase",
    "Regex",
    "Rule",
    "RuleSet",
    "Text",
    "TopicDefinition",
    "Topics",
    "common_words",
    "compile_rules",
    "lint_rules",
    "load_rules",
    "load_topics",
    "parse_rules",
    "rules_schema",
    "shipped_topics",
    "topics_schema",
]
