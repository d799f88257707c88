"""A loopback EDGAR: it serves submissions the way EDGAR does, quirks and faults included.

`filings` says what is there and since when, `pages` writes EDGAR's pages, `answering` decides on answers, `faults`
spoils them, `server` puts them on sockets, `clock` lets time run, `writing` writes submissions and `days` whole
business days of them.
"""

from __future__ import annotations

from watcher.simulator.answering import Quirks
from watcher.simulator.clock import FastClock, SteppedClock
from watcher.simulator.faults import KINDS, Fault
from watcher.simulator.filings import SimulatedFiling, read_filing
from watcher.simulator.server import ReceivedRequest, Simulator
from watcher.simulator.writing import Part, write_submission

__all__ = [
    "KINDS",
    "FastClock",
    "Fault",
    "Part",
    "Quirks",
    "ReceivedRequest",
    "SimulatedFiling",
    "Simulator",
    "SteppedClock",
    "read_filing",
    "write_submission",
]
