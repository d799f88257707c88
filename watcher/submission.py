"""Bytes of a submission to its header's facts and its documents, for every era of EDGAR's archive.

A submission comes in two spellings: `.txt` with a readable header (`LABEL:  value`) and `.nc` or `.hdr.sgml` with a
tagged one (`<LABEL>value`). Both may be wrapped in a PEM envelope (1994-2009); the header's own tags are
`<SEC-HEADER>`, `<IMS-HEADER>` (1994-95) or none. Counts and sequence numbers in it are often wrong and are never
relied upon.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import pairwise

from ahocorasick_rs import BytesAhoCorasick

from watcher import item_codes
from watcher.errors import SubmissionError
from watcher.hours import NEW_YORK
from watcher.model import ACCESSION_NUMBER, Document, Filer, Submission
from watcher.text import readable_text

ARCHIVE_URL = "https://www.sec.gov/Archives/edgar/data"

_MARKS = re.compile(rb"<(?:SEC|IMS)-(?:DOCUMENT|HEADER)>|<SUBMISSION>|^ACCESSION NUMBER:", re.MULTILINE)
_DOCUMENT = b"<DOCUMENT>"
# Looks for one string several times as fast as `bytes.find`; half of what is searched are encoded pictures.
_DOCUMENT_TAGS = BytesAhoCorasick([_DOCUMENT])
_PIECE = 1 << 18
# No filing has nearly so many; every document takes far more memory than its tag.
_MOST_DOCUMENTS = 10_000
_TYPE_FOLLOWS = re.compile(rb"\s*<TYPE>")
_TAGGED = re.compile(r"<(/?)([A-Z][A-Z0-9&/-]*)>([^<\r\n]*)")
_DOCUMENT_TAG = re.compile(r"<(TYPE|SEQUENCE|FILENAME|DESCRIPTION)>([^<\r\n]{0,1000})")
_TEXT = re.compile(rb"<TEXT>[ \t]*\r?\n?")
_UUENCODED = re.compile(rb"\s*(?:<(?:PDF|XBRL)>\s*)?begin \d{3,4} \S")
_CONTROL = re.compile("[\\0-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\u2028\\u2029]")
_DAY = re.compile(r"[0-9]{8}")
_MOMENT = re.compile(r"([0-9]{8})([0-9]{6})")
_PLAIN_NAME = re.compile(r"[\w.%~-]+")
_SIC = re.compile(r"\[?(\d{4})\]?\s*\Z")

# EDGAR's own are at most 255 and about 20 characters long; whoever writes more is not EDGAR.
_LONGEST_VALUE = 1000
_LONGEST_HEADER = 4_000_000
_LONGEST_TYPE = 40

# Parts that machines read; nobody searches them and a person does not open them.
_MACHINE_TYPES = re.compile(r"EX-10[01](?:\..*)?\Z|XML\Z|JSON\Z|ZIP\Z|EXCEL\Z|GRAPHIC\Z|COVER\Z")
_BINARY_TYPES = frozenset({"ZIP", "EXCEL", "GRAPHIC", "PDF"})
_BINARY_SUFFIXES = (".pdf", ".jpg", ".jpeg", ".gif", ".png", ".zip", ".xls", ".xlsx", ".ppt", ".pptx", ".doc", ".docx")

_ROLES = {
    "FILER": "filer",
    "SUBJECT COMPANY": "subject",
    "FILED BY": "filed by",
    "REPORTING OWNER": "reporting",
    "ISSUER": "issuer",
    "DEPOSITOR": "depositor",
    "SECURITIZER": "securitizer",
    "ISSUING ENTITY": "issuing entity",
    "FILED FOR": "filed for",
}
# Tagged labels that differ from the readable ones by more than a hyphen.
_READABLE = {
    "TYPE": "CONFORMED SUBMISSION TYPE",
    "PERIOD": "CONFORMED PERIOD OF REPORT",
    "ITEMS": "ITEM INFORMATION",
    "FILING DATE": "FILED AS OF DATE",
    "CONFORMED NAME": "COMPANY CONFORMED NAME",
    "CIK": "CENTRAL INDEX KEY",
    "ASSIGNED SIC": "STANDARD INDUSTRIAL CLASSIFICATION",
}


def is_searchable_type(document_type: str) -> bool:
    """Whether documents of that type hold what people read: the form itself and its exhibits, not XBRL or pictures."""
    return not _MACHINE_TYPES.match(document_type.upper())


def parse_submission(body: bytes) -> Submission:
    """Read a complete submission, or a primary document alone (its header facts are then empty).

    Raises:
        SubmissionError: `body` is neither.
    """
    if not body or body.isspace():
        raise SubmissionError("The file is empty; a submission begins with <SEC-DOCUMENT> or <SUBMISSION>.")
    starts = _document_starts(body)
    head = body[: min(starts[0], _LONGEST_HEADER)] if starts else body[:200_000]
    if not starts and not _MARKS.search(head):
        return _primary_document(body)
    header = _Header()
    header.read(_facts(head))
    if not header.form and not starts:
        raise SubmissionError("This is no submission: it has neither a header that names its form nor a <DOCUMENT>.")
    return _assembled(header, body, starts)


def _document_starts(body: bytes) -> list[int]:
    """Where each `<DOCUMENT>` stands: at the start of a line, or anywhere right before its `<TYPE>`.

    At most one more than are read.
    """
    starts: list[int] = []
    whole = memoryview(body)
    for begin in range(0, len(body), _PIECE):  # a tag that is found takes more memory than the tag itself
        if len(starts) > _MOST_DOCUMENTS:
            break
        for _, start, end in _DOCUMENT_TAGS.find_matches_as_indexes(whole[begin : begin + _PIECE + len(_DOCUMENT) - 1]):
            at = begin + start
            line = body.rfind(b"\n", max(0, at - 20), at)
            if not body[max(line + 1, at - 20) : at].strip() or _TYPE_FOLLOWS.match(body, begin + end):
                starts.append(at)
    return starts[: _MOST_DOCUMENTS + 1]


def _assembled(header: _Header, body: bytes, starts: list[int]) -> Submission:
    filers = tuple(dict.fromkeys(filer.filer() for filer in header.filers))
    cik = next((filer.cik for filer in filers if filer.cik), None)
    folder = f"{ARCHIVE_URL}/{cik}/{header.accession_number.replace('-', '')}" if header.accession_number else ""
    documents, warnings = _documents(body, starts, folder if cik else "")
    form = header.form or next((document.type for document in documents), "")
    codes, unknown = _item_codes(header.item_lines, header.filed_on)
    return Submission(
        accession_number=header.accession_number,
        form=form.upper(),
        documents=documents,
        filers=filers,
        accepted_at=header.accepted_at,
        filed_on=header.filed_on,
        period_of_report=header.period_of_report,
        items=codes,
        unknown_items=unknown,
        header=tuple(header.lines),
        warnings=(*header.warnings, *warnings),
    )


def _item_codes(lines: list[str], filed_on: date | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    codes: dict[str, None] = {}
    unknown = []
    for line in lines:
        code = item_codes.code_of(line, filed_on)
        if code:
            codes[code] = None
        elif line.removeprefix("<ITEMS>").strip():
            unknown.append(line)
    return tuple(codes), tuple(unknown)


@dataclass(slots=True)
class _FilerBlock:
    role: str
    values: dict[str, str] = field(default_factory=dict)

    def filer(self) -> Filer:
        cik = self.values.get("CENTRAL INDEX KEY", "")
        sic = _SIC.search(self.values.get("STANDARD INDUSTRIAL CLASSIFICATION", ""))
        return Filer(
            cik=int(cik) if cik.isascii() and cik.isdigit() else None,
            name=self.values.get("COMPANY CONFORMED NAME", ""),
            sic=(int(sic[1]) or None) if sic else None,
            state=self.values.get("STATE OF INCORPORATION") or None,
            role=self.role,
        )


class _Header:
    """Collects the header line by line; labels that mean nothing to us are kept all the same."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []
        self.filers: list[_FilerBlock] = []
        self.item_lines: list[str] = []
        self.accession_number = ""
        self.form = ""
        self.accepted_at: datetime | None = None
        self.filed_on: date | None = None
        self.period_of_report: date | None = None
        self.warnings: list[str] = []

    def read(self, text: str) -> None:
        for line in text.splitlines():
            stripped = line.strip()
            if stripped.startswith("<"):
                for tag in _TAGGED.finditer(stripped):
                    if not tag[1]:
                        self._take(tag[2].replace("-", " "), tag[3].strip())
            elif ":" in stripped:
                label, _, value = stripped.partition(":")
                if label.isupper() and len(label) < 60:
                    self._take(label.strip(), value.strip())
            elif stripped and self.lines and line[:1].isspace():
                self._continue(stripped)

    def _continue(self, rest: str) -> None:
        """A value that was broken over two lines."""
        label, value = self.lines[-1]
        if len(value) > _LONGEST_VALUE:
            return
        if value and self.filers and self.filers[-1].values.get(label) == value:
            self.lines[-1] = (label, f"{value} {rest}")
            self.filers[-1].values[label] = f"{value} {rest}"

    def _take(self, label: str, value: str) -> None:
        label, value = _READABLE.get(label, label), value[:_LONGEST_VALUE]
        if label in ("SEC DOCUMENT", "SEC HEADER", "IMS DOCUMENT", "IMS HEADER", "SUBMISSION"):
            if not self.accession_number and (found := ACCESSION_NUMBER.search(value)):
                self.accession_number = found[0]
            return
        self.lines.append((label, value))
        if label in _ROLES and not value:
            self.filers.append(_FilerBlock(_ROLES[label]))
        elif label == "ACCESSION NUMBER" and (found := ACCESSION_NUMBER.search(value)):
            self.accession_number = found[0]
        elif label == "CONFORMED SUBMISSION TYPE":
            self.form = self.form or value
        elif label == "ITEM INFORMATION":
            self.item_lines.append(value)
        elif label == "ACCEPTANCE DATETIME":
            self.accepted_at = self._moment(value)
        elif label == "FILED AS OF DATE":
            self.filed_on = self._day(label, value)
        elif label == "CONFORMED PERIOD OF REPORT":
            self.period_of_report = self._day(label, value)
        elif self.filers:
            self.filers[-1].values.setdefault(label, value)

    def _moment(self, value: str) -> datetime | None:
        # EDGAR writes New York's clock without saying so.
        digits = _MOMENT.fullmatch(value)
        try:
            if digits:
                return datetime.fromisoformat(f"{digits[1]}T{digits[2]}").replace(tzinfo=NEW_YORK).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        self.warnings.append(f"The header's acceptance time {value[:40]!r} is no date and time.")
        return None

    def _day(self, label: str, value: str) -> date | None:
        if not value:
            return None
        try:
            if _DAY.fullmatch(value):
                return date.fromisoformat(value)
        except ValueError:
            pass
        self.warnings.append(f"The header's {label} {value[:40]!r} is no date.")
        return None


def _documents(body: bytes, starts: list[int], folder: str) -> tuple[tuple[Document, ...], list[str]]:
    documents = []
    warnings = []
    if len(starts) > _MOST_DOCUMENTS:
        warnings.append(f"The submission has more than {_MOST_DOCUMENTS:,} documents; the others were not read.")
    borders = [*starts, len(body)][: _MOST_DOCUMENTS + 1]
    for number, (start, limit) in enumerate(pairwise(borders), 1):
        document, whole = _document(body, start + len(_DOCUMENT), limit, folder)
        if not whole:
            warnings.append(f"Document {number} ({document.type or 'no type'}) has no end; it may be cut off.")
        documents.append(document)
    return tuple(documents), warnings


def _document(body: bytes, begin: int, limit: int, folder: str) -> tuple[Document, bool]:
    text = _TEXT.search(body, begin, limit)
    head = _facts(memoryview(body)[begin : text.start() if text else limit])
    tags = {label: value.strip() for label, value in reversed(_DOCUMENT_TAG.findall(head))}
    kind = tags.get("TYPE", "").upper()[:_LONGEST_TYPE]
    filename = tags.get("FILENAME", "")
    sequence = tags.get("SEQUENCE", "")
    starts = text.end() if text else limit
    end = body.rfind(b"</TEXT>", starts, limit)
    if end < 0:
        end = body.rfind(b"</DOCUMENT>", starts, limit)
    ends = end if end >= 0 else limit
    binary = (
        kind in _BINARY_TYPES
        or filename.lower().endswith(_BINARY_SUFFIXES)
        or _UUENCODED.match(body, starts, min(ends, starts + 200)) is not None
    )
    document = Document(
        type=kind,
        sequence=int(sequence) if sequence.isascii() and sequence.isdigit() and len(sequence) < 10 else None,
        filename=filename,
        description=tags.get("DESCRIPTION", ""),
        content="" if binary or _MACHINE_TYPES.match(kind) else _decoded(memoryview(body)[starts:ends]),
        binary=binary,
        url=f"{folder}/{filename}" if folder and _PLAIN_NAME.fullmatch(filename) else "",
    )
    return document, text is not None and end >= 0


def _facts(head: bytes | memoryview) -> str:
    """What EDGAR writes around documents, as text without control characters: names end in terminals and logs."""
    return _CONTROL.sub(" ", _decoded(head))


def _decoded(body: bytes | memoryview) -> str:
    """Bytes as text: UTF-8 where they are that, else what Windows wrote; never an error."""
    try:
        return str(body, "utf-8")
    except UnicodeDecodeError:
        return str(body, "cp1252", "replace")


_COVER_FORM = re.compile(r"\bform\s+(8-?k(?:12b|12g3|15d5)?)\s*(/\s*a\b|\(?amendment\b)?", re.IGNORECASE)


def _primary_document(body: bytes) -> Submission:
    """A submission that holds nothing but its main document."""
    content = _decoded(body)
    if "\x00" in content[:1000]:
        raise SubmissionError("This is no submission: it is not text.")
    cover = _COVER_FORM.search(readable_text(content[:400_000])[:20_000])
    if cover is None:
        raise SubmissionError(
            "This is no submission and no Form 8-K: there is no EDGAR header, and no cover page that names the form."
        )
    form = cover[1].upper().replace("8K", "8-K") + ("/A" if cover[2] else "")
    return Submission(accession_number="", form=form, documents=(Document(type=form, content=content),))
