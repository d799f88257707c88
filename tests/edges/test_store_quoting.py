"""What a search quotes of a text, and where it finds its words."""

from __future__ import annotations

import pytest
from growth import LINEAR, growth

from watcher.store.quoting import Wanted


@pytest.mark.parametrize(
    ("terms", "text", "pieces"),
    [
        ([("merger", False)], "A MERGER was agreed", ("A ", "MERGER", " was agreed")),
        ([("merger", False)], "the mergers of\nto-day", ("the mergers of to-day",)),
        ([("licens", True)], "Acme  licenses\tsoap", ("Acme ", "licenses", " soap")),
        ([("plan of merger", False), ("plan", False)], "a plan of\nmerger", ("a ", "plan of merger", "")),
        ([("cafe", False), ("zürich", False)], "Café in Zurich", ("", "Café", " in ", "Zurich", "")),
        ([("a.b(c", False)], "see A-B: C", ("see ", "A-B: C", "")),
        ([("\u02bc", False)], "x \u02bc y", ("x \u02bc y",)),
    ],
)
def test_hits_are_found_as_the_index_finds_them(terms, text, pieces):
    """Whole words in any case, with or without accents, whatever stands between those of a phrase."""
    assert Wanted(terms).quote(text) == pieces


def test_the_quote_is_where_most_stands_together():
    """Of a long text the stretch with the most different words is quoted, cut between words."""
    filler = "of other things " * 100
    text = f"merger {filler}whose merger has a break fee. {filler}"
    pieces = Wanted([("merger", False), ("break", True)]).quote(text)
    assert pieces[1::2] == ("merger", "break")
    assert "".join(pieces).strip("…") in text
    assert pieces[0].startswith("…of other things ")
    assert pieces[-1].endswith(" other…")


def test_a_text_full_of_hits_takes_linear_time():
    """A filing that repeats one word a hundred thousand times cannot stall a search."""
    wanted = Wanted([("merger", False), ("m", True)])
    assert growth(lambda n: (wanted.quote("merger " * n), wanted.hits("merger " * n, n)), 5_000) < LINEAR
