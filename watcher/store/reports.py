"""Reports: what filings say, with their texts apart, and which rules matched them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

import msgspec

from watcher.model import CurrentReport, Match
from watcher.store.database import recorded, stored
from watcher.store.filings import FilingRecords, merge_filers


class ReportRecords(FilingRecords):
    """What the store knows about the content of filings."""

    @recorded
    def save_report(self, report: CurrentReport) -> None:
        """Keep what a filing says: its facts, and its texts apart so that they can be dropped later."""
        number = report.accession_number
        with self.transaction():
            self._run(
                """INSERT INTO reports (accession_number, facts) VALUES (:number, :facts)
                   ON CONFLICT (accession_number) DO UPDATE SET facts = excluded.facts""",
                number=number,
                facts=msgspec.json.encode(without_texts(report)).decode(),
            )
            self._run("DELETE FROM texts WHERE accession_number = :number", number=number)
            for part, text in enumerate((report.body, *(exhibit.text for exhibit in report.exhibits))):
                if text:
                    self._run(
                        "INSERT INTO texts (accession_number, part, text) VALUES (:number, :part, :text)",
                        number=number,
                        part=part,
                        text=text,
                    )
            known = self._filers((number,)).get(number, ())
            self._write_filers(number, merge_filers(report.filers, known))
            # A daily index tells neither the time of acceptance nor the items.
            self._run(
                """UPDATE filings SET accepted_at = coalesce(accepted_at, :accepted_at),
                          filed_on = coalesce(filed_on, :filed_on), url = iif(url = '', :url, url),
                          items = iif(items = '', :items, items)
                   WHERE accession_number = :number""",
                number=number,
                accepted_at=stored(report.accepted_at) if report.accepted_at else None,
                filed_on=report.filed_on.isoformat() if report.filed_on else None,
                url=report.url,
                items=" ".join(item.code for item in report.items if item.in_header),
            )

    @recorded
    def filing_amended_by(self, report: CurrentReport) -> str:
        """Accession number of the known filing that an amendment amends, empty where none is.

        It is of the same company and form, came earlier, and was filed on the date that the amendment names
        or reports the same date (EDGAR's period of report, which an amendment keeps).
        """
        if not report.is_amendment:
            return ""
        rows = self._rows(
            """SELECT f.accession_number AS number FROM filings AS f
               LEFT JOIN reports AS r USING (accession_number)
               WHERE f.accession_number IN (SELECT accession_number FROM filers
                                            WHERE cik IN (SELECT value FROM json_each(:ciks)))
                     AND f.form = :form AND f.accession_number <> :number
                     AND (:accepted_at IS NULL OR f.accepted_at < :accepted_at)
                     AND (f.filed_on = :amends_on
                          OR r.facts ->> 'period_of_report' IN (:amends_on, :period))
               ORDER BY f.filed_on = :amends_on DESC, f.accepted_at DESC LIMIT 1""",
            ciks=json.dumps([filer.cik for filer in report.filers if filer.cik]),
            form=report.form.removesuffix("/A"),
            number=report.accession_number,
            accepted_at=stored(report.accepted_at) if report.accepted_at else None,
            amends_on=report.amends_on.isoformat() if report.amends_on else None,
            period=report.period_of_report.isoformat() if report.period_of_report else None,
        )
        return rows[0]["number"] if rows else ""

    @recorded
    def reports(self, accession_numbers: Collection[str] | None = None) -> list[CurrentReport]:
        """Stored reports with what is left of their texts, oldest acceptance first; all, or those named."""
        rows = self._rows(
            """SELECT r.accession_number AS number, r.facts FROM reports AS r
               JOIN filings AS f USING (accession_number)
               WHERE :numbers IS NULL OR accession_number IN (SELECT value FROM json_each(:numbers))
               ORDER BY coalesce(f.accepted_at, f.seen_at)""",
            numbers=None if accession_numbers is None else json.dumps(list(accession_numbers)),
        )
        return [self._with_texts(row["number"], row["facts"]) for row in rows]

    @recorded
    def filings_with_texts(self) -> tuple[list[str], int]:
        """The filings whose texts are kept, oldest acceptance first, and how many were read whose texts are gone."""
        rows = self._rows(
            """SELECT r.accession_number AS number,
                      EXISTS (SELECT 1 FROM texts AS t WHERE t.accession_number = r.accession_number) AS kept
               FROM reports AS r JOIN filings AS f USING (accession_number)
               ORDER BY coalesce(f.accepted_at, f.seen_at)"""
        )
        kept = [row["number"] for row in rows if row["kept"]]
        return kept, len(rows) - len(kept)

    def _with_texts(self, accession_number: str, facts: str) -> CurrentReport:
        report = msgspec.json.decode(facts, type=CurrentReport)
        texts = {
            row["part"]: row["text"]
            for row in self._rows(
                "SELECT part, text FROM texts WHERE accession_number = :number", number=accession_number
            )
        }
        exhibits = tuple(replace(exhibit, text=texts.get(part, "")) for part, exhibit in enumerate(report.exhibits, 1))
        return replace(report, body=texts.get(0, ""), exhibits=exhibits)

    @recorded
    def latest_texts(self, *, limit: int, characters: int) -> list[str]:
        """The beginnings, of so many characters, of the texts that were kept last; at most `limit` of them."""
        rows = self._rows(
            "SELECT substr(text, 1, :characters) AS text FROM texts ORDER BY id DESC LIMIT :limit",
            characters=characters,
            limit=limit,
        )
        return [row["text"] for row in rows]

    @recorded
    def save_matches(self, accession_number: str, matches: Iterable[Match], *, at: datetime) -> None:
        """Keep which rules matched a filing; a rule that matched before stays as it was."""
        with self.transaction():
            for match in matches:
                self._run(
                    """INSERT INTO matches (accession_number, rule_id, matched_at, shadow, match)
                       VALUES (:number, :rule_id, :at, :shadow, :match)
                       ON CONFLICT (accession_number, rule_id) DO NOTHING""",
                    number=accession_number,
                    rule_id=match.rule_id,
                    at=stored(at),
                    shadow=int(match.shadow),
                    match=msgspec.json.encode(match).decode(),
                )

    @recorded
    def matches_of(self, accession_number: str) -> list[Match]:
        """The rules that matched a filing, with why."""
        rows = self._rows(
            "SELECT match FROM matches WHERE accession_number = :number ORDER BY rule_id",
            number=accession_number,
        )
        return [msgspec.json.decode(row["match"], type=Match) for row in rows]


def without_texts(report: CurrentReport) -> CurrentReport:
    """The facts of a report alone."""
    return replace(report, body="", exhibits=tuple(replace(exhibit, text="") for exhibit in report.exhibits))
