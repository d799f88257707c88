"""The current-filings feed."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.errors import FeedError
from watcher.feed import merge_entries, parse_feed, scan_accession_numbers, scan_feed
from watcher.model import FeedEntry, Filer

ITEMS = ("Item 7.01: Regulation FD Disclosure", "Item 9.01: Financial Statements and Exhibits")


def a_row(
    number="0000111111-26-000001",
    form="8-K",
    name="Example Corp",
    cik="0000000123",
    role="Filer",
    updated="2026-03-02T16:05:01-05:00",
    items=ITEMS,
    filed="2026-03-02",
):
    """One row of the feed as EDGAR writes it."""
    lines = "".join(f"&lt;br&gt;{item}\n" for item in items)
    folder = number.replace("-", "")
    return f"""<entry>
<title>{form} - {name} ({cik}) ({role})</title>
<link rel="alternate" type="text/html" href="https://www.sec.gov/Archives/edgar/data/{int(cik)}/{folder}/{number}-index.htm"/>
<summary type="html">
 &lt;b&gt;Filed:&lt;/b&gt; {filed} &lt;b&gt;AccNo:&lt;/b&gt; {number} &lt;b&gt;Size:&lt;/b&gt; 14 KB
{lines}</summary>
<updated>{updated}</updated>
<category scheme="https://www.sec.gov/" label="form type" term="{form}"/>
<id>urn:tag:sec.gov,2008:accession-number={number}</id>
</entry>
"""


def a_page(*rows):
    """A page with these rows."""
    return f"""<?xml version="1.0" encoding="ISO-8859-1" ?>
<feed xmlns="http://www.w3.org/2005/Atom">
<title>Latest Filings - Mon, 02 Mar 2026 16:06:00 EST</title>
<id>https://www.sec.gov/cgi-bin/browse-edgar?action=getcurrent</id>
<updated>2026-03-02T16:06:00-05:00</updated>
{"".join(rows)}</feed>
""".encode("latin-1")


def test_row_becomes_an_entry():
    """Every field of a row is read, and its times are UTC."""
    page = parse_feed(a_page(a_row()))
    assert page.entries == (
        FeedEntry(
            accession_number="0000111111-26-000001",
            form="8-K",
            filer=Filer(123, "Example Corp", role="filer"),
            accepted_at=datetime(2026, 3, 2, 21, 5, 1, tzinfo=UTC),
            filed_on=date(2026, 3, 2),
            items=("7.01", "9.01"),
            url="https://www.sec.gov/Archives/edgar/data/123/000011111126000001/0000111111-26-000001-index.htm",
        ),
    )
    assert page.updated_at == datetime(2026, 3, 2, 21, 6, tzinfo=UTC)
    assert page.reaches_back_to == datetime(2026, 3, 2, 21, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Smith (John) - Sons (Holdings)", "Smith (John) - Sons (Holdings)"),
        ("AT&amp;T INC. /MO/", "AT&T INC. /MO/"),
        ("O&#39;Neil - 8-K Trust", "O'Neil - 8-K Trust"),
        ("Soci\xe9t\xe9 G\xe9n\xe9rale", "Société Générale"),
        ("Caps (0000000999) (Filer) Fund", "Caps (0000000999) (Filer) Fund"),
    ],
)
def test_name_is_what_stands_between_form_and_cik(written, name):
    """Parentheses, dashes, entities and accents in a company's name do not shift the other fields."""
    entry = parse_feed(a_page(a_row(name=written))).entries[0]
    assert entry.filer == Filer(123, name, role="filer")


def test_title_in_another_shape_still_gives_the_filing():
    """A title that does not parse costs the role, never the filing: the CIK is in the link."""
    row = a_row().replace("<title>8-K - Example Corp (0000000123) (Filer)</title>", "<title>Example</title>")
    assert parse_feed(a_page(row)).entries[0].filer == Filer(123, "Example")


@pytest.mark.parametrize("form", ["D", "1-U"])
def test_items_of_other_forms_are_not_items(form):
    """Forms that print "Item ..." lines with another meaning have no items."""
    assert parse_feed(a_page(a_row(form=form))).entries[0].items == ()


def test_item_codes_come_from_the_start_of_a_line_only():
    """An item's title may hold colons and semicolons, and only its code is kept, once."""
    items = ("Item 5.02: Departure of Directors; Election: see Item 8.01: x", "Item 5.02: Again")
    assert parse_feed(a_page(a_row(items=items))).entries[0].items == ("5.02",)


@pytest.mark.parametrize(
    "broken",
    [
        a_row(number="none"),
        a_row(updated="yesterday"),
        a_row(updated="2026-03-02T16:05:01"),
        a_row(form="", name="").replace('<title> -  (0000000123) (Filer)</title>', ""),
        "<entry></entry>",
        a_row(name="\x01 &undefined; <b>"),
    ],
)  # fmt: skip
def test_unreadable_row_leaves_its_neighbours(broken):
    """A malformed row is set aside or read; the rows around it are all there."""
    page = parse_feed(a_page(a_row("0000111111-26-000001"), broken, a_row("0000111111-26-000003")))
    numbers = [entry.accession_number for entry in page.entries]
    assert numbers[0] == "0000111111-26-000001"
    assert numbers[-1] == "0000111111-26-000003"
    assert len(page.entries) + len(page.unreadable_rows) == 3


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \n",
        b"<!DOCTYPE html><html><head><title>SEC.gov | File Unavailable</title></head><body>x</body></html>",
        b"<html><feed></feed></html>",
        b'{"hits": []}',
        a_page(a_row())[:-20],
        b'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title></channel></rss>',
    ],
)
def test_no_answer_is_never_no_filings(body):
    """An error page, nothing, or half a page raises; it never reads as "no new filings"."""
    with pytest.raises(FeedError):
        parse_feed(body)
    if b"<feed" not in body:
        with pytest.raises(FeedError):
            scan_feed(body)


def test_page_without_rows_is_no_filings():
    """A whole page with no rows is an answer."""
    page = parse_feed(a_page())
    assert page.entries == ()
    assert page.reaches_back_to is None
    assert scan_feed(a_page()).reaches_back_to is None
    assert scan_feed(a_page()).updated_at == page.updated_at


def test_bytes_are_never_opened_as_a_file(tmp_path, monkeypatch):
    """A body that spells a file's name is not that file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "<feed><").mkdir()
    (tmp_path / "<feed><" / "feed>").write_bytes(a_page(a_row()))
    with pytest.raises(FeedError):
        parse_feed(b"<feed></feed>")


def test_rows_of_one_filing_merge():
    """Registrants of one accession number make one filing, duplicates count once, the order stays."""
    rows = [
        a_row("0000111111-26-000002", cik="0000000005", name="Parent"),
        a_row("0000111111-26-000001"),
        a_row("0000111111-26-000002", cik="0000000006", name="Issuer", items=(*ITEMS, "Item 8.01: Other Events")),
        a_row("0000111111-26-000002", cik="0000000005", name="Parent"),
    ]
    first, second = merge_entries(parse_feed(a_page(*rows)).entries)
    assert first.accession_number == "0000111111-26-000002"
    assert [filer.name for filer in first.filers] == ["Parent", "Issuer"]
    assert first.items == ("7.01", "9.01", "8.01")
    assert second.accession_number == "0000111111-26-000001"


def test_scan_tells_what_parsing_tells():
    """The raw scan and the parser agree on numbers, registrants, reach and EDGAR's clock."""
    body = a_page(
        a_row("0000111111-26-000002"),
        a_row("0000111111-26-000002", cik="0000000006"),
        a_row("0000111111-26-000001", updated="2026-02-27T17:31:00-05:00"),
    )
    page, scan = parse_feed(body), scan_feed(body)
    assert (
        list(scan.accession_numbers) == scan_accession_numbers(body) == ["0000111111-26-000002", "0000111111-26-000001"]
    )
    assert scan.registrants == {(entry.accession_number, entry.filer.cik) for entry in page.entries}
    assert (scan.rows, scan.reaches_back_to, scan.updated_at) == (3, page.reaches_back_to, page.updated_at)
    assert scan.unlinked == ()


def test_row_that_links_its_filing_otherwise_is_not_overlooked():
    """A row whose link says nothing is told by its number, so that nobody takes the page for known."""
    row = a_row("0000111111-26-000002").replace("/Archives/edgar/data/123/", "/elsewhere/")
    assert scan_feed(a_page(a_row(), row)).unlinked == ("0000111111-26-000002",)


@given(st.binary(max_size=400), st.integers(0, 2000))
def test_any_bytes_give_a_page_or_a_feed_error(noise, at):
    """No bytes, alone or inside a page, raise anything but FeedError."""
    body = a_page(a_row(), a_row("0000111111-26-000002"))
    for hostile in (noise, body[:at] + noise + body[at:]):
        for read in (parse_feed, scan_feed):
            with suppress(FeedError):
                read(hostile)


def test_recorded_pages_are_read_completely(real_data: Path):
    """Every row of every recorded page is read, and the raw scan agrees with the parser."""
    pages = [path.read_bytes() for path in sorted((real_data / "feeds").rglob("*.atom"))]
    assert len(pages) == 64
    rows = 0
    for body in pages:
        page, scan = parse_feed(body), scan_feed(body)
        assert page.unreadable_rows == ()
        assert {entry.accession_number for entry in page.entries} == set(scan.accession_numbers)
        assert {(entry.accession_number, entry.filer.cik) for entry in page.entries} == scan.registrants
        assert (scan.reaches_back_to, scan.updated_at) == (page.reaches_back_to, page.updated_at)
        assert all(entry.filed_on and entry.filer.name and entry.filer.cik for entry in page.entries)
        assert all(entry.items for entry in page.entries if entry.form.startswith("8-K"))
        rows += len(page.entries)
    assert rows == 13 * 40 + 51 * 100


def test_recorded_sweep_has_one_filing_per_accession_number(real_data: Path):
    """Rows that repeat within and across pages merge into one filing each."""
    sweep = sorted((real_data / "feeds" / "sweep-2025-12-12").glob("*.atom"))
    entries = list(chain.from_iterable(parse_feed(path.read_bytes()).entries for path in sweep))
    filings = merge_entries(entries)
    assert len({filing.accession_number for filing in filings}) == len(filings) < len(entries)
    assert max(len(filing.filers) for filing in filings) > 10
