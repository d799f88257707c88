"""What reading costs: a filing completely, against a bare HTML parse and against other libraries, and its memory."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import TypedDict

from benchmarks.filings import submissions, submissions_folder
from watcher.report import read_report
from watcher.rules import shipped_topics
from watcher.submission import parse_submission

ROUNDS = 20
ENVIRONMENT = Path(__file__).resolve().parents[1] / ".venv"
PEERS = ENVIRONMENT / "peers"
# The yardsticks: the version that datamule pins, and the newest, which parses about twice as fast.
SELECTOLAX = ("0.4.9", "1.0.2")


class Submission(TypedDict):
    """A submission as the other libraries get it: its file, and what in it the watcher searches."""

    path: str
    types: list[str]
    documents: list[str]


def peers_python() -> Path:
    """An interpreter that has the libraries compared with, made on first use."""
    python = PEERS / "bin" / "python"
    if not (PEERS / ".ready").exists():
        subprocess.run([sys.executable, "-m", "venv", PEERS], check=True)
        requirements = Path(__file__).with_name("requirements.txt")
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", requirements], check=True)
        (PEERS / ".ready").touch()
    return python


def bare_parser(version: str) -> Callable[[str], object]:
    """A yardstick's parser, installed on first use where only this module looks for it; one a process."""
    folder = ENVIRONMENT / f"selectolax-{version}"
    if not folder.exists():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder]
        subprocess.run([*pip, f"selectolax=={version}"], check=True)
    sys.path.append(str(folder))
    parser: Callable[[str], object] = import_module("selectolax.lexbor").LexborHTMLParser
    return parser


def searchable_documents() -> list[Submission]:
    """For each submission: its path, and the types and contents of the documents that the watcher searches."""
    listed = []
    for path in sorted(submissions_folder().glob("*.txt")):
        documents = [document for document in parse_submission(path.read_bytes()).documents if document.content]
        listed.append(
            {
                "path": str(path),
                "types": [document.type for document in documents],
                "documents": [document.content for document in documents],
            }
        )
    return listed


def reading_seconds(version: str) -> tuple[float, float]:
    """What a bare parse of the documents costs, and what reading the filings costs, split to classified.

    In seconds: for every filing the best of rounds in which the two take turns. A machine is seldom undisturbed for
    as long as all filings take, and often for as long as one does.
    """
    parse = bare_parser(version)
    bodies = submissions()
    documents = [submission["documents"] for submission in searchable_documents()]
    shipped_topics()
    bare = [float("inf")] * len(bodies)
    ours = list(bare)
    for _ in range(ROUNDS):
        for place, body in enumerate(bodies):
            started = time.perf_counter()
            for document in documents[place]:
                parse(document)
            between = time.perf_counter()
            read_report(parse_submission(body))
            bare[place] = min(bare[place], between - started)
            ours[place] = min(ours[place], time.perf_counter() - between)
    return sum(bare), sum(ours)


def peak_megabytes(body: bytes) -> float:
    """The most memory that reading one filing takes, the file itself included."""
    tracemalloc.start()
    read_report(parse_submission(body))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (peak + len(body)) / 1e6


def run() -> None:
    """Print the figures."""
    bodies = submissions()
    print(f"reading, {len(bodies)} filings, {sum(map(len, bodies)) / 1e6:.1f} MB")
    ours = float("inf")
    for version in SELECTOLAX:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
            bare, ours = alone.submit(reading_seconds, version).result()
        _print_row(f"selectolax {version}, bare", bare, len(bodies), ours)
        _print_row("watcher, complete", ours, len(bodies), ours, f", {ours / bare:.2f} x selectolax {version}")
    for name, seconds in peers_seconds(searchable_documents()):
        if isinstance(seconds, str):
            print(f"  {name:23} {seconds}")
        else:
            _print_row(name, seconds, len(bodies), ours)
    largest = max(bodies, key=len)
    peak, size = peak_megabytes(largest), len(largest) / 1e6
    print(f"  memory on the largest   {peak:9.1f} MB for a file of {size:.1f} MB: {peak / size:.2f} times")


def _print_row(name: str, seconds: float, filings: int, ours: float, more: str = "") -> None:
    print(f"  {name:23} {seconds / filings * 1000:9.2f} ms a filing, {seconds / ours:6.2f} x the watcher{more}")


def peers_seconds(listed: list[Submission]) -> list[tuple[str, float | str]]:
    """What other libraries take for the same documents, or why one could not."""
    answer = subprocess.run(
        [peers_python(), Path(__file__).with_name("peers.py")],
        input=json.dumps(listed),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    pairs = [line.partition(" ")[::2] for line in answer.splitlines()]
    return [(name, result if result.startswith("failed") else float(result)) for name, result in pairs]


if __name__ == "__main__":
    run()
