"""How the watcher itself is doing: its jobs, its audits, and how fast it tells."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from watcher.store.database import Records, from_stored, recorded, stored


@dataclass(frozen=True, slots=True)
class Job:
    """One of the daemon's jobs, and how its last run went."""

    name: str
    last_started_at: datetime
    last_success_at: datetime | None
    failing_since: datetime | None
    failures: int
    """How often it has failed since it last succeeded."""
    last_error: str


@dataclass(frozen=True, slots=True)
class Audit:
    """What EDGAR's index of a day listed of the watched forms, against what had been seen."""

    day: date
    listed: int
    seen: int
    """Of those listed, how many had been seen before the audit."""
    late: int
    """How many only the audit found."""


@dataclass(frozen=True, slots=True)
class Activity:
    """What was done in a span of time."""

    seen: int
    read: int
    unreadable: int
    late: int
    matched: int
    """Filings that some rule matched, shadow rules aside."""
    sent: int
    dead: int


@dataclass(frozen=True, slots=True)
class Latencies:
    """Seconds to delivery, None where nothing was sent in the time looked at."""

    p50: float | None
    p95: float | None


class Journal(Records):
    """What the store knows about the watcher's own work."""

    @recorded
    def job_succeeded(self, name: str, *, started_at: datetime, at: datetime) -> None:
        """A job did its work."""
        self._run(
            """INSERT INTO jobs (name, last_started_at, last_success_at) VALUES (:name, :started, :at)
               ON CONFLICT (name) DO UPDATE SET last_started_at = excluded.last_started_at,
                   last_success_at = excluded.last_success_at, failing_since = NULL, failures = 0,
                   last_error = ''""",
            name=name,
            started=stored(started_at),
            at=stored(at),
        )

    @recorded
    def job_failed(self, name: str, *, started_at: datetime, at: datetime, error: str) -> None:
        """A job could not do its work."""
        self._run(
            """INSERT INTO jobs (name, last_started_at, failing_since, failures, last_error)
               VALUES (:name, :started, :at, 1, :error)
               ON CONFLICT (name) DO UPDATE SET last_started_at = excluded.last_started_at,
                   failing_since = coalesce(failing_since, excluded.failing_since),
                   failures = failures + 1, last_error = excluded.last_error""",
            name=name,
            started=stored(started_at),
            at=stored(at),
            error=error,
        )

    @recorded
    def jobs(self) -> dict[str, Job]:
        """Every job that ever ran, by name."""
        return {
            row["name"]: Job(
                row["name"],
                datetime.fromisoformat(row["last_started_at"]),
                from_stored(row["last_success_at"]),
                from_stored(row["failing_since"]),
                row["failures"],
                row["last_error"],
            )
            for row in self._rows("SELECT * FROM jobs ORDER BY name")
        }

    @recorded
    def make_due(self, *, now: datetime) -> None:
        """Try at once whatever was put off: for a clock that was set back, whose plans are too far ahead."""
        with self.transaction():
            self._run("UPDATE filings SET due_at = :now WHERE state = 'seen' AND due_at > :now", now=stored(now))
            self._run(
                """UPDATE deliveries SET due_at = :now
                   WHERE state IN ('pending', 'unknown') AND attempts > 0 AND due_at > :now""",
                now=stored(now),
            )
            self._run("UPDATE notices SET due_at = :now WHERE done_at IS NULL AND due_at > :now", now=stored(now))

    @recorded
    def keep_block(self, until: datetime) -> None:
        """EDGAR blocks us until then; the next process must know."""
        with self.transaction():
            self._run("DELETE FROM blocks")
            self._run("INSERT INTO blocks (until) VALUES (:until)", until=stored(until))

    @recorded
    def blocked_until(self) -> datetime | None:
        """When the latest block is or was over, None where there never was one."""
        rows = self._rows("SELECT until FROM blocks")
        return from_stored(rows[0]["until"]) if rows else None

    @recorded
    def save_audit(self, audit: Audit, *, at: datetime) -> None:
        """Keep what an audit found; a repeated audit of a day keeps what the earlier ones found late."""
        self._run(
            """INSERT INTO audits (day, at, listed, seen, late) VALUES (:day, :at, :listed, :seen, :late)
               ON CONFLICT (day) DO UPDATE SET at = excluded.at, listed = excluded.listed,
                   late = late + excluded.late, seen = excluded.listed - (late + excluded.late)""",
            day=audit.day.isoformat(),
            at=stored(at),
            listed=audit.listed,
            seen=audit.seen,
            late=audit.late,
        )

    @recorded
    def audits(self, *, limit: int = 30) -> list[Audit]:
        """The audits of the latest days, newest first."""
        rows = self._rows("SELECT * FROM audits ORDER BY day DESC LIMIT :limit", limit=limit)
        return [Audit(date.fromisoformat(row["day"]), row["listed"], row["seen"], row["late"]) for row in rows]

    @recorded
    def suspect(self, accession_numbers: Collection[str], *, at: datetime) -> dict[str, datetime]:
        """Keep which filings are listed elsewhere and unseen; gives since when each is. The others are forgotten."""
        numbers = json.dumps(list(accession_numbers))
        with self.transaction():
            self._run("DELETE FROM suspects WHERE accession_number NOT IN (SELECT value FROM json_each(:n))", n=numbers)
            self._run(
                "INSERT INTO suspects (accession_number, first_at) SELECT value, :at FROM json_each(:n) WHERE true "
                "ON CONFLICT DO NOTHING",
                n=numbers,
                at=stored(at),
            )
            rows = self._rows("SELECT * FROM suspects")
        return {row["accession_number"]: datetime.fromisoformat(row["first_at"]) for row in rows}

    @recorded
    def suspect_count(self) -> int:
        """How many filings are suspected to be missing."""
        count: int = self._one("SELECT count(*) AS n FROM suspects")["n"]
        return count

    @recorded
    def activity_since(self, moment: datetime) -> Activity:
        """What was done since then; the baseline was not seen but known."""
        row = self._one(
            """SELECT count(*) FILTER (WHERE seen_at >= :m AND state <> 'baseline') AS seen,
                      count(*) FILTER (WHERE state = 'read' AND done_at >= :m) AS read,
                      count(*) FILTER (WHERE state = 'unreadable' AND done_at >= :m) AS unreadable,
                      count(*) FILTER (WHERE late <> '' AND seen_at >= :m) AS late,
                      (SELECT count(DISTINCT accession_number) FROM matches WHERE matched_at >= :m AND NOT shadow)
                          AS matched,
                      (SELECT count(*) FROM deliveries WHERE state = 'sent' AND sent_at >= :m) AS sent,
                      (SELECT count(*) FROM deliveries WHERE state = 'dead' AND due_at >= :m) AS dead
               FROM filings WHERE seen_at >= :m OR done_at >= :m""",
            m=stored(moment),
        )
        return Activity(**row)

    @recorded
    def matches_by_day(self, *, since: date) -> dict[str, dict[date, int]]:
        """How many filings of each filing date since then each rule matched."""
        rows = self._rows(
            """SELECT m.rule_id, f.filed_on, count(*) AS n FROM filings AS f
               JOIN matches AS m USING (accession_number)
               WHERE f.filed_on >= :since AND f.late = '' GROUP BY 1, 2""",
            since=since.isoformat(),
        )
        found: dict[str, dict[date, int]] = {}
        for row in rows:
            found.setdefault(row["rule_id"], {})[date.fromisoformat(row["filed_on"])] = row["n"]
        return found

    @recorded
    def read_by_day(self, *, since: date) -> dict[date, int]:
        """How many filings of each filing date since then were read."""
        rows = self._rows(
            """SELECT filed_on, count(*) AS n FROM filings
               WHERE filed_on >= :since AND state = 'read' GROUP BY filed_on""",
            since=since.isoformat(),
        )
        return {date.fromisoformat(row["filed_on"]): row["n"] for row in rows}

    @recorded
    def latencies_from_acceptance(self, *, since: datetime) -> Latencies:
        """From EDGAR's acceptance to the receiver's receipt, over what was sent since then."""
        return self._latencies("accepted_at", since)

    @recorded
    def latencies_from_seen(self, *, since: datetime) -> Latencies:
        """From first seeing a filing listed to the receiver's receipt, over what was sent since then."""
        return self._latencies("seen_at", since)

    def _latencies(self, start: str, since: datetime) -> Latencies:
        # The canary, whose number nobody's is, is told at once and would flatter.
        rows = self._rows(
            f"""SELECT (julianday(sent_at) - julianday({start})) * 86400.0 AS seconds FROM deliveries
                WHERE state = 'sent' AND sent_at >= :since AND accession_number NOT LIKE '0000000000-%'
                ORDER BY seconds""",  # noqa: S608 - a column of ours
            since=stored(since),
        )
        seconds = [round(row["seconds"], 3) for row in rows]
        if not seconds:
            return Latencies(None, None)
        return Latencies(*(seconds[min(len(seconds) - 1, int(len(seconds) * share))] for share in (0.5, 0.95)))
