"""How often rules would have fired: over files, over stored reports, and over EDGAR's history.

`outcomes_of_files` and `outcomes_of_reports` say what each filing gives, `tally` adds it up, `changes` compares two
rule sets, and `page` shows it all.
"""

from watcher.backtest.history import HistoryDownload, filings_between, worth_fetching
from watcher.backtest.outcomes import Hit, Outcome, outcomes_of_files, outcomes_of_reports
from watcher.backtest.page import page
from watcher.backtest.tally import Backtest, Change, RuleHistory, changes, tally

__all__ = [
    "Backtest",
    "Change",
    "HistoryDownload",
    "Hit",
    "Outcome",
    "RuleHistory",
    "changes",
    "filings_between",
    "outcomes_of_files",
    "outcomes_of_reports",
    "page",
    "tally",
    "worth_fetching",
]
