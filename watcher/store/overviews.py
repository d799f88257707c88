"""What people look at: days of filings, hits of rules, states of deliveries, how long everything took."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import msgspec

from watcher.model import Filing, FilingState, Level
from watcher.store.database import from_stored, recorded, stored
from watcher.store.filings import FilingRecords


@dataclass(frozen=True, slots=True)
class MatchLine:
    """A rule that matched, in a line."""

    rule_id: str
    title: str
    level: Level
    shadow: bool


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """What became of telling a receiver, in a line."""

    id: str
    receiver: str
    state: str
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class ExhibitLine:
    """An exhibit, in a line."""

    type: str
    kind: str = "other"
    headline: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class FilingLine:
    """A filing with what it says and what came of it, in a line."""

    filing: Filing
    state: FilingState
    seen_at: datetime
    done_at: datetime | None
    late: str
    last_error: str
    exhibits: tuple[ExhibitLine, ...]
    topics: tuple[str, ...]
    matches: tuple[MatchLine, ...]
    deliveries: tuple[DeliveryLine, ...]


@dataclass(frozen=True, slots=True)
class DaySummary:
    """How many filings a day has, and what became of them."""

    filings: int
    matched: int
    """Some rule matched them, shadow rules aside."""
    waiting: int
    unreadable: int
    late: int


@dataclass(frozen=True, slots=True)
class RuleHits:
    """How often a rule matched filings of one day."""

    rule_id: str
    title: str
    day: date
    count: int


class Stage(StrEnum):
    """What a filing goes through after EDGAR accepted it."""

    SEEN = "seen"
    MATCHED = "matched"
    DELIVERED = "delivered"


@dataclass(frozen=True, slots=True)
class Durations:
    """How long a stage took: how many filings or deliveries within each bound, and the sum of all seconds."""

    within: tuple[int, ...]
    """For each bound asked for, how many took at most that long."""
    count: int
    total: float


@dataclass(frozen=True, slots=True)
class Tally:
    """How often something happened, by what it is about."""

    labels: tuple[str, ...]
    count: int


class _Topic(msgspec.Struct):
    name: str


class _Facts(msgspec.Struct):
    """Of a stored report, what stands in a line."""

    exhibits: tuple[ExhibitLine, ...] = ()
    topics: tuple[_Topic, ...] = ()


# What was seen late, or known before the watch began, tells nothing about how fast the watcher is.
_STAGES = {
    Stage.SEEN: """SELECT julianday(seen_at) - julianday(accepted_at) AS days, seen_at AS at FROM filings
                   WHERE state <> 'baseline' AND late = '' AND accepted_at IS NOT NULL""",
    Stage.MATCHED: """SELECT julianday(done_at) - julianday(accepted_at) AS days, done_at AS at FROM filings
                      WHERE state = 'read' AND late = '' AND accepted_at IS NOT NULL""",
    Stage.DELIVERED: """SELECT julianday(d.sent_at) - julianday(d.accepted_at) AS days, d.sent_at AS at
                        FROM deliveries AS d JOIN filings AS f USING (accession_number)
                        WHERE d.state = 'sent' AND f.late = '' AND (:receiver IS NULL OR d.receiver = :receiver)""",
}

_OF_DAY = "(filed_on = :day OR (filed_on IS NULL AND substr(seen_at, 1, 10) = :day))"

_LINE = """
    SELECT f.*, r.facts,
        (SELECT json_group_array(json_object('rule_id', rule_id, 'title', match ->> 'title',
                                             'level', match ->> 'level', 'shadow', json(iif(shadow, 'true', 'false'))))
         FROM matches AS m WHERE m.accession_number = f.accession_number) AS matched,
        (SELECT json_group_array(json_object('id', id, 'receiver', receiver, 'state', state, 'sent_at', sent_at))
         FROM deliveries AS d WHERE d.accession_number = f.accession_number) AS told
    FROM filings AS f LEFT JOIN reports AS r USING (accession_number)
"""


class Overviews(FilingRecords):
    """What the store tells people who look."""

    @recorded
    def data_version(self) -> int:
        """A number that changes when another connection has written."""
        version: int = self._one("PRAGMA data_version")["data_version"]
        return version

    @recorded
    def day_versions(self, day: date) -> dict[str, str]:
        """For each filing of a day, a word that changes when its line does."""
        rows = self._rows(
            f"""SELECT accession_number AS number, state || ' ' || tries || ' ' || last_error || ' ' ||
                       (SELECT count(*) FROM filers AS g WHERE g.accession_number = f.accession_number) || ' ' ||
                       (SELECT count(*) FROM matches AS m WHERE m.accession_number = f.accession_number) || ' ' ||
                       coalesce((SELECT group_concat(state) FROM deliveries AS d
                                 WHERE d.accession_number = f.accession_number), '') AS version
                FROM filings AS f WHERE {_OF_DAY} ORDER BY accession_number""",  # noqa: S608 - ours
            day=day.isoformat(),
        )
        return {row["number"]: row["version"] for row in rows}

    @recorded
    def day_summary(self, day: date) -> DaySummary:
        """The figures of one of EDGAR's filing days."""
        row = self._one(
            f"""SELECT count(*) AS filings, count(*) FILTER (WHERE state = 'seen') AS waiting,
                       count(*) FILTER (WHERE state = 'unreadable') AS unreadable,
                       count(*) FILTER (WHERE late <> '') AS late,
                       count(*) FILTER (WHERE EXISTS (SELECT 1 FROM matches AS m WHERE NOT shadow
                                        AND m.accession_number = f.accession_number)) AS matched
                FROM filings AS f WHERE {_OF_DAY}""",  # noqa: S608 - ours
            day=day.isoformat(),
        )
        return DaySummary(row["filings"], row["matched"], row["waiting"], row["unreadable"], row["late"])

    @recorded
    def filing_lines(
        self,
        *,
        day: date | None = None,
        accession_numbers: Collection[str] | None = None,
        rule_id: str | None = None,
        matched: bool = False,
        words: str = "",
        limit: int = 2000,
        offset: int = 0,
    ) -> list[FilingLine]:
        """Filings that fulfil every condition given, newest first.

        `day` is EDGAR's filing date; `matched` leaves shadow rules aside; `words` stand in the names, tickers, CIKs,
        form or number of a filing.
        """
        rows = self._rows(
            f"""{_LINE} WHERE (:day IS NULL OR {_OF_DAY})
                AND (:numbers IS NULL OR f.accession_number IN (SELECT value FROM json_each(:numbers)))
                AND (:rule_id IS NULL OR EXISTS (SELECT 1 FROM matches AS m WHERE m.rule_id = :rule_id
                                                 AND m.accession_number = f.accession_number))
                AND (NOT :matched OR EXISTS (SELECT 1 FROM matches AS m WHERE NOT m.shadow
                                             AND m.accession_number = f.accession_number))
                AND (:words = '' OR instr(lower(f.accession_number || ' ' || f.form || ' ' || f.items || ' ' ||
                        coalesce((SELECT group_concat(name || ' ' || tickers || ' ' || coalesce(cik, ''), ' ')
                                  FROM filers AS g WHERE g.accession_number = f.accession_number), '')),
                    lower(:words)))
                ORDER BY f.seen_at DESC, f.accepted_at DESC, f.accession_number DESC
                LIMIT :limit OFFSET :offset""",  # noqa: S608 - ours
            day=day.isoformat() if day else None,
            numbers=None if accession_numbers is None else json.dumps(list(accession_numbers)),
            rule_id=rule_id,
            matched=matched,
            words=words,
            limit=limit,
            offset=offset,
        )
        return [_line(filing, row) for filing, row in zip(self._filings(rows), rows, strict=True)]

    @recorded
    def days_around(self, day: date) -> tuple[date | None, date | None]:
        """The nearest days before and after that have filings."""
        row = self._one(
            """SELECT (SELECT max(filed_on) FROM filings WHERE filed_on < :day) AS before,
                      (SELECT min(filed_on) FROM filings WHERE filed_on > :day) AS after""",
            day=day.isoformat(),
        )
        before, after = (date.fromisoformat(found) if found else None for found in (row["before"], row["after"]))
        return before, after

    @recorded
    def latest_read_filings(self, *, limit: int) -> list[Filing]:
        """The newest filings that were read and whose texts are kept, with the items that the report has."""
        rows = self._rows(
            """SELECT f.*, coalesce((SELECT group_concat(value ->> 'code', ' ') FROM json_each(r.facts, '$.items')),
                                    f.items) AS items
               FROM filings AS f JOIN reports AS r USING (accession_number)
               WHERE EXISTS (SELECT 1 FROM texts AS t WHERE t.accession_number = f.accession_number)
               ORDER BY coalesce(f.accepted_at, f.seen_at) DESC, f.accession_number DESC LIMIT :limit""",
            limit=limit,
        )
        return self._filings(rows)

    @recorded
    def filings_by_texts(self) -> tuple[int, int]:
        """How many filings were read whose texts are kept, and of how many the texts are gone."""
        row = self._one(
            """SELECT (SELECT count(*) FROM reports) AS reports,
                      (SELECT count(DISTINCT accession_number) FROM texts) AS kept"""
        )
        return row["kept"], row["reports"] - row["kept"]

    @recorded
    def rule_hits(self, *, since: date) -> list[RuleHits]:
        """How often each rule matched on each day since then, by filing date; shadow rules included."""
        rows = self._rows(
            """SELECT m.rule_id, m.match ->> 'title' AS title, count(*) AS n,
                      coalesce(f.filed_on, substr(m.matched_at, 1, 10)) AS day
               FROM matches AS m JOIN filings AS f USING (accession_number)
               WHERE day >= :since GROUP BY m.rule_id, day ORDER BY m.rule_id, day""",
            since=since.isoformat(),
        )
        return [RuleHits(row["rule_id"], row["title"], date.fromisoformat(row["day"]), row["n"]) for row in rows]

    @recorded
    def durations(
        self, stage: Stage, bounds: Sequence[float], *, since: datetime | None = None, receiver: str | None = None
    ) -> Durations:
        """How long after acceptance a stage was reached; `bounds` in seconds, rising; `receiver` of deliveries."""
        counts = ", ".join(f"count(*) FILTER (WHERE seconds <= {bound:f}) AS b{n}" for n, bound in enumerate(bounds))
        row = self._one(
            # Materialised: otherwise SQLite works out the seconds anew for every bound.
            f"""WITH taken AS MATERIALIZED (
                    SELECT round(max(0.0, days * 86400.0), 3) AS seconds FROM ({_STAGES[stage]})
                    WHERE :since IS NULL OR at >= :since)
                SELECT count(*) AS n, coalesce(sum(seconds), 0.0) AS total, {counts} FROM taken""",  # noqa: S608 - ours
            since=stored(since) if since else None,
            receiver=receiver,
        )
        return Durations(tuple(row[f"b{n}"] for n in range(len(bounds))), row["n"], row["total"])

    @recorded
    def late_filing_count(self) -> int:
        """How many filings only an audit found."""
        count: int = self._one("SELECT count(*) AS n FROM filings WHERE late <> ''")["n"]
        return count

    @recorded
    def match_tally(self) -> list[Tally]:
        """Matches by rule, and `yes` where it was a shadow rule, otherwise `no`."""
        return self._tally("SELECT rule_id, iif(shadow, 'yes', 'no'), count(*) AS n FROM matches GROUP BY 1, 2")

    @recorded
    def delivery_tally(self) -> list[Tally]:
        """Deliveries by receiver and state."""
        return self._tally("SELECT receiver, state, count(*) AS n FROM deliveries GROUP BY 1, 2")

    @recorded
    def attempt_tally(self) -> list[Tally]:
        """Tries to deliver by receiver and outcome."""
        return self._tally(
            """SELECT d.receiver, a.outcome, count(*) AS n
               FROM attempts AS a JOIN deliveries AS d ON d.id = a.delivery_id GROUP BY 1, 2"""
        )

    def _tally(self, sql: str) -> list[Tally]:
        return [Tally(tuple(list(row.values())[:-1]), row["n"]) for row in self._rows(sql)]

    @recorded
    def size(self) -> int:
        """Bytes of the database file, without its log."""
        row = self._one("SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()")
        size: int = row["bytes"]
        return size


def _line(filing: Filing, row: dict[str, Any]) -> FilingLine:
    facts = msgspec.json.decode(row["facts"], type=_Facts) if row["facts"] else _Facts()
    seen_at = from_stored(row["seen_at"])
    assert seen_at is not None  # noqa: S101 - the column is NOT NULL
    matches = msgspec.json.decode(row["matched"], type=tuple[MatchLine, ...])
    return FilingLine(
        filing=filing,
        state=FilingState(row["state"]),
        seen_at=seen_at,
        done_at=from_stored(row["done_at"]),
        late=row["late"],
        last_error=row["last_error"],
        exhibits=facts.exhibits,
        topics=tuple(topic.name for topic in facts.topics),
        matches=tuple(sorted(matches, key=lambda match: match.rule_id)),
        deliveries=msgspec.json.decode(row["told"], type=tuple[DeliveryLine, ...]),
    )
