"""Keeping the database small: old texts go, and while EDGAR is closed the file gives back what they took."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from functools import partial

from watcher.settings import Settings
from watcher.store import Store

log = logging.getLogger(__name__)

_NOTICES_KEPT = timedelta(days=90)
# Dropped texts leave remains in the search index, which only a merge of the whole removes.
_MERGE_EVERY = timedelta(days=6)
# What a text takes in the file, its share of the search index included; measured on recorded 8-Ks.
_FILE_PER_TEXT = 1.5


def forget(store: Store, settings: Settings, *, now: datetime) -> None:
    """Drop texts and notices that are old enough.

    Raises:
        StoreError: the database cannot be used.
    """
    dropped = sum(iter(partial(store.drop_texts, seen_before=now - settings.keep_text), 0))
    if dropped:
        log.info("texts dropped filings=%d", dropped)
    store.drop_notices(done_before=now - _NOTICES_KEPT)


def shrink(store: Store, settings: Settings, *, now: datetime) -> None:
    """Give space back, and where the file is still larger than it may be, drop the oldest texts before their time.

    Raises:
        StoreError: the database cannot be used.
    """
    merged = store.jobs().get("search index")
    if merged is None or not merged.last_success_at or now - merged.last_success_at > _MERGE_EVERY:
        _merge(store)
        store.job_succeeded("search index", started_at=now, at=now)
    _give_back(store)
    if _drop_beyond(store, settings.max_database_size):
        _merge(store)
        _give_back(store)
    store.tidy()


def _drop_beyond(store: Store, size: int) -> bool:
    """Whether texts had to go to bring the file down to that size."""
    left = beyond = store.size() - size
    while left > 0 and (taken := store.drop_oldest_texts()):
        left -= int(taken * _FILE_PER_TEXT)
    if left < beyond:
        log.warning("texts dropped before keep_text bytes=%d max_database_size=%d", beyond, size)
    return left < beyond


def _merge(store: Store) -> None:
    begin = True
    while store.merge_search_index(begin=begin):
        begin = False


def _give_back(store: Store) -> None:
    while store.give_back():
        pass
