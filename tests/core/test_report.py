"""A submission becomes a current report."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from watcher import parse_submission, read_report
from watcher.cover import amended_date, quoted_symbol, read_cover
from watcher.model import Filer, Filing


def acme(*documents: tuple[str, str], form: str = "8-K", items: str = "Other Events") -> bytes:
    """A small submission of Acme Inc. with the given documents, each a type and its markup."""
    header = (
        "<SEC-DOCUMENT>0000000001-24-000001.txt : 20240502\n<SEC-HEADER>0000000001-24-000001.hdr.sgml : 20240502\n"
        "<ACCEPTANCE-DATETIME>20240502160000\nACCESSION NUMBER:\t\t0000000001-24-000001\n"
        f"CONFORMED SUBMISSION TYPE:\t{form}\nITEM INFORMATION:\t\t{items}\nFILED AS OF DATE:\t\t20240502\n\nFILER:\n\n"
        "\tCOMPANY DATA:\n\t\tCOMPANY CONFORMED NAME:\t\tACME INC\n\t\tCENTRAL INDEX KEY:\t\t0000000042\n"
        "</SEC-HEADER>\n"
    )
    parts = (
        f"<DOCUMENT>\n<TYPE>{kind}\n<SEQUENCE>{number}\n<FILENAME>d{number}.htm\n<TEXT>\n{markup}\n</TEXT>\n</DOCUMENT>\n"
        for number, (kind, markup) in enumerate(documents, 1)
    )
    return (header + "".join(parts) + "</SEC-DOCUMENT>\n").encode()


def test_header_and_body_are_both_recorded_and_their_mismatch_is_said():
    """An item only in the header or only in the body is kept, marked, and warned about."""
    body = acme(("8-K", "<p>Item 9.01 Financial Statements and Exhibits</p><p>99.1 x</p><p>SIGNATURE</p>"))
    report = read_report(parse_submission(body))
    assert [(item.code, item.in_header, item.in_body) for item in report.items] == [
        ("8.01", True, False),
        ("9.01", False, True),
    ]
    assert len(report.warnings) == 2
    assert "Item 8.01 is in the header" in report.warnings[0]


def test_the_feed_adds_items_and_tickers():
    """What the feed knows of a filing is joined to what the submission says."""
    body = acme(("8-K", "<p>Item 8.01 Other Events</p><p>Words.</p><p>Item 1.05 Material Cybersecurity Incidents</p>"))
    filing = Filing(
        "0000000001-24-000001",
        "8-K",
        (Filer(42, "ACME INC", ("ACME",)), Filer(43, "ACME SUB LLC", ("SUB",))),
        accepted_at=datetime(2024, 5, 2, tzinfo=UTC),
        items=("8.01", "1.05"),
        url="https://www.sec.gov/x-index.htm",
    )
    report = read_report(parse_submission(body), filing)
    assert [filer.tickers for filer in report.filers] == [("ACME",), ("SUB",)]
    assert all(item.in_header and item.in_body for item in report.items)
    assert report.url == "https://www.sec.gov/x-index.htm"
    assert report.warnings == ()


def test_exhibits_carry_number_link_description_headline_and_kind():
    """An exhibit is described by Item 9.01 and by itself."""
    release = (
        "<p>Exhibit 99.1</p><p>Acme Signs a License Agreement</p>"
        "<p>MADISON, Wis., May 2, 2024 /PRNewswire/ -- Acme Inc. "
        "(Nasdaq: ACME) today announced a license agreement.</p>"
    )
    body = acme(
        ("8-K", "<p>Item 9.01 Exhibits</p><table><tr><td>99.1</td><td>Press release of May 2</td></tr></table>"),
        ("EX-99.1", release),
        ("EX-99.2", '<p>Exhibit 99.2</p><img src="slide1.jpg"><img src="slide2.jpg">'),
    )
    report = read_report(parse_submission(body))
    first, second = report.exhibits
    assert (first.type, first.number, first.kind) == ("EX-99.1", "99.1", "press release")
    assert first.description == "Press release of May 2"
    assert first.headline == "Acme Signs a License Agreement"
    assert first.text[first.headline_start :].startswith(first.headline)
    assert first.url.endswith("/42/000000000124000001/d2.htm")
    assert not second.searched
    assert any("EX-99.2" in warning for warning in report.warnings)
    assert report.filers[0].tickers == ("ACME",)


def test_the_cover_page_is_read_from_inline_xbrl():
    """Tagged facts win: registrant, symbols, exchange, boxes, date."""
    fact = '<ix:nonNumeric name="dei:{}" contextRef="c" {}>{}</ix:nonNumeric>'.format
    markup = "".join(
        [
            fact("EntityRegistrantName", "", "Acme <b>Inc.</b>"),
            fact("TradingSymbol", "", "ACM.B"),
            fact("TradingSymbol", "", "ACM PR D"),
            fact("TradingSymbol", "", "N/A"),
            fact("SecurityExchangeName", 'format="ixt-sec:exchnameen"', "NYSE"),
            fact("WrittenCommunications", 'format="ixt:fixed-true"', "☒"),
            fact("SolicitingMaterial", 'format="ixt:fixed-false"', "☐"),
            fact("EntityEmergingGrowthCompany", "", "true"),
            fact("DocumentPeriodEndDate", 'format="ixt:datemonthdayyearen"', "May 1, 2024"),
        ]
    )
    cover = read_cover(markup, "")
    assert (cover.registrant, cover.trading_symbols, cover.exchanges) == ("Acme Inc.", ("ACM.B", "ACM-PD"), ("NYSE",))
    assert (cover.checked, cover.event_on) == (("425", "emerging growth"), date(2024, 5, 1))


def test_the_cover_page_is_read_from_text():
    """Without tags, the check marks and the date of the report are read from the words."""
    text = (
        "FORM 8-K\nACME INC.\n(Exact name of registrant as specified in its charter)\n"
        "Date of Report (Date of earliest event reported): May 1, 2024\n"
        "☒\tWritten communications pursuant to Rule 425 under the Securities Act\n"
        "☐\tSoliciting material pursuant to Rule 14a-12 under the Exchange Act\nItem 8.01 Other Events"
    )
    cover = read_cover("<p>no tags</p>", text)
    assert (cover.registrant, cover.checked, cover.event_on) == ("ACME INC.", ("425",), date(2024, 5, 1))


@pytest.mark.parametrize(
    "mark", ["☒", "☑", "✓", "✗", "🗹", "þ", "ý", "[X]", "[ x ]", "(x)", "x", "|X|", "/X/", "_X_", "[√]", "T", "R"]
)
def test_every_way_to_check_a_box(mark: str):
    """A box counts as checked in every font and spelling that filers use."""
    text = f"o\tWritten communications pursuant to Rule 425\n{mark}\tSoliciting material pursuant to Rule 14a-12\n"
    assert read_cover("", text).checked == ("14a-12",)


def test_no_emerging_growth_company_says_so():
    """The box of the answer that was given counts."""
    assert read_cover("", "FORM 8-K\nEmerging growth company [ ] Yes [X] No\nItem 8.01").checked == ()


def test_symbols_are_read_from_the_table_on_the_cover():
    """Where nothing is tagged, the middle cell of each row of listed securities is its symbol."""
    table = (
        "Title of each class\tTrading Symbol(s)\tName of each exchange on which registered\n"
        "Common Stock, $.01 par value\tACME\tThe Nasdaq Stock Market LLC\nPreferred\tN/A\tNew York Stock Exchange\n"
    )
    assert read_cover("", f"FORM 8-K\n{table}Item 8.01").trading_symbols == ("ACME",)


def test_risk_factors_announce_nothing():
    """What an exhibit says could happen is no news."""
    risks = "<p>RISK FACTORS</p><p>We may file for bankruptcy, and our chief executive officer may resign.</p>"
    (exhibit,) = read_report(
        parse_submission(acme(("8-K", "<p>Item 8.01 Other Events</p>"), ("EX-99.2", risks)))
    ).exhibits
    assert (exhibit.kind, exhibit.lead) == ("other", (0, 0))


def test_a_company_named_after_a_document_files_releases():
    """A word for a document in the company's own name says nothing of its exhibits."""
    body = acme(
        ("8-K", "<p>Item 9.01 Exhibits</p><table><tr><td>99.1</td><td>Lease Corp press release</td></tr></table>"),
        (
            "EX-99.1",
            "<p>Lease Corp Opens an Office in Ohio</p><p>MADISON, Wis., May 2, 2024 -- It said so today, in full.</p>",
        ),
    ).replace(b"ACME INC", b"LEASE CORP")
    assert read_report(parse_submission(body)).exhibits[0].kind == "press release"


@pytest.mark.parametrize("mark", ["☐", "[ ]", "[]", "o", "¨", "q", "□", "( )", "|_|", "£", "___"])
def test_every_way_to_leave_a_box_empty(mark: str):
    """An empty box counts as empty in every font and spelling that filers use."""
    text = (
        f"{mark}\tWritten communications pursuant to Rule 425\n{mark}\tSoliciting material pursuant to Rule 14a-12\n"
        f"Emerging growth company {mark}\nIf an emerging growth company, indicate by check mark ☒"
    )
    assert read_cover("", text).checked == ()


@pytest.mark.parametrize(
    "line", ["Emerging growth company ☒", "☒ Emerging growth company", "Emerging growth company Yes ☒ No ☐"]
)
def test_an_emerging_growth_company_says_so(line: str):
    """The box of an emerging growth company stands before or behind the words."""
    assert read_cover("", f"FORM 8-K\n{line}\nItem 8.01").checked == ("emerging growth",)


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("Date of Report (Date of earliest event reported): May 2, 2024 (April 30, 2024)", date(2024, 4, 30)),
        ("Date of Report: May 2, 2024\nDate of Earliest Event Reported: April 29, 2024", date(2024, 4, 29)),
        ("Date of earliest event reported: 05/02/2024", date(2024, 5, 2)),
        ("Date of Report (Date of earliest event reported): 2 May 2024", date(2024, 5, 2)),
        ("Date of Report (Date of earliest event reported): Sept. 2nd, 2024", date(2024, 9, 2)),
        ("May 2, 2024\n(Date of earliest event reported)", date(2024, 5, 2)),
        ("Date of Report (Date of earliest event reported): February 30, 2024", None),
    ],
)
def test_the_date_is_the_earliest_events(line: str, day: date | None):
    """Where a cover gives the report's date and the event's, the event's counts."""
    assert read_cover("", f"FORM 8-K\n{line}\nItem 8.01 Other Events").event_on == day


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("Acme Inc. (Nasdaq: ACME) today", "ACME"),
        ("Acme, Inc. (NYSE American: ACM.B) today", "ACM.B"),
        ("Acme bought Bigger Corp (NYSE: BIG) today", ""),
        ("Acme Inc. (the Company) rose", ""),
    ],
)
def test_a_quoted_symbol_counts_only_for_its_own_company(text: str, symbol: str):
    """A ticker in a release belongs to the company that it follows; nothing is guessed."""
    assert quoted_symbol(text, ("ACME INC",)) == symbol


def test_an_amendment_names_the_date_of_what_it_amends():
    """The explanatory note of an 8-K/A gives the date of the original report."""
    text = (
        "EXPLANATORY NOTE\nThis Amendment No. 1 amends the Current Report on Form 8-K filed by Acme on April 30, 2024 "
        "to add a letter."
    )
    assert amended_date(text) == date(2024, 4, 30)
    assert amended_date("Nothing is said of it.") is None


@pytest.mark.parametrize(
    "text",
    [
        "On March 4, 2024, Acme filed a Current Report on Form 8-K to report that, on March 1, 2024, it bought Beta.",
        "This Form 8-K/A amends Item 9.01 of the Current Report on Form 8-K originally filed on March 4, 2024.",
        "The registrant hereby amends its Current Report on Form 8-K dated March 4, 2024 as follows.",
        "This is Amendment No. 1 to the Current Report on Form 8-K filed with the SEC (the “SEC”) on 4 March 2024.",
        "Acme hereby amends its Current Report on Form 8-K dated March 1, 2024, filed March 4, 2024, to add a letter.",
        "On March 1, 2024, Acme bought Beta. On March 4, 2024, Acme filed a Form 8-K with respect to it.",
        "Acme filed a Form 8-K on 03/04/2024 to report the closing.",
        "As reported in its Form 8-K filed on March 4, 2024 (the “Original Report”), Acme met on March 2, 2024.",
        "Acme filed with the U.S. Securities and Exchange Commission (the “SEC”) on March 4, 2024 a Form 8-K.",
        "On March 4, 2024, Acme filed with the U.S. Securities and Exchange Commission (the “SEC”) a Form 8-K.",
    ],
)
def test_however_an_amendment_names_the_original(text: str):
    """The date belongs to the report that was filed, not to the event nor to the amendment."""
    assert amended_date(f"FORM 8-K/A\nDate of Report: March 20, 2024\nEXPLANATORY NOTE\n{text}") == date(2024, 3, 4)


def test_the_first_filing(real_data: Path):
    """The filing that the project began with: the phrase stands only in the press release."""
    report = read_report(parse_submission((real_data / "submissions/0001144204-17-013452.txt").read_bytes()))
    assert [item.code for item in report.items] == ["7.01", "9.01"]
    assert report.accepted_at == datetime(2017, 3, 8, 21, 2, 21, tzinfo=UTC)
    assert (report.filers[0].cik, report.filers[0].tickers) == (1279704, ("CLRB",))
    (exhibit,) = report.exhibits
    assert exhibit.headline.endswith("Executes New License Agreement")
    seven = report.items[0]
    assert "license agreement" not in report.body[seven.start : seven.end].lower()
    assert (exhibit.kind, report.financial_statement_parts) == ("press release", ("d",))
    assert report.items[0].furnished
    assert "licensing" in [topic.name for topic in report.topics]
