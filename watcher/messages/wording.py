"""How facts are put into words: one line, cut where it is long, times in the clocks that readers use."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit

from watcher.hours import new_york

# Control characters and separators become spaces; what is invisible or turns the reading direction goes.
_BREAKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]")
_MAX_URL = 2_000


def one_line(text: str, most: int = 300) -> str:
    """The text on one line, without invisible characters, cut at a word to at most `most` characters."""
    return cut_end(_BREAKS.sub(" ", _INVISIBLE.sub("", text)).strip(), most)


def cut_end(text: str, most: int) -> str:
    """The beginning of the text, ending in `…` where something was cut."""
    if len(text) <= most:
        return text
    kept = text[: most - 1]
    head, space, _ = kept.rpartition(" ")
    return (head if space and len(head) > most // 2 else kept).rstrip() + "…"


def cut_start(text: str, most: int) -> str:
    """The end of the text, beginning with `…` where something was cut."""
    if len(text) <= most:
        return text
    kept = text[len(text) - most + 1 :]
    _, space, tail = kept.partition(" ")
    return "…" + (tail if space and len(tail) > most // 2 else kept).lstrip()


def safe_url(url: str) -> str:
    """The address if a browser can be sent there, with every odd character quoted; otherwise empty."""
    url = one_line(url, _MAX_URL + 1)
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in ("https", "http") or not parts.hostname or len(url) > _MAX_URL:
        return ""
    quoted = quote(url, safe="%/:?#[]@!$&'()*+,;=~-._")
    return quoted if len(quoted) <= _MAX_URL else ""


def new_york_time(moment: datetime) -> str:
    """`Wed 8 Mar 2017 16:02:21`, on New York's clock."""
    local = new_york(moment)
    return f"{local:%a} {local.day} {local:%b %Y %H:%M:%S}"


def utc_time(moment: datetime) -> str:
    """`21:02:21`, with the date in front where it is not New York's."""
    same_day = moment.date() == new_york(moment).date()
    return f"{moment:%H:%M:%S}" if same_day else f"{moment.day} {moment:%b %H:%M:%S}"


def place_name(where: str) -> str:
    """Where a passage stands, as people say it: `EX-99.1`, `Item 7.01` or `main document`."""
    where = one_line(where, 30)
    if where == "body":
        return "main document"
    return f"Item {where}" if where[:1].isdigit() else where


def counted(count: int, noun: str, plural: str = "") -> str:
    """`1 filing`, `2 filings`; `plural` where it is not the noun with an s."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def span(duration: timedelta) -> str:
    """A duration as people say it: `38 s`, `12 min 4 s`, `3 h 12 min`, `2 days 3 h`."""
    seconds = max(0, round(duration.total_seconds()))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
    if seconds < 120:
        return f"{seconds} s"
    if hours < 2:
        return f"{minutes} min" + (f" {seconds % 60} s" if seconds % 60 else "")
    if days < 2:
        return f"{hours} h" + (f" {minutes % 60} min" if minutes % 60 else "")
    return f"{days} days" + (f" {hours % 24} h" if hours % 24 else "")
