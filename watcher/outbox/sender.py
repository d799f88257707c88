"""One receiver's sender: what it does in which order, and what becomes of a delivery then."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from jinja2 import TemplateError

from watcher import policy
from watcher.errors import (
    CannotAsk,
    DeliveryDeferred,
    DeliveryError,
    DeliveryRejected,
    DeliveryUnknown,
    ReceiverBroken,
)
from watcher.messages.wording import span
from watcher.model import Delivery, Message, Receipt
from watcher.notify import Notifier
from watcher.outbox.composing import compose, thread_of
from watcher.outbox.events import Event, Listener, Trouble
from watcher.outbox.rest import Pace, Rest
from watcher.settings import Digest
from watcher.store import Store

log = logging.getLogger("watcher.outbox")

# Longer than any receiver takes to fail; a daemon that starts abandons all leases anyway.
_LEASE = timedelta(minutes=10)
# EDGAR lists most filings within a minute of their acceptance.
_NEW = timedelta(minutes=5)
# The receiver's clock may be behind ours.
_SKEW = timedelta(hours=1)


class Sender:
    """Everything that goes to one receiver, in the order of acceptance."""

    def __init__(
        self,
        receiver: str,
        notifier: Notifier,
        store: Store,
        *,
        give_up_after: timedelta,
        digest: Digest | None = None,
        templates: Path | None = None,
        listen: Listener = lambda event: None,
        jitter: Callable[[], float] = random.random,
        pace: Pace | None = None,
    ) -> None:
        """`pace` is shared with the other senders to the same place, if there are any."""
        self.receiver = receiver
        self._notifier = notifier
        self._store = store
        self._give_up_after = give_up_after
        self._digest = digest
        self._templates = templates
        self._listen = listen
        self._jitter = jitter
        self._asks_from: datetime | None = None
        self._rest = Rest(jitter=jitter)
        self._pace = pace or Pace(notifier.pace)
        self._broken = ""

    @property
    def broken(self) -> str:
        """Why nothing can be sent there until somebody mends it; empty where it works."""
        return self._broken

    def step(self, *, now: datetime) -> datetime | None:
        """Do what is due, at most one message; gives when to step again, None where nothing is waiting.

        Raises:
            StoreError: the database cannot be used; what was sent and not written down is settled later.
        """
        if self._asks_from is None:
            # What an earlier process left in doubt may still be on its way into the channel.
            self._asks_from = now + policy.SETTLING
            # No back-off is that long: a clock that was wrong then put it off.
            self._store.recall_deliveries(self.receiver, later_than=now + 2 * policy.BACKOFF[-1], now=now)
        if parked := self._rest.until(now):
            return parked
        self._store.expire_leases(now=now)
        if parked := self._settle(now):
            return parked
        waiting = self._store.waiting_count(self.receiver, now=now)
        if not waiting:
            return self._next(now)
        if early := self._pace.take(now):
            return early
        self._send(self._claim(waiting, now), now)
        return self._rest.until(now) or now

    def _next(self, now: datetime) -> datetime | None:
        due = self._store.next_delivery_due(self.receiver)
        if due is None:
            return None
        return max(due, self._asks_from or now) if due <= now else due

    # --- what may have arrived -------------------------------------------------------------------------

    def _settle(self, now: datetime) -> datetime | None:
        """Find out about deliveries in doubt; gives when to go on where the receiver cannot be asked now."""
        # What is due far ahead was put there by a clock that was wrong.
        far = now + 4 * policy.SETTLING
        unknown = self._store.unknown_deliveries(self.receiver)
        doubtful = [one for one in unknown if not now < one.due_at <= far]
        if not doubtful:
            return None
        if not self._notifier.can_find:
            self._send_again(doubtful, now, repeat=not self._notifier.folds_repeats, answer="it cannot be asked")
            return None
        if self._asks_from and now < self._asks_from <= now + policy.SETTLING:
            return None
        try:
            shown = self._shown(doubtful)
        except CannotAsk as error:
            self._send_again(doubtful, now, repeat=True, answer=str(error))
        except DeliveryError as error:
            self._ask_later(doubtful, error, now)
            return self._rest.until(now)
        else:
            for one in doubtful:
                self._settled([one], shown[one.id], now) if one.id in shown else self._not_there(one, now)
        return None

    def _shown(self, batch: Sequence[Delivery]) -> dict[str, Receipt]:
        """Which of these the receiver shows already, by delivery id."""
        since = min(min(one.created_at, one.alert.report.accepted_at or one.created_at) for one in batch)
        threads = {thread for one in batch if (thread := thread_of(one, self._store))}
        return self._notifier.find([one.id for one in batch], since - _SKEW, threads=threads)

    def _not_there(self, delivery: Delivery, now: datetime) -> None:
        if self._gives_up(delivery, now):
            self._bury([delivery], f"given up after {span(self._give_up_after)}: {delivery.last_error}", now)
            return
        # The same message may fail like this again and again: its neighbours go first then.
        until = now if delivery.attempts <= 1 else now + self._backoff(delivery.attempts)
        self._store.log_attempt(delivery.id, at=now, outcome="absent", answer="the receiver does not show it")
        self._store.defer_delivery(delivery.id, error=delivery.last_error, until=until, absent=True)

    def _send_again(self, doubtful: Sequence[Delivery], now: datetime, *, repeat: bool, answer: str) -> None:
        dead = [one for one in doubtful if self._gives_up(one, now)]
        if dead:
            self._bury(dead, f"given up after {span(self._give_up_after)}: {dead[0].last_error}", now)
        with self._store.transaction():
            for one in doubtful:
                if one not in dead:
                    until = now if one.attempts <= 1 else now + self._backoff(one.attempts)
                    self._store.defer_delivery(one.id, error=one.last_error, until=until, possibly_repeated=repeat)
                    self._store.log_attempt(one.id, at=now, outcome="unsettled", answer=answer)

    def _ask_later(self, doubtful: Sequence[Delivery], error: DeliveryError, now: datetime) -> None:
        self._rest.after(error, now)
        if isinstance(error, ReceiverBroken):
            self._break(error)
        elif dead := [one for one in doubtful if self._gives_up(one, now)]:
            self._bury(dead, f"given up after {span(self._give_up_after)}: {error}", now)

    # --- what is to be sent ----------------------------------------------------------------------------

    def _claim(self, waiting: int, now: datetime) -> list[Delivery]:
        combine = waiting > policy.COMBINE_ABOVE or (self._digest is not None and waiting > 1)
        limit = policy.COMBINE_AT_MOST if combine else 1
        return self._store.claim_deliveries(self.receiver, now=now, lease=_LEASE, limit=limit)

    def _send(self, batch: list[Delivery], now: datetime) -> None:
        batch = self._without_shown(batch, now)
        if not batch:
            return
        message = self._compose(batch, now)
        try:
            receipt = self._hand_over(message, batch, now)
        except DeliveryError as error:
            self._failed(batch, error, now)
        else:
            self._settled(batch, receipt, now)

    def _without_shown(self, batch: list[Delivery], now: datetime) -> list[Delivery]:
        """Settle what a receiver shows already: it may have been sent before the database was lost or restored."""
        old = [delivery for delivery in batch if self._notifier.can_find and _may_be_shown(delivery, now)]
        if not old:
            return batch
        try:
            shown = self._shown(old)
        except CannotAsk:
            log.info("late alerts not looked up receiver=%s deliveries=%d", self.receiver, len(old))
            return batch
        except DeliveryError as error:
            self._failed(batch, _unsent(error), now)
            return []
        for delivery in old:
            if delivery.id in shown:
                self._settled([delivery], shown[delivery.id], now)
        return [delivery for delivery in batch if delivery.id not in shown]

    def _compose(self, batch: Sequence[Delivery], now: datetime) -> Message:
        try:
            return compose(batch, self._store, now=now, templates=self._templates)
        except TemplateError as error:
            sentence = f"A message template failed for {self.receiver} ({error}); the built-in one was used."
            self._tell(Trouble.TEMPLATE, sentence, batch)
            return compose(batch, self._store, now=now, templates=None)

    def _hand_over(self, message: Message, batch: Sequence[Delivery], now: datetime) -> Receipt:
        try:
            return self._notifier.send(message)
        except DeliveryRejected as error:
            # A fault of ours: the receiver shows at least the plain form, and the operator the reason.
            self._log(batch, now, "rejected", str(error))
            receipt = self._notifier.send_plain(message)
            self._tell(Trouble.REJECTED, f"{error} It was sent as plain text.", batch)
            return receipt

    # --- what became of it -----------------------------------------------------------------------------

    def _settled(self, batch: Sequence[Delivery], receipt: Receipt, now: datetime) -> None:
        with self._store.transaction():
            for delivery in batch:
                self._store.settle_delivery(delivery.id, receipt.reference, at=now)
                self._store.log_attempt(delivery.id, at=now, outcome="sent", answer=receipt.detail)
        for delivery in batch:
            number = delivery.alert.report.accession_number
            log.info("delivered receiver=%s delivery=%s accession_number=%s", self.receiver, delivery.id, number)
        if not receipt.complete:
            self._tell(Trouble.PARTLY, f"{self.receiver}: {receipt.detail}.", batch)
        self._rest.after_success()
        if self._broken:
            self._broken = ""
            self._tell(Trouble.OVER, f"{self.receiver} takes messages again.", batch)

    def _failed(self, batch: Sequence[Delivery], error: DeliveryError, now: datetime) -> None:
        log.warning("not delivered receiver=%s deliveries=%d reason=%s", self.receiver, len(batch), error)
        self._log(batch, now, _outcome(error), str(error))
        if isinstance(error, DeliveryRejected):
            self._bury(batch, str(error), now)
            return
        self._rest.after(error, now)
        if isinstance(error, ReceiverBroken):
            self._defer(batch, error, None, charged=False)
            self._break(error)
        elif isinstance(error, DeliveryDeferred):
            self._put_off(batch, error, now)
        else:
            until = now + policy.SETTLING if self._notifier.can_find else now
            with self._store.transaction():
                for delivery in batch:
                    self._store.doubt_delivery(delivery.id, error=str(error), until=until)

    def _put_off(self, batch: Sequence[Delivery], error: DeliveryDeferred, now: datetime) -> None:
        dead = [delivery for delivery in batch if error.charged and self._gives_up(delivery, now)]
        until = now + self._backoff(batch[0].attempts) if error.alone else None
        self._defer([one for one in batch if one not in dead], error, until, charged=error.charged)
        if dead:
            dead += self._expired(error, now)
            self._bury(dead, f"given up after {span(self._give_up_after)}: {error}", now)

    def _expired(self, error: DeliveryError, now: datetime) -> list[Delivery]:
        """What else is too old: the receiver has just shown that it does not take it."""
        expired: list[Delivery] = []
        while batch := self._store.claim_deliveries(self.receiver, now=now, lease=_LEASE):
            if not all(self._gives_up(delivery, now) for delivery in batch):
                self._defer(batch, error, None, charged=False)
                break
            expired += batch
        return expired

    def _defer(self, batch: Sequence[Delivery], error: DeliveryError, until: datetime | None, *, charged: bool) -> None:
        """Keep for later: from `until` on, or, where the receiver is to blame, as soon as it takes messages."""
        with self._store.transaction():
            for one in batch:
                self._store.defer_delivery(one.id, error=str(error), until=until or one.due_at, charged=charged)

    def _bury(self, batch: Sequence[Delivery], error: str, now: datetime) -> None:
        with self._store.transaction():
            for delivery in batch:
                self._store.bury_delivery(delivery.id, error=error, at=now)
        many = "a delivery was" if len(batch) == 1 else f"{len(batch)} deliveries were"
        self._tell(Trouble.DEAD, f"{self.receiver}: {many} given up ({error})", batch)

    def _break(self, error: ReceiverBroken) -> None:
        if not self._broken:
            self._tell(Trouble.BROKEN, str(error), ())
        self._broken = str(error)

    def _gives_up(self, delivery: Delivery, now: datetime) -> bool:
        # A digest begins to be late when it is due.
        since = max(delivery.created_at, delivery.due_at) if self._digest else delivery.created_at
        failures = max(delivery.attempts, self._rest.failures)
        return policy.gives_up(since, failures=failures, now=now, give_up_after=self._give_up_after)

    def _backoff(self, failures: int) -> timedelta:
        return policy.backoff(failures, jitter=self._jitter())

    def _log(self, batch: Sequence[Delivery], now: datetime, outcome: str, answer: str) -> None:
        for delivery in batch:
            self._store.log_attempt(delivery.id, at=now, outcome=outcome, answer=answer)

    def _tell(self, trouble: Trouble, sentence: str, batch: Sequence[Delivery]) -> None:
        log.log(
            logging.INFO if trouble is Trouble.OVER else logging.ERROR,
            "receiver %s receiver=%s reason=%s",
            trouble,
            self.receiver,
            sentence,
        )
        self._listen(Event(self.receiver, trouble, sentence, tuple(delivery.id for delivery in batch)))


def _outcome(error: DeliveryError) -> str:
    """An attempt's outcome in a word."""
    names = {DeliveryDeferred: "deferred", DeliveryUnknown: "unknown", ReceiverBroken: "broken"}
    return next((name for kind, name in names.items() if isinstance(error, kind)), "rejected")


def _may_be_shown(delivery: Delivery, now: datetime) -> bool:
    """Whether another database, or a later state of this one, may have sent it: nothing about it is new."""
    alert = delivery.alert
    began = min(delivery.created_at, alert.report.accepted_at or delivery.created_at)
    return bool(alert.late) or now - began > _NEW


def _unsent(error: DeliveryError) -> DeliveryError:
    """An error in asking, as one of sending: nothing was sent."""
    return DeliveryDeferred(str(error)) if isinstance(error, DeliveryUnknown) else error
