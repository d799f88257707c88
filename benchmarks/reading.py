"""What reading costs: a filing completely, against a bare HTML parse and against other libraries, and its memory."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

from benchmarks.filings import submissions, submissions_folder
from watcher.report import read_report
from watcher.rules import shipped_topics
from watcher.submission import parse_submission

ROUNDS = 5
PEERS = Path(__file__).resolve().parents[1] / ".venv" / "peers"


def peers_python() -> Path:
    """An interpreter that has the libraries compared with, made on first use."""
    python = PEERS / "bin" / "python"
    if not (PEERS / ".ready").exists():
        subprocess.run([sys.executable, "-m", "venv", PEERS], check=True)
        requirements = Path(__file__).with_name("requirements.txt")
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", requirements], check=True)
        (PEERS / ".ready").touch()
    return python


def searchable_documents() -> list[dict[str, object]]:
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


def reading_seconds(bodies: list[bytes]) -> float:
    """The best of some rounds over all filings, split to classified."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for body in bodies:
            read_report(parse_submission(body))
        best = min(best, time.perf_counter() - started)
    return best


def peak_megabytes(body: bytes) -> float:
    """The most memory that reading one filing takes beside the file itself."""
    tracemalloc.start()
    read_report(parse_submission(body))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 1e6


def run() -> None:
    """Print the figures."""
    bodies = submissions()
    shipped_topics()
    ours = reading_seconds(bodies)
    peers = subprocess.run(
        [peers_python(), Path(__file__).with_name("peers.py")],
        input=json.dumps(searchable_documents()),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    # Ours once more behind the others: what the machine did meanwhile must not favour either.
    ours = min(ours, reading_seconds(bodies))
    print(f"reading, {len(bodies)} filings, {sum(map(len, bodies)) / 1e6:.1f} MB")
    print(f"  watcher, complete      {ours / len(bodies) * 1000:9.2f} ms a filing")
    bare = None
    for line in peers.splitlines():
        name, _, result = line.partition(" ")
        try:
            seconds = float(result)
        except ValueError:
            print(f"  {name:22} {result}")
            continue
        bare = bare or seconds
        print(
            f"  {name:22} {seconds / len(bodies) * 1000:9.2f} ms a filing, {seconds / bare:6.1f} x a bare parse, "
            f"{seconds / ours:6.1f} x the watcher"
        )
    if bare:
        print(f"  the watcher takes {ours / bare:.2f} times a bare selectolax (lexbor) parse of the same documents")
    largest = max(bodies, key=len)
    print(f"  memory on the largest  {peak_megabytes(largest):9.1f} MB beside a file of {len(largest) / 1e6:.1f} MB")


if __name__ == "__main__":
    run()
