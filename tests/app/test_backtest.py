"""A backtest counts what rules would have told of: over files on all cores, over reports, over EDGAR's history."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from watcher.backtest import (
    HistoryDownload,
    Outcome,
    changes,
    filings_between,
    outcomes_of_files,
    outcomes_of_reports,
    page,
    tally,
    worth_fetching,
)
from watcher.backtest import outcomes as outcomes_module
from watcher.edgar import Edgar
from watcher.match import match_rules
from watcher.model import CurrentReport, Filer
from watcher.report import read_report
from watcher.rules import RuleSet, load_rules, parse_rules
from watcher.settings import EdgarSettings
from watcher.simulator import Simulator
from watcher.submission import parse_submission

ROOT = Path(__file__).resolve().parents[2]
FILINGS = sorted((ROOT / "rules" / "filings").glob("*.txt"))
CELLECTAR = "0001144204-17-013452"


def read_file(path: Path) -> CurrentReport:
    """One file's report, without a company list."""
    return read_report(parse_submission(path.read_bytes()))


def starter() -> RuleSet:
    """The rules that come with the project."""
    return load_rules(ROOT / "rules")


def report(number: int, day: date | None, **facts: object) -> CurrentReport:
    """A report of a day that says `license agreement`."""
    base = CurrentReport(f"0000000001-24-{number:06}", "8-K", filed_on=day, body="A license agreement was signed.")
    return replace(base, filers=(Filer(1, "Acme <b>&</b> Co"),), url="https://www.sec.gov/x", **facts)  # type: ignore[arg-type]


LICENSES = parse_rules("- {id: licenses, title: Licenses <now>, when: {text: license agreement}, notify: desk}")


def test_every_starter_rule_fires_on_its_example() -> None:
    """Over the starter filings, each rule counts exactly its own."""
    result = tally(outcomes_of_files(FILINGS, [starter()], read_file, workers=1), starter())
    assert result.filings == len(FILINGS) == 6
    assert {history.rule_id: len(history.filings) for history in result.rules} == {
        "cellectar-license": 1,
        "trial-readout": 1,
        "fda-decision": 1,
        "merger-agreement": 1,
        "non-reliance": 1,
        "finance-chief-leaves": 1,
    }
    assert result.rules[0].accession_numbers == (CELLECTAR,)


def test_processes_give_what_one_gives(tmp_path: Path) -> None:
    """Many files are spread over processes, come back in order, and a file that is no filing stops none."""
    paths = [*FILINGS * (outcomes_module.MIN_FILES_FOR_PROCESSES // len(FILINGS) + 1), tmp_path / "absent.txt"]
    (tmp_path / "noise.txt").write_text("noise")
    paths.insert(5, tmp_path / "noise.txt")
    alone = list(outcomes_of_files(paths, [starter()], read_file, workers=1))
    together = list(outcomes_of_files(paths, [starter()], read_file, workers=2))
    assert together == alone
    assert [outcome.source for outcome in alone if outcome.error] == [str(paths[5]), str(paths[-1])]


ABANDONED = """
from pathlib import Path
from threading import Event
from watcher.backtest import outcomes_of_files

def read(path):
    print("reading", flush=True)
    Event().wait()

if __name__ == "__main__":
    list(outcomes_of_files([Path("x")] * 1000, [], read, workers=2))
"""


def test_processes_end_with_the_one_that_started_them(tmp_path: Path) -> None:
    """When a backtest is killed, those that read for it are gone as well."""
    script = tmp_path / "abandoned.py"
    script.write_text(ABANDONED)
    with subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    ) as started:
        try:
            assert started.stdout is not None
            assert started.stdout.readline().startswith(b"reading")
            started.kill()
            # The pipe is closed when the last of them is gone.
            started.communicate(timeout=20)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(started.pid, signal.SIGKILL)


def test_a_rule_set_survives_the_way_to_another_process() -> None:
    """A pickled rule set, with wildcards, regular expressions and topics, matches the same."""
    rules = parse_rules(
        "- {id: a, when: {text: licens* agreement, regex: 'agree(ment|d)', topic: licensing}, notify: desk}"
    )
    found = read_file(next(path for path in FILINGS if path.stem == CELLECTAR))
    assert match_rules(rules, found)
    assert match_rules(pickle.loads(pickle.dumps(rules)), found) == match_rules(rules, found)


def test_matches_are_counted_by_day_and_month() -> None:
    """The busiest day and every month, empty ones among them, come out of the filing dates."""
    days = [date(2023, 11, 30), date(2024, 2, 1), date(2024, 2, 1), date(2024, 2, 5)]
    reports = [report(number, day) for number, day in enumerate(days)]
    (history,) = tally(outcomes_of_reports(reports, [LICENSES]), LICENSES).rules
    assert history.busiest_day == (date(2024, 2, 1), 2)
    assert history.per_month == {"2023-11": 1, "2023-12": 0, "2024-01": 0, "2024-02": 3}


def test_a_filing_counts_once_and_only_between_the_days_asked_for() -> None:
    """Twice the same file, and filings out of the time, change nothing."""
    reports = [report(1, date(2024, 2, 1)), report(1, date(2024, 2, 1)), report(2, date(2024, 3, 1)), report(3, None)]
    outcomes = list(outcomes_of_reports(reports, [LICENSES]))
    assert tally(outcomes, LICENSES).filings == 3
    limited = tally(outcomes, LICENSES, since=date(2024, 2, 1), until=date(2024, 2, 29))
    assert limited.filings == 1
    assert limited.rules[0].accession_numbers == ("0000000001-24-000001",)


def test_a_day_comes_from_new_york_where_only_the_acceptance_is_known() -> None:
    """A filing accepted late in the evening of New York is of that day, not of the next day in UTC."""
    late = report(1, None, accepted_at=datetime(2024, 2, 2, 2, 30, tzinfo=UTC))
    (outcome,) = outcomes_of_reports([late], [LICENSES])
    assert outcome.on == date(2024, 2, 1)


def test_two_rule_sets_are_compared() -> None:
    """What a change to a rule gains and loses is named, and rules that only one side has are counted whole."""
    before = parse_rules(
        "- {id: a, when: {text: license}, notify: desk}\n- {id: old, when: {item: 1.01}, notify: desk}"
    )
    after = parse_rules(
        "- {id: a, when: {text: merger}, notify: desk}\n- {id: new, when: {text: a*}, notify: desk}".replace(
            "a*", "an*"
        )
    )
    reports = [report(1, None), report(2, None, body="A merger."), report(3, None, body="An end.")]
    outcomes = list(outcomes_of_reports(reports, [before, after]))
    found = changes(tally(outcomes, before), tally(outcomes, after, number=1))
    assert [(change.rule_id, change.gained, change.lost) for change in found] == [
        ("a", ("0000000001-24-000002",), ("0000000001-24-000001",)),
        ("new", ("0000000001-24-000003",), ()),
    ]


def test_the_page_shows_charts_and_sentences_and_escapes_them() -> None:
    """Company names and titles are text on the page, never markup; the passage is marked."""
    outcomes = list(outcomes_of_reports([report(1, date(2024, 2, 1))], [LICENSES]))
    shown = page(tally([*outcomes, Outcome("bad.txt", error="no")], LICENSES), compared=())
    assert "A <mark>license agreement</mark> was signed." in shown
    assert "Acme &lt;b&gt;&amp;&lt;/b&gt; Co" in shown
    assert "Licenses &lt;now&gt;" in shown
    assert "2024-02: 1" in shown
    assert "1 could not be read" in shown
    assert "<script" not in shown


@pytest.fixture
def edgar() -> Iterator[Edgar]:
    """A client for a loopback EDGAR that serves the starter filings."""
    with Simulator(ROOT / "rules" / "filings") as simulator:
        settings = EdgarSettings(
            user_agent="Example Research ops@example.com",
            requests_per_second=10,
            www_url=simulator.url,
            data_url=simulator.url,
            search_url=simulator.url,
        )
        with Edgar(settings, clock=lambda: datetime(2024, 12, 31, tzinfo=UTC)) as client:
            yield client


def test_history_is_listed_narrowed_and_downloaded_once(edgar: Edgar, tmp_path: Path) -> None:
    """The indexes of a time give its filings; what no rule could match is not fetched; what is there stays."""
    folder = tmp_path / "history"
    days = (date(2024, 5, 1), date(2024, 7, 31))
    listed = filings_between(edgar, ["8-K"], *days, folder=folder, today=date(2024, 8, 1))
    assert [filing.accession_number for filing in listed] == ["0009990001-24-000001", "0009990002-24-000002"]
    rules = parse_rules("- {id: a, when: {company: brightwater, text: merger}, notify: desk}")
    wanted = worth_fetching(listed, rules, lambda cik: ())
    assert [filing.accession_number for filing in wanted] == ["0009990002-24-000002"]
    download = HistoryDownload(edgar, folder)
    ((_, path),) = download.fetch(wanted)
    assert path is not None
    path.write_bytes(path.read_bytes() + b"kept")
    ((_, there),) = download.fetch(wanted)
    assert there is not None
    assert there.read_bytes().endswith(b"kept")
    # The quarter that is over is kept as well, the one that still grows is not.
    assert sorted(folder.iterdir()) == [path, folder / "master-2024-QTR2.idx"]
    edgar.close()
    again = filings_between(edgar, ["8-K"], days[0], date(2024, 6, 30), folder=folder, today=date(2024, 8, 1))
    assert again == listed
