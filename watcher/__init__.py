"""Know about an SEC filing, and why it matters, before anyone else - and prove that nothing was missed.

The public names are loaded when they are first used, so that `import watcher` costs little and imports
nothing that talks to a network.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from watcher.errors import (
        ConfigError,
        DeliveryDeferred,
        DeliveryError,
        DeliveryRejected,
        DeliveryUnknown,
        EdgarBlocked,
        EdgarError,
        EdgarRefused,
        EdgarUnavailable,
        FeedError,
        Mistake,
        NotYetAvailable,
        ParseError,
        RuleError,
        StoreError,
        SubmissionError,
        WatcherError,
    )
    from watcher.feed import parse_feed
    from watcher.match import match_rules
    from watcher.messages import render
    from watcher.model import (
        Alert,
        CurrentReport,
        Delivery,
        Document,
        Evidence,
        Exhibit,
        FeedEntry,
        Filer,
        Filing,
        Item,
        Match,
        Message,
        Receipt,
        Submission,
        Topic,
    )
    from watcher.report import read_report
    from watcher.rules import Rule, RuleSet, load_rules
    from watcher.submission import parse_submission

__version__ = "0.1.0"

_HOME = {
    "watcher.errors": (
        "ConfigError DeliveryDeferred DeliveryError DeliveryRejected DeliveryUnknown EdgarBlocked EdgarError "
        "EdgarRefused EdgarUnavailable FeedError Mistake NotYetAvailable ParseError RuleError StoreError "
        "SubmissionError WatcherError"
    ),
    "watcher.model": (
        "Alert CurrentReport Delivery Document Evidence Exhibit FeedEntry Filer Filing Item Match Message "
        "Receipt Submission Topic"
    ),
    "watcher.feed": "parse_feed",
    "watcher.match": "match_rules",
    "watcher.messages": "render",
    "watcher.report": "read_report",
    "watcher.rules": "Rule RuleSet load_rules",
    "watcher.submission": "parse_submission",
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names.split()}

__all__ = [
    "Alert",
    "ConfigError",
    "CurrentReport",
    "Delivery",
    "DeliveryDeferred",
    "DeliveryError",
    "DeliveryRejected",
    "DeliveryUnknown",
    "Document",
    "EdgarBlocked",
    "EdgarError",
    "EdgarRefused",
    "EdgarUnavailable",
    "Evidence",
    "Exhibit",
    "FeedEntry",
    "FeedError",
    "Filer",
    "Filing",
    "Item",
    "Match",
    "Message",
    "Mistake",
    "NotYetAvailable",
    "ParseError",
    "Receipt",
    "Rule",
    "RuleError",
    "RuleSet",
    "StoreError",
    "Submission",
    "SubmissionError",
    "Topic",
    "WatcherError",
    "load_rules",
    "match_rules",
    "parse_feed",
    "parse_submission",
    "read_report",
    "render",
]


def __getattr__(name: str) -> Any:
    try:
        module = _MODULE_OF[name]
    except KeyError:
        raise AttributeError(f"module 'watcher' has no attribute {name!r}") from None
    return getattr(import_module(module), name)


def __dir__() -> list[str]:
    return __all__
