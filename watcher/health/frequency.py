"""Rules that suddenly fire a lot, or have gone quiet."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta

from watcher.messages.wording import counted

DailyCounts = Mapping[date, int]
"""How many on each day; a day without any may be left out."""

LOOKED_AT = timedelta(days=36)
_QUIET_DAYS = 7
_EARLIER_DAYS = 28
_BUSY_FROM = 20
_TIMES_AS_MANY = 4
_DAYS_TO_KNOW = 5
# At ten expected matches none at all is no accident: one in twenty thousand, were they independent.
_EXPECTED_TO_MISS = 10.0


def odd_rules(
    matches: Mapping[str, DailyCounts], filings: DailyCounts, *, rules: Collection[str], today: date
) -> dict[str, str]:
    """Troubles of rules by key: those that match far more than they did, and those that do not match any more.

    `matches` by rule and `filings` that were read are counts by filing date over `LOOKED_AT`; only `rules`, those in
    force, are judged.
    """
    troubles = {}
    for rule in sorted(rules):
        counts = matches.get(rule, {})
        if sentence := _busy(counts, filings, today):
            troubles[f"rule {rule} busy"] = f"the rule {rule} {sentence}"
        elif sentence := _quiet(counts, filings, today):
            troubles[f"rule {rule} quiet"] = f"the rule {rule} {sentence}"
    return troubles


def _busy(counts: DailyCounts, filings: DailyCounts, today: date) -> str:
    earlier = [day for day in filings if day < today]
    most = max((counts.get(day, 0) for day in earlier), default=0)
    found = counts.get(today, 0)
    if len(earlier) < _DAYS_TO_KNOW or found < _BUSY_FROM or found <= _TIMES_AS_MANY * most:
        return ""
    return f"has matched {found} filings today; on its busiest day of the five weeks before it matched {most}"


def _quiet(counts: DailyCounts, filings: DailyCounts, today: date) -> str:
    begin = today - timedelta(days=_QUIET_DAYS)
    earliest = begin - timedelta(days=_EARLIER_DAYS)
    if any(count for day, count in counts.items() if day > begin):
        return ""
    before = sum(count for day, count in counts.items() if earliest < day <= begin)
    read_before = sum(count for day, count in filings.items() if earliest < day <= begin)
    read = sum(count for day, count in filings.items() if day > begin)
    # As many filings as before must have been read: a watcher that was off has missed no match.
    if not read_before or before * read / read_before < _EXPECTED_TO_MISS:
        return ""
    return f"has matched nothing for a week; in the four weeks before it matched {counted(before, 'filing')}"
