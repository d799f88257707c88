"""Exhibits: numbers, lists, headlines and kinds."""

from __future__ import annotations

import pytest

from watcher.exhibits import (
    exhibit_number,
    find_dateline,
    find_headline,
    is_exhibit,
    number_key,
    read_exhibit_list,
    without_names,
)
from watcher.kinds import KINDS, Signs, kind_of
from watcher.model import Document, ExhibitEntry


@pytest.mark.parametrize(
    ("one", "other"),
    [("99.1", "99.01"), ("99.(A)", "99(a)"), ("99.4(A)", "99.4(a)"), ("10-1", "10.1"), ("10.16A", "10.16a")],
)
def test_spellings_of_one_number_are_alike(one: str, other: str):
    """An exhibit number is the same in all its spellings."""
    assert number_key(one) == number_key(other)


@pytest.mark.parametrize(
    ("document_type", "expected"),
    [
        ("EX-99.1", True),
        ("EX-1.(C)", True),
        ("EX-101.SCH", False),
        ("EX-104", False),
        ("EXCEL", False),
        ("GRAPHIC", False),
        ("8-K", False),
    ],
)
def test_exhibits_are_what_people_read(document_type: str, expected: bool):
    """XBRL parts, spreadsheets and pictures are no exhibits."""
    assert is_exhibit(Document(document_type)) is expected
    assert bool(exhibit_number(document_type)) >= expected


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("Air Lease Corporation press release", "  Corporation press release"),
        ("AIR  LEASE: a lease of Air-Lease, Airlease and air", " : a lease of  , Airlease and air"),
        ("An air of lease", "An air of lease"),
        ("Repair lease", "Repair lease"),
        ("Acme’s lease, and Acme", " ’s lease, and  "),
    ],
)
def test_a_registrants_name_says_nothing_of_an_exhibit(text: str, without: str):
    """Its first two words are taken out where they follow each other, and nothing else."""
    assert without_names(text, ("AIR LEASE CORP", "Acme Inc.")).split() == without.split()


def test_the_exhibit_list_is_joined_to_the_documents():
    """Each entry names the document that holds it, or the earlier filing, or neither."""
    text = (
        "Item 9.01 Financial Statements and Exhibits\n(d) Exhibits.\nExhibit No.\tDescription\n"
        "2.1*\tAgreement and Plan of Merger, dated May 1, 2024\n"
        "10.1\tCredit agreement (incorporated by reference to Exhibit 10.1 to the Form 8-K filed on April 2, 2024)\n"
        "99.01\tPress release,\ndated May 2, 2024\n"
        "104\tCover Page Interactive Data File\n3\nSIGNATURES\n10 years"
    )
    entries = read_exhibit_list(text, ["EX-2.1", "EX-99.1"])
    assert entries == (
        ExhibitEntry("2.1", "Agreement and Plan of Merger, dated May 1, 2024", "EX-2.1"),
        ExhibitEntry(
            "10.1",
            "Credit agreement (incorporated by reference to Exhibit 10.1 to the Form 8-K filed on April 2, 2024)",
            "",
            "to Exhibit 10.1 to the Form 8-K filed on April 2, 2024",
        ),
        ExhibitEntry("99.01", "Press release, dated May 2, 2024", "EX-99.1"),
        ExhibitEntry("104", "Cover Page Interactive Data File"),
    )


@pytest.mark.parametrize(
    ("description", "source"),
    [
        (
            "Amendment No. 2 to Credit Agreement (incorporated by reference to Exhibit 10.1 to the Form 8-K of May 2)",
            "to Exhibit 10.1 to the Form 8-K of May 2",
        ),
        ("Plan of Merger (previously filed as Exhibit 2.1 to the Form 8-K)", "as Exhibit 2.1 to the Form 8-K"),
        ("Letter from the auditor to the Commission", ""),
    ],
)
def test_what_is_incorporated_is_told_from_the_exhibits_own_name(description: str, source: str):
    """The earlier filing is named, not the agreement that an amendment amends."""
    (entry,) = read_exhibit_list(f"10.2\t{description}", [])
    assert entry.incorporated_from == source


@pytest.mark.parametrize("line", ["10.1(1)\tLoan agreement", "10.1§\tLoan agreement", "EX 10.1\tLoan agreement"])
def test_notes_behind_a_number_do_not_hide_its_document(line: str):
    """A footnote's mark is no part of the number."""
    (entry,) = read_exhibit_list(line, ["EX-10.1"])
    assert entry.exhibit == "EX-10.1"


def test_a_lone_number_names_the_lone_document():
    """`99.1` in the list is the document typed EX-99 where there is only one."""
    (entry,) = read_exhibit_list("99.1\tPress release", ["EX-99"])
    assert entry.exhibit == "EX-99"


_DATELINE = (
    "MADISON, Wis., May 2, 2024 (GLOBE NEWSWIRE) -- Acme Inc. (Nasdaq: ACME) today announced that something is so."
)


@pytest.mark.parametrize(
    ("lines", "headline"),
    [
        (["Exhibit 99.1", "Acme Inc. Finds a Thing", _DATELINE], "Acme Inc. Finds a Thing"),
        (["Exhibit 99.1", "ACME INC", "1 Main Street", "News Release", "Acme Finds It", _DATELINE], "Acme Finds It"),
        (["FOR IMMEDIATE RELEASE", "Contact: (608) 555-0100", "Acme Finds a Thing", _DATELINE], "Acme Finds a Thing"),
        (["Exhibit 99.1", "Acme Finds a Thing and", "Sells It", _DATELINE], "Acme Finds a Thing and Sells It"),
        (["Exhibit 99.1", "Jane Doe, Chief Financial Officer", "Acme Appoints Jane Doe, President", _DATELINE],
         "Acme Appoints Jane Doe, President"),
        (["Acme Finds a Thing", "• First highlight of the quarter", _DATELINE], "Acme Finds a Thing"),
        (["May 2, 2024", "Acme reports results", "Words without a dateline."], "Acme reports results"),
        (["EX-99.1 2 d1ex991.htm PRESS RELEASE", "Acme Finds a Thing", _DATELINE], "Acme Finds a Thing"),
        (["NEWS", "Contact: Jane Doe", "John Roe", "(608) 555-0101", "Acme Finds It", _DATELINE], "Acme Finds It"),
        (["TO: All Media", "FROM: Acme", "Traded: NYSE (ACM)", "Acme Finds a Thing", _DATELINE], "Acme Finds a Thing"),
        (["Not for distribution in Australia", "Acme Finds a Thing", _DATELINE], "Acme Finds a Thing"),
        (["Q1 2024 Earnings Release", "Acme Reports a Strong Quarter", _DATELINE], "Acme Reports a Strong Quarter"),
        (["Acme Finds a Thing;", "It Is Blue", _DATELINE], "Acme Finds a Thing; It Is Blue"),
        (["Acme Opens an Office in Wall Street", _DATELINE], "Acme Opens an Office in Wall Street"),
        (["Jane Doe to Lead Media Relations", _DATELINE], "Jane Doe to Lead Media Relations"),
        (["Jane Doe to Succeed John Roe as President", _DATELINE], "Jane Doe to Succeed John Roe as President"),
        (["Exhibit 99.1"], ""),
        (["Exhibit 99.1 - Press Release dated May 2, 2024", "Acme Opens a Plant", _DATELINE], "Acme Opens a Plant"),
        (["ACME INC PRESS RELEASE", "Acme Opens a Plant", _DATELINE], "Acme Opens a Plant"),
        (["New York, New York 10001", "Acme Opens a Plant", _DATELINE], "Acme Opens a Plant"),
        (["N E W S   R E L E A S E", "Acme Opens a Plant", _DATELINE], "Acme Opens a Plant"),
        (
            ["Acme Announces First Quarter 2024", "Financial Results", _DATELINE],
            "Acme Announces First Quarter 2024 Financial Results",
        ),
        (
            ["Acme Appoints Jane Doe as", "Chief Financial Officer", _DATELINE],
            "Acme Appoints Jane Doe as Chief Financial Officer",
        ),
        (["Acme Welcomes New CFO", _DATELINE], "Acme Welcomes New CFO"),
        (["May 2024 Traffic Results of Acme Airlines", _DATELINE], "May 2024 Traffic Results of Acme Airlines"),
        (["Better by Design", "Acme Opens a Plant in Ohio", _DATELINE], "Acme Opens a Plant in Ohio"),
    ],
)  # fmt: skip
def test_the_headline_is_the_releases_own(lines: list[str], headline: str):
    """Letterheads, contacts, dates and labels are passed over; a headline broken in two is one."""
    text = "\n".join(lines)
    start, end = find_headline(text, names=["ACME INC"], dateline=find_dateline(text))
    assert text[start:end].replace("\n", " ") == headline


@pytest.mark.parametrize(
    ("signs", "kind"),
    [
        (Signs("99.1", description="Press release dated May 2, announcing the merger agreement"), "press release"),
        (Signs("99.1", description="Press release", title="Acme Reports First Quarter Results"), "earnings release"),
        (Signs("99.1", description="Press release", title="Acme to Report Quarterly Results"), "press release"),
        (Signs("99.1", description="Press release", title="Acme Reports Topline Phase 2 Results"), "press release"),
        (Signs("99.1", description="News release", opening="reported earnings", items=("2.02",)), "earnings release"),
        (Signs("99.1", description="Press release", opening="We reported net income"), "press release"),
        (Signs("99.2", description="Investor presentation, May 2024"), "investor presentation"),
        (Signs("99.2", filename="q1-slides.htm"), "investor presentation"),
        (Signs("99.2", description="Transcript of the earnings call"), "prepared remarks"),
        (Signs("99.2", description="Letter to Shareholders"), "shareholder letter"),
        (Signs("99.3", description="Unaudited pro forma combined financial statements"), "pro forma information"),
        (Signs("99.2", description="Audited financial statements of Target LLC"), "financial statements"),
        (Signs("99.2", description="Quarterly Financial Supplement"), "earnings release"),
        (Signs("99.4", title="VOTING AGREEMENT"), "agreement"),
        (Signs("99.1", title="Acme signs an agreement with Foo", has_dateline=True), "press release"),
        (Signs("1.1"), "agreement"),
        (Signs("2.1"), "agreement"),
        (Signs("3.2"), "articles or bylaws"),
        (Signs("4.1", description="Third Supplemental Indenture"), "debt instrument"),
        (Signs("4.2", description="Form of 5% Note due 2030 (included in Exhibit 4.1)"), "debt instrument"),
        (Signs("4.1", description="Registration Rights Agreement"), "agreement"),
        (Signs("4.1", description="Note Purchase Agreement"), "agreement"),
        (Signs("4.1", description="Certificate of Designations of Series A Preferred"), "articles or bylaws"),
        (Signs("5.1"), "legal opinion"),
        (Signs("10.1", description="Employment letter"), "agreement"),
        (Signs("16.1"), "accountant letter"),
        (Signs("23.1"), "consent"),
        (Signs("99.1", description="Something else"), "other"),
        (Signs("99.1", description="Acme Announces Agreement with Beta"), "press release"),
        (Signs("99.1", description="Press release", title="Acme Posts Profit", items=("2.02",)), "earnings release"),
        (Signs("99.1", description="Press release", title="Acme Reports May Sales"), "earnings release"),
        (Signs("99.1", description="Press release", title="Acme Reports Record 1997 Earnings"), "earnings release"),
        (Signs("99.1", title="Acme Schedules Earnings Release", has_dateline=True), "press release"),
        (Signs("99.1", description="Press release", title="Acme Reports Results of Annual Meeting"), "press release"),
        (Signs("99.2", description="Reconciliation of non-GAAP measures"), "earnings release"),
        (Signs("99.2", description="CFO Commentary"), "prepared remarks"),
        (Signs("99.2", description="Letter from our Chairman to Shareholders"), "shareholder letter"),
        (Signs("99.1", description="Statement of assets and liabilities assumed"), "financial statements"),
        (Signs("99.1", description="Revised Items 6 and 8 of the Form 10-K"), "financial statements"),
        (Signs("99.1", description="Audit Committee Charter"), "other"),
        (Signs("99.1", description="Letter of resignation of Jane Doe"), "other"),
        (Signs("99.1", title="Acme Declares Quarterly Dividend of $1 Per Share", has_dateline=True), "press release"),
        (Signs("99.1", title="Timing of First Quarter 2024 Earnings Call", has_dateline=True), "press release"),
        (
            Signs("99.1", title="Acme Reports Quarterly Results and Positive Phase 3 Data", has_dateline=True),
            "earnings release",
        ),
        (Signs("99.1", opening="FOR IMMEDIATE RELEASE\nAcme Opens a Plant"), "press release"),
        (Signs("99.2", title="Independent Auditors' Report"), "financial statements"),
    ],
)  # fmt: skip
def test_kinds_of_exhibit(signs: Signs, kind: str):
    """The first word for a document decides, numbers where they leave no choice, results make earnings releases."""
    found, because = kind_of(signs)
    assert found == kind
    assert found in KINDS
    assert because
