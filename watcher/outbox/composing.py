"""The message of what was claimed, and the thread that it goes into."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from watcher.messages import render, render_combined
from watcher.model import Delivery, Message
from watcher.store import Store


def compose(batch: Sequence[Delivery], store: Store, *, now: datetime, templates: Path | None) -> Message:
    """One message for all of these.

    Raises:
        jinja2.TemplateError: a template of the user's cannot be filled in.
    """
    repeated = any(delivery.possibly_repeated for delivery in batch)
    if len(batch) > 1:
        alerts = [delivery.alert for delivery in batch]
        return render_combined(alerts, now=now, possibly_repeated=repeated, templates=templates)
    (delivery,) = batch
    thread = thread_of(delivery, store)
    return render(delivery.alert, now=now, thread=thread, possibly_repeated=repeated, templates=templates)


def thread_of(delivery: Delivery, store: Store) -> str:
    """The receipt of the message that this one continues: on the same filing, or on the one it amends."""
    report = delivery.alert.report
    if delivery.thread:
        return delivery.thread
    number = report.accession_number if delivery.alert.continues else report.amends
    return (store.receipt_of(number, delivery.receiver) or "") if number else ""
