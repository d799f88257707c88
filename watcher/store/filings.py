"""Filings: which were seen, which still wait to be read, what they said, which rules matched."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from watcher.hours import new_york
from watcher.model import Filer, Filing, FilingState
from watcher.store.database import Records, from_stored, recorded, stored


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look at EDGAR's list brought."""

    new: tuple[str, ...]
    """Accession numbers that were not known."""
    gained: tuple[str, ...]
    """Known ones that gained a registrant; those already read wait to be read again."""


@dataclass(frozen=True, slots=True)
class DueFiling:
    """A filing that waits to be read."""

    filing: Filing
    seen_at: datetime
    late: str
    tries: int = 0
    """How often it was asked for so far."""
    failures: int = 0
    """How often it came and could not be read."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many wait or were given up, and the latest reason of one of them."""

    count: int
    last_error: str
    receiver: str = ""
    """Of deliveries: to whom."""


@dataclass(frozen=True, slots=True)
class FilingRow:
    """One filing with where it stands and what came of it."""

    filing: Filing
    state: FilingState
    seen_at: datetime
    late: str
    last_error: str
    matched: tuple[str, ...]
    """Ids of the rules that matched."""


class FilingRecords(Records):
    """What the store knows about filings."""

    @recorded
    def see(
        self,
        filings: Iterable[Filing],
        *,
        at: datetime,
        baseline: bool = False,
        late: str | Mapping[str, str] = "",
    ) -> Seen:
        """Remember listed filings; the known ones only gain registrants they did not have.

        `late` says why those that are new come late, one reason for all or by accession number.
        A new one waits to be read, unless it is part of the `baseline` or older than the watch.
        """
        new: list[str] = []
        gained: list[str] = []
        with self.transaction():
            since = self.watched_since()
            for filing in filings:
                known = self._filers((filing.accession_number,)).get(filing.accession_number)
                if known is None:
                    done = baseline or _is_older(filing, since)
                    state = FilingState.BASELINE if done else FilingState.SEEN
                    why = late if isinstance(late, str) else late.get(filing.accession_number, "")
                    self._add_filing(filing, at=at, state=state, late=why)
                    new.append(filing.accession_number)
                elif len(merged := merge_filers(known, filing.filers)) > len(known):
                    self._write_filers(filing.accession_number, merged)
                    self._read_again(filing.accession_number, at=at)
                    gained.append(filing.accession_number)
        return Seen(tuple(new), tuple(gained))

    @recorded
    def watched_since(self) -> datetime | None:
        """The acceptance from which on filings are alerted on; None for a database that is fresh."""
        rows = self._rows("SELECT since FROM watch")
        return _moment(rows[0]["since"]) if rows else None

    @recorded
    def watch_started_at(self) -> datetime | None:
        """When the watch began, None for a database that is fresh."""
        rows = self._rows("SELECT started_at FROM watch")
        return _moment(rows[0]["started_at"]) if rows else None

    @recorded
    def start_watch(self, *, since: datetime, at: datetime) -> None:
        """From now on this database is not fresh: filings accepted since then are alerted on."""
        with self.transaction():
            self._run("DELETE FROM watch")
            self._run("INSERT INTO watch (started_at, since) VALUES (:at, :since)", at=stored(at), since=stored(since))

    @recorded
    def reopen_baseline(self, *, since: datetime, at: datetime) -> int:
        """Have the baseline's filings that were accepted since then read after all; gives how many."""
        return self._run(
            """UPDATE filings SET state = 'seen', due_at = :at, done_at = NULL
               WHERE state = 'baseline' AND accepted_at >= :since""",
            since=stored(since),
            at=stored(at),
        )

    @recorded
    def knows_registrants(self, registrants: Collection[tuple[str, int]]) -> bool:
        """Whether each pair of accession number and CIK was seen before."""
        row = self._one(
            """SELECT NOT EXISTS (
                   SELECT 1 FROM json_each(:pairs) AS pair WHERE NOT EXISTS (
                       SELECT 1 FROM filers
                       WHERE accession_number = pair.value ->> 0 AND cik = pair.value ->> 1)) AS known""",
            pairs=json.dumps(list(registrants)),
        )
        return bool(row["known"])

    def _add_filing(self, filing: Filing, *, at: datetime, state: FilingState, late: str) -> None:
        self._run(
            """INSERT INTO filings (accession_number, form, accepted_at, filed_on, items, url, state,
                                    seen_at, late, due_at, done_at)
               VALUES (:accession_number, :form, :accepted_at, :filed_on, :items, :url, :state,
                       :at, :late, :at, :done_at)""",
            accession_number=filing.accession_number,
            form=filing.form,
            accepted_at=stored(filing.accepted_at) if filing.accepted_at else None,
            filed_on=filing.filed_on.isoformat() if filing.filed_on else None,
            items=" ".join(filing.items),
            url=filing.url,
            state=state,
            at=stored(at),
            late=late,
            done_at=None if state is FilingState.SEEN else stored(at),
        )
        self._write_filers(filing.accession_number, filing.filers)

    def _read_again(self, accession_number: str, *, at: datetime) -> None:
        self._run(
            """UPDATE filings SET state = 'seen', due_at = :at, tries = 0, failures = 0, done_at = NULL
               WHERE accession_number = :accession_number AND state IN ('read', 'unreadable')""",
            accession_number=accession_number,
            at=stored(at),
        )

    def _write_filers(self, accession_number: str, filers: Iterable[Filer]) -> None:
        self._run("DELETE FROM filers WHERE accession_number = :number", number=accession_number)
        for position, filer in enumerate(filers):
            self._run(
                """INSERT INTO filers (accession_number, position, cik, name, tickers, sic, state, role)
                   VALUES (:number, :position, :cik, :name, :tickers, :sic, :state, :role)""",
                number=accession_number,
                position=position,
                cik=filer.cik,
                name=filer.name,
                tickers=" ".join(filer.tickers),
                sic=filer.sic,
                state=filer.state,
                role=filer.role,
            )

    def _filers(self, accession_numbers: Collection[str]) -> dict[str, tuple[Filer, ...]]:
        """Filers by accession number; a known filing without any has an empty tuple."""
        rows = self._rows(
            """SELECT filings.accession_number AS number, f.* FROM filings
               LEFT JOIN filers AS f USING (accession_number)
               WHERE filings.accession_number IN (SELECT value FROM json_each(:numbers))
               ORDER BY f.position""",
            numbers=json.dumps(list(accession_numbers)),
        )
        found: dict[str, tuple[Filer, ...]] = {}
        for row in rows:
            filers = found.setdefault(row["number"], ())
            if row["position"] is not None:
                filer = Filer(
                    cik=row["cik"],
                    name=row["name"],
                    tickers=tuple(row["tickers"].split()),
                    sic=row["sic"],
                    state=row["state"],
                    role=row["role"],
                )
                found[row["number"]] = (*filers, filer)
        return found

    @recorded
    def known_accession_numbers(self, candidates: Collection[str]) -> set[str]:
        """Those of the candidates that were seen before."""
        rows = self._rows(
            """SELECT accession_number FROM filings
               WHERE accession_number IN (SELECT value FROM json_each(:numbers))""",
            numbers=json.dumps(list(candidates)),
        )
        return {row["accession_number"] for row in rows}

    @recorded
    def filings_due(self, *, now: datetime, limit: int = 100) -> list[DueFiling]:
        """Filings that wait to be read and whose time has come, in the order EDGAR accepted them."""
        rows = self._rows(
            """SELECT * FROM filings WHERE state = 'seen' AND due_at <= :now
               ORDER BY coalesce(accepted_at, seen_at), accession_number LIMIT :limit""",
            now=stored(now),
            limit=limit,
        )
        return [
            DueFiling(filing, _moment(row["seen_at"]), row["late"], row["tries"], row["failures"])
            for filing, row in zip(self._filings(rows), rows, strict=True)
        ]

    @recorded
    def next_filing_due(self) -> datetime | None:
        """When the next waiting filing wants to be tried, None where none waits."""
        return from_stored(self._one("SELECT min(due_at) AS at FROM filings WHERE state = 'seen'")["at"])

    def _filings(self, rows: Sequence[dict[str, Any]]) -> list[Filing]:
        filers = self._filers([row["accession_number"] for row in rows])
        return [
            Filing(
                accession_number=row["accession_number"],
                form=row["form"],
                filers=filers[row["accession_number"]],
                accepted_at=from_stored(row["accepted_at"]),
                filed_on=date.fromisoformat(row["filed_on"]) if row["filed_on"] else None,
                items=tuple(row["items"].split()),
                url=row["url"],
            )
            for row in rows
        ]

    @recorded
    def defer_filing(self, accession_number: str, *, error: str, until: datetime, charged: bool = True) -> None:
        """Try a filing again later; it stays unread. A try that is not `charged` is no failure to read it."""
        self._run(
            """UPDATE filings SET due_at = :until, tries = tries + 1, failures = failures + :charged,
                      last_error = :error
               WHERE accession_number = :number AND state = 'seen'""",
            number=accession_number,
            until=stored(until),
            error=error,
            charged=int(charged),
        )

    @recorded
    def mark_read(self, accession_number: str, *, at: datetime, considered: Iterable[Filer] | None = None) -> bool:
        """Be done with a filing; belongs into the transaction that stores what came of it.

        Gives False, and the filing stays due, where a registrant joined that was not among those `considered`.
        """
        if considered is not None:
            known = self._filers((accession_number,)).get(accession_number, ())
            if not {_identity(filer) for filer in known} <= {_identity(filer) for filer in considered}:
                return False
        self._finish(accession_number, FilingState.READ, at=at, error="")
        return True

    @recorded
    def mark_unreadable(self, accession_number: str, *, at: datetime, error: str) -> None:
        """Give a filing up: it will not be tried again by itself."""
        self._finish(accession_number, FilingState.UNREADABLE, at=at, error=error)

    def _finish(self, accession_number: str, state: FilingState, *, at: datetime, error: str) -> None:
        self._run(
            """UPDATE filings SET state = :state, done_at = :at, last_error = :error
               WHERE accession_number = :number AND state = 'seen'""",
            number=accession_number,
            state=state,
            at=stored(at),
            error=error,
        )

    @recorded
    def latest_filings(self, *, state: FilingState | None = None, limit: int = 50) -> list[FilingRow]:
        """The newest filings by acceptance, with where they stand."""
        rows = self._rows(
            """SELECT *, (SELECT group_concat(rule_id, ' ') FROM matches AS m
                          WHERE m.accession_number = filings.accession_number) AS matched
               FROM filings WHERE :state IS NULL OR state = :state
               ORDER BY coalesce(accepted_at, seen_at) DESC, accession_number DESC LIMIT :limit""",
            state=state,
            limit=limit,
        )
        return [
            FilingRow(
                filing,
                FilingState(row["state"]),
                _moment(row["seen_at"]),
                row["late"],
                row["last_error"],
                tuple(sorted((row["matched"] or "").split())),
            )
            for filing, row in zip(self._filings(rows), rows, strict=True)
        ]

    @recorded
    def filings_waiting_since(self, moment: datetime) -> Backlog:
        """Filings that were seen before that moment and are still unread."""
        # "+": not by the index of all that was ever seen, but by that of what waits.
        return self._backlog("state = 'seen' AND +seen_at < :moment", moment)

    @recorded
    def filings_given_up_since(self, moment: datetime) -> Backlog:
        """Filings that turned out to be unreadable since then."""
        return self._backlog("state = 'unreadable' AND done_at >= :moment", moment)

    def _backlog(self, condition: str, moment: datetime) -> Backlog:
        row = self._one(
            f"SELECT count(*) AS n, max(last_error) AS error FROM filings WHERE {condition}",  # noqa: S608 - ours
            moment=stored(moment),
        )
        return Backlog(row["n"], row["error"] or "it was not tried yet")

    @recorded
    def last_seen_at(self) -> datetime | None:
        """When a filing was last seen in time, None where there never was one."""
        rows = self._rows("SELECT seen_at FROM filings WHERE late = '' ORDER BY seen_at DESC LIMIT 1")
        return from_stored(rows[0]["seen_at"]) if rows else None

    @recorded
    def forget_filing(self, accession_number: str) -> None:
        """Forget a filing and what it said; what was queued about it is delivered all the same."""
        self._run("DELETE FROM filings WHERE accession_number = :number", number=accession_number)

    @recorded
    def filing_counts(self) -> dict[FilingState, int]:
        """How many filings stand where; every state has a number."""
        rows = self._rows("SELECT state, count(*) AS n FROM filings GROUP BY state")
        return dict.fromkeys(FilingState, 0) | {FilingState(row["state"]): row["n"] for row in rows}


def _is_older(filing: Filing, since: datetime | None) -> bool:
    """Whether a filing was accepted before the watch began; an index tells the day alone."""
    if since is None:
        return False
    if filing.accepted_at is not None:
        return filing.accepted_at < since
    return filing.filed_on is not None and filing.filed_on <= new_york(since).date()


def merge_filers(known: Iterable[Filer], listed: Iterable[Filer]) -> tuple[Filer, ...]:
    """The known filers in their order, then the listed ones whose CIK (name, where none) is not among them."""
    merged = {_identity(filer): filer for filer in known}
    for filer in listed:
        merged.setdefault(_identity(filer), filer)
    return tuple(merged.values())


def _identity(filer: Filer) -> int | str:
    return filer.cik if filer.cik is not None else filer.name.casefold()


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
