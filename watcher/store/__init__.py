"""The database: what was seen, what it said, which rules matched, who was told. The only SQL."""

from watcher.store.companies import CompanyRecords
from watcher.store.database import from_stored, stored
from watcher.store.deliveries import Attempt, DeliveryRecords
from watcher.store.filings import Backlog, DueFiling, FilingRow, Seen, merge_filers
from watcher.store.journal import Activity, Audit, Job, Journal, Latencies
from watcher.store.notices import Notice, NoticeRecords, Trouble
from watcher.store.overviews import (
    DaySummary,
    DeliveryLine,
    Durations,
    ExhibitLine,
    FilingLine,
    MatchLine,
    Overviews,
    RuleHits,
    Stage,
    Tally,
)
from watcher.store.reports import ReportRecords, without_texts
from watcher.store.search import Occurrence, Passage, SearchRecords
from watcher.store.upkeep import UpkeepRecords

__all__ = [
    "Activity",
    "Attempt",
    "Audit",
    "Backlog",
    "DaySummary",
    "DeliveryLine",
    "DueFiling",
    "Durations",
    "ExhibitLine",
    "FilingLine",
    "FilingRow",
    "Job",
    "Latencies",
    "MatchLine",
    "Notice",
    "Occurrence",
    "Passage",
    "RuleHits",
    "Seen",
    "Stage",
    "Store",
    "Tally",
    "Trouble",
    "from_stored",
    "merge_filers",
    "stored",
    "without_texts",
]


class Store(
    Overviews, ReportRecords, SearchRecords, DeliveryRecords, CompanyRecords, Journal, NoticeRecords, UpkeepRecords
):
    """One open database; safe to share between threads, which take turns.

    Every method is one transaction of its own unless it stands inside `with store.transaction():`.
    All of them raise `StoreError` where the database cannot be used, and one that is opened `read_only` is
    looked at beside the daemon that writes it.
    """
