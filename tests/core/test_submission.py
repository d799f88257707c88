"""Submissions of every era."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from watcher import ParseError, parse_submission, read_report
from watcher.errors import SubmissionError
from watcher.model import Filer

READABLE = b"""<SEC-DOCUMENT>0000000001-25-000001.txt : 20250306
<SEC-HEADER>0000000001-25-000001.hdr.sgml : 20250306
<ACCEPTANCE-DATETIME>20250306163005
ACCESSION NUMBER:\t\t0000000001-25-000001
CONFORMED SUBMISSION TYPE:\t8-K
PUBLIC DOCUMENT COUNT:\t\t99
CONFORMED PERIOD OF REPORT:\t20250305
ITEM INFORMATION:\t\tRegulation FD Disclosure
ITEM INFORMATION:\t\t<ITEMS>1.05
ITEM INFORMATION:\t\t
ITEM INFORMATION:\t\tSomething brand new
FILED AS OF DATE:\t\t20250306

FILER:

\tCOMPANY DATA:\t
\t\tCOMPANY CONFORMED NAME:\t\t\tACME & SONS INC /MO/
\t\tCENTRAL INDEX KEY:\t\t\t0000000042
\t\tSTANDARD INDUSTRIAL CLASSIFICATION:\tPHARMACEUTICAL PREPARATIONS
 [2834]
\t\tEIN:\t\t\t\t123456789
\t\tSTATE OF INCORPORATION:\t\t\tDE
\t\tNEW LABEL:\t\t\tkept

FILER:

\tCOMPANY DATA:\t
\t\tCOMPANY CONFORMED NAME:\t\t\tACME FINANCE LLC
\t\tCENTRAL INDEX KEY:\t\t\t0000000043
</SEC-HEADER>
<DOCUMENT>
<TYPE>8-K
<SEQUENCE>1
<FILENAME>acme8k.htm
<DESCRIPTION>CURRENT REPORT
<TEXT>
<html><body><p>Item 7.01 Regulation FD Disclosure.</p><p>Words.</p></body></html>
</TEXT>
</DOCUMENT>
<DOCUMENT>
<TYPE>EX-99.1
<SEQUENCE>7
<FILENAME>slides.pdf
<TEXT>
<PDF>
begin 644 slides.pdf
M)5!$1BTQ
`
end
</PDF>
</TEXT>
</DOCUMENT>
<DOCUMENT>
<TYPE>GRAPHIC
<SEQUENCE>9
<FILENAME>logo.jpg
<TEXT>
begin 644 logo.jpg
M)5!$1BTQ
`
end
</TEXT>
</DOCUMENT>
</SEC-DOCUMENT>
"""
TAGGED = (
    b"<SUBMISSION><ACCESSION-NUMBER>0000000001-03-000002<TYPE>8-K<PERIOD>20030101<ITEMS>7<ITEMS>9<FILING-DATE>20030102"
    b"<FILER><COMPANY-DATA><CONFORMED-NAME>OLD CO<CIK>0000000077<ASSIGNED-SIC>2834<STATE-OF-INCORPORATION>NV"
    b"</COMPANY-DATA></FILER><DOCUMENT><TYPE>8-K<SEQUENCE>1<TEXT>\nITEM 9. REGULATION FD DISCLOSURE\nWords.\n"
    b"</TEXT></DOCUMENT>"
    b"</SUBMISSION>"
)


def test_readable_header_and_documents():
    """The readable spelling gives every fact, New York's clock as UTC, and keeps labels nobody knows."""
    submission = parse_submission(READABLE)
    assert submission.accession_number == "0000000001-25-000001"
    assert submission.form == "8-K"
    assert submission.accepted_at == datetime(2025, 3, 6, 21, 30, 5, tzinfo=UTC)
    assert (submission.filed_on, submission.period_of_report) == (date(2025, 3, 6), date(2025, 3, 5))
    assert submission.items == ("7.01", "1.05")
    assert submission.unknown_items == ("Something brand new",)
    assert submission.filers == (
        Filer(42, "ACME & SONS INC /MO/", sic=2834, state="DE"),
        Filer(43, "ACME FINANCE LLC"),
    )
    assert ("NEW LABEL", "kept") in submission.header
    main, slides, logo = submission.documents
    assert (main.type, main.sequence, main.filename, main.description) == ("8-K", 1, "acme8k.htm", "CURRENT REPORT")
    assert main.url == "https://www.sec.gov/Archives/edgar/data/42/000000000125000001/acme8k.htm"
    assert "Item 7.01" in main.content
    assert slides.binary
    assert slides.content == ""
    assert logo.binary
    assert submission.warnings == ()


def test_tagged_header_on_one_line():
    """An `.nc` stream gives the same facts as a readable header, its items by number."""
    submission = parse_submission(TAGGED)
    assert (submission.accession_number, submission.form) == ("0000000001-03-000002", "8-K")
    assert submission.items == ("7", "9")
    assert submission.filers == (Filer(77, "OLD CO", sic=2834, state="NV"),)
    assert submission.accepted_at is None
    assert [item.code for item in read_report(submission).items] == ["7", "9"]


@pytest.mark.parametrize(
    "change",
    [
        lambda body: b"-----BEGIN PRIVACY-ENHANCED MESSAGE-----\nMIC-Info: RSA\n\n" + body,
        lambda body: body.replace(b"\n", b"\r\n"),
        lambda body: body.replace(b"SEC-DOCUMENT", b"IMS-DOCUMENT").replace(b"SEC-HEADER", b"IMS-HEADER"),
        lambda body: body.replace(b"Words.", "Café “quoted”".encode()),
        lambda body: body.replace(b"Words.", "Café “quoted”".encode("cp1252")),
        lambda body: body.replace(b"FILER:", b"SUBJECT COMPANY:"),
    ],
    ids=["PEM envelope", "CRLF", "IMS header", "UTF-8", "cp1252", "subject company"],
)
def test_wrappers_and_charsets_change_nothing(change):
    """Whatever EDGAR wrapped around a submission in thirty years, the same facts come out."""
    plain, changed = parse_submission(READABLE), parse_submission(change(READABLE))
    assert changed.accession_number == plain.accession_number
    assert changed.items == plain.items
    assert [filer.cik for filer in changed.filers] == [42, 43]
    assert [document.type for document in changed.documents] == ["8-K", "EX-99.1", "GRAPHIC"]
    if "Caf" in changed.documents[0].content:
        assert "Café “quoted”" in changed.documents[0].content


def test_primary_document_alone():
    """A main document without a header is read; what only a header can tell is empty."""
    body = b"<html><body><p>FORM 8-K/A</p><p>CURRENT REPORT</p><p>Item 8.01 Other Events</p><p>Words.</p></body></html>"
    submission = parse_submission(body)
    assert (submission.form, submission.accession_number, submission.filers) == ("8-K/A", "", ())
    report = read_report(submission)
    assert report.is_amendment
    assert [(item.code, item.in_header, item.in_body) for item in report.items] == [("8.01", False, True)]
    assert report.warnings == ()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "empty"),
        (b"   \n", "empty"),
        (b"<html><body>Access denied</body></html>", "no EDGAR header"),
        (b"\x00\x01\x02" * 50, "not text"),
        (b"id,name\n1,2\n", "no Form 8-K"),
    ],
)
def test_what_is_no_submission_says_so(body: bytes, says: str):
    """Bytes that are no submission raise one sentence that says what they are not."""
    with pytest.raises(SubmissionError, match=says):
        parse_submission(body)


def test_documents_are_found_wherever_they_begin(monkeypatch):
    """A submission is searched in pieces, which may end anywhere."""
    expected = parse_submission(READABLE)
    for piece in range(1, 40):
        monkeypatch.setattr("watcher.submission._PIECE", piece)
        assert parse_submission(READABLE) == expected


def test_a_flood_of_documents_is_cut(monkeypatch):
    """What has more documents than any filing is read so far, and says so."""
    monkeypatch.setattr("watcher.submission._MOST_DOCUMENTS", 3)
    document = "<DOCUMENT>\n<TYPE>{}\n<TEXT>\nword\n</TEXT>\n</DOCUMENT>\n"
    header = "<SEC-HEADER>\nCONFORMED SUBMISSION TYPE:\t8-K\n</SEC-HEADER>\n"
    for count, told in ((3, False), (4, True), (9, True)):
        submission = parse_submission((header + "".join(document.format(n) for n in range(count))).encode())
        assert [document.type for document in submission.documents] == ["0", "1", "2"]
        assert [document.content for document in submission.documents] == ["word\n"] * 3
        assert any("more than 3 documents" in warning for warning in submission.warnings) == told


@pytest.mark.parametrize(
    "written", ["", "2017030", "201703081", "2017-03-08", "20170230", "２０１７０３０８", "20170308T0"]
)
def test_a_date_that_is_none_is_told(written: str):
    """Only a header without a date is silent about it."""
    header = f"<SEC-HEADER>\nCONFORMED SUBMISSION TYPE:\t8-K\nFILED AS OF DATE:\t{written}\n</SEC-HEADER>\n"
    submission = parse_submission(header.encode())
    assert submission.filed_on is None
    assert bool(submission.warnings) == bool(written)


def test_cut_submission_warns():
    """A submission that was cut off is read as far as it goes, with a warning."""
    cut = READABLE[: READABLE.index(b"<p>Words")]
    submission = parse_submission(cut)
    assert "Item 7.01" in submission.documents[0].content
    assert "cut off" in submission.warnings[0]


def _read_or_refuse(body: bytes) -> None:
    try:
        read_report(parse_submission(body))
    except ParseError:
        return


@given(st.binary(max_size=2000))
@example(b"<DOCUMENT>")
@example(b"<SUBMISSION><DOCUMENT><TYPE>8-K<TEXT>")
@example(b"ACCESSION NUMBER:")
def test_any_bytes_give_a_report_or_a_parse_error(body: bytes):
    """Nothing but a ParseError ever comes out of bytes."""
    _read_or_refuse(body)


@given(st.integers(0, len(READABLE)), st.integers(0, len(READABLE)), st.binary(max_size=30))
def test_damaged_submissions_do_not_crash(start: int, end: int, junk: bytes):
    """Cutting a stretch out of a submission and putting junk in its place gives a report or a ParseError."""
    _read_or_refuse(READABLE[: min(start, end)] + junk + READABLE[max(start, end) :])


def test_every_recorded_submission_is_read(real_data: Path):
    """Every real filing at hand gives its accession number, its filers and a report."""
    for path in sorted((real_data / "submissions").glob("*.txt")):
        submission = parse_submission(path.read_bytes())
        assert submission.accession_number == path.stem
        assert submission.filers[0].cik
        assert read_report(submission).items


def test_other_forms_are_read_too(real_data: Path):
    """Forms that are not 8-Ks give their facts, and several filers with their roles."""
    roles = {}
    for path in sorted((real_data / "other-forms").iterdir()):
        submission = parse_submission(path.read_bytes())
        assert submission.form.replace("/", "-") in path.name.replace("_", " ").replace("/", "-")
        assert submission.documents
        roles[submission.form] = [filer.role for filer in submission.filers]
    assert roles["SC 13G"] == ["subject", "filed by"]
    assert len(roles["F-3/A"]) == 4
