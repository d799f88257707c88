"""Readable text of a document, and the normal form in which phrases are looked for.

Readable text holds what a person sees: one line a block or table row, cells apart by one tab, single spaces,
nothing hidden. `fold` changes characters one for one, so an offset in the folded text is the same offset in the
readable text.
"""

from __future__ import annotations

import re

from watcher.text.letters import fold
from watcher.text.markup import html_text
from watcher.text.plain import plain_text

__all__ = ["fold", "readable_text"]

_HTML = re.compile(r"<(?:/?(?:html|body|div|p|br|font|span|center|td|tr)\b|!doctype html)", re.IGNORECASE)
_OPENING = 200_000


def readable_text(content: str) -> str:
    """What a person reads in one document: HTML, inline XBRL or plain text.

    Takes time and memory linear in `content`, whatever it holds.
    """
    if "\0" in content:
        content = content.replace("\0", "")
    return html_text(content) if _HTML.search(content, 0, _OPENING) else plain_text(content)
