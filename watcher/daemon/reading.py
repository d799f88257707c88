"""Reading the filings that wait, from several threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from watcher.edgar import Edgar
from watcher.errors import EdgarBlocked, EdgarRefused
from watcher.hours import Calendar
from watcher.model import Alert, Delivery
from watcher.pipeline import evaluate
from watcher.rules import RuleSet
from watcher.settings import Settings
from watcher.store import DueFiling, Store

_REST_AFTER_REFUSAL = timedelta(seconds=30)
_LONGEST_REST = timedelta(minutes=15)


class Reading:
    """Takes filings that are due, each in one thread's hand; safe to use from several."""

    def __init__(
        self,
        settings: Settings,
        rules: RuleSet,
        store: Store,
        edgar: Edgar,
        *,
        plan: Callable[[Alert], Delivery],
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        on_read: Callable[[], None],
    ) -> None:
        """`on_read` is called after each filing that was tried: there may be something to deliver."""
        self._settings, self._rules, self._store, self._edgar = settings, rules, store, edgar
        self._calendar = Calendar.of(settings.edgar)
        self._plan, self._on_read = plan, on_read
        self._clock, self._monotonic = clock, monotonic
        self._taking = threading.Lock()
        self._in_hand: set[str] = set()
        self._rests_until = 0.0

    def read_due(self) -> int:
        """Read what is due and in no other thread's hand, until nothing is; gives how many were tried.

        Raises:
            StoreError: the database cannot be used; what was not stored is still unread.
        """
        tried = 0
        while self._rests_until <= self._monotonic() and (due := self._take()) is not None:
            tried += 1
            self._read(due)
            self._on_read()
        return tried

    def seconds_to_next_filing(self) -> float | None:
        """When `read_due` has something to do again, None while nothing waits."""
        due_at = self._store.next_filing_due()
        if due_at is None:
            return None
        return max((due_at - self._clock()).total_seconds(), self._rests_until - self._monotonic(), 0.0)

    def _take(self) -> DueFiling | None:
        with self._taking:
            for due in self._store.filings_due(now=self._clock(), limit=len(self._in_hand) + 1):
                number = due.filing.accession_number
                if number not in self._in_hand:
                    self._in_hand.add(number)
                    return due
        return None

    def _read(self, due: DueFiling) -> None:
        number = due.filing.accession_number
        try:
            evaluate(
                due,
                self._edgar,
                self._store,
                self._rules,
                plan=self._plan,
                now=self._clock(),
                fetch=self._settings.edgar.fetch,
                calendar=self._calendar,
            )
        except EdgarBlocked as error:
            self._rest(error.until - self._clock())
        except EdgarRefused:
            self._rest(_REST_AFTER_REFUSAL)
        finally:
            with self._taking:
                self._in_hand.discard(number)

    def _rest(self, span: timedelta) -> None:
        seconds = min(max(span, timedelta(seconds=1)), _LONGEST_REST).total_seconds()
        self._rests_until = self._monotonic() + seconds
