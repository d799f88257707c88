"""The only talk to EDGAR: one polite client for all threads.

`answers` tells EDGAR's answers apart, `gate` decides when a request may go out, `bodies` reads what comes within
limits, and `client` asks.
"""

from __future__ import annotations

from watcher.edgar.client import Edgar, EdgarStatistics

__all__ = ["Edgar", "EdgarStatistics"]
