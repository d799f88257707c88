"""Whether the watcher does its work: ok, late or failing, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from watcher.hours import Calendar, new_york
from watcher.messages.wording import counted
from watcher.model import DeliveryState, FilingState
from watcher.settings import EdgarSettings
from watcher.store import Audit, Backlog, Job, Latencies, Store

_LATE_AFTER = timedelta(minutes=5)
_FAILING_AFTER = timedelta(minutes=30)
_POLLS_MISSED = 3
# The archive has a submission within a minute of its row, but at times only after twenty.
_UNREAD_AFTER = timedelta(minutes=30)
# Troubles of single filings and deliveries are told for this long.
_RECENT = timedelta(hours=24)
_LATENCY_OVER = timedelta(days=7)
_DISK_NEARLY_FULL = 300_000_000
# On recorded business days every hour between these had four current reports or more.
_BUSY_FROM, _BUSY_UNTIL = time(9, 30), time(17, 30)
_SILENCE = timedelta(hours=3)
# The list has troubles of its own; full-text search is a second look that EDGAR does not promise.
_ELSEWHERE = ("poll", "deep poll", "search")


class State(StrEnum):
    """How the watcher is doing."""

    OK = "ok"
    LATE = "late"
    """It works, but something comes later than it should."""
    FAILING = "failing"
    """Somebody has to look."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """How the watcher is doing, and why."""

    state: State
    troubles: dict[str, str]
    """What is wrong, by a key that stays the same for as long as it lasts, the worst first."""

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the state is what it is."""
        return tuple(self.troubles.values())


@dataclass(frozen=True, slots=True)
class Health(Diagnosis):
    """How the watcher is doing, with the figures that show it."""

    last_poll_at: datetime | None
    filings: dict[FilingState, int]
    deliveries: dict[DeliveryState, int]
    from_acceptance: Latencies
    from_seen: Latencies
    last_audit: Audit | None


def diagnose(store: Store, *, now: datetime, edgar: EdgarSettings) -> Diagnosis:
    """How the watcher is doing by what its database tells; `edgar` tells how often it polls, and for what.

    Raises:
        StoreError: the database cannot be read.
    """
    jobs = store.jobs()
    poll = jobs.get("poll")
    last_poll_at = poll.last_success_at if poll else None
    # Who polls rarely is late later.
    pause = _POLLS_MISSED * max(edgar.poll_interval, edgar.quiet_poll_interval)
    failing = {
        **_polling(last_poll_at, poll.last_error if poll else "", now, after=max(_FAILING_AFTER, 2 * pause)),
        **_given_up(store, now),
        **_disk(store),
    }
    late = _behind(store, last_poll_at, now, after=max(_LATE_AFTER, pause))
    if "poll" not in failing | late:
        # While EDGAR does not answer, what else is asked of it fails too, and says nothing new.
        failing |= _failing_jobs(jobs.values(), now)
        late |= silence(store, edgar, now=now)
    audit = _last_audit(store)
    if audit and audit.late:
        late["audit"] = f"the audit of {audit.day} found {counted(audit.late, 'filing')} that had not been seen"
    state = State.FAILING if failing else State.LATE if late else State.OK
    return Diagnosis(state, failing | {key: sentence for key, sentence in late.items() if key not in failing})


def examine(store: Store, *, now: datetime, edgar: EdgarSettings) -> Health:
    """The diagnosis with the figures behind it.

    Raises:
        StoreError: the database cannot be read.
    """
    diagnosis = diagnose(store, now=now, edgar=edgar)
    poll = store.jobs().get("poll")
    return Health(
        diagnosis.state,
        diagnosis.troubles,
        last_poll_at=poll.last_success_at if poll else None,
        filings=store.filing_counts(),
        deliveries=store.delivery_counts(),
        from_acceptance=store.latencies_from_acceptance(since=now - _LATENCY_OVER),
        from_seen=store.latencies_from_seen(since=now - _LATENCY_OVER),
        last_audit=_last_audit(store),
    )


def _last_audit(store: Store) -> Audit | None:
    audits = store.audits(limit=1)
    return audits[0] if audits else None


def _polling(last_poll_at: datetime | None, error: str, now: datetime, *, after: timedelta) -> dict[str, str]:
    because = f": {error}" if error else "; is `watcher run` running?"
    if last_poll_at is None:
        return {"poll": f"EDGAR's list was never read{because}"}
    if now - last_poll_at > after:
        return {"poll": f"EDGAR's list was last read at {last_poll_at:%Y-%m-%d %H:%M} UTC{because}"}
    return {}


def _disk(store: Store) -> dict[str, str]:
    free = store.free_bytes()
    if free >= _DISK_NEARLY_FULL:
        return {}
    return {
        "disk": f"the disk that holds {store.path.name} is nearly full: {free // 1_000_000} MB are free; "
        "free some, or keep texts for a shorter time (keep_text)"
    }


def silence(store: Store, edgar: EdgarSettings, *, now: datetime) -> dict[str, str]:
    """The trouble of a list that is read and shows nothing new for hours, when EDGAR surely has something."""
    local = new_york(now)
    # Current reports come at least every few minutes of a business day; of rarer forms nothing can be said.
    if not _BUSY_FROM <= local.time() < _BUSY_UNTIL or "8-K" not in edgar.forms or store.watched_since() is None:
        return {}
    last = store.last_seen_at()
    if last is None or now - last < _SILENCE:
        return {}
    if not Calendar.of(edgar).is_business_day(local.date()):
        return {}
    return {
        "silence": f"EDGAR's list is read and has shown nothing new since {last:%Y-%m-%d %H:%M} UTC, "
        "although EDGAR accepts filings now"
    }


def _failing_jobs(jobs: Iterable[Job], now: datetime) -> dict[str, str]:
    return {
        f"job {job.name}": f"the job {job.name} fails since {job.failing_since:%Y-%m-%d %H:%M} UTC: {job.last_error}"
        for job in jobs
        if job.name not in _ELSEWHERE and job.failing_since and now - job.failing_since > _FAILING_AFTER
    }


def _behind(store: Store, last_poll_at: datetime | None, now: datetime, *, after: timedelta) -> dict[str, str]:
    troubles = {}
    blocked_until = store.blocked_until()
    if blocked_until and blocked_until > now:
        troubles["poll"] = f"EDGAR blocks us for asking too much, and is asked nothing until {blocked_until:%H:%M} UTC"
    elif last_poll_at and now - last_poll_at > after:
        troubles["poll"] = f"EDGAR's list was last read at {last_poll_at:%Y-%m-%d %H:%M} UTC"
    waiting = store.filings_waiting_since(now - _UNREAD_AFTER)
    if waiting.count:
        troubles["waiting filings"] = (
            f"{counted(waiting.count, 'filing')} seen more than 30 minutes ago, not read yet: {waiting.last_error}"
        )
    for one in store.deliveries_waiting_since(now - _LATE_AFTER, now=now):
        troubles[receiver_trouble(one.receiver)] = (
            f"{_deliveries(one)} waiting for more than 5 minutes: {one.last_error}"
        )
    return troubles


def _deliveries(backlog: Backlog) -> str:
    return f"{counted(backlog.count, 'delivery', 'deliveries')} to {backlog.receiver}"


def receiver_trouble(name: str) -> str:
    """The key of the trouble that a receiver does not take what it is sent, however that was found out."""
    return f"receiver {name}"


def _given_up(store: Store, now: datetime) -> dict[str, str]:
    troubles = {}
    unreadable = store.filings_given_up_since(now - _RECENT)
    if unreadable.count:
        filings = counted(unreadable.count, "filing")
        troubles["unreadable filings"] = (
            f"{filings} given up as unreadable in the last 24 hours: {unreadable.last_error}"
        )
    for one in store.deliveries_given_up_since(now - _RECENT):
        troubles[f"dead {one.receiver}"] = f"{_deliveries(one)} given up in the last 24 hours: {one.last_error}"
    return troubles
