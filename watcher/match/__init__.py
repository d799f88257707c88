"""Which rules and topics hold for a report, and why.

Everything here is a pure function of its arguments; a `RuleSet` may be shared by any number of threads.
"""

from watcher.match.explain import Explanation, explain_rules
from watcher.match.listing import could_match
from watcher.match.marks import Mark, mark_passages
from watcher.match.rules import match_rules, match_topics

__all__ = ["Explanation", "Mark", "could_match", "explain_rules", "mark_passages", "match_rules", "match_topics"]
