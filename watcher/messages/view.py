"""What a message says, in the order in which it is read: who, what, why, when.

This is the data model of the templates. Every text is on one line, free of invisible characters and cut to a
readable length; every address is a web address or empty. Nothing is escaped yet: each form does that itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from watcher.messages.wording import cut_end, cut_start, new_york_time, one_line, place_name, safe_url, span, utc_time
from watcher.model import Alert, CurrentReport, Evidence, Level, Match

MARKS = {Level.HIGH: "🔴", Level.NOTICE: "🔵", Level.INFO: "⚪"}
_LOUDNESS = list(MARKS)


@dataclass(frozen=True, slots=True)
class Fit:
    """How much a form has room for."""

    reasons: int
    passages: int
    """For each rule."""
    exhibits: int
    context: int
    """Characters on each side of a matched passage."""


WIDE = Fit(reasons=40, passages=6, exhibits=40, context=300)


@dataclass(frozen=True, slots=True)
class Company:
    """A registrant."""

    name: str
    tickers: tuple[str, ...]
    cik: int | None

    @property
    def title(self) -> str:
        """`CLRB · Cellectar Biosciences, Inc.`; the name alone where there is no ticker."""
        return " · ".join(filter(None, (" ".join(self.tickers), self.name)))


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An item of the report."""

    code: str
    title: str


@dataclass(frozen=True, slots=True)
class ExhibitLine:
    """An exhibit of the report."""

    type: str
    kind: str
    """Empty where it is of no kind that has a name."""
    headline: str
    url: str
    searched: bool
    matched: bool
    """A passage that matched stands in it."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A matched passage in its sentence."""

    before: str
    found: str
    after: str
    where: str
    """`EX-99.1`, `Item 7.01` or `main document`."""
    url: str


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that matched, and why."""

    rule_id: str
    title: str
    why: str
    level: Level
    because: tuple[str, ...]
    passages: tuple[Passage, ...]
    more_passages: int


@dataclass(frozen=True, slots=True)
class View:
    """One alert as its reader sees it."""

    delivery_id: str
    subject: str
    """One line that tells it all: `CLRB 8-K 7.01, 9.01: Cellectar signs a license agreement`."""
    companies: tuple[Company, ...]
    more_companies: int
    form: str
    is_amendment: bool
    accession_number: str
    url: str
    body_url: str
    items: tuple[ItemLine, ...]
    exhibits: tuple[ExhibitLine, ...]
    more_exhibits: int
    reasons: tuple[Reason, ...]
    more_reasons: int
    level: Level
    mark: str
    """A coloured dot for the level."""
    accepted_at: datetime | None
    accepted: str
    """`Wed 8 Mar 2017 16:02:21 New York · 21:02:21 UTC`."""
    delay: str
    """From acceptance to this message: `38 s`; empty where one of them is not known."""
    late: str
    continues: str
    possibly_repeated: bool


def view_of(alert: Alert, *, now: datetime | None = None, possibly_repeated: bool = False, fit: Fit = WIDE) -> View:
    """What a message about this alert says at `now`; matches of shadow rules are left out."""
    report = alert.report
    matches = [match for match in alert.matches if not match.shadow]
    matches.sort(key=lambda match: _LOUDNESS.index(match.level))
    level = matches[0].level if matches else Level.INFO
    exhibits = _exhibits(report, matches)
    accepted_at = report.accepted_at
    return View(
        delivery_id=alert.delivery_id,
        subject=_subject(report, matches, level),
        companies=_companies(report)[:3],
        more_companies=max(0, len(report.filers) - 3),
        form=one_line(report.form, 20),
        is_amendment=report.is_amendment,
        accession_number=one_line(report.accession_number, 30),
        url=safe_url(report.url),
        body_url=safe_url(report.body_url) or safe_url(report.url),
        items=tuple(ItemLine(one_line(item.code, 8), one_line(item.title, 120)) for item in report.items[:20]),
        exhibits=exhibits[: fit.exhibits],
        more_exhibits=max(0, len(exhibits) - fit.exhibits),
        reasons=tuple(_reason(match, report, fit) for match in matches[: fit.reasons]),
        more_reasons=max(0, len(matches) - fit.reasons),
        level=level,
        mark=MARKS[level],
        accepted_at=accepted_at,
        accepted=f"{new_york_time(accepted_at)} New York · {utc_time(accepted_at)} UTC" if accepted_at else "",
        delay=span(now - accepted_at) if accepted_at and now else "",
        late=one_line(alert.late, 200),
        continues=one_line(alert.continues, 200),
        possibly_repeated=possibly_repeated,
    )


def _companies(report: CurrentReport) -> tuple[Company, ...]:
    known = tuple(
        Company(
            one_line(filer.name, 100) or f"CIK {filer.cik}",
            tuple(one_line(ticker, 10) for ticker in filer.tickers[:3]),
            filer.cik,
        )
        for filer in report.filers
    )
    return known or (Company("Unknown company", (), None),)


def _subject(report: CurrentReport, matches: list[Match], level: Level) -> str:
    company = _companies(report)[0]
    who = " ".join(company.tickers) or company.name
    codes = ", ".join(one_line(item.code, 8) for item in report.items[:6])
    why = one_line(matches[0].title, 120) or one_line(matches[0].rule_id, 120) if matches else "no rule"
    more = f" (+{len(matches) - 1} more)" if len(matches) > 1 else ""
    mark = f"{MARKS[level]} " if level is Level.HIGH else ""
    what = " ".join(filter(None, (one_line(report.form, 20), codes)))
    return f"{mark}{who} {what}: {why}{more}"


def _exhibits(report: CurrentReport, matches: list[Match]) -> tuple[ExhibitLine, ...]:
    """The exhibits with those that matched in front, otherwise in the filing's order."""
    hit = {evidence.where for match in matches for evidence in match.evidence}
    lines = [
        ExhibitLine(
            type=one_line(exhibit.type, 30),
            kind="" if exhibit.kind == "other" else one_line(exhibit.kind, 40),
            headline=one_line(exhibit.headline or exhibit.description, 180),
            url=safe_url(exhibit.url),
            searched=exhibit.searched,
            matched=exhibit.type in hit,
        )
        for exhibit in report.exhibits
    ]
    return tuple(sorted(lines, key=lambda line: not line.matched))


def _reason(match: Match, report: CurrentReport, fit: Fit) -> Reason:
    shown = distinct_passages(match.evidence)
    return Reason(
        rule_id=one_line(match.rule_id, 100),
        title=one_line(match.title, 200) or one_line(match.rule_id, 200),
        why=one_line(match.why, 400),
        level=match.level,
        because=tuple(one_line(fact, 160) for fact in match.because[:12]),
        passages=tuple(_passage(evidence, report, fit.context) for evidence in shown[: fit.passages]),
        more_passages=max(0, len(shown) - fit.passages),
    )


def distinct_passages(evidence: tuple[Evidence, ...]) -> list[Evidence]:
    """Each passage once, however many conditions point to it."""
    return list({(one.where, one.start, one.end, one.found): one for one in evidence}.values())


def _passage(evidence: Evidence, report: CurrentReport, context: int) -> Passage:
    before, after = (one_line(side, 10_000) for side in (evidence.before, evidence.after))
    # The spaces next to the passage are the sentence's, and one_line trims them.
    before += " " if before and evidence.before[-1:].isspace() else ""
    after = (" " if after and evidence.after[:1].isspace() else "") + after
    url = safe_url(evidence.url) or safe_url(report.body_url) or safe_url(report.url)
    where = place_name(evidence.where)
    return Passage(cut_start(before, context), one_line(evidence.found, 300), cut_end(after, context), where, url)
