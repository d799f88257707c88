"""Daily and full indexes, and full-text search."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.errors import IndexFileError
from watcher.indexes import IndexRow, merge_rows, parse_index, parse_search
from watcher.model import Filer

PREAMBLE = "Description: Daily Index\nLast Data Received:    Mar 2, 2026\n\n \n"
MASTER = (
    PREAMBLE
    + "CIK|Company Name|Form Type|Date Filed|File Name\n"
    + "-" * 80
    + "\n123|Example | Pipe Corp|8-K|20260302|edgar/data/123/0000111111-26-000001.txt\n"
    + "456|Soci\xe9t\xe9 SA|8-K/A|2026-03-02|edgar/data/456/0000111111-26-000002.txt\n"
)
EXPECTED = [
    IndexRow(number, form, cik, name, date(2026, 3, 2), f"edgar/data/{cik}/{number}.txt")
    for number, form, cik, name in [
        ("0000111111-26-000001", "8-K", 123, "Example | Pipe Corp"),
        ("0000111111-26-000002", "8-K/A", 456, "Société SA"),
    ]
]


def in_columns(first: str, second: str) -> str:
    """The same rows as a form or company index writes them."""
    widths = {"Form Type": 12, "Company Name": 62}
    lines = [first.ljust(widths[first]) + second.ljust(widths[second]) + "CIK         Date Filed  File Name", "-" * 141]
    for row in EXPECTED:
        cells = {"Form Type": row.form, "Company Name": row.name}
        lines.append(
            cells[first].ljust(widths[first])
            + cells[second].ljust(widths[second])
            + f"{row.cik:<12}{row.filed_on:%Y%m%d}    {row.path}         "
        )
    return PREAMBLE + "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    "text",
    [MASTER, in_columns("Form Type", "Company Name"), in_columns("Company Name", "Form Type")],
    ids=["master", "form", "company"],
)
def test_every_shape_gives_the_same_rows(text):
    """Master, form and company indexes of one day list the same filings."""
    index = parse_index(text.encode("latin-1"))
    assert list(index) == EXPECTED
    assert index.unreadable_lines == ()


def test_crawler_index_names_the_filing_by_its_page():
    """A crawler index links the index page; the accession number is the same."""
    page = "https://www.sec.gov/Archives/edgar/data/123/0000111111-26-000001-index.htm"
    text = (
        "Company Name".ljust(62) + "Form Type   CIK         Date Filed  URL\n" + "-" * 141 + "\n"
        + "Example  Corp".ljust(62) + f"8-K         123         2026-03-02  {page}\n"
    )  # fmt: skip
    assert list(parse_index(text.encode())) == [
        IndexRow("0000111111-26-000001", "8-K", 123, "Example Corp", date(2026, 3, 2), page)
    ]


def test_unreadable_line_leaves_its_neighbours_and_is_kept():
    """A line that names no filing is told, and costs no other line."""
    index = parse_index(MASTER.replace("123|", "damaged\n123|", 1).encode("latin-1"))
    assert list(index) == EXPECTED
    assert index.unreadable_lines == ("damaged",)


@pytest.mark.parametrize("body", [b"", b"<html><body>File Unavailable</body></html>", b"\x1f\x8b\x08\x00rubbish"])
def test_something_else_is_never_an_empty_index(body):
    """An error page raises; it never reads as "nothing was filed"."""
    with pytest.raises(IndexFileError):
        parse_index(body)


@given(st.binary(max_size=300), st.integers(0, 500))
def test_any_bytes_give_an_index_or_an_error(noise, at):
    """No bytes raise anything but IndexFileError."""
    body = MASTER.encode("latin-1")
    for hostile in (noise, body[:at] + noise + body[at:]):
        for read in (parse_index, parse_search):
            with suppress(IndexFileError):
                read(hostile)


def test_registrants_of_one_filing_merge():
    """Lines with one accession number make one filing with all its registrants."""
    rows = [EXPECTED[0], EXPECTED[1], IndexRow("0000111111-26-000001", "8-K", 789, "Second", date(2026, 3, 2), "")]
    first, second = merge_rows(rows)
    assert first.filers == (Filer(123, "Example | Pipe Corp"), Filer(789, "Second"))
    assert (first.form, first.filed_on, second.form) == ("8-K", date(2026, 3, 2), "8-K/A")


def a_hit(number, file, items=()):
    """One document that full-text search found."""
    return {
        "_id": f"{number}:{file}",
        "_source": {
            "adsh": number, "form": "8-K", "file_type": "EX-99.1", "file_date": "2026-03-02", "items": list(items),
            "display_names": ["Example (Holdings) Corp  (EXM, EXM-PA)  (CIK 0000000123)", "Odd"],
        },
    }  # fmt: skip


def test_search_hits_merge_into_filings():
    """Full-text search lists documents; they become filings with names, tickers, CIKs and items."""
    number = "0000111111-26-000001"
    hits = [a_hit(number, "ex99.htm"), a_hit(number, "form8k.htm", ["7.01", "9.01"])]
    page = parse_search(json.dumps({"hits": {"total": {"value": 2, "relation": "eq"}, "hits": hits}}).encode())
    assert (page.hits, page.total) == (2, 2)
    (filing,) = page.filings
    assert filing.filers == (Filer(123, "Example (Holdings) Corp", ("EXM", "EXM-PA")), Filer(None, "Odd"))
    assert (filing.items, filing.filed_on) == (("7.01", "9.01"), date(2026, 3, 2))


def test_recorded_indexes_are_read_completely(real_data: Path):
    """Every line of the recorded indexes becomes a row with a CIK, a name and a date."""
    for path in sorted((real_data / "indexes").glob("*.idx")):
        body = path.read_bytes()
        index = parse_index(body)
        assert index.unreadable_lines == ()
        assert len(index) == sum(b"edgar/data/" in line for line in body.splitlines())
        assert all(row.cik and row.name and row.filed_on and row.form for row in index)


def test_recorded_searches_are_read(real_data: Path):
    """Recorded answers of full-text search give filings with a CIK and a date."""
    for path in (real_data / "efts").glob("*.json"):
        page = parse_search(path.read_bytes())
        assert page.hits == page.total > 0
        assert all(filing.filed_on and filing.filers[0].cik for filing in page.filings)
