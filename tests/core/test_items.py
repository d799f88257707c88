"""Item headings and their false friends."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from watcher import item_codes, parse_submission
from watcher.items import find_items, heading_length, read_parts
from watcher.text import readable_text

OLD = date(1999, 1, 1)


def _codes(text: str, filed_on: date | None = date(2024, 5, 1)) -> list[str]:
    return [span.code for span in find_items(text, filed_on=filed_on)]


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("Item 7.01 Regulation FD Disclosure", ["7.01"]),
        ("ITEM 7.01. REGULATION FD DISCLOSURE.", ["7.01"]),
        ("Item 7.01\tRegulation FD Disclosure.", ["7.01"]),
        ("Item 2. 02 Results of Operations", ["2.02"]),
        ("Item5.02 Departure of Directors", ["5.02"]),
        ("Item 9.01Financial Statements and Exhibits", ["9.01"]),
        ("Item 8.01: Other Events", ["8.01"]),
        ("Item 8.01 – Other Events", ["8.01"]),
        ("Item 5.02(e) Compensatory Arrangements", ["5.02"]),
        ("Items 1.01 and 2.03 Entry into a Material Definitive Agreement", ["1.01", "2.03"]),
        ("ITEM 5.02 AND ITEM 5.03", ["5.02", "5.03"]),
        ("Items 1.01(a) and 5.02(e)", ["1.01", "5.02"]),
        ("-----Item 4.02 Non-Reliance on Previously Issued Financial Statements", ["4.02"]),
        ("Section 8 - Other Events Item 8.01 Other Events", ["8.01"]),
        ("Item 1.05 Material Cybersecurity Incidents", ["1.05"]),
        ("Item 6.99 A Title Nobody Knows Yet", ["6.99"]),
        ("Item\n7.01\nRegulation FD Disclosure", ["7.01"]),
        ("Item No. 8.01 Other Events", ["8.01"]),
        ("Item # 8.01 Other Events", ["8.01"]),
        ("I T E M 8.01 Other Events", ["8.01"]),
        ("Item. 8.01 Other Events", ["8.01"]),
        ("Item (8.01) Other Events", ["8.01"]),
        ("ltem 8.01 Other Events", ["8.01"]),
        ("Item 8.1 Other Events", ["8.01"]),
        ("Item 8,01 Other Events", ["8.01"]),
        ("Item 801 Other Events", ["8.01"]),
        ("Item 8-01 Other Events", ["8.01"]),
        ("Form 8-K Item 8.01 Other Events", ["8.01"]),
        ("8.01 Other Events", ["8.01"]),
        ("Section 8.01 Other Events", ["8.01"]),
        ("1. Item 8.01 Other Events", ["8.01"]),
        ("________ Item 8.01 Other Events", ["8.01"]),
        ("INFORMATION TO BE INCLUDED IN THE REPORT Item 8.01 Other Events", ["8.01"]),
        ("Item 3.02 unregistered sale of equity securities", ["3.02"]),
        ("Item 9.01.\t(d) Exhibits", ["9.01"]),
        ("Item 5.02 (b), (c) and (e) Departure of Directors", ["5.02"]),
        ("Item 2.02/7.01 Results of Operations and Financial Condition", ["2.02", "7.01"]),
        (
            "Item 2.02 Results of Operations and Financial Condition and Item 7.01 Regulation FD Disclosure",
            ["2.02", "7.01"],
        ),
    ],
)
def test_headings_in_every_shape(heading: str, expected: list[str]):
    """However a filer writes a heading, the item is found."""
    assert _codes(f"Cover page\n{heading}\nThe words of the item stand here.\nSIGNATURES\nBy: somebody") == expected


@pytest.mark.parametrize(
    "line",
    [
        "Item 2.02 of this Current Report is incorporated by reference.",
        "Item 7.01 shall not be deemed filed.",
        "Item 7.01 and the exhibit are furnished.",
        "Items 2.02 and 7.01 of this report are furnished.",
        "The information under Item 7.01 is furnished.",
        "“Item 7.01 – Regulation FD Disclosure” is quoted here.",
        "Item 601 of Regulation S-K",
        "Item 304(a)(1)(v) of Regulation S-K",
        "5.02 of the Merger Agreement says more",
        "Section 9.01 of the Indenture is amended",
        "Item 9.1 million shares were sold",
        "Item 1A. Risk Factors",
    ],
)
def test_false_friends_are_no_headings(line: str):
    """Cross references, quotations and items of other forms are not headings."""
    assert _codes(f"Item 8.01 Other Events\nWords.\n{line}\nMore words.\nSIGNATURE") == ["8.01"]


def test_items_that_do_not_apply_are_not_reported():
    """A list of items that do not apply reports nothing."""
    text = (
        "Items 1 through 4, 6 and 8 Not Applicable.\nItem 5. Other Events.\nA thing happened.\n"
        "Item 7. Financial Statements and Exhibits.\nNone.\nSIGNATURES"
    )
    assert _codes(text, OLD) == ["5"]


def test_items_that_do_not_apply_are_left_out_in_every_layout():
    """A title in its own cell and "not applicable" below it, or "not applicable" in the same line, report nothing."""
    text = (
        "Item 1.\tChanges in Control of Registrant.\nNot Applicable.\nItem 5.\tOther Events.\n\tNot Applicable.\n"
        "Item 7.\tFinancial Statements and Exhibits.\n(c) Exhibits\n1.\tA trustee's report\nSIGNATURES"
    )
    assert _codes(text, OLD) == ["7"]
    assert _codes("Item 1.01 Entry (Not applicable)\nItem 9.01 Exhibits\n99.1\tx\nSIGNATURES") == ["9.01"]


def test_items_of_a_quoted_annual_report_are_not_the_reports_own():
    """A body that quotes an annual report reports none of its items, in either numbering."""
    quoted = "Item 1. Business\nWe make things.\nItem 2. Properties\nTwo.\n"
    assert _codes(f"Item 5. Other Events\n{quoted}Item 7. Exhibits\n99\tx\nSIGNATURES", OLD) == ["5", "7"]
    assert _codes(f"Item 2.01 Completion of Acquisition\n{quoted}Item 9.01 Exhibits\n99.1\tx\n") == ["2.01", "9.01"]


@pytest.mark.parametrize(
    ("text", "news"),
    [
        ("Item 8.01 Other Events. On May 2 it rained.", "On May 2 it rained."),
        ("Item 8.01\nOther Events\nIt rained.", "It rained."),
        ("Item 5.02 Departure of Directors or Principal Officers; Election of Directors. (b) He left.", "(b) He left."),
        ("Item 5.02 Departure of Directors; Appointment of Officers\nHe left.", "He left."),
        ("Item 6.99 A Title Nobody Knows\nIt rained.", "\nIt rained."),
    ],
)
def test_the_news_begins_behind_the_heading(text: str, news: str):
    """However a title is shortened, run in or broken, it is no part of what the item says."""
    code = text.split()[1]
    assert text[heading_length(text, item_codes.title(code)) :] == news


def test_some_filers_kept_the_old_numbers():
    """Around the day of the renumbering, and where the day is unknown, either numbering is read; later only today's."""
    old, new = "Item 5. Other Events\nIt rained.\nSIGNATURES", "Item 8.01 Other Events\nIt rained.\nSIGNATURES"
    assert _codes(old, date(2004, 9, 1)) == _codes(old, None) == ["5"]
    assert _codes(new, date(2004, 8, 1)) == _codes(new, None) == ["8.01"]
    assert _codes(old, date(2015, 9, 1)) == _codes(new, date(1999, 8, 1)) == []


def test_an_item_ends_at_the_next_or_at_the_signatures():
    """An item holds its sub-headings and tables, and nothing of the next one or the signatures."""
    text = (
        "Item 1.01 Entry into a Material Definitive Agreement.\nFirst.\nSub-heading\nA\tB\n"
        "Item 9.01 Financial Statements and Exhibits.\n(d) Exhibits\n99.1\tRelease\n"
        "SIGNATURES\nPursuant to the requirements of the Securities Exchange Act of 1934\nBy: X"
    )
    first, last = find_items(text, filed_on=date(2024, 1, 1))
    assert text[first.start : first.end].endswith("A\tB\n")
    assert text[last.start : last.end].endswith("99.1\tRelease\n")


def text_of(code: str, text: str) -> str:
    """The text of one item in a main document."""
    span = next(span for span in find_items(text) if span.code == code)
    return text[span.start : span.end].strip()


def test_items_headed_one_upon_the_other_share_their_text():
    """What follows two headings is said under both; the list of exhibits is nobody else's text."""
    loan = "On May 31, 2024, the Company entered into a credit agreement with its bank."
    text = (
        "Item 1.01 Entry into a Material Definitive Agreement\nItem 2.03 Creation of a Direct Financial Obligation\n"
        f"{loan}\nItem 3.02 Unregistered Sales of Equity Securities\nItem 9.01 Financial Statements and Exhibits\n"
        "(d) Exhibits\n10.1\tCredit agreement\nSIGNATURES\n"
    )
    assert text_of("1.01", text).endswith(loan)
    assert text_of("2.03", text).endswith(loan)
    assert text_of("3.02", text) == "Item 3.02 Unregistered Sales of Equity Securities"


def test_the_heading_of_a_section_is_no_text_of_the_item_before():
    """Words of a section's title are not found in the item that ends there."""
    text = (
        "Item 8.01 Other Events\nThe Company opened a plant.\nSection 9 - Financial Statements and Exhibits\n"
        "Item 9.01 Financial Statements and Exhibits\n(d) Exhibits\nSIGNATURES\n"
    )
    assert text_of("8.01", text).endswith("opened a plant.")


@pytest.mark.parametrize("nothing", ["No response required.", "Nothing to report", "Not required", "No response."])
def test_items_without_a_response_are_not_reported(nothing: str):
    """Old forms head every item and say of most that there is nothing to it."""
    text = (
        f"Item 1. Changes in Control of Registrant\n{nothing}\nItem 5. Other Events\nA plant burned down.\nSIGNATURES"
    )
    assert [span.code for span in find_items(text, filed_on=date(1998, 3, 2))] == ["5"]


def test_a_table_of_contents_is_not_the_item():
    """Where a table of contents names the items first, their texts are still the real ones."""
    text = (
        "TABLE OF CONTENTS\nItem 7.01 Regulation FD Disclosure\nItem 9.01 Exhibits\nSIGNATURE\n"
        "EX-99.1\nItem 7.01 Regulation FD Disclosure.\nThe real words of this item.\n"
        "Item 9.01 Financial Statements and Exhibits.\n99.1\tThe release\nSIGNATURE\nBy: X"
    )
    seven, nine = find_items(text, filed_on=date(2024, 1, 1))
    assert "real words" in text[seven.start : seven.end]
    assert "The release" in text[nine.start : nine.end]


def test_a_table_of_contents_with_pages_is_not_the_item():
    """A line that ends in a page number points to the item and is not part of it."""
    text = (
        "TABLE OF CONTENTS\nITEM 5.07. SUBMISSION OF MATTERS TO A VOTE\t3\nSIGNATURES\t6\n"
        "ITEM 5.07. SUBMISSION OF MATTERS TO A VOTE OF SECURITY HOLDERS.\nThey voted.\nSIGNATURES\nBy: X"
    )
    (span,) = find_items(text, filed_on=date(2024, 1, 1))
    assert text[span.start : span.end] == text[text.index("ITEM 5.07", 60) : text.rindex("SIGNATURES")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Item 9.01 Exhibits\n(d) Exhibits.\n99.1\tx", ("d",)),
        ("Item 9.01(d) Exhibits\n99.1\tx", ("d",)),
        ("Item 9.01 F\n(a) Financial statements of businesses acquired.\nNot applicable.\n(d) Exhibits.\n99.1", ("d",)),
        ("Item 9.01 F\n(a) Financial Statements of Businesses Acquired\nThe audited ...\n(b) Pro Forma Financial "
         "Information\nThe unaudited ...\n(d) Exhibits\n99.1", ("a", "b", "d")),
        ("Item 7. F\n(c) Exhibits.\n99.1", ("d",)),
        ("Item 9.01 F\n(c) Shell Company Transactions\nSee Item 2.01.", ("c",)),
        ("Item 9.01 F\nExhibits\n99.1\tx", ("d",)),
        ("Item 9.01 F\n(a)-(c) Not applicable.\n(d) Exhibits.", ("d",)),
        ("Item 9.01 F\n(a), (b) and (c) None.\n(d) Exhibits.", ("d",)),
        ("Item 9.01 F\n(a) Not required.\n(b) No pro forma information.\n(d) Exhibits.", ("d",)),
        ("Item 9.01 Financial Statements and Exhibits. (d) Exhibits. 99.1 A release", ("d",)),
    ],
)  # fmt: skip
def test_parts_of_item_9_01(text: str, expected: tuple[str, ...]):
    """The parts are known by what they are called, under today's letters; those not applicable are left out."""
    assert read_parts(text) == expected


def test_roman_numbers_are_those_of_the_old_form():
    """Item V of 1996 is item 5, in capitals only, and today's form has none."""
    text = "Item V. Other Events\nOn the first ...\nItem VII. Exhibits\nItem i of a list\n"
    assert _codes(text, date(1996, 5, 1)) == ["5", "7"]
    assert _codes(text, date(2024, 5, 1)) == []


@pytest.mark.parametrize(
    ("description", "filed_on", "code"),
    [
        ("Regulation FD Disclosure", date(2024, 1, 1), "7.01"),
        ("Regulation FD Disclosure", date(2003, 1, 1), "9"),
        ("Other events", date(1996, 1, 1), "5"),
        ("OTHER  EVENTS", None, "8.01"),
        ("Amendments to the Registrant.s Code of Ethics, or Waiver of a Provision of the Code of Ethics", None, "5.05"),
        ("<ITEMS>1.05", date(2024, 1, 1), "1.05"),
        ("7", date(1994, 1, 1), "7"),
        ("Costs Associated with Exit or Disposal Activities", date(2024, 1, 1), "2.05"),
        ("", date(1999, 1, 1), None),
        ("A thing unheard of", None, None),
    ],
)
def test_header_descriptions_become_codes(description: str, filed_on: date | None, code: str | None):
    """EDGAR's words mean the item of their time; what is unknown stays unknown."""
    assert item_codes.code_of(description, filed_on) == code


def test_real_headers_and_bodies_agree(real_data: Path):
    """Over the real filings, every item that a header names is found in the body, and nothing is invented."""
    for path in sorted((real_data / "submissions").glob("*.txt")):
        submission = parse_submission(path.read_bytes())
        found = _codes(readable_text(submission.documents[0].content), submission.filed_on)
        assert set(submission.items) <= set(found), path.name
        assert all(item_codes.title(code) for code in found), path.name
        # Bodies may head an exhibits item, or all of them where the header is blank; nothing else is left out there.
        assert set(found) - set(submission.items) <= {"9.01", "7", "12"} or not submission.items, path.name
