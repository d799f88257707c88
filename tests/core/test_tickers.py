"""The list of companies and tickers."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.errors import IndexFileError
from watcher.tickers import CompanyTicker, normalise_ticker, parse_company_tickers


@pytest.mark.parametrize("written", ["BRK-B", "BRK.B", "brk/b", " BRK B ", "Brk-b"])
def test_share_classes_have_one_spelling(written):
    """However users write a share class, it is EDGAR's ticker."""
    assert normalise_ticker(written) == "BRK-B"


def test_both_shapes_give_the_same_rows():
    """The plain list and the one with exchanges are read alike; one company may have several tickers."""
    plain = (
        b'{"0":{"cik_str":5,"ticker":"EXM","title":"Example Corp"},'
        b'"1":{"cik_str":5,"ticker":"EXM.PA","title":"Example Corp"}}'
    )
    fields = (
        b'{"fields":["cik","name","ticker","exchange"],'
        b'"data":[[5,"Example Corp","EXM","NYSE"],[5,"Example Corp","EXM-PA",null]]}'
    )
    assert parse_company_tickers(plain) == (
        CompanyTicker(5, "EXM", "Example Corp"),
        CompanyTicker(5, "EXM-PA", "Example Corp"),
    )
    assert parse_company_tickers(fields) == (
        CompanyTicker(5, "EXM", "Example Corp", "NYSE"),
        CompanyTicker(5, "EXM-PA", "Example Corp"),
    )


def test_unreadable_row_leaves_its_neighbours():
    """Rows without a CIK or ticker are left out; the others stay."""
    body = b'{"0":{"cik_str":"x","ticker":"A"},"1":null,"2":{"ticker":"B"},"3":{"cik_str":7,"ticker":"ON"}}'
    assert parse_company_tickers(body) == (CompanyTicker(7, "ON", ""),)


@pytest.mark.parametrize("body", [b"", b"<html></html>", b"[]", b'{"fields":["cik"]}', b'{"0":{"ticker":"A"}}'])
def test_something_else_is_never_an_empty_list(body):
    """An error page or another JSON raises; it never reads as "no companies"."""
    with pytest.raises(IndexFileError):
        parse_company_tickers(body)


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
)


@given(st.binary(max_size=200) | JSON.map(lambda content: json.dumps(content).encode()))
def test_any_bytes_give_a_list_or_an_error(body):
    """No bytes raise anything but IndexFileError."""
    with suppress(IndexFileError):
        parse_company_tickers(body)


def test_recorded_lists_are_read_completely(real_data: Path):
    """The recorded lists have thousands of tickers, several for some companies."""
    for path in (real_data / "tickers").glob("*.json"):
        tickers = parse_company_tickers(path.read_bytes())
        assert len(tickers) > 5000
        assert CompanyTicker(1067983, "BRK-B", "BERKSHIRE HATHAWAY INC") in [
            CompanyTicker(row.cik, row.ticker, row.name) for row in tickers
        ]
