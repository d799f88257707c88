"""A submission to a current report: what the filing says, joined from its header, its body and its exhibits."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from watcher import item_codes
from watcher.cover import amended_date, quoted_symbol, read_cover
from watcher.errors import SubmissionError
from watcher.exhibits import (
    exhibit_number,
    find_dateline,
    find_headline,
    is_exhibit,
    number_key,
    read_exhibit_list,
    without_names,
)
from watcher.items import ItemSpan, find_items, heading_length, read_parts
from watcher.kinds import Signs, kind_of
from watcher.match import match_topics
from watcher.model import (
    CoverPage,
    CurrentReport,
    Document,
    Exhibit,
    ExhibitEntry,
    Filer,
    Filing,
    Item,
    Submission,
)
from watcher.rules import Topics, shipped_topics
from watcher.text import readable_text
from watcher.tickers import normalise_ticker

_CURRENT_REPORT = re.compile(r"8-?K", re.IGNORECASE)
# Their code says what they announce; their sentences speak of elections, appointments and agreements all the same.
_TOLD_BY_CODE = frozenset({"3.01", "4.01", "4", "5.07", *item_codes.LISTS_EXHIBITS})
_UNKNOWN_ITEMS = 20
# A release has the letterhead of one of the first registrants, of which a filing may have dozens.
_LETTERHEADS = 10
# A page that holds pictures and less than this many words has its content in the pictures.
_FEWEST_WORDS = 30
# Exhibits of this kind say what could happen, or what the business is, and announce nothing.
_NO_NEWS = re.compile(
    r"\W*(?:updated? |certain |additional |supplemental |selected )*(?:risk factors|cautionary|safe harbor|"
    r"description of (?:the )?business|material (?:u\.?s\.? )?federal income tax)\b",
    re.IGNORECASE,
)
_TITLED = re.compile(
    r"\b(?:agreements?|bylaws|by-laws|articles|certificates?|indentures?|notes?|debentures?|plans?|amendments?|consents?|"
    r"opinions?|statements?|polic(?:y|ies)|charter|waivers?|guarant\w+|warrants?|awards?|leases?|code|letters?)\b",
    re.IGNORECASE,
)
# How far the first sentences of an item and of a release reach, in characters.
_ITEM_LEAD = 1200
_EXHIBIT_LEAD = 800
_NEWS = frozenset(
    {"press release", "earnings release", "prepared remarks", "shareholder letter", "investor presentation", "other"}
)
# Paragraphs that speak of everything and announce nothing.
_NOTICES = re.compile(
    r"^[^\w\n]*+"
    r"(?:(?:cautionary|special|safe|important|disclosure|information|notice|note|statement)\w*\W+(?:\w+\W+){0,4})?"
    r"(?:forward[- ]looking|safe harbor|additional information (?:and|about|regarding|for)|where (?:to|you can) find|"
    r"participants? in (?:the )?solicitation|no offer|non-solicitation)",
    re.IGNORECASE | re.MULTILINE,
)
# The same in a release, where they may begin without a heading, and "About Acme".
_RELEASE_NOTICES = re.compile(
    _NOTICES.pattern + r"|^(?=(?:[^\n.]|\.(?=\S)){0,240}?\bforward[- ]looking\b)|^about (?:\S+ ){0,8}?\S+\W*$",
    re.IGNORECASE | re.MULTILINE,
)
# Exhibits whose first line is a headline; others have a title or none.
_RELEASES = frozenset({"99", "20"})


def read_report(submission: Submission, filing: Filing | None = None, *, topics: Topics | None = None) -> CurrentReport:
    """Read what a submission says; `filing` adds what the feed said and which tickers its companies have.

    `topics` are those to look for, by default the shipped ones.

    Raises:
        SubmissionError: the submission holds no document that can be read.
    """
    main = _main_document(submission)
    body = readable_text(main.content)
    filed_on = submission.filed_on or (filing.filed_on if filing else None)
    spans = find_items(body, filed_on=filed_on) if _CURRENT_REPORT.match(submission.form) else ()
    spans = _possible(spans)
    items, item_warnings = _items(submission, filing, spans, body)
    cover = read_cover(main.content, body)
    exhibits_span = next((span for span in reversed(spans) if span.code in item_codes.LISTS_EXHIBITS), None)
    documents = [document for document in submission.documents if document is not main and is_exhibit(document)]
    listed = read_exhibit_list(body[exhibits_span.start :], (d.type for d in documents)) if exhibits_span else ()
    names = tuple(filer.name for filer in submission.filers) or ((cover.registrant,) if cover.registrant else ())
    codes = tuple(item.code for item in items)
    entries = {entry.exhibit: entry for entry in reversed(listed)}
    exhibits = tuple(
        _exhibit(document, entries.get(document.type), names[:_LETTERHEADS], codes) for document in documents
    )
    is_amendment = submission.form.upper().endswith("/A")
    report = CurrentReport(
        accession_number=submission.accession_number,
        form=submission.form,
        is_amendment=is_amendment,
        filed_on=filed_on,
        accepted_at=submission.accepted_at or (filing.accepted_at if filing else None),
        period_of_report=submission.period_of_report or cover.event_on,
        url=_index_url(submission, filing),
        filers=_filers(submission, filing, cover, exhibits),
        items=items,
        exhibits=exhibits,
        exhibit_list=listed,
        cover=cover,
        amends_on=amended_date(body) if is_amendment else None,
        financial_statement_parts=_parts(body, exhibits_span, listed),
        warnings=(*submission.warnings, *item_warnings, *_exhibit_warnings(exhibits)),
        body=body,
        body_url=main.url,
    )
    return replace(report, topics=match_topics(shipped_topics() if topics is None else topics, report))


def _main_document(submission: Submission) -> Document:
    readable = [document for document in submission.documents if document.content and not document.binary]
    for document in readable:
        if document.type == submission.form or (
            _CURRENT_REPORT.match(submission.form) and _CURRENT_REPORT.match(document.type)
        ):
            return document
    if not readable:
        raise SubmissionError(
            f"Submission {submission.accession_number or '(no number)'} holds no document that can be read as text."
        )
    return next((document for document in readable if not is_exhibit(document)), readable[0])


def _index_url(submission: Submission, filing: Filing | None) -> str:
    if filing and filing.url:
        return filing.url
    folder = next((d.url.rpartition("/")[0] for d in submission.documents if d.url), "")
    return f"{folder}/{submission.accession_number}-index.htm" if folder else ""


# --- items -----------------------------------------------------------------------------------------------


def _items(
    submission: Submission, filing: Filing | None, spans: tuple[ItemSpan, ...], body: str
) -> tuple[tuple[Item, ...], list[str]]:
    header = dict.fromkeys((*submission.items, *(filing.items if filing else ())))
    found = {span.code: span for span in spans}
    items = []
    for code in sorted(header.keys() | found.keys(), key=item_codes.sort_key):
        span = found.get(code)
        title = item_codes.title(code) or (_own_title(span.heading) if span else "")
        start, end = (span.start, span.end) if span else (0, 0)
        items.append(
            Item(
                code,
                title,
                code in header,
                span is not None,
                start,
                end,
                furnished=code in item_codes.FURNISHED,
                lead=_item_lead(body, span) if span and code not in _TOLD_BY_CODE else (0, 0),
            )
        )
    return tuple(items), _item_warnings(submission, header, found)


def _possible(spans: tuple[ItemSpan, ...]) -> tuple[ItemSpan, ...]:
    """The items of Form 8-K, and the first few of those that it does not have: a slip is worth a look, a flood none."""
    unknown = [span.code for span in spans if not item_codes.title(span.code)]
    flood = set(unknown[_UNKNOWN_ITEMS:])
    return tuple(span for span in spans if span.code not in flood)


def _item_lead(body: str, span: ItemSpan) -> tuple[int, int]:
    """The first sentences of an item: where its heading ends, and so much further."""
    start = span.start + heading_length(body[span.start : span.end], item_codes.title(span.code))
    end = min(span.end, start + _ITEM_LEAD)
    notice = _NOTICES.search(body, start, end)
    return start, notice.start() if notice else end


def _own_title(heading: str) -> str:
    return re.sub(r"^\W*items?\W*[\d.\s]+\W*", "", heading, flags=re.IGNORECASE)[:200].strip()


def _item_warnings(submission: Submission, header: dict[str, None], found: dict[str, ItemSpan]) -> list[str]:
    warnings = [
        f"The header names an item that is not known: {line.removeprefix('<ITEMS>')[:120]!r}."
        for line in submission.unknown_items
        if _CURRENT_REPORT.match(submission.form)
    ]
    if not header or not _CURRENT_REPORT.match(submission.form):
        return warnings
    for code in sorted(header.keys() ^ found.keys(), key=item_codes.sort_key):
        if code in header:
            warnings.append(f"Item {code} is in the header, but no heading for it was found in the main document.")
        else:
            warnings.append(f"Item {code} is headed in the main document, but the header does not name it.")
    return warnings


def _parts(body: str, span: ItemSpan | None, listed: tuple[ExhibitEntry, ...]) -> tuple[str, ...]:
    if span is None:
        return ()
    return read_parts(body[span.start : span.end], lists_exhibits=bool(listed))


# --- exhibits --------------------------------------------------------------------------------------------


def _exhibit(document: Document, entry: ExhibitEntry | None, names: tuple[str, ...], items: tuple[str, ...]) -> Exhibit:
    number = exhibit_number(document.type)
    text = readable_text(document.content) if document.content else ""
    is_picture = len(text) < 2000 and "<img" in document.content.lower() and len(text.split()) < _FEWEST_WORDS
    release = not _RELEASES.isdisjoint(number_key(number)[:1])
    dateline = find_dateline(text) if release else -1
    start, end = find_headline(text, names=names, release=release, dateline=dateline)
    title = text[start:end]
    own = "" if number_key(document.description) == number_key(document.type) else document.description
    kind, because = kind_of(
        Signs(
            number=number,
            description=without_names(" / ".join(filter(None, (entry.description if entry else "", own))), names),
            title=without_names(title, names),
            opening=text[max(dateline, 0) :][:4000],
            has_dateline=dateline >= 0,
            filename=document.filename,
            items=items,
        )
    )
    if kind not in _NEWS and not (_TITLED.search(title) and len(title) < 120 and title[-1] not in ":;,"):
        start, title = 0, ""
    return Exhibit(
        type=document.type,
        number=number,
        filename=document.filename,
        url=document.url,
        description=(entry.description if entry else "") or own,
        headline=title.replace("\n", " ").replace("\t", " "),
        headline_start=start,
        kind=kind,
        kind_because=because,
        searched=bool(text) and not is_picture,
        text=text,
        lead=_exhibit_lead(text, start, end, dateline)
        if release and kind in _NEWS and not (kind == "other" and _NO_NEWS.match(title))
        else (0, 0),
    )


def _exhibit_lead(text: str, start: int, end: int, dateline: int) -> tuple[int, int]:
    """From the headline to the end of the first paragraph, or so many characters, and no further than the notices."""
    paragraph = text.find("\n", dateline) if dateline >= 0 else -1
    last = min(len(text), max(paragraph, end + _EXHIBIT_LEAD), start + 3 * _EXHIBIT_LEAD)
    notice = _RELEASE_NOTICES.search(text, max(end, dateline + 1), last)
    return start, notice.start() if notice else last


def _exhibit_warnings(exhibits: Iterable[Exhibit]) -> list[str]:
    return [
        f"{exhibit.type} ({exhibit.filename or 'no file name'}) is not text and was not searched."
        for exhibit in exhibits
        if not exhibit.searched
    ]


# --- companies -------------------------------------------------------------------------------------------


def _filers(
    submission: Submission, filing: Filing | None, cover: CoverPage, exhibits: tuple[Exhibit, ...]
) -> tuple[Filer, ...]:
    """The header's companies (or else the feed's or the cover's) with every ticker that a source gives them."""
    known = {filer.cik: filer for filer in (filing.filers if filing else ())}
    filers = list(submission.filers)
    named = {filer.cik for filer in filers}
    filers += [filer for cik, filer in known.items() if cik not in named]
    if not filers and cover.registrant:
        filers = [Filer(cik=None, name=cover.registrant)]
    tickers: list[dict[str, None]] = [
        dict.fromkeys((*filer.tickers, *(known[filer.cik].tickers if filer.cik in known else ()))) for filer in filers
    ]
    if filers:
        # The cover page is the first registrant's; with several, its symbols are not told apart.
        tickers[0] |= dict.fromkeys(map(normalise_ticker, cover.trading_symbols))
        for exhibit in exhibits:
            if symbol := quoted_symbol(exhibit.text, (filers[0].name,)):
                tickers[0][normalise_ticker(symbol)] = None
    return tuple(replace(filer, tickers=tuple(found)) for filer, found in zip(filers, tickers, strict=True))
