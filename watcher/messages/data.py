"""An alert as JSON, for programs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from watcher.model import Alert, CoverPage, CurrentReport, Evidence, Exhibit, ExhibitEntry, Filer, Item, Match


def alert_data(alert: Alert, *, possibly_repeated: bool) -> dict[str, object]:
    """The alert with the keys that `watcher read` and `watcher explain` print; no texts."""
    return {
        "delivery_id": alert.delivery_id,
        "seen_at": _moment(alert.seen_at),
        "late": alert.late,
        "continues": alert.continues,
        "possibly_repeated": possibly_repeated,
        "filing": report_data(alert.report),
        "rules": [_rule(match) for match in alert.matches if not match.shadow],
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None


def report_data(report: CurrentReport, *, text: bool = False) -> dict[str, Any]:
    """What a filing says, with the keys that `watcher read` prints; words of items and exhibits only with `text`."""
    return {
        "accession_number": report.accession_number or None,
        "form": report.form,
        "is_amendment": report.is_amendment,
        "filed_on": _day(report.filed_on),
        "accepted_at": _moment(report.accepted_at),
        "period_of_report": _day(report.period_of_report),
        "url": report.url or None,
        "filers": [_filer(filer) for filer in report.filers],
        "items": [
            _item(item) | ({"text": report.body[item.start : item.end]} if text else {}) for item in report.items
        ],
        "exhibits": [_exhibit(exhibit) | ({"text": exhibit.text} if text else {}) for exhibit in report.exhibits],
        "exhibit_list": [_entry(entry) for entry in report.exhibit_list],
        "financial_statement_parts": list(report.financial_statement_parts),
        "cover": _cover(report.cover),
        "amends": report.amends or None,
        "amends_on": _day(report.amends_on),
        "topics": [topic.name for topic in report.topics],
        "topic_evidence": {
            topic.name: {"because": list(topic.because), "evidence": [evidence_data(found) for found in topic.evidence]}
            for topic in report.topics
        },
        "warnings": list(report.warnings),
        **({"body": report.body} if text else {}),
    }


def _filer(filer: Filer) -> dict[str, Any]:
    return {
        "cik": filer.cik,
        "name": filer.name,
        "tickers": list(filer.tickers),
        "sic": filer.sic,
        "state": filer.state,
    }


def _item(item: Item) -> dict[str, Any]:
    return {
        "code": item.code,
        "title": item.title,
        "in_header": item.in_header,
        "in_body": item.in_body,
        "furnished": item.furnished,
    }


def _exhibit(exhibit: Exhibit) -> dict[str, Any]:
    return {
        "type": exhibit.type,
        "number": exhibit.number,
        "filename": exhibit.filename,
        "url": exhibit.url,
        "description": exhibit.description,
        "headline": exhibit.headline,
        "kind": exhibit.kind,
        "kind_because": exhibit.kind_because,
        "searched": exhibit.searched,
    }


def _entry(entry: ExhibitEntry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "description": entry.description,
        "exhibit": entry.exhibit or None,
        "incorporated_from": entry.incorporated_from or None,
    }


def _cover(cover: CoverPage) -> dict[str, Any]:
    return {
        "registrant": cover.registrant or None,
        "trading_symbols": list(cover.trading_symbols),
        "exchanges": list(cover.exchanges),
        "event_on": _day(cover.event_on),
        "checked": list(cover.checked),
    }


def _rule(match: Match) -> dict[str, Any]:
    return {
        "id": match.rule_id,
        "title": match.title,
        "level": str(match.level),
        "why": match.why,
        "because": list(match.because),
        "evidence": [evidence_data(evidence) for evidence in match.evidence],
    }


def evidence_data(evidence: Evidence) -> dict[str, Any]:
    """A passage, marked in its sentence, and where it stands."""
    return {
        "phrase": evidence.phrase,
        "where": evidence.where,
        "quote": evidence.quote,
        "start": evidence.start,
        "end": evidence.end,
        "url": evidence.url,
    }
