"""Deliveries: what each receiver is to be told, and what is known of every try.

A delivery goes pending -> sending -> sent | pending | unknown | dead. It is `unknown` while nobody knows
whether the receiver shows it: an ambiguous answer, or a process that ended while it was sending.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from watcher.errors import UsageError
from watcher.model import Alert, Delivery, DeliveryState
from watcher.store.database import Records, from_stored, recorded, stored
from watcher.store.filings import Backlog


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to send a delivery, or to find out what became of it."""

    at: datetime
    outcome: str
    answer: str


class DeliveryRecords(Records):
    """What the store knows about deliveries."""

    @recorded
    def enqueue(self, deliveries: Iterable[Delivery]) -> int:
        """Add deliveries; one whose id is there already is left as it is. Gives how many were added."""
        added = 0
        with self.transaction():
            for delivery in deliveries:
                report = delivery.alert.report
                added += self._run(
                    """INSERT INTO deliveries (id, accession_number, receiver, state, alert, accepted_at,
                                               seen_at, created_at, due_at, thread)
                       VALUES (:id, :number, :receiver, :state, :alert, :accepted_at,
                               :seen_at, :created_at, :due_at, :thread)
                       ON CONFLICT (id) DO NOTHING""",
                    id=delivery.id,
                    number=report.accession_number,
                    receiver=delivery.receiver,
                    state=delivery.state,
                    alert=msgspec.json.encode(delivery.alert).decode(),
                    accepted_at=stored(report.accepted_at or delivery.created_at),
                    seen_at=stored(delivery.alert.seen_at),
                    created_at=stored(delivery.created_at),
                    due_at=stored(delivery.due_at),
                    thread=delivery.thread,
                )
        return added

    @recorded
    def claim_deliveries(self, receiver: str, *, now: datetime, lease: timedelta, limit: int = 1) -> list[Delivery]:
        """Take what goes into a receiver's next message: due, accepted first, at most `limit` deliveries.

        What may have arrived together comes together again, so that a repeated message is the same message.
        They are `sending`, an attempt counted, until they are settled or the lease runs out.
        """
        with self.transaction():
            due = self._rows(
                """SELECT id, batch FROM deliveries
                   WHERE receiver = :receiver AND state = 'pending' AND due_at <= :now
                   ORDER BY accepted_at, created_at, id LIMIT :limit""",
                receiver=receiver,
                now=stored(now),
                limit=limit,
            )
            if not due:
                return []
            head = due[0]
            fresh = [row["id"] for row in due if not row["batch"]]
            rows = self._rows(
                """UPDATE deliveries SET state = 'sending', attempts = attempts + 1, lease_until = :until,
                          batch = :batch
                   WHERE state = 'pending' AND receiver = :receiver
                         AND CASE WHEN :old = '' THEN id IN (SELECT value FROM json_each(:fresh)) ELSE batch = :old END
                   RETURNING *""",
                receiver=receiver,
                until=stored(now + lease),
                old=head["batch"],
                batch=head["batch"] or head["id"],
                fresh=json.dumps(fresh),
            )
        rows.sort(key=lambda row: (row["accepted_at"], row["created_at"], row["id"]))
        return [_delivery(row) for row in rows]

    @recorded
    def expire_leases(self, *, now: datetime) -> int:
        """Make `unknown` what has been `sending` beyond its lease; gives how many there were."""
        return self._run(
            """UPDATE deliveries SET state = 'unknown', due_at = :now, lease_until = NULL, doubted = 1,
                      last_error = 'the watcher ended while it was sending'
               WHERE state = 'sending' AND lease_until <= :now""",
            now=stored(now),
        )

    @recorded
    def abandon_leases(self, *, now: datetime) -> int:
        """Make `unknown` everything that is `sending`: for a daemon that starts, and so sends nothing yet."""
        return self._run(
            """UPDATE deliveries SET state = 'unknown', due_at = :now, lease_until = NULL, doubted = 1,
                      last_error = 'the watcher ended while it was sending'
               WHERE state = 'sending'""",
            now=stored(now),
        )

    @recorded
    def recall_deliveries(self, receiver: str, *, later_than: datetime, now: datetime) -> int:
        """Make due what was tried and put off beyond that moment; gives how many there were."""
        return self._run(
            """UPDATE deliveries SET due_at = :now
               WHERE receiver = :receiver AND state = 'pending' AND attempts > 0 AND due_at > :late""",
            receiver=receiver,
            now=stored(now),
            late=stored(later_than),
        )

    @recorded
    def unknown_deliveries(self, receiver: str) -> list[Delivery]:
        """Deliveries of a receiver that may have arrived, in order of acceptance."""
        rows = self._rows(
            """SELECT * FROM deliveries WHERE receiver = :receiver AND state = 'unknown'
               ORDER BY accepted_at, created_at, id""",
            receiver=receiver,
        )
        return [_delivery(row) for row in rows]

    @recorded
    def settle_delivery(self, delivery_id: str, receipt: str, *, at: datetime) -> None:
        """It arrived: `sent`, with the receiver's receipt."""
        self._change(
            delivery_id,
            "state = 'sent', receipt = :receipt, sent_at = :at, last_error = ''",
            receipt=receipt,
            at=stored(at),
        )

    @recorded
    def defer_delivery(
        self,
        delivery_id: str,
        *,
        error: str,
        until: datetime,
        charged: bool = True,
        possibly_repeated: bool = False,
        absent: bool = False,
    ) -> None:
        """It did not arrive: `pending` again, due at `until`.

        An attempt that is not `charged` does not count. `possibly_repeated` sticks: an earlier try may
        have arrived after all. What was sent together stays together until it is settled or `absent`: the
        receiver says that it does not show it.
        """
        self._change(
            delivery_id,
            """state = 'pending', due_at = :until, last_error = :error, attempts = attempts - :uncharged,
               possibly_repeated = max(possibly_repeated, :repeated), doubted = doubted AND NOT :absent,
               batch = CASE WHEN doubted AND NOT :absent THEN batch ELSE '' END""",
            until=stored(until),
            error=error,
            uncharged=int(not charged),
            repeated=int(possibly_repeated),
            absent=int(absent),
        )

    @recorded
    def doubt_delivery(self, delivery_id: str, *, error: str, until: datetime) -> None:
        """It may have arrived: `unknown`, to be looked up from `until` on."""
        self._change(
            delivery_id,
            "state = 'unknown', doubted = 1, due_at = :until, last_error = :error",
            until=stored(until),
            error=error,
        )

    @recorded
    def bury_delivery(self, delivery_id: str, *, error: str, at: datetime) -> None:
        """It will not arrive: `dead`, until somebody retries it."""
        self._change(delivery_id, "state = 'dead', due_at = :at, last_error = :error", at=stored(at), error=error)

    @recorded
    def retry_delivery(self, delivery_id: str, *, now: datetime) -> None:
        """Send a dead delivery after all.

        Raises:
            UsageError: there is no such delivery, or it is not dead.
        """
        with self.transaction():
            rows = self._rows("SELECT state FROM deliveries WHERE id = :id", id=delivery_id)
            if not rows:
                raise UsageError(f"There is no delivery {delivery_id}; `watcher deliveries` lists them.")
            if rows[0]["state"] != DeliveryState.DEAD:
                raise UsageError(
                    f"The delivery {delivery_id} is {rows[0]['state']}, and only dead ones can be retried."
                )
            self._change(
                delivery_id, "state = 'pending', due_at = :now, created_at = :now, attempts = 0", now=stored(now)
            )

    def _change(self, delivery_id: str, assignments: str, **values: object) -> None:
        self._run(
            f"UPDATE deliveries SET {assignments}, lease_until = NULL WHERE id = :id",  # noqa: S608 - ours
            id=delivery_id,
            **values,
        )

    @recorded
    def waiting_count(self, receiver: str, *, now: datetime) -> int:
        """How many deliveries of a receiver are due."""
        count: int = self._one(
            """SELECT count(*) AS n FROM deliveries
               WHERE receiver = :receiver AND state = 'pending' AND due_at <= :now""",
            receiver=receiver,
            now=stored(now),
        )["n"]
        return count

    @recorded
    def next_delivery_due(self, receiver: str) -> datetime | None:
        """When the next delivery of a receiver that is not settled wants attention, None where none does."""
        row = self._one(
            """SELECT min(coalesce(lease_until, due_at)) AS at FROM deliveries
               WHERE receiver = :receiver AND state IN ('pending', 'sending', 'unknown')""",
            receiver=receiver,
        )
        return from_stored(row["at"])

    @recorded
    def receipt_of(self, accession_number: str, receiver: str) -> str | None:
        """The receipt of the first message about a filing that a receiver shows, None where there is none."""
        rows = self._rows(
            """SELECT receipt FROM deliveries
               WHERE accession_number = :number AND receiver = :receiver AND state = 'sent'
               ORDER BY sent_at, created_at LIMIT 1""",
            number=accession_number,
            receiver=receiver,
        )
        return rows[0]["receipt"] if rows else None

    @recorded
    def log_attempt(self, delivery_id: str, *, at: datetime, outcome: str, answer: str) -> None:
        """Keep what one try came to."""
        self._run(
            "INSERT INTO attempts (delivery_id, at, outcome, answer) VALUES (:id, :at, :outcome, :answer)",
            id=delivery_id,
            at=stored(at),
            outcome=outcome,
            answer=answer,
        )

    @recorded
    def attempts_of(self, delivery_id: str) -> list[Attempt]:
        """Every try of a delivery, oldest first."""
        rows = self._rows("SELECT * FROM attempts WHERE delivery_id = :id ORDER BY id", id=delivery_id)
        return [Attempt(datetime.fromisoformat(row["at"]), row["outcome"], row["answer"]) for row in rows]

    @recorded
    def delivery(self, delivery_id: str) -> Delivery | None:
        """One delivery, None where there is no such id."""
        rows = self._rows("SELECT * FROM deliveries WHERE id = :id", id=delivery_id)
        return _delivery(rows[0]) if rows else None

    @recorded
    def deliveries_of(self, accession_number: str) -> list[Delivery]:
        """Everything that is told about a filing, in the order it was decided."""
        rows = self._rows(
            "SELECT * FROM deliveries WHERE accession_number = :number ORDER BY created_at, id",
            number=accession_number,
        )
        return [_delivery(row) for row in rows]

    @recorded
    def latest_deliveries(
        self, *, state: DeliveryState | None = None, receiver: str | None = None, limit: int = 50, offset: int = 0
    ) -> list[Delivery]:
        """The newest deliveries by when they were decided."""
        rows = self._rows(
            """SELECT * FROM deliveries
               WHERE (:state IS NULL OR state = :state) AND (:receiver IS NULL OR receiver = :receiver)
               ORDER BY created_at DESC, id DESC LIMIT :limit OFFSET :offset""",
            state=state,
            receiver=receiver,
            limit=limit,
            offset=offset,
        )
        return [_delivery(row) for row in rows]

    @recorded
    def delivery_counts(self) -> dict[DeliveryState, int]:
        """How many deliveries stand where; every state has a number."""
        rows = self._rows("SELECT state, count(*) AS n FROM deliveries GROUP BY state")
        return dict.fromkeys(DeliveryState, 0) | {DeliveryState(row["state"]): row["n"] for row in rows}

    @recorded
    def deliveries_waiting_since(self, moment: datetime, *, now: datetime) -> list[Backlog]:
        """By receiver: deliveries that were decided and due before that moment and have not arrived."""
        return self._backlogs(
            "state <> 'dead' AND created_at < :moment AND (due_at < :now OR attempts > 0)",
            moment=stored(moment),
            now=stored(now),
        )

    @recorded
    def failing_receivers(self) -> list[str]:
        """Receivers that did not take something, and have not taken it since."""
        rows = self._rows(
            """SELECT DISTINCT receiver FROM deliveries
               WHERE state <> 'sent' AND state <> 'dead' AND last_error <> '' ORDER BY receiver"""
        )
        return [row["receiver"] for row in rows]

    @recorded
    def deliveries_given_up_since(self, moment: datetime) -> list[Backlog]:
        """By receiver: deliveries that died since then."""
        return self._backlogs("state = 'dead' AND due_at >= :moment", moment=stored(moment))

    def _backlogs(self, condition: str, **values: object) -> list[Backlog]:
        rows = self._rows(
            f"""SELECT receiver, count(*) AS n, max(last_error) AS error FROM deliveries
                WHERE state <> 'sent' AND {condition} GROUP BY receiver ORDER BY receiver""",  # noqa: S608 - ours
            **values,
        )
        return [Backlog(row["n"], row["error"] or "they were not tried yet", row["receiver"]) for row in rows]


def _delivery(row: dict[str, Any]) -> Delivery:
    return Delivery(
        id=row["id"],
        receiver=row["receiver"],
        alert=msgspec.json.decode(row["alert"], type=Alert),
        state=DeliveryState(row["state"]),
        created_at=datetime.fromisoformat(row["created_at"]),
        due_at=datetime.fromisoformat(row["due_at"]),
        attempts=row["attempts"],
        last_error=row["last_error"],
        sent_at=from_stored(row["sent_at"]),
        receipt=row["receipt"],
        thread=row["thread"],
        possibly_repeated=bool(row["possibly_repeated"]),
    )
