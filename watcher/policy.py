"""When to try a delivery again, and when a digest is due: decisions from facts, without a clock or a store."""

from __future__ import annotations

from datetime import datetime, timedelta

from watcher.hours import from_new_york, new_york
from watcher.settings import Digest

# Hookdeck's and Svix's schedules are of this shape: quick at first, then patient; the last one repeats.
BACKOFF = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
)
# Slack documents no bound on how soon a message shows in its history: ask when it surely does.
SETTLING = timedelta(seconds=15)
# A broken receiver is tried again this often, at least: nobody has to tell us that it was mended.
MENDED_WITHIN = timedelta(minutes=10)
# More waiting messages than this are combined, so many to a message.
COMBINE_ABOVE = 10
COMBINE_AT_MOST = 25
# However old a delivery is, one failure proves nothing: the clock was set, or a laptop woke before its network.
_LEAST_FAILURES = 3


def backoff(failures: int, *, jitter: float) -> timedelta:
    """How long to wait after that many failures in a row, 20 % less to 20 % more by `jitter` (0 to 1)."""
    step = BACKOFF[min(max(failures, 1), len(BACKOFF)) - 1]
    return step * (0.8 + 0.4 * jitter)


def gives_up(created_at: datetime, *, failures: int, now: datetime, give_up_after: timedelta) -> bool:
    """Whether a delivery of that age, after that many failures, has been tried long enough."""
    return now - created_at >= give_up_after and failures >= _LEAST_FAILURES


def next_digest(digest: Digest, *, now: datetime) -> datetime:
    """The moment at which an alert queued now is shown by a receiver that collects.

    Daily digests follow New York's clock; the others fall on whole multiples of their interval.
    """
    if digest.at is not None:
        today = new_york(now).date()
        due = from_new_york(today, digest.at)
        return due if due > now else from_new_york(today + timedelta(days=1), digest.at)
    if not digest.every:
        return now
    since_midnight = now - now.replace(hour=0, minute=0, second=0, microsecond=0)
    return now + digest.every - since_midnight % digest.every
