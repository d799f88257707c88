"""What matching costs: 1,000 to 1,000,000 rules on real filings, loading, and a hostile regular expression."""

from __future__ import annotations

import gc
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.filings import submissions, submissions_folder
from benchmarks.rule_sets import Market, write_rules
from watcher.backtest import outcomes_of_files
from watcher.match import match_rules
from watcher.model import CurrentReport
from watcher.report import read_report
from watcher.rules import RuleSet, load_rules
from watcher.submission import parse_submission

SIZES = (1_000, 100_000, 1_000_000)
ROUNDS = 5
COPIES = 20
BACKTESTS = 2


def milliseconds(work: Callable[[], object]) -> float:
    """The time of one core that some work takes, the best of some rounds: a busy machine changes it little."""
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.process_time()
        work()
        best = min(best, time.process_time() - begun)
    return best * 1000


def match_all(rules: RuleSet, reports: list[CurrentReport]) -> int:
    """How many matches the rules have in all reports together."""
    return sum(len(match_rules(rules, report)) for report in reports)


def right_after_reading(rules: RuleSet, bodies: list[bytes]) -> float:
    """What matching adds to reading in the daemon, as a share: each filing is matched when it was just read.

    Of every filing the best of some rounds, as a busy machine is seldom undisturbed for as long as all of them take.
    """
    reading = [float("inf")] * len(bodies)
    matching = list(reading)
    for _ in range(ROUNDS):
        for place, body in enumerate(bodies):
            begun = time.perf_counter()
            report = read_report(parse_submission(body))
            between = time.perf_counter()
            match_rules(rules, report)
            reading[place] = min(reading[place], between - begun)
            matching[place] = min(matching[place], time.perf_counter() - between)
    return sum(matching) / sum(reading)


def measure_load(path: Path) -> tuple[float, float]:
    """Seconds of one core, and megabytes, that a fresh process takes to load a rule file."""
    code = (
        "import resource, sys, time; from watcher.rules import load_rules; begun = time.process_time();"
        "rules = load_rules(sys.argv[1]); print(time.process_time() - begun,"
        "resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=True, capture_output=True, text=True)
    seconds, megabytes = done.stdout.split()
    return float(seconds), float(megabytes)


def regex_seconds(pattern: str, text: str) -> float:
    """The time that a rule with a regular expression takes on a text."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rules.yaml"
        path.write_text(f"- id: hostile\n  when: {{regex: '{pattern}'}}\n  notify: desk\n")
        rules = load_rules(path)
    report = CurrentReport("0000000001-24-000001", "8-K", body=text)
    begun = time.process_time()
    match_rules(rules, report)
    return time.process_time() - begun


def run(sizes: tuple[int, ...] = SIZES) -> None:
    """Print the figures."""
    bodies = submissions()
    reports = [read_report(parse_submission(body)) for body in bodies]
    reading = milliseconds(lambda: [read_report(parse_submission(body)) for body in bodies]) / len(bodies)
    market = Market.of(reports)
    print(f"matching, {len(reports)} filings, rules on {len(market.tickers):,} tickers and {len(market.words):,} words")
    print(f"  reading a filing             {reading:9.3f} ms")
    first = None
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "rules.yaml"
            write_rules(path, size, market)
            rules = load_rules(path)
            # A million rules are loaded once: what loading costs is asked of 100,000.
            load = "loaded in {:.1f} s and {:.0f} MB".format(*measure_load(path)) if size <= 100_000 else ""
        gc.collect()
        cost = milliseconds(partial(match_all, rules, reports)) / len(reports)
        first = first or cost
        found = match_all(rules, reports) / len(reports)
        print(
            f"  {size:9,} rules              {cost:9.3f} ms a filing, {cost / first:5.2f} x {sizes[0]:,} rules, "
            f"{right_after_reading(rules, bodies):6.1%} of reading, {found:.2f} matches; {load}"
        )
    print("  goal: 100,000 rules at most 3 x, 1,000,000 at most 10 x; 1,000 at most 10% of reading; 20 s and 500 MB")
    worst = "[ab]*a[ab]{300}c"  # every count under way at every letter, and hardly a bigger one is allowed
    print("  over 1 MB:")
    print(f"    (a+)+$                     {regex_seconds('(a+)+$', 'a' * 1_000_000 + 'b') * 1000:9.1f} ms")
    letters = "".join(random.Random(1).choices("ab", k=1_000_000))
    print(f"    {worst:26} {regex_seconds(worst, letters) * 1000:9.1f} ms")
    backtest_speed()


def read_file(path: Path) -> CurrentReport:
    """A submission file's report."""
    return read_report(parse_submission(path.read_bytes()))


def backtest_speed() -> None:
    """Print how many filings a second a backtest over files takes, on one core and on all."""
    rules = load_rules(Path(__file__).resolve().parents[1] / "rules")
    paths = sorted(submissions_folder().glob("*.txt")) * COPIES
    cores = len(os.sched_getaffinity(0))
    best = dict.fromkeys((1, cores), 0.0)
    # They take turns, so that a busy machine favours neither.
    for workers in list(best) * BACKTESTS:
        begun = time.perf_counter()
        count = sum(1 for _ in outcomes_of_files(paths, [rules], read_file, workers=workers))
        best[workers] = max(best[workers], count / (time.perf_counter() - begun))
    print(f"  backtest of {len(paths):,} files")
    for workers, speed in best.items():
        print(f"    on {workers} cores               {speed:9.0f} filings a second, {speed / best[1]:5.2f} x one core")


if __name__ == "__main__":
    run()
