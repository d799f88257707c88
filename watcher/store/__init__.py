"""The database: what was seen, what it said, which rules matched, who was told. The only SQL."""

from watcher.store.companies import CompanyRecords
from watcher.store.database import from_stored, stored
from watcher.store.deliveries import Attempt, DeliveryRecords
from watcher.store.filings import Backlog, DueFiling, FilingRecords, FilingRow, Seen, merge_filers, without_texts
from watcher.store.journal import Audit, Job, Journal, Latencies

__all__ = [
    "Attempt",
    "Audit",
    "Backlog",
    "DueFiling",
    "FilingRow",
    "Job",
    "Latencies",
    "Seen",
    "Store",
    "from_stored",
    "merge_filers",
    "stored",
    "without_texts",
]


class Store(FilingRecords, DeliveryRecords, CompanyRecords, Journal):
    """One open database; safe to share between threads, which take turns.

    Every method is one transaction of its own unless it stands inside `with store.transaction():`.
    All of them raise `StoreError` where the database cannot be used.
    """
