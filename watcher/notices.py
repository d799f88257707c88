"""The operator hears of trouble with the watcher once when it begins and once when it is over, and every morning."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from watcher.errors import CannotAsk, DeliveryError, DeliveryRejected, StoreError
from watcher.health import Diagnosis, State, diagnose, examine, receiver_trouble
from watcher.hours import new_york
from watcher.messages import render_notice
from watcher.messages.wording import counted, cut_end
from watcher.model import DeliveryState, FilingState, Level
from watcher.notify import Notifier
from watcher.outbox import Event, Pace, Trouble
from watcher.policy import backoff
from watcher.settings import EdgarSettings
from watcher.store import Audit, Notice, Store

log = logging.getLogger(__name__)

_GIVE_UP_AFTER = timedelta(days=3)
_FIND_SINCE = timedelta(hours=1)
_IN_A_SUBJECT = 120
_WHAT_TO_DO = "`watcher status` says how it stands; docs/operate.md says what it means and what to do."


def watch_health(
    store: Store,
    receivers: Collection[str],
    *,
    now: datetime,
    also: Mapping[str, str] | None = None,
    edgar: EdgarSettings,
) -> Diagnosis:
    """Compare the watcher's troubles with those that were told, and queue a notice of each change.

    `also` are troubles that the database cannot tell, by key; they know better than it does.

    Raises:
        StoreError: the database cannot be used.
    """
    health = diagnose(store, now=now, edgar=edgar)
    with store.transaction():
        # A receiver that nobody tries just now is not mended by that.
        lasting = [receiver_trouble(name) for name in store.failing_receivers()]
        begun, over = store.compare_troubles({**health.troubles, **(also or {})}, at=now, lasting=lasting)
        for trouble in begun:
            log.warning("trouble began key=%s reason=%s", trouble.key, trouble.sentence)
            notice_id = f"{trouble.key} {now:%Y%m%dT%H%M%S}"
            subject, text = headed("Trouble", trouble.sentence, _WHAT_TO_DO)
            _queue(store, receivers, notice_id, subject, text, Level.HIGH, now)
        for trouble in over:
            log.info("trouble over key=%s", trouble.key)
            notice_id = f"{trouble.key} {now:%Y%m%dT%H%M%S} over"
            lasted = f"It began on {new_york(trouble.since):%a %d %b at %H:%M} New York time."
            subject, text = headed("Over", trouble.sentence, lasted)
            _queue(store, receivers, notice_id, subject, text, Level.INFO, now)
    return health


def note_audit(store: Store, receivers: Collection[str], audit: Audit, *, now: datetime, edgar: EdgarSettings) -> None:
    """Queue the morning note: what EDGAR listed on a day, what was seen of it, and how the watcher stands.

    Raises:
        StoreError: the database cannot be used.
    """
    health = examine(store, now=now, edgar=edgar)
    listed = f"listed {audit.listed}, seen {audit.seen}, late {audit.late}"
    lines = [f"EDGAR's index of {audit.day:%A, %d %B %Y}: {listed}."]
    if audit.late:
        lines.append("What was late is being read now; alerts on it say so.")
    filings, deliveries = health.filings, health.deliveries
    lines += [
        f"Filings: {filings[FilingState.READ]} read, {filings[FilingState.SEEN]} waiting, "
        f"{filings[FilingState.UNREADABLE]} unreadable.",
        f"Deliveries: {deliveries[DeliveryState.SENT]} sent, {deliveries[DeliveryState.DEAD]} given up.",
        f"State: {health.state}."
        if health.state is State.OK
        else f"State: {health.state}: {'; '.join(health.reasons)}.",
    ]
    level = Level.HIGH if audit.late else Level.INFO
    _queue(store, receivers, f"audit {audit.day}", f"Audit of {audit.day}: {listed}", "\n".join(lines), level, now)


def note_day(
    store: Store, receivers: Collection[str], *, since: datetime, rules: int, now: datetime, edgar: EdgarSettings
) -> None:
    """Queue the daily note: what was seen, read against so many rules, and sent since a moment; also if it is nothing.

    Raises:
        StoreError: the database cannot be used.
    """
    health = examine(store, now=now, edgar=edgar)
    done = store.activity_since(since)
    read, alerts = f"{counted(done.read, 'filing')} read", f"{counted(done.sent, 'alert')} sent"
    figures = f"{read} against {counted(rules, 'rule')}, {done.matched} matched, {alerts}"
    quiet = health.state is State.OK
    lines = [
        f"Since {new_york(since):%a %d %b %H:%M} New York:",
        f"Filings: {done.seen} seen, {done.read} read, {done.unreadable} unreadable, {done.late} late.",
        f"Rules: {rules} in force, {counted(done.matched, 'filing')} matched.",
        f"Alerts: {done.sent} sent, {done.dead} given up.",
        "All is quiet: nothing is wrong." if quiet else f"State: {health.state}: {'; '.join(health.reasons)}.",
    ]
    subject = f"{'All quiet' if quiet else 'Not well'}: {figures}"
    _queue(store, receivers, f"day {new_york(now):%Y-%m-%d}", subject, "\n".join(lines), Level.INFO, now)


def note_event(store: Store, receivers: Collection[str], event: Event, *, now: datetime) -> None:
    """Queue a notice of a delivery that went out otherwise than it should, once a day for each receiver and kind.

    Receivers that are broken, and deliveries that were given up, are troubles that `watch_health` tells.
    """
    if event.trouble not in (Trouble.REJECTED, Trouble.PARTLY, Trouble.TEMPLATE):
        return
    notice_id = f"{event.trouble} {event.receiver} {new_york(now):%Y-%m-%d}"
    try:
        subject, text = headed(
            "Delivery", event.sentence, f"`watcher deliveries --receiver {event.receiver}` lists it."
        )
        _queue(store, receivers, notice_id, subject, text, Level.NOTICE, now)
    except StoreError as error:
        log.error("notice not queued reason=%s", error)  # noqa: TRY400 - the sentence says it all


def _queue(
    store: Store, receivers: Collection[str], notice_id: str, subject: str, text: str, level: Level, now: datetime
) -> None:
    subject = f"[edgar-watcher] {subject}"
    store.enqueue_notices(Notice(notice_id, receiver, subject, text, level, now) for receiver in receivers)


def headed(kind: str, sentence: str, more: str) -> tuple[str, str]:
    """Subject and text of a notice; the text repeats the sentence only where the subject cuts it short."""
    short = cut_end(sentence, _IN_A_SUBJECT)
    return f"{kind}: {short}", more if short == sentence else f"{sentence}\n\n{more}"


def send_notices(
    store: Store,
    notifiers: Mapping[str, Notifier],
    *,
    now: datetime,
    paces: Mapping[str, Pace],
    jitter: Callable[[], float] = random.random,
) -> datetime | None:
    """Send the notices that are due, each to its receiver; one that fails comes later and stops no other.

    `paces` are those of the receivers' places. Gives when to go on where a pace holds some back.

    Raises:
        StoreError: the database cannot be used.
    """
    held_back: list[datetime] = []
    for notice in store.notices_due(now=now):
        notifier = notifiers.get(notice.receiver)
        if notifier is None:
            store.settle_notice(notice, at=now, error="the receiver is no longer the operator's")
            continue
        if early := paces[notice.receiver].take(now):
            held_back.append(early)
            continue
        try:
            _send(notice, notifier, now)
        except DeliveryError as error:
            log.warning("notice not delivered receiver=%s reason=%s", notice.receiver, error)
            if isinstance(error, DeliveryRejected) or now - notice.created_at > _GIVE_UP_AFTER:
                store.settle_notice(notice, at=now, error=str(error))
            else:
                store.defer_notice(notice, error=str(error), until=now + backoff(notice.attempts + 1, jitter=jitter()))
        else:
            store.settle_notice(notice, at=now)
    return min(held_back, default=None)


def _send(notice: Notice, notifier: Notifier, now: datetime) -> None:
    message = render_notice(notice.subject, notice.text, notice_id=notice.id, now=notice.created_at, level=notice.level)
    # An earlier try may have arrived although no answer came.
    if notice.attempts and notifier.can_find:
        with suppress(CannotAsk):
            if notifier.find([message.delivery_id], notice.created_at - _FIND_SINCE):
                return
    notifier.send(message)
