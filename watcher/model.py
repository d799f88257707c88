"""The nouns: what EDGAR lists, what a filing holds, what a rule found, what a receiver is told.

All of them are frozen, compare by value, and do nothing. `..._at` is an aware UTC datetime, `..._on` a date.
Sequences are tuples. What is not known is `None` or empty, never a guess.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256

# --- what EDGAR lists ------------------------------------------------------------------------------------

ACCESSION_NUMBER = re.compile(r"\d{10}-\d{2}-\d{6}")
"""How EDGAR names a filing: who submitted it, the year, and which of that year's it is."""


@dataclass(frozen=True, slots=True)
class Filer:
    """A company that a filing is about or from."""

    cik: int | None
    name: str
    tickers: tuple[str, ...] = ()
    """In EDGAR's spelling, upper case, classes with a hyphen: `BRK-B`."""
    sic: int | None = None
    state: str | None = None
    """State of incorporation, as EDGAR's two-letter code."""
    role: str = "filer"
    """`filer`, `subject`, `filed by`, ... as EDGAR names it, in lower case."""


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One row of the current-filings feed: one registrant of one filing."""

    accession_number: str
    form: str
    filer: Filer
    accepted_at: datetime
    filed_on: date | None
    items: tuple[str, ...]
    """Codes in EDGAR's order, such as `7.01`."""
    url: str
    """The filing's index page."""


@dataclass(frozen=True, slots=True)
class Filing:
    """One filing as EDGAR lists it: its rows merged by accession number."""

    accession_number: str
    form: str
    filers: tuple[Filer, ...]
    accepted_at: datetime | None = None
    filed_on: date | None = None
    items: tuple[str, ...] = ()
    url: str = ""


class FilingState(StrEnum):
    """Where a filing stands. Seen is not done: only `read` and `unreadable` are."""

    SEEN = "seen"
    READ = "read"
    UNREADABLE = "unreadable"
    BASELINE = "baseline"
    """Already listed when the watcher first looked: known, and never alerted on."""


# --- what a submission holds -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a submission, as it came."""

    type: str
    """EDGAR's type in upper case: `8-K`, `EX-99.1`, `GRAPHIC`."""
    sequence: int | None = None
    filename: str = ""
    description: str = ""
    content: str = field(default="", repr=False)
    """What stands between `<TEXT>` and `</TEXT>`; empty where `binary`."""
    binary: bool = False
    """The content is not text (uuencoded picture, PDF, spreadsheet, archive)."""
    url: str = ""
    """Where a person opens it; empty where the accession number or filename is not known."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A complete submission: its header's facts and its documents, in EDGAR's order."""

    accession_number: str
    form: str
    documents: tuple[Document, ...]
    filers: tuple[Filer, ...] = ()
    accepted_at: datetime | None = None
    filed_on: date | None = None
    period_of_report: date | None = None
    items: tuple[str, ...] = ()
    """Item codes that the header states, in its order."""
    unknown_items: tuple[str, ...] = ()
    """Header item lines that name no item we know, as written; blank ones are left out."""
    header: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Every label and value of the header in order, known or not; group labels have an empty value."""
    warnings: tuple[str, ...] = ()


# --- what a filing says ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a current report. Offsets count characters of `CurrentReport.body`."""

    code: str
    title: str
    in_header: bool
    """Named by the submission's header or by the feed."""
    in_body: bool
    start: int = 0
    end: int = 0
    """`body[start:end]` is the item, from its heading to the next item or the signatures; 0, 0 if absent."""
    furnished: bool = False
    """Furnished rather than filed (Form 8-K, General Instruction B.2)."""
    lead: tuple[int, int] = (0, 0)
    """Where in `body` the item's first sentences stand, behind its heading."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One exhibit of a current report."""

    type: str
    """As EDGAR types it: `EX-99.1`."""
    number: str
    """The part behind `EX-`: `99.1`."""
    filename: str = ""
    url: str = ""
    description: str = ""
    headline: str = ""
    headline_start: int = 0
    """`text[headline_start : headline_start + len(headline)]` is the headline, line breaks as spaces."""
    kind: str = "other"
    kind_because: str = ""
    """What decided the kind, in words."""
    searched: bool = True
    """False where the content is not text (PDF, pictures, spreadsheets) or not in the submission."""
    text: str = field(default="", repr=False)
    lead: tuple[int, int] = (0, 0)
    """Where in `text` a release says its news: headline, sub-headlines and first paragraph; (0, 0) for no release."""


@dataclass(frozen=True, slots=True)
class ExhibitEntry:
    """One line of the exhibit list under Item 9.01, joined to what the submission holds."""

    number: str
    description: str
    exhibit: str = ""
    """The type of the exhibit of this submission that it names; empty where the submission does not hold it."""
    incorporated_from: str = ""
    """The earlier filing that holds it, in the list's words, where it is incorporated by reference."""


@dataclass(frozen=True, slots=True)
class CoverPage:
    """What the cover page says; from inline XBRL where there is any, else from the text."""

    registrant: str = ""
    trading_symbols: tuple[str, ...] = ()
    exchanges: tuple[str, ...] = ()
    event_on: date | None = None
    """Date of the earliest event reported."""
    checked: tuple[str, ...] = ()
    """Boxes that are checked: `425`, `14a-12`, `14d-2`, `13e-4`, `emerging growth`."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage that made a condition true, cut from the sentence it stands in."""

    phrase: str
    """What was looked for, as the user wrote it."""
    where: str
    """`EX-99.1`, `7.01`, or `body` for the part of the main document before, between or after items."""
    before: str
    found: str
    after: str
    """`before + found + after` is the sentence on one line, shortened with `…` where it is long."""
    start: int
    end: int
    """Characters of the readable text of that document (`Exhibit.text` or `CurrentReport.body`)."""
    url: str = ""

    @property
    def quote(self) -> str:
        """The sentence with the passage marked: `... a **license agreement** with ...`."""
        return f"{self.before}**{self.found}**{self.after}"


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic that a filing announces, with what shows it."""

    name: str
    because: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class CurrentReport:
    """An 8-K as rules see it."""

    accession_number: str
    form: str
    is_amendment: bool = False
    filed_on: date | None = None
    accepted_at: datetime | None = None
    period_of_report: date | None = None
    url: str = ""
    filers: tuple[Filer, ...] = ()
    items: tuple[Item, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()
    """Those that the submission holds, in its order; XBRL and pictures are left out."""
    exhibit_list: tuple[ExhibitEntry, ...] = ()
    cover: CoverPage = CoverPage()
    amends: str = ""
    """Accession number of the filing that an amendment amends, where it can be told."""
    amends_on: date | None = None
    """For an amendment: the date that it gives the report it amends, where it can be told."""
    financial_statement_parts: tuple[str, ...] = ()
    topics: tuple[Topic, ...] = ()
    warnings: tuple[str, ...] = ()
    body: str = field(default="", repr=False)
    """Readable text of the main document: one line a block, cells apart by tabs, single spaces."""
    body_url: str = ""


# --- what a rule found, and who is told ------------------------------------------------------------------


class Level(StrEnum):
    """How loud an alert is."""

    INFO = "info"
    NOTICE = "notice"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that holds for a report, and why."""

    rule_id: str
    title: str
    notify: tuple[str, ...]
    level: Level = Level.NOTICE
    why: str = ""
    """What the rule's author wants the reader to know."""
    shadow: bool = False
    because: tuple[str, ...] = ()
    """The conditions that hold, in words: `ticker is CLRB`."""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Alert:
    """A report and all its matches for one receiver; its `report` carries no texts."""

    receiver: str
    report: CurrentReport
    matches: tuple[Match, ...]
    seen_at: datetime
    """When the watcher first saw the filing listed."""
    late: str = ""
    """Why this alert comes late ("found by audit"), empty where it does not."""
    continues: str = ""
    """What is new since the first alert on this filing ("also matches ..."), empty for the first one."""

    @property
    def delivery_id(self) -> str:
        """Deterministic: the same filing, receiver and continuation give the same id, whatever the rules."""
        parts = (self.report.accession_number, self.receiver, self.continues)
        return sha256("\n".join(parts).encode()).hexdigest()[:20]


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One alert on its way to one receiver."""

    id: str
    """That of the alert, so that it is the same on a fresh database."""
    receiver: str
    alert: Alert
    state: DeliveryState
    created_at: datetime
    due_at: datetime
    attempts: int = 0
    last_error: str = ""
    sent_at: datetime | None = None
    receipt: str = ""
    """What the receiver calls the message: Slack's `channel/ts`, a mail's Message-ID."""
    thread: str = ""
    """The receipt of the message that this one continues, where it does."""
    possibly_repeated: bool = False
    """An earlier try may have arrived and the receiver cannot be asked."""


@dataclass(frozen=True, slots=True)
class Message:
    """What a receiver is given to show, in every form that a receiver may want."""

    delivery_id: str
    subject: str
    """One line: mail subject, notification text, terminal headline."""
    text: str
    """The whole message as plain text."""
    html: str = ""
    blocks: tuple[dict[str, object], ...] = ()
    """Slack Block Kit, already escaped and within Slack's limits."""
    data: dict[str, object] = field(default_factory=dict)
    """The alert as JSON for webhooks."""
    accession_number: str = ""
    created_at: datetime | None = None
    thread: str = ""
    """The receipt of the message that this one answers, where it does."""
    level: Level = Level.NOTICE
    holds: tuple[str, ...] = ()
    """The ids of all deliveries that a combined message carries; empty where it carries only one."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receiver's word that it shows a message."""

    reference: str
    """What the receiver calls the message; enough to answer in its thread."""
    detail: str = ""
    complete: bool = True
    """False where some of the receiver's addresses did not take it; `detail` says which part."""
