"""An alert as JSON, for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from watcher.model import Alert, CurrentReport, Evidence, Match


def alert_data(alert: Alert, *, possibly_repeated: bool) -> dict[str, object]:
    """The alert with the keys that `watcher read` and `watcher explain` print; no texts."""
    return {
        "delivery_id": alert.delivery_id,
        "seen_at": _moment(alert.seen_at),
        "late": alert.late,
        "continues": alert.continues,
        "possibly_repeated": possibly_repeated,
        "filing": _filing(alert.report),
        "rules": [_rule(match) for match in alert.matches if not match.shadow],
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None


def _filing(report: CurrentReport) -> dict[str, Any]:
    return {
        "accession_number": report.accession_number,
        "form": report.form,
        "is_amendment": report.is_amendment,
        "filed_on": report.filed_on.isoformat() if report.filed_on else None,
        "accepted_at": _moment(report.accepted_at),
        "period_of_report": report.period_of_report.isoformat() if report.period_of_report else None,
        "url": report.url,
        "filers": [
            {
                "cik": filer.cik,
                "name": filer.name,
                "tickers": list(filer.tickers),
                "sic": filer.sic,
                "state": filer.state,
            }
            for filer in report.filers
        ],
        "items": [
            {"code": item.code, "title": item.title, "in_header": item.in_header, "in_body": item.in_body}
            for item in report.items
        ],
        "exhibits": [
            {
                "type": exhibit.type,
                "number": exhibit.number,
                "filename": exhibit.filename,
                "url": exhibit.url,
                "description": exhibit.description,
                "headline": exhibit.headline,
                "kind": exhibit.kind,
                "searched": exhibit.searched,
            }
            for exhibit in report.exhibits
        ],
        "topics": [topic.name for topic in report.topics],
    }


def _rule(match: Match) -> dict[str, Any]:
    return {
        "id": match.rule_id,
        "title": match.title,
        "level": str(match.level),
        "why": match.why,
        "because": list(match.because),
        "evidence": [_evidence(evidence) for evidence in match.evidence],
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "phrase": evidence.phrase,
        "where": evidence.where,
        "quote": evidence.quote,
        "start": evidence.start,
        "end": evidence.end,
        "url": evidence.url,
    }
