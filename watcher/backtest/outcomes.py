"""What rule sets say about each filing of a batch, on all cores."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread

from watcher.errors import ParseError, WatcherError
from watcher.hours import new_york
from watcher.match import match_rules
from watcher.model import CurrentReport, Evidence, Match
from watcher.rules import RuleSet

# Below this, starting processes costs about what they save.
MIN_FILES_FOR_PROCESSES = 200
CHUNK = 8

ReadFile = Callable[[Path], CurrentReport]
"""Reads one file; given to other processes, so it must be a module's function or a picklable object."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One rule that matched one filing, with the passage that tells most."""

    rule_id: str
    because: tuple[str, ...]
    passage: Evidence | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a filing gave."""

    source: str
    accession_number: str = ""
    on: date | None = None
    """The day it was filed."""
    company: str = ""
    form: str = ""
    url: str = ""
    hits: tuple[tuple[Hit, ...], ...] = ()
    """For every rule set, the rules that matched."""
    error: str = ""
    """Why it could not be read; empty where it could."""


def outcomes_of_reports(reports: Iterable[CurrentReport], rule_sets: Sequence[RuleSet]) -> Iterator[Outcome]:
    """What reports give, in their order."""
    for report in reports:
        yield _outcome(report.accession_number, report, rule_sets)


def outcomes_of_files(
    paths: Sequence[Path], rule_sets: Sequence[RuleSet], read: ReadFile, *, workers: int | None = None
) -> Iterator[Outcome]:
    """What files give, in their order, as soon as it is known; one that cannot be read gives an error.

    `workers` is the number of processes, by default one for each core that this process may use. However this one
    ends, they end with it, at the latest behind the few files that they have in hand.

    Raises:
        WatcherError: a process was ended from outside.
    """
    workers = _cores() if workers is None else workers
    if workers < 2 or len(paths) < MIN_FILES_FOR_PROCESSES:
        judge = _FileJudge(read, tuple(rule_sets))
        yield from map(judge, paths)
        return
    # Processes that start afresh: a copy of one that has threads may wait for ever for a lock that none will free.
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_start_worker, initargs=(read, tuple(rule_sets))
    ) as pool:
        try:
            yield from pool.map(_judge_in_worker, paths, chunksize=CHUNK)
        except BrokenProcessPool as error:
            raise WatcherError(
                "A process that read filings was ended from outside, perhaps for want of memory; "
                "go over fewer filings at a time."
            ) from error


def _cores() -> int:
    """The cores that this process may use, where the system tells; otherwise those of the machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _FileJudge:
    """Reads a file and says what the rule sets make of it."""

    def __init__(self, read: ReadFile, rule_sets: tuple[RuleSet, ...]) -> None:
        self._read = read
        self._rule_sets = rule_sets

    def __call__(self, path: Path) -> Outcome:
        try:
            report = self._read(path)
        except ParseError as error:
            return Outcome(str(path), error=str(error))
        except OSError as error:
            return Outcome(str(path), error=f"The file cannot be read: {error.strerror}.")
        return _outcome(str(path), report, self._rule_sets)


_judge: _FileJudge


def _start_worker(read: ReadFile, rule_sets: tuple[RuleSet, ...]) -> None:
    global _judge
    # Ctrl-C reaches every process of a terminal; the first one decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    _judge = _FileJudge(read, rule_sets)


def _end_with_parent() -> None:
    """Leave when the process that asked is gone: killed, it cannot say so."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _judge_in_worker(path: Path) -> Outcome:
    return _judge(path)


def _outcome(source: str, report: CurrentReport, rule_sets: Sequence[RuleSet]) -> Outcome:
    on = report.filed_on or (new_york(report.accepted_at).date() if report.accepted_at else None)
    return Outcome(
        source=source,
        accession_number=report.accession_number,
        on=on,
        company=report.filers[0].name if report.filers else "",
        form=report.form,
        url=report.url,
        hits=tuple(tuple(map(_hit, match_rules(rules, report))) for rules in rule_sets),
    )


def _hit(match: Match) -> Hit:
    return Hit(match.rule_id, match.because, match.evidence[0] if match.evidence else None)
