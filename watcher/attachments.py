"""Whether the part of a submission that was read holds every exhibit that it promises."""

from __future__ import annotations

import re

from watcher.errors import SubmissionError
from watcher.exhibits import is_exhibit, read_exhibit_list
from watcher.item_codes import LISTS_EXHIBITS
from watcher.items import find_items
from watcher.model import Document
from watcher.submission import parse_submission
from watcher.text import readable_text

# "Consent of ... (included in Exhibit 5.1)", "to be filed by amendment": listed, and no document of this filing.
_ELSEWHERE = re.compile(
    r"\b(?:(?:included|contained|set forth)\s+(?:in|as part of)|previously\s+filed|(?:to|will)\s+be\s+filed|omitted)\b",
    re.IGNORECASE,
)


def holds_listed_exhibits(body: bytes) -> bool | None:
    """Whether every exhibit that Item 9.01 lists as part of a filing is in `body`, the beginning of its submission.

    None where no list can be read: nothing is promised then.
    """
    try:
        submission = parse_submission(body)
    except SubmissionError:
        return None
    main = next((document for document in submission.documents if document.content and not document.binary), None)
    if main is None:
        return None
    text = readable_text(main.content)
    spans = find_items(text, filed_on=submission.filed_on)
    start = next((span.start for span in reversed(spans) if span.code in LISTS_EXHIBITS), None)
    if start is None:
        return None
    listed = read_exhibit_list(text[start:], (document.type for document in submission.documents[1:]))
    if not listed:
        return None
    return all(
        entry.exhibit
        or entry.incorporated_from
        or not is_exhibit(Document(f"EX-{entry.number}"))
        or _ELSEWHERE.search(entry.description)
        for entry in listed
    )
