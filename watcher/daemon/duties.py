"""What the daemon does, one duty at a time, each up to the boundary where a failure stops nothing else."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from time import monotonic as monotonic_time

from watcher.audit import CONFIRMED_AFTER, audit_days, search_today
from watcher.cadence import clock_skew, is_deep_poll_due, next_poll_after, next_poll_at, reach_back_to
from watcher.daemon.canary import sing
from watcher.daemon.reading import Reading
from watcher.daemon.upkeep import forget, shrink
from watcher.edgar import Edgar
from watcher.errors import (
    EdgarError,
    EdgarRefused,
    EdgarUnavailable,
    NotYetAvailable,
    StoreError,
    WatcherError,
)
from watcher.feed import UnreadableRow
from watcher.health.frequency import LOOKED_AT, odd_rules
from watcher.hours import HELD_FROM, Calendar, from_new_york, new_york
from watcher.messages.wording import span as in_words
from watcher.model import Alert, Delivery
from watcher.notices import note_audit, note_day
from watcher.outbox import plan_delivery
from watcher.pipeline import poll
from watcher.rules import RuleSet
from watcher.settings import Settings
from watcher.store import Audit, Store
from watcher.tickers import parse_company_tickers

log = logging.getLogger(__name__)

_WRONG_CLOCK = timedelta(minutes=5)
SEARCH_EVERY = timedelta(hours=1)
_LOOK_AT_RULES_EVERY_S = 600.0
_UPKEEP_EVERY = timedelta(minutes=59)


class Duties:
    """Seeing, auditing, telling and keeping up with one store and one client; safe to use from several threads."""

    def __init__(
        self,
        settings: Settings,
        rules: RuleSet,
        store: Store,
        edgar: Edgar,
        *,
        clock: Callable[[], datetime],
        since: date | None = None,
        monotonic: Callable[[], float] = monotonic_time,
        on_read: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_read` is called after each filing that was tried: there may be something to deliver."""
        self.calendar = Calendar.of(settings.edgar)
        self._settings = settings
        self._rules = rules
        self._store = store
        self._edgar = edgar
        self._clock, self._monotonic = clock, monotonic
        self._on_read = on_read
        self._since = since
        self._skew = timedelta(0)
        self._poll_error: Exception | None = None
        self._poll_failures = 0
        self._unreadable_rows: frozenset[UnreadableRow] = frozenset()
        self._odd_rules: dict[str, str] = {}
        self._rules_looked_at_until = monotonic()
        self._told: dict[str, str] = {}
        self.reading = Reading(
            settings,
            rules,
            store,
            edgar,
            plan=self._plan,
            clock=clock,
            monotonic=monotonic,
            on_read=on_read,
        )

    # --- jobs --------------------------------------------------------------------------------------------

    def _job(self, name: str, action: Callable[[], None]) -> Exception | None:
        """Run a job up to its boundary: what it raises is logged, kept and given, and stops nothing else."""
        started = self._clock()
        try:
            action()
        except Exception as error:
            self._failed(name, started, error)
            return error
        if self._told.pop(name, None):
            log.info("job works again job=%s", name)
        self._store.job_succeeded(name, started_at=started, at=self._clock())
        return None

    def _failed(self, name: str, started: datetime, error: Exception) -> None:
        expected = isinstance(error, WatcherError)
        sentence = str(error) if expected else f"{type(error).__name__}: {error}"
        # The same trouble again and again is one event.
        if self._told.get(name) != sentence:
            self._told[name] = sentence
            # What EDGAR has not got yet is waited for.
            level = logging.WARNING if isinstance(error, NotYetAvailable) else logging.ERROR
            log.log(level, "job failed job=%s reason=%s", name, sentence, exc_info=None if expected else error)
        if not isinstance(error, StoreError):
            self._store.job_failed(name, started_at=started, at=self._clock(), error=sentence)

    def poll(self) -> bool:
        """Look at EDGAR's list; gives whether there was an answer.

        Raises:
            StoreError: what was seen, or the outcome, could not be kept.
        """
        deep = self._is_deep_poll_due()
        self._poll_error = self._job("poll", partial(self._poll, deep))
        self._poll_failures = self._poll_failures + 1 if self._poll_error else 0
        if isinstance(self._poll_error, StoreError):
            raise self._poll_error
        if deep and self._poll_error is None:
            now = self._clock()
            self._store.job_succeeded("deep poll", started_at=now, at=now)
        return self._poll_error is None

    def next_poll_at(self, *, jitter: float) -> datetime | None:
        """When to poll again; None where that is useless until somebody acts."""
        now, error = self._clock(), self._poll_error
        if error is None:
            at = next_poll_at(
                now=now + self._skew, settings=self._settings.edgar, calendar=self.calendar, jitter=jitter
            )
            return at - self._skew
        known = error if isinstance(error, EdgarError) else EdgarUnavailable(str(error))
        return next_poll_after(known, failures=self._poll_failures, now=now, jitter=jitter)

    def _poll(self, deep: bool) -> None:
        now = self._clock()
        seen = poll(
            self._edgar,
            self._store,
            self._settings.edgar,
            now=now,
            reach_back_to=self._reach_back_to(deep),
            alert_all=self._since is not None,
        )
        self._since = None
        if seen.edgar_clock:
            self._skew = clock_skew(seen.edgar_clock, now=now)
        for row in set(seen.unreadable_rows) - self._unreadable_rows:
            log.warning("feed row unreadable accession_number=%s reason=%s", row.accession_number, row.reason)
        self._unreadable_rows = frozenset(seen.unreadable_rows)
        if seen.new or seen.gained:
            log.info("seen new=%d gained=%d pages=%d", len(seen.new), len(seen.gained), seen.pages)
        if not seen.reached:
            log.warning("EDGAR's list ends before it reaches back far enough; the audits find the rest")

    def _is_deep_poll_due(self) -> bool:
        return is_deep_poll_due(
            now=self._clock() + self._skew,
            last_success_at=self._last_success("poll"),
            last_deep_at=self._last_success("deep poll"),
            calendar=self.calendar,
        )

    def _reach_back_to(self, deep: bool) -> datetime:
        if self._since is not None:
            return from_new_york(self.calendar.previous_business_day(self._since), HELD_FROM)
        return reach_back_to(
            now=self._clock() + self._skew,
            last_success_at=self._last_success("poll"),
            deep=deep,
            calendar=self.calendar,
        )

    def _last_success(self, name: str) -> datetime | None:
        """When a job last succeeded, on EDGAR's clock."""
        job = self._store.jobs().get(name)
        return job.last_success_at + self._skew if job and job.last_success_at else None

    def refresh_tickers(self) -> bool:
        """Have today's company list; gives whether there is one at all.

        Raises:
            StoreError: it could not be kept.
        """
        listed_on = self._store.tickers_listed_on()
        if listed_on == new_york(self._clock()).date():
            return True
        return self._job("tickers", self._refresh_tickers) is None or listed_on is not None

    def _refresh_tickers(self) -> None:
        companies = parse_company_tickers(self._edgar.fetch_company_tickers())
        self._store.save_tickers(companies, on=new_york(self._clock()).date())
        log.info("company list kept tickers=%d", len(companies))

    def audit(self) -> bool:
        """Compare the daily indexes since the last audit with what was seen; gives whether all could be had.

        Raises:
            StoreError: the outcome could not be kept.
        """
        return self._job("audit", self._audit) is None

    def _audit(self) -> None:
        forms = self._settings.edgar.forms
        done: list[Audit] = []
        try:
            for audit in audit_days(self._edgar, self._store, forms, now=self._clock(), calendar=self.calendar):
                done.append(audit)
                if audit.late:
                    self._note_audit(audit)
        finally:
            self._sum_up(done)

    def _note_audit(self, audit: Audit) -> None:
        operator, edgar = self._settings.operator.notify, self._settings.edgar
        note_audit(self._store, operator, audit, now=self._clock(), edgar=edgar)

    def _sum_up(self, done: Sequence[Audit]) -> None:
        """One line and one note for all days that were audited at one go; those with late filings have their own."""
        if not done:
            return
        listed, seen, late = (sum(getattr(audit, count) for audit in done) for count in ("listed", "seen", "late"))
        last = done[-1]
        log.info("audited days=%d until=%s listed=%d seen=%d late=%d", len(done), last.day, listed, seen, late)
        if not last.late:
            self._note_audit(last)

    def search(self) -> bool:
        """Compare full-text search's list of today with what was seen; gives whether it answered.

        Raises:
            StoreError: the outcome could not be kept.
        """
        return self._job("search", self._search) is None

    def _search(self) -> None:
        search_today(self._edgar, self._store, self._settings.edgar.forms, now=self._clock())

    def is_search_due(self) -> bool:
        """Whether full-text search is to be asked: every hour in which EDGAR accepts filings, sooner on a suspicion."""
        now, job = self._clock(), self._store.jobs().get("search")
        if not self.calendar.is_open(now):
            return False
        # Suspects are kept: also a process that ends after each look comes back to them.
        every = CONFIRMED_AFTER if self._store.suspect_count() else SEARCH_EVERY
        return job is None or now - job.last_started_at >= every

    # --- once a day, once an hour ---------------------------------------------------------------------------

    def tell_daily(self) -> None:
        """Send the canary and queue the daily note, where their time has come.

        Raises:
            StoreError: the outcome could not be kept.
        """
        operator = self._settings.operator
        if operator.notify and self._is_time_for("canary", operator.canary):
            self._job("canary", self._sing)
            self._on_read()
        if operator.notify and self._is_time_for("daily note", operator.daily_note):
            self._job("daily note", self._note_day)

    def _is_time_for(self, job: str, at: time | None) -> bool:
        if at is None:
            return False
        now = self._clock()
        today = from_new_york(new_york(now).date(), at)
        due = today if today <= now else from_new_york(new_york(now).date() - timedelta(days=1), at)
        known = self._store.jobs().get(job)
        last = known.last_success_at if known else None
        begun = last or self._store.watch_started_at()
        return begun is not None and begun < due

    def _sing(self) -> None:
        receivers = self._settings.operator.notify
        sing(self._store, receivers, plan=self._plan, now=self._clock(), calendar=self.calendar)

    def _note_day(self) -> None:
        now, known = self._clock(), self._store.jobs().get("daily note")
        last = known.last_success_at if known else None
        note_day(
            self._store,
            self._settings.operator.notify,
            since=last or now - timedelta(days=1),
            rules=len(self._rules_in_force),
            now=now,
            edgar=self._settings.edgar,
        )

    @property
    def _rules_in_force(self) -> list[str]:
        return [rule.id for rule in self._rules if rule.enabled]

    def troubles(self) -> dict[str, str]:
        """What is wrong that the database alone does not tell, by key."""
        refused = {"poll": str(self._poll_error)} if isinstance(self._poll_error, EdgarRefused) else {}
        if self._monotonic() >= self._rules_looked_at_until:
            self._rules_looked_at_until = self._monotonic() + _LOOK_AT_RULES_EVERY_S
            today = new_york(self._clock()).date()
            self._odd_rules = odd_rules(
                self._store.matches_by_day(since=today - LOOKED_AT),
                self._store.read_by_day(since=today - LOOKED_AT),
                rules=self._rules_in_force,
                today=today,
            )
        return {**refused, **self._wrong_clock(), **self._odd_rules}

    def _wrong_clock(self) -> dict[str, str]:
        if abs(self._skew) < _WRONG_CLOCK:
            return {}
        which = "behind" if self._skew > timedelta(0) else "ahead of"
        return {
            "clock": f"the clock of this machine is {in_words(abs(self._skew))} {which} EDGAR's; set it, and have it "
            "kept right: messages tell wrong times, and digests and audits come at wrong ones"
        }

    def is_upkeep_due(self) -> bool:
        """Whether an hour has passed since the last upkeep."""
        job = self._store.jobs().get("upkeep")
        return job is None or self._clock() - job.last_started_at >= _UPKEEP_EVERY

    def keep_up(self) -> bool:
        """Forget old texts, and while EDGAR is closed give back the space that they took; gives whether it worked.

        Raises:
            StoreError: the outcome could not be kept.
        """
        return self._job("upkeep", self._keep_up) is None

    def _keep_up(self) -> None:
        now = self._clock()
        forget(self._store, self._settings, now=now)
        if not self.calendar.is_open(now):
            shrink(self._store, self._settings, now=now)

    def _plan(self, alert: Alert) -> Delivery:
        return plan_delivery(alert, now=self._clock(), digest=self._settings.receivers[alert.receiver].digest)
