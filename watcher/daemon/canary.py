"""The canary: a made-up filing that goes through everything to the operator, so that silence is heard."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from watcher.errors import WatcherError
from watcher.hours import Calendar, new_york
from watcher.model import Alert, Delivery, Filer, Filing
from watcher.pipeline import Outcome, evaluate
from watcher.rules import RuleSet, parse_rules
from watcher.store import DueFiling, Store

_RULE = """\
- id: canary
  title: The canary sings, and the watcher works
  why: This filing is made up. It was read, matched, stored and sent as a real one would be; nothing was filed.
  level: info
  when: {{item: 8.01, in: EX-99.1, text: the canary sings}}
  notify: [{receivers}]
"""
_MAIN = "<html><body><p>Item 8.01 Other Events.</p><p>Nothing has happened.</p><p>SIGNATURE</p></body></html>"
_RELEASE = "<html><body><p>A Daily Proof of Life</p><p>In the mine, <b>the\ncanary</b> sings.</p></body></html>"


class _Cage:
    """An archive that holds one submission."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def fetch_submission(self, filing: Filing) -> bytes:
        """The submission."""
        return self._body


def sing(
    store: Store,
    receivers: Collection[str],
    *,
    plan: Callable[[Alert], Delivery],
    now: datetime,
    calendar: Calendar,
) -> None:
    """Make up today's filing, evaluate it as any other, and queue its alert for these receivers; once a day.

    Nothing of it stays but the deliveries: no figure counts it.

    Raises:
        WatcherError: it was not read, or the rule that must match it did not.
        StoreError: the database cannot be used.
    """
    # Imported here: only a canary writes submissions.
    from watcher.simulator.writing import Part, write_submission

    today = new_york(now).date()
    # Nobody's CIK begins an accession number with ten zeros.
    number = f"0000000000-{today:%y}-{int(f'{today:%j}'):06}"
    filing = Filing(number, "8-K", (Filer(0, "edgar-watcher's canary"),), now, today, ("8.01",))
    body = write_submission(filing, [Part("8-K", _MAIN, "canary.htm"), Part("EX-99.1", _RELEASE, "release.htm")])
    with store.transaction():
        store.see([filing], at=now)
        due = DueFiling(filing, now, "")
        outcome = evaluate(due, _Cage(body), store, _rules(receivers), plan=plan, now=now, calendar=calendar)
        if outcome is not Outcome.READ or not store.matches_of(number):
            raise WatcherError(f"The canary's filing was {outcome}, and the rule that must match it did not.")
        store.forget_filing(number)


def _rules(receivers: Collection[str]) -> RuleSet:
    return parse_rules(_RULE.format(receivers=", ".join(receivers)), file="canary.yaml")
