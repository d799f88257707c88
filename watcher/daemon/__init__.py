"""The daemon: which thread does what, when it is woken, and how everything ends."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from watcher.daemon.clock import Clock
from watcher.daemon.duties import Duties
from watcher.daemon.outage import Outage
from watcher.daemon.systemd import ALIVE, READY, STOPPING, tell_systemd
from watcher.daemon.workers import Duty, Worker
from watcher.edgar import Edgar
from watcher.errors import StoreError, UsageError
from watcher.health import State, receiver_trouble
from watcher.heartbeat import beat
from watcher.notices import note_event, send_notices, watch_health
from watcher.notify import Notifier
from watcher.outbox import Event, Pace, Sender, drain
from watcher.rules import RuleSet
from watcher.settings import Settings
from watcher.store import Store

if TYPE_CHECKING:
    from apscheduler.schedulers.background import BackgroundScheduler

    from watcher.dashboard import Server

__all__ = ["Clock", "Daemon"]

log = logging.getLogger(__name__)

_READERS = 4
_GRACE_S = 4.0
_LOOK_EVERY_S = 0.2
_HOUR_S = 3600.0
# Without any company list, rules on tickers cannot be judged: filings wait, and EDGAR is asked again soon.
_TICKERS_AGAIN_S = 60.0
_AUDIT_EVERY_S = 1800.0
_READ_AGAIN_S = 0.5
# How often to see whether full-text search is to be asked.
_SEARCH_AGAIN_S = 600.0
_HEALTH_EVERY_S = 60.0
# Fifty pages, each as slow as EDGAR ever is, take less.
_LONGEST_POLL_S = 900.0
_CLOCK_SET_BACK = timedelta(seconds=30)
# `run --once` waits this long for what a receiver or the archive puts off.
_PATIENCE = timedelta(seconds=30)


class Daemon:
    """Sees, reads, matches and delivers."""

    _scheduler: BackgroundScheduler

    def __init__(
        self,
        settings: Settings,
        rules: RuleSet,
        store: Store,
        edgar: Edgar,
        notifiers: Mapping[str, Notifier],
        *,
        clock: Clock,
        since: date | None = None,
        operator: Mapping[str, Notifier] | None = None,
    ) -> None:
        """`operator` are receivers of their own, opened once more: a notifier serves one thread."""
        self._operator = operator or {}
        self._settings = settings
        self._rules = rules
        self._store = store
        self._edgar = edgar
        self._clock = clock
        self.troubles: dict[str, str] = {}
        """What others know to be wrong, by key; told to the operator with the rest."""
        self._duties = Duties(
            settings,
            rules,
            store,
            edgar,
            clock=clock.now,
            monotonic=clock.monotonic,
            since=since,
            on_read=self._wake_couriers,
        )
        places = {name: notifier.place or name for name, notifier in {**self._operator, **notifiers}.items()}
        paces = {places[name]: Pace(notifier.pace) for name, notifier in {**self._operator, **notifiers}.items()}
        self._paces = {name: paces[place] for name, place in places.items()}
        self._senders = {
            name: Sender(
                name,
                notifier,
                store,
                give_up_after=settings.give_up_after,
                digest=settings.receivers[name].digest,
                templates=settings.templates,
                listen=self._hear,
                pace=self._paces[name],
            )
            for name, notifier in notifiers.items()
        }
        self._readers = [self._worker(f"read {number}", self._read) for number in range(1, _READERS + 1)]
        self._couriers = [
            self._worker(f"send to {name}", partial(self._send, sender)) for name, sender in self._senders.items()
        ]
        self._poller = self._worker("poll", self._poll)
        self._health = self._worker("health", self._watch_health)
        self._herald = self._worker("tell the operator", self._tell_operator)
        self._outage = Outage()
        self._has_tickers = False
        self._looked_before = False
        self._poll_overdue_at = clock.monotonic() + _LONGEST_POLL_S
        self._clock_ahead: datetime | None = None
        """The wall clock less the monotonic one, when it was last looked at."""

    # --- once --------------------------------------------------------------------------------------------

    def once(self) -> bool:
        """Poll, read and match what is new, deliver; gives whether EDGAR answered and every receiver took it.

        Raises:
            StoreError: the database cannot be used; nothing that was kept is lost.
        """
        self._store.abandon_leases(now=self._clock.now())
        good = self._duties.poll() and self._duties.refresh_tickers()
        if good:
            self._duties.audit()
            if self._duties.is_search_due():
                self._duties.search()
            with ThreadPoolExecutor(_READERS) as pool:
                list(pool.map(lambda _: self._duties.reading.read_due(), range(_READERS)))
        self._duties.tell_daily()
        if self._duties.is_upkeep_due():
            self._duties.keep_up()
        for sender in self._senders.values():
            drain(sender, clock=self._clock.now, wait=self._clock.sleep, patience=_PATIENCE)
        self._compare_troubles()
        while wait := self._tell_operator():
            self._clock.sleep(wait)
        return good and not any(sender.broken for sender in self._senders.values())

    # --- on and on ---------------------------------------------------------------------------------------

    def run(self, ended: Callable[[], bool], *, in_a_hurry: Callable[[], bool] = lambda: True) -> None:
        """Work until it is to be ended, then end: within seconds `in_a_hurry`, otherwise when all work is done.

        What is under way when it ends in a hurry is either kept whole or done again: a filing is still unread, a
        message in doubt is looked up at the next start.
        """
        self._store.abandon_leases(now=self._clock.now())
        workers = [
            self._poller,
            self._worker("tickers", self._refresh_tickers),
            self._worker("audit", self._audit),
            self._worker("search", self._search),
            self._health,
            self._herald,
            self._worker("upkeep", self._keep_up),
            *self._readers,
            *self._couriers,
        ]
        dashboard = self._open_dashboard()
        where = dashboard.url if dashboard else "off"
        log.info("watching rules=%d receivers=%d dashboard=%s", len(self._rules), len(self._senders), where)
        self._scheduler = self._start_scheduler()
        for worker in workers:
            worker.start()
        try:
            tell_systemd(READY)
            # The store has just answered. Somebody who saves rules again and again must not starve the watchdog.
            tell_systemd(ALIVE)
            # Not an event: a signal's handler must not take a lock that this thread may hold.
            while not ended():
                time.sleep(_LOOK_EVERY_S)
        finally:
            # A reload ends this daemon as well, and stops nothing.
            if in_a_hurry():
                log.info("stopping")
                tell_systemd(STOPPING)
            self._scheduler.shutdown(wait=False)
            self._end(workers, in_a_hurry)
            if dashboard is not None:
                dashboard.stop()

    def _worker(self, name: str, duty: Duty) -> Worker:
        return Worker(name, duty, wait=self._clock.wait)

    def _open_dashboard(self) -> Server | None:
        """The dashboard, where the settings want one; watching goes on where it cannot be had."""
        if not self._settings.http_listen:
            return None
        # Imported here: without a dashboard the daemon stays small.
        from watcher.dashboard import serve

        try:
            return serve(
                self._settings, lambda: self._rules, clock=self._clock.now, statistics=lambda: self._edgar.statistics
            )
        except (UsageError, StoreError) as error:
            log.warning("no dashboard reason=%s", error)
            self.troubles["dashboard"] = str(error)
            return None

    def _start_scheduler(self) -> BackgroundScheduler:
        # Imported here: it takes a while, and `run --once` needs none of it.
        from apscheduler.schedulers.background import BackgroundScheduler

        scheduler = BackgroundScheduler(timezone="UTC", daemon=True)
        scheduler.start()
        return scheduler

    def _end(self, workers: list[Worker], in_a_hurry: Callable[[], bool]) -> None:
        for worker in workers:
            worker.stop()
        until: float | None = None
        while at_work := [worker for worker in workers if worker.is_alive()]:
            if in_a_hurry():
                until = until or time.monotonic() + _GRACE_S
                if time.monotonic() > until:
                    log.warning("left at work: %s", ", ".join(worker.name for worker in at_work))
                    return
            at_work[0].join(_LOOK_EVERY_S)

    def _poll(self) -> float:
        try:
            self._duties.poll()
        except StoreError as error:
            self._note_database(str(error))
            raise
        self._note_database("")
        # What this poll found was put off to a wrong time if the clock was set meanwhile.
        self._heed_clock()
        for reader in self._readers:
            reader.wake()
        at = self._duties.next_poll_at(jitter=random.random())  # noqa: S311 - no secret depends on it
        pause = at - self._clock.now() if at else timedelta(hours=1)
        self._poll_overdue_at = self._clock.monotonic() + 2 * pause.total_seconds() + _LONGEST_POLL_S
        # The job only rings the bell: a poll that hangs never blocks the scheduler, and late rings become one.
        self._scheduler.add_job(
            self._poller.wake,
            "date",
            run_date=datetime.now(UTC) + pause,
            id="poll",
            replace_existing=True,
            misfire_grace_time=None,
            coalesce=True,
            max_instances=1,
        )
        # Clocks are set and laptops sleep: a poll that is overdue on the monotonic clock comes by itself.
        return pause.total_seconds() * 2 + 1

    def _refresh_tickers(self) -> float:
        self._has_tickers = self._duties.refresh_tickers()
        for reader in self._readers:
            reader.wake()
        return _HOUR_S if self._has_tickers else _TICKERS_AGAIN_S

    def _audit(self) -> float:
        self._duties.audit()
        for reader in self._readers:
            reader.wake()
        return _AUDIT_EVERY_S

    def _search(self) -> float:
        if self._duties.is_search_due():
            self._duties.search()
            for reader in self._readers:
                reader.wake()
        return _SEARCH_AGAIN_S

    def _keep_up(self) -> float:
        if self._duties.is_upkeep_due():
            self._duties.keep_up()
        return _HOUR_S

    def _note_database(self, trouble: str) -> None:
        """Have the operator told that the database cannot be used, or can be used again."""
        if trouble != self._outage.sentence:
            self._outage.sentence = trouble
            self._herald.wake()

    def _watch_health(self) -> float:
        self._heed_clock()
        # The first look comes after the first poll: what was late while nothing ran is being made up for.
        if self._looked_before:
            self._duties.tell_daily()
            healthy = self._compare_troubles()
            self._herald.wake()
            # Getting here means that the store answers; a poller that hangs must not look alive.
            if self._clock.monotonic() < self._poll_overdue_at:
                tell_systemd(ALIVE)
            if healthy and (url := self._settings.operator.heartbeat_url):
                beat(url)
        self._looked_before = True
        return _HEALTH_EVERY_S

    def _heed_clock(self) -> None:
        """Try at once what was put off before somebody set the clock back."""
        ahead = self._clock.now() - timedelta(seconds=self._clock.monotonic())
        if self._clock_ahead is not None and ahead < self._clock_ahead - _CLOCK_SET_BACK:
            log.warning("clock set back seconds=%d", (self._clock_ahead - ahead).total_seconds())
            self._store.make_due(now=self._clock.now())
            for worker in (*self._readers, *self._couriers):
                worker.wake()
        self._clock_ahead = ahead

    def _compare_troubles(self) -> bool:
        """Queue what changed about the watcher's health; gives whether all is well."""
        broken = {receiver_trouble(name): one.broken for name, one in self._senders.items() if one.broken}
        also = {**self._duties.troubles(), **broken, **self.troubles}
        health = watch_health(
            self._store, tuple(self._operator), now=self._clock.now(), also=also, edgar=self._settings.edgar
        )
        return health.state is State.OK and not also

    def _tell_operator(self) -> float | None:
        """Send what is queued for the operator; gives the seconds until the pace lets it go on."""
        self._outage.tell(self._operator, now=self._clock.now())
        now = self._clock.now()
        at = send_notices(self._store, self._operator, now=now, paces=self._paces)
        return (at - now).total_seconds() if at else None

    def _read(self) -> float | None:
        if not self._has_tickers:
            return None
        self._duties.reading.read_due()
        wait = self._duties.reading.seconds_to_next_filing()
        # What is due already is in another reader's hand; a filing that is new rings the bell.
        return None if wait is None else max(wait, _READ_AGAIN_S)

    def _hear(self, event: Event) -> None:
        note_event(self._store, tuple(self._operator), event, now=self._clock.now())

    def _wake_couriers(self) -> None:
        for courier in self._couriers:
            courier.wake()

    def _send(self, sender: Sender) -> float | None:
        at = sender.step(now=self._clock.now())
        return None if at is None else max(0.0, (at - self._clock.now()).total_seconds())
