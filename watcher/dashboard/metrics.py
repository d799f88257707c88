"""`/metrics`: what the database and the client know, counted at each scrape, so that a restart loses nothing."""

from __future__ import annotations

import platform
import threading
from collections.abc import Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from watcher import __version__
from watcher.dashboard.site import Site
from watcher.health import State
from watcher.store import Durations, Stage, Store

PREFIX = "edgar_watcher"
BOUNDS = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 21600.0, 86400.0)


class Metrics:
    """Answers Prometheus."""

    def __init__(self, site: Site) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(WatcherCollector(site))
        self._turn = threading.Lock()

    def answer(self, request: Request) -> Response:
        """Every metric in Prometheus' text format."""
        with self._turn:
            return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)


class WatcherCollector(Collector):
    """Everything that is measured; docs/dashboard.md says what each means and what to do about it."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def describe(self) -> list[Metric]:
        """Nothing ahead of time: the first scrape tells."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Every metric as it is now."""
        store = self._site.store
        info = {"version": __version__, "python": platform.python_version()}
        yield InfoMetricFamily(f"{PREFIX}_build", "Which version runs.", value=info)
        yield from self._state()
        yield from _filings(store)
        yield self._matches()
        yield from _deliveries(store)
        yield from _durations(store)
        yield from _jobs(store)
        yield from _audits(store)
        yield from self._edgar()
        yield GaugeMetricFamily(f"{PREFIX}_database_bytes", "Size of the database file.", value=store.size())

    def _state(self) -> Iterator[Metric]:
        health = self._site.health()
        state = GaugeMetricFamily(f"{PREFIX}_state", "1 for the state the watcher is in.", labels=["state"])
        for each in State:
            state.add_metric([each.value], float(health.state is each))
        yield state
        trouble = GaugeMetricFamily(f"{PREFIX}_trouble", "1 for each trouble that is under way.", labels=["trouble"])
        for key in health.troubles:
            trouble.add_metric([key], 1.0)
        yield trouble
        now = self._site.clock()
        is_open = float(self._site.calendar.is_open(now))
        yield GaugeMetricFamily(f"{PREFIX}_edgar_open", "1 while EDGAR accepts filings.", value=is_open)
        rules = self._site.rules()
        yield GaugeMetricFamily(f"{PREFIX}_rules", "Rules in force, disabled ones included.", value=len(rules))

    def _matches(self) -> Metric:
        matches = CounterMetricFamily(f"{PREFIX}_matches", "Matches by rule.", labels=["rule", "shadow"])
        # Not of every rule there ever was: what is scraped stays as small as the rules are few.
        known = {rule.id for rule in self._site.rules()}
        for tally in self._site.store.match_tally():
            if tally.labels[0] in known:
                matches.add_metric(tally.labels, tally.count)
        return matches

    def _edgar(self) -> Iterator[Metric]:
        asked = self._site.statistics()
        answers = CounterMetricFamily(
            f"{PREFIX}_edgar_answers", "Answers of EDGAR by kind, since the start.", labels=["kind"]
        )
        for kind, count in sorted(asked.answers.items()):
            answers.add_metric([kind], count)
        yield answers
        yield CounterMetricFamily(
            f"{PREFIX}_edgar_received_bytes", "Bytes of bodies received from EDGAR, since the start.",
            value=asked.bytes_received,
        )  # fmt: skip
        budget = self._site.settings.edgar.requests_per_second
        yield GaugeMetricFamily(f"{PREFIX}_edgar_budget", "Requests per second allowed by the config.", value=budget)


def _filings(store: Store) -> Iterator[Metric]:
    filings = GaugeMetricFamily(f"{PREFIX}_filings", "Filings by where they stand.", labels=["state"])
    for state, count in store.filing_counts().items():
        filings.add_metric([state.value], count)
    yield filings
    yield CounterMetricFamily(
        f"{PREFIX}_filings_late", "Filings that only an audit found.", value=store.late_filing_count()
    )


def _deliveries(store: Store) -> Iterator[Metric]:
    deliveries = GaugeMetricFamily(
        f"{PREFIX}_deliveries", "Deliveries by receiver and where they stand.", labels=["receiver", "state"]
    )
    for tally in store.delivery_tally():
        deliveries.add_metric(tally.labels, tally.count)
    yield deliveries
    attempts = CounterMetricFamily(
        f"{PREFIX}_delivery_attempts", "Tries to deliver by receiver and outcome.", labels=["receiver", "outcome"]
    )
    for tally in store.attempt_tally():
        attempts.add_metric(tally.labels, tally.count)
    yield attempts


def _durations(store: Store) -> Iterator[Metric]:
    for stage in (Stage.SEEN, Stage.MATCHED):
        durations = store.durations(stage, BOUNDS)
        yield HistogramMetricFamily(
            f"{PREFIX}_seconds_to_{stage}",
            f"From EDGAR's acceptance to {stage}.",
            buckets=_buckets(durations),
            sum_value=durations.total,
        )
    delivered = HistogramMetricFamily(
        f"{PREFIX}_seconds_to_delivered", "From EDGAR's acceptance to the receiver's receipt.", labels=["receiver"]
    )
    for receiver in dict.fromkeys(tally.labels[0] for tally in store.delivery_tally()):
        durations = store.durations(Stage.DELIVERED, BOUNDS, receiver=receiver)
        delivered.add_metric([receiver], buckets=_buckets(durations), sum_value=durations.total)
    yield delivered


def _buckets(durations: Durations) -> list[tuple[str, float]]:
    within = [(str(bound), float(count)) for bound, count in zip(BOUNDS, durations.within, strict=True)]
    return [*within, ("+Inf", float(durations.count))]


def _jobs(store: Store) -> Iterator[Metric]:
    success = GaugeMetricFamily(
        f"{PREFIX}_job_last_success_timestamp_seconds", "When each job last did its work.", labels=["job"]
    )
    failures = GaugeMetricFamily(
        f"{PREFIX}_job_failures", "How often each job has failed since it last succeeded.", labels=["job"]
    )
    for name, job in store.jobs().items():
        if job.last_success_at:
            success.add_metric([name], job.last_success_at.timestamp())
        failures.add_metric([name], job.failures)
    yield success
    yield failures


def _audits(store: Store) -> Iterator[Metric]:
    for audit in store.audits(limit=1):
        found = GaugeMetricFamily(f"{PREFIX}_last_audit_filings", "What the last audit compared.", labels=["count"])
        for name, count in (("listed", audit.listed), ("seen", audit.seen), ("late", audit.late)):
            found.add_metric([name], count)
        yield found
