"""Metrics, and what is shipped to read them: all of it speaks of metrics and tables that exist."""

from __future__ import annotations

import json
import re
import sqlite3
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import yaml
from dashboards import NOW, Desk, accession_number
from prometheus_client.parser import text_string_to_metric_families

from watcher.model import Filer
from watcher.rules import load_rules
from watcher.store import Audit

ROOT = Path(__file__).parents[2]
METRIC = re.compile(r"edgar_watcher_\w+")


@pytest.fixture
def desk(tmp_path):
    """A desk where everything that is measured has happened."""
    desk = Desk(tmp_path / "desk")
    desk.deliver(desk.file(1, text="<p>A license agreement.</p>"))
    desk.file(2, Filer(9990002, "Beta Foods Co"), text="<p>A license agreement.</p>")
    desk.see(3, Filer(9990003, "Gamma Mining Ltd"))
    desk.store.mark_unreadable(accession_number(3), at=NOW, error="What came is not a submission.")
    desk.store.see([desk.see(4)], at=NOW, late="found by the audit")
    desk.store.save_audit(Audit(NOW.date() - timedelta(days=3), listed=4, seen=3, late=1), at=NOW)
    desk.store.job_failed("audit", started_at=NOW, at=NOW, error="EDGAR answered 503.")
    return desk


@pytest.fixture
def samples(desk):
    """Every sample of a scrape, by name and labels."""
    with desk.dashboard() as server:
        answer = httpx.get(f"{server.url}metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_the_figures_are_those_of_the_database(samples):
    """Filings, matches, deliveries, tries, jobs, audits and EDGAR's answers, each as it is stored."""
    expected = {
        ("edgar_watcher_state", ("state", "failing")): 1,
        ("edgar_watcher_state", ("state", "ok")): 0,
        ("edgar_watcher_trouble", ("trouble", "unreadable filings")): 1,
        ("edgar_watcher_edgar_open",): 1,
        ("edgar_watcher_filings", ("state", "read")): 2,
        ("edgar_watcher_filings", ("state", "seen")): 1,
        ("edgar_watcher_filings", ("state", "unreadable")): 1,
        ("edgar_watcher_matches_total", ("rule", "license"), ("shadow", "no")): 2,
        ("edgar_watcher_deliveries", ("receiver", "desk"), ("state", "sent")): 1,
        ("edgar_watcher_deliveries", ("receiver", "desk"), ("state", "pending")): 1,
        ("edgar_watcher_delivery_attempts_total", ("outcome", "sent"), ("receiver", "desk")): 1,
        ("edgar_watcher_job_failures", ("job", "audit")): 1,
        ("edgar_watcher_job_last_success_timestamp_seconds", ("job", "poll")): NOW.timestamp() - 2,
        ("edgar_watcher_last_audit_filings", ("count", "late")): 1,
        ("edgar_watcher_edgar_answers_total", ("kind", "ok")): 11,
        ("edgar_watcher_edgar_budget",): 5,
        ("edgar_watcher_rules",): 2,
    }
    assert {key: samples.get(key) for key in expected} == expected


def test_a_scrape_does_not_grow_with_filings(desk):
    """The same series after a hundred more filings; those of a rule that is gone are gone with it."""

    def series() -> set[tuple[str, ...]]:
        with desk.dashboard() as server:
            text = httpx.get(f"{server.url}metrics").text
        families = text_string_to_metric_families(text)
        return {(sample.name, *sample.labels.values()) for family in families for sample in family.samples}

    before = series()
    for number in range(10, 110):
        desk.file(number, text="<p>A license agreement.</p>")
    assert series() == before
    desk.rules = load_rules([])
    assert before - series() == {("edgar_watcher_matches_total", "license", "no")}


def test_latencies_are_histograms_from_acceptance(samples):
    """Seen after 30 s, read after 32 s, told after 33 s: in the buckets above, not in those below."""

    def bucket(stage, le, *labels):
        return samples[f"edgar_watcher_seconds_to_{stage}_bucket", *sorted([("le", le), *labels])]

    assert (bucket("seen", "20.0"), bucket("seen", "30.0"), bucket("seen", "+Inf")) == (0, 4, 4)
    assert (bucket("matched", "30.0"), bucket("matched", "60.0")) == (0, 2)
    desk = ("receiver", "desk")
    assert (bucket("delivered", "30.0", desk), bucket("delivered", "60.0", desk)) == (0, 1)
    assert samples["edgar_watcher_seconds_to_delivered_sum", desk] == pytest.approx(33, abs=0.01)


def test_what_was_found_late_or_known_before_says_nothing_about_speed(tmp_path):
    """Late filings are counted apart, and do not spoil the histogram."""
    desk = Desk(tmp_path / "desk")
    filing = desk.see(1)
    desk.store.see([type(filing)(accession_number(2), "8-K", filing.filers, filing.accepted_at)], at=NOW, late="audit")
    with desk.dashboard() as server:
        text = httpx.get(f"{server.url}metrics").text
    assert "edgar_watcher_filings_late_total 1.0" in text
    assert "edgar_watcher_seconds_to_seen_count 1.0" in text


def _names(samples) -> set[str]:
    return {key[0] for key in samples}


def test_every_metric_is_explained(samples):
    """docs/dashboard.md lists each metric once, and none that does not exist."""
    documented = re.findall(r"^\| `(edgar_watcher_\w+)`", (ROOT / "docs/dashboard.md").read_text(), re.MULTILINE)
    families = {re.sub(r"_(bucket|count|sum)$", "", name) for name in _names(samples)}
    assert sorted(documented) == sorted(families)


@pytest.mark.parametrize("file", ["deploy/prometheus-rules.yml", "deploy/grafana-dashboard.json"])
def test_alerts_and_charts_ask_for_metrics_that_exist(samples, file):
    """No alert rule and no panel waits for a metric that nothing exports."""
    asked = set(METRIC.findall((ROOT / file).read_text()))
    assert asked
    assert asked <= _names(samples)


def test_alerts_and_charts_name_labels_and_jobs_that_exist(samples):
    """The values of labels in expressions are those of the scrape, or of the errors and jobs there are."""
    text = (ROOT / "deploy/prometheus-rules.yml").read_text()
    values = {value for key in samples for _, value in key[1:]}
    known = values | {"EdgarBlocked", "EdgarRefused", "dead", "unknown", "waiting filings", "edgar-watcher"}
    asked = re.findall(r'(?:state|trouble|kind|job|count)=~?"([^"]*)"', text)
    assert asked
    assert {value for one in asked for value in one.split("|")} <= known


def test_alert_rules_are_whole():
    """Each has an expression, a severity, and says what it means and what to do."""
    (group,) = yaml.safe_load((ROOT / "deploy/prometheus-rules.yml").read_text())["groups"]
    for rule in group["rules"]:
        assert rule["expr"].count("(") == rule["expr"].count(")")
        assert rule["labels"]["severity"] in ("page", "warn")
        assert set(rule["annotations"]) == {"summary", "description"}
    assert len({rule["alert"] for rule in group["rules"]}) == len(group["rules"])


def test_panels_do_not_overlap():
    """The Grafana dashboard is JSON of which each panel has its own place."""
    panels = json.loads((ROOT / "deploy/grafana-dashboard.json").read_text())["panels"]
    places = [
        (x, y)
        for panel in panels
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(places) == len(set(places))
    assert max(x for x, _ in places) < 24


def test_datasette_knows_the_tables_and_its_questions_run(desk):
    """Every described table, facet and canned query works on a real database."""
    described = yaml.safe_load((ROOT / "deploy/datasette.yaml").read_text())["databases"]["copy"]
    with sqlite3.connect(f"file:{desk.settings.database}?mode=ro", uri=True) as database:
        for table, about in described["tables"].items():
            cursor = database.execute(f'SELECT * FROM "{table}" LIMIT 1')
            columns = {column[0] for column in cursor.description}
            assert columns >= {*about.get("facets", ()), about.get("sort_desc", "rowid")} - {"rowid"}
        answers = {
            name: database.execute(query["sql"], {"day": "2026-03-02", "topic": "licensing"}).fetchall()
            for name, query in described["queries"].items()
        }
    database.close()
    assert answers["alerts_of_a_day"][0][1:4] == ("desk", "Acme Proteins, Inc.", "ACME")
    assert answers["quiet_rules"][0][:2] == ("license", 2)
    assert answers["given_up"][0][1] == accession_number(3)


def test_the_manifest_is_the_one_of_the_readme():
    """The Slack app asks for the same scopes in both places."""
    manifest = yaml.safe_load((ROOT / "deploy/slack-manifest.yaml").read_text())
    readme = (ROOT / "README.md").read_text()
    shown = next(block for block in re.findall(r"```yaml\n(.*?)```", readme, re.DOTALL) if "oauth_config" in block)
    assert yaml.safe_load(shown) == manifest
