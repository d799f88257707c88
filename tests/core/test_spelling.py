"""What a slip of the pen is taken for."""

from __future__ import annotations

import pytest

from watcher.spelling import nearest


@pytest.mark.parametrize(
    ("word", "meant"), [("tikcer", "ticker"), (" TICKERS", "ticker"), ("edgar", "EDGAR"), ("merger", ""), ("", "")]
)
def test_a_slip_names_what_was_meant(word, meant):
    """The nearest known word in its own spelling, whatever the case of the slip; nothing where none is near."""
    assert nearest(word, ["ticker", "EDGAR", "sic"]) == meant
