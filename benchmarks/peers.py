"""How long other libraries take over the same documents; run by `reading` with an interpreter of its own.

Each reader gets the same searchable documents of the same submissions and gives their text, which is less than the
watcher does with them. Prints one `name seconds` line each.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

Submission = dict[str, str]


def beautifulsoup(submissions: list[Submission]) -> None:
    """What a self-made bot does: `BeautifulSoup(...).get_text()` and one regular expression."""
    import re

    from bs4 import BeautifulSoup

    for submission in submissions:
        for document in submission["documents"]:
            re.findall(r"Item\s+\d\.\d\d", BeautifulSoup(document, "lxml").get_text(" "))


def edgartools(submissions: list[Submission]) -> None:
    """Split by edgartools, then its HTML parser and its text."""
    from edgar.documents import parse_html
    from edgar.sgml.sgml_common import FilingSGML

    for submission in submissions:
        for attachment in FilingSGML.from_source(submission["path"]).attachments:
            content = attachment.content
            if attachment.document_type in submission["types"] and isinstance(content, str) and "<" in content:
                parse_html(content).text()


def datamule(submissions: list[Submission]) -> None:
    """Split by datamule, then its parser."""
    from datamule import Submission as Theirs

    for submission in submissions:
        path = Path(submission["path"])
        for document in Theirs(sgml_content=path.read_bytes(), accession=path.stem.replace("-", "")):
            if document.type in submission["types"] and document.extension in (".htm", ".html", ".txt"):
                document.parse()


def resiliparse(submissions: list[Submission]) -> None:
    """The text alone, by the native extractor of resiliparse, which stands on the yardstick's parser."""
    from resiliparse.extract.html2text import extract_plain_text

    for submission in submissions:
        for document in submission["documents"]:
            extract_plain_text(document, preserve_formatting=True)


READERS: tuple[Callable[[list[Submission]], None], ...] = (resiliparse, beautifulsoup, datamule, edgartools)


def main() -> None:
    """Time every reader, in seconds of one core's time; one that fails says why."""
    warnings.simplefilter("ignore")
    submissions = json.load(sys.stdin)
    for reader in READERS:
        try:
            reader(submissions[:2])  # imports and caches
            started = time.process_time()
            reader(submissions)
            print(reader.__name__, time.process_time() - started, flush=True)
        except Exception as error:  # a peer's trouble is a line of the report, not the end of it
            print(reader.__name__, "failed:", str(error).splitlines()[:1], flush=True)


if __name__ == "__main__":
    main()
