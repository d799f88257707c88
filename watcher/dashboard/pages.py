"""The pages: each reads what it shows and hands it to its template."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from watcher.dashboard.charts import BOUNDS, BarChart, audit_calendar, histogram, hits_chart, rate_chart
from watcher.dashboard.finding import read_words
from watcher.dashboard.live import day_stamp, read_choice, read_day
from watcher.dashboard.paging import Stretch
from watcher.dashboard.site import Site
from watcher.dashboard.texts import Shown, show_report
from watcher.errors import UsageError
from watcher.hours import new_york
from watcher.match import Mark, explain_rules, mark_passages
from watcher.messages.view import distinct_passages
from watcher.model import CurrentReport, DeliveryState, Evidence, Match
from watcher.rules import Rule
from watcher.store import Stage

_NEAREST = 12
_HITS_OVER_DAYS = 90
_SPARK_DAYS = 28
_LATENCY_OVER = timedelta(days=7)
_AUDIT_WEEKS = 8
_DELIVERIES = 100
_FILINGS = 100
_REASONS = 50
_PASSAGES = 4
_ATTEMPTS = 200
_MOST_RULES = 300


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule, or what is left of one that was taken away, with its hits."""

    rule_id: str
    title: str
    rule: Rule | None
    today: int
    week: int
    month: int
    chart: BarChart


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that matched, with its passages and where the links to them lead."""

    match: Match
    passages: tuple[tuple[Evidence, str], ...]
    more: int


class Pages:
    """Everything that is looked at with a browser, the playground aside."""

    def __init__(self, site: Site) -> None:
        self._site = site

    # --- filings -----------------------------------------------------------------------------------------

    def today(self, request: Request) -> Response:
        """The filings of New York's day, following them as they arrive."""
        return self._day(request, self._site.today())

    def day(self, request: Request) -> Response:
        """The filings of any day."""
        return self._day(request, read_day(request.path_params["day"]))

    def _day(self, request: Request, day: date) -> Response:
        site, choice = self._site, read_choice(request, day)
        # The stamp is taken first: what changes while the lines are read is told by the stream once more.
        stamp = day_stamp(site.store.day_versions(day))
        before, after = site.store.days_around(day)
        today = site.today()
        return site.page(
            "day.html.j2",
            tab="filings",
            day=day,
            today=today,
            choice=choice,
            stamp=stamp,
            lines=Stretch(
                request,
                _FILINGS,
                lambda limit, offset: site.store.filing_lines(
                    day=day, matched=choice.matched, words=choice.words, limit=limit, offset=offset
                ),
            ),
            summary=site.store.day_summary(day),
            before=before,
            after=min(after, today) if after and after <= today else None,
            is_business_day=site.calendar.is_business_day(day),
        )

    def filing(self, request: Request) -> Response:
        """One filing: what it says, what matched and why, what did not and why not, its text."""
        site, number = self._site, request.path_params["accession_number"]
        lines = site.store.filing_lines(accession_numbers=[number])
        if not lines:
            raise HTTPException(404, f"The filing {number[:40]} is not in the database.")
        reports = site.store.reports([number])
        report = reports[0] if reports else None
        matches = site.store.matches_of(number)
        told = {match.rule_id for match in matches}
        nearest = explain_rules(site.rules(), report, nearest=_NEAREST + len(told)) if report else []
        others = [one for one in nearest if one.rule_id not in told]
        words = read_words(request)
        marks = [*self._marks(report, matches), *self._hits(number, words)] if report else []
        documents = show_report(report, marks) if report else []
        return site.page(
            "filing.html.j2",
            tab="filings",
            line=lines[0],
            report=report,
            words=words,
            reasons=[_reason(match, report, documents) for match in matches[:_REASONS]],
            reason_count=len(matches),
            others=others[:_NEAREST],
            other_count=len({rule.id for rule in site.rules()} - told),
            deliveries=site.store.deliveries_of(number),
            documents=documents,
        )

    def _marks(self, report: CurrentReport, matches: Iterable[Match]) -> list[Mark]:
        """What the rules in force look for, and what those that matched had found when they did."""
        marks = set(mark_passages(self._site.rules(), report))
        for match in matches:
            for passage in match.evidence:
                marks.add(Mark(_part_of(report, passage), passage.start, passage.end, match.rule_id))
        return sorted(marks)

    def _hits(self, accession_number: str, words: str) -> list[Mark]:
        """What a search led here for."""
        try:
            hits = self._site.store.search_filing(words, accession_number) if words else []
        except UsageError:
            return []
        return [Mark(hit.part, hit.start, hit.end, f"“{words}”") for hit in hits]

    # --- deliveries --------------------------------------------------------------------------------------

    def deliveries(self, request: Request) -> Response:
        """Who was told what, newest first, of one state or receiver where that is asked for."""
        store = self._site.store
        known = {state.value for state in DeliveryState}
        asked = request.query_params.get("state", "")
        state = DeliveryState(asked) if asked in known else None
        receiver = request.query_params.get("receiver", "")
        found = Stretch(
            request,
            _DELIVERIES,
            lambda limit, offset: store.latest_deliveries(
                state=state, receiver=receiver or None, limit=limit, offset=offset
            ),
        )
        tally: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(DeliveryState, 0))
        for name in self._site.settings.receivers:
            tally[name]
        for count in store.delivery_tally():
            tally[count.labels[0]][DeliveryState(count.labels[1])] = count.count
        return self._site.page(
            "deliveries.html.j2",
            tab="deliveries",
            deliveries=found,
            tally=tally,
            states=list(DeliveryState),
            state=state,
            receiver=receiver,
        )

    def delivery(self, request: Request) -> Response:
        """One delivery with every try."""
        store, delivery_id = self._site.store, request.path_params["delivery_id"]
        delivery = store.delivery(delivery_id)
        if delivery is None:
            raise HTTPException(404, f"There is no delivery {delivery_id[:40]}.")
        attempts = store.attempts_of(delivery_id)
        return self._site.page(
            "delivery.html.j2",
            tab="deliveries",
            delivery=delivery,
            attempts=attempts[-_ATTEMPTS:],
            earlier=max(0, len(attempts) - _ATTEMPTS),
        )

    # --- rules -------------------------------------------------------------------------------------------

    def rules(self, request: Request) -> Response:
        """Every rule with its hits, or those that are looked for; those that were taken away while they have some."""
        words = request.query_params.get("q", "").strip()[:100]
        found, rows = self._rule_rows(_SPARK_DAYS, width=140, height=26, words=words)
        return self._site.page(
            "rules.html.j2",
            tab="rules",
            rows=rows,
            found=found,
            words=words,
            total=len(self._site.rules()),
            off=sum(not rule.enabled for rule in self._site.rules()),
            days=_SPARK_DAYS,
        )

    def rule(self, request: Request) -> Response:
        """One rule: what it says, how often it matched, which filings."""
        rule_id = request.path_params["rule_id"]
        _, rows = self._rule_rows(_HITS_OVER_DAYS, width=880, height=120, only=rule_id)
        if not rows:
            raise HTTPException(404, f"There is no rule {rule_id[:100]}, and it never matched.")
        rule = rows[0].rule
        return self._site.page(
            "rule.html.j2",
            tab="rules",
            row=rows[0],
            days=_HITS_OVER_DAYS,
            source=self._source(rule) if rule else "",
            lines=Stretch(
                request,
                _FILINGS,
                lambda limit, offset: self._site.store.filing_lines(rule_id=rule_id, limit=limit, offset=offset),
            ),
        )

    def _rule_rows(
        self, days: int, *, width: float, height: float, only: str = "", words: str = ""
    ) -> tuple[int, list[RuleRow]]:
        """How many rules fit, and the first of them with their hits."""
        today = self._site.today()
        hits: dict[str, dict[date, int]] = {}
        titles: dict[str, str] = {}
        for hit in self._site.store.rule_hits(since=today - timedelta(days=_HITS_OVER_DAYS - 1)):
            hits.setdefault(hit.rule_id, {})[hit.day] = hit.count
            titles[hit.rule_id] = hit.title
        rules = {rule.id: rule for rule in self._site.rules().rules}
        titles |= {rule.id: rule.title for rule in rules.values()}
        fitting = [
            rule_id
            for rule_id in dict.fromkeys((*rules, *sorted(hits)))
            if only in ("", rule_id) and words.casefold() in f"{rule_id} {titles[rule_id]}".casefold()
        ]
        rows = []
        for rule_id in fitting[:_MOST_RULES]:
            found = hits.get(rule_id, {})
            rows.append(
                RuleRow(
                    rule_id=rule_id,
                    title=titles[rule_id],
                    rule=rules.get(rule_id),
                    today=found.get(today, 0),
                    week=_hits_since(found, today - timedelta(days=6)),
                    month=_hits_since(found, today - timedelta(days=29)),
                    chart=hits_chart(found, last=today, days=days, width=width, height=height),
                )
            )
        return len(fitting), rows

    def _source(self, rule: Rule) -> str:
        """The rule as it stands in its file now; nothing where the file is gone."""
        starts = sorted(other.line for other in self._site.rules().rules if other.file == rule.file)
        until = next((after for line, after in pairwise(starts) if line == rule.line), None)
        try:
            lines = Path(rule.file).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            return ""
        kept = lines[rule.line - 1 : until - 1 if until else None]
        while kept and (not kept[-1].strip() or kept[-1].startswith("#")):
            kept.pop()
        return "\n".join(kept)

    # --- health ------------------------------------------------------------------------------------------

    def health(self, request: Request) -> Response:
        """How the watcher itself is doing."""
        site = self._site
        now = site.clock()
        since = site.store.watched_since()
        edgar = site.settings.edgar
        budget = edgar.requests_per_second
        stages = {
            stage: histogram(site.store.durations(stage, BOUNDS, since=now - _LATENCY_OVER), width=520, height=110)
            for stage in Stage
        }
        return site.page(
            "health.html.j2",
            tab="health",
            jobs=site.store.jobs(),
            stages=stages,
            statistics=site.statistics(),
            budget=budget,
            poll_interval=edgar.poll_interval if site.calendar.is_open(now) else edgar.quiet_poll_interval,
            rate=rate_chart(site.meter.rates(), budget=budget, now=now, width=520, height=90),
            weeks=audit_calendar(
                site.store.audits(limit=_AUDIT_WEEKS * 7),
                now=now,
                calendar=site.calendar,
                weeks=_AUDIT_WEEKS,
                since=new_york(since).date() if since else None,
            ),
            size=site.store.size(),
            since=since,
        )


def _part_of(report: CurrentReport, passage: Evidence) -> int:
    """In which part of a report a passage stands: 0 is the main document, n the n-th exhibit."""
    places = ((exhibit.type, exhibit.url) for exhibit in report.exhibits)
    return next((part for part, place in enumerate(places, 1) if place == (passage.where, passage.url)), 0)


def _reason(match: Match, report: CurrentReport | None, documents: Sequence[Shown]) -> Reason:
    passages = distinct_passages(match.evidence)
    shown = [(one, _anchor_of(report, documents, one) if report else "") for one in passages[:_PASSAGES]]
    return Reason(match, tuple(shown), len(passages) - len(shown))


def _anchor_of(report: CurrentReport, documents: Sequence[Shown], passage: Evidence) -> str:
    """Where a link to a passage leads; nowhere where its text is not kept."""
    shown = documents[_part_of(report, passage)].passages
    return next((one.anchor for one in shown if one.start <= passage.start < one.end), "")


def _hits_since(hits: dict[date, int], day: date) -> int:
    return sum(count for on, count in hits.items() if on >= day)
