"""Bodies are the same however the network cuts them."""

from __future__ import annotations

import gzip
import zlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.attachments import holds_listed_exhibits
from watcher.edgar.answers import SUBMISSION
from watcher.edgar.bodies import decoded, read_searchable, read_whole
from watcher.errors import EdgarUnavailable

LIMIT = 1_000_000


def read(chunks, *, holds_all=lambda beginning: None):
    """What is read of a submission that lists nothing."""
    return read_searchable(chunks, limit=LIMIT, holds_all=holds_all)


def a_submission(*types, opening="SEC-DOCUMENT"):
    """A submission of documents of these types."""
    parts = "".join(f"<DOCUMENT>\n<TYPE>{kind}\n<TEXT>\n{kind} text\n</TEXT>\n</DOCUMENT>\n" for kind in types)
    return f"<{opening}>x\nACCESSION NUMBER: x\n{parts}</{opening}>\n".encode()


def cut(body, places):
    """The body in pieces."""
    edges = sorted({0, len(body), *(place % (len(body) + 1) for place in places)})
    return [body[start:end] for start, end in pairwise(edges)]


@given(st.lists(st.integers(0, 5000), max_size=8), st.sampled_from(["SEC-DOCUMENT", "IMS-DOCUMENT", "SUBMISSION"]))
def test_reading_stops_at_the_same_place_however_the_body_is_cut(places, opening):
    """Wherever the pieces end, the searchable part is the same, closed as the submission was opened."""
    wanted = ("8-K", "EX-10.1", "GRAPHIC", "EX-99.1", "PDF")
    body = a_submission(*wanted, "EX-101.SCH", "XML", opening=opening)
    assert read(cut(body, places)) == a_submission(*wanted, opening=opening)


@pytest.mark.parametrize("kind", ["EX-10.1", "EX-1010", "EX-104", "XMLX", "GRAPHIC", "PDF", "COVER"])
def test_only_parts_for_machines_end_the_reading(kind):
    """Types that only look like those of XBRL or archives do not hide what follows."""
    body = a_submission("8-K", kind, "EX-99.1")
    assert read([body]) == body


@pytest.mark.parametrize("kind", ["EX-100", "EX-101", "EX-101.INS", "XML", "JSON", "ZIP", "EXCEL"])
def test_parts_for_machines_end_the_reading_but_never_come_first(kind):
    """A main document is read whatever its type; after it, each of these types ends the reading."""
    assert read([a_submission("8-K", kind)]) == a_submission("8-K")
    assert read([a_submission(kind)]) == a_submission(kind)


@given(st.lists(st.integers(0, 5000), max_size=8))
def test_reading_stops_at_a_picture_once_all_that_is_listed_has_come(places):
    """With all listed exhibits in, nothing behind a picture is waited for; before that, pictures end nothing."""
    body = a_submission("8-K", "GRAPHIC", "EX-99.1", "GRAPHIC", "XML")
    early = read(cut(body, places), holds_all=lambda beginning: True)
    assert early == a_submission("8-K")
    late = read(cut(body, places), holds_all=lambda beginning: b"EX-99.1" in beginning)
    assert late == a_submission("8-K", "GRAPHIC", "EX-99.1", "GRAPHIC")


@given(st.lists(st.integers(0, 5000), max_size=8))
def test_what_is_listed_and_has_not_come_is_read_for(places):
    """Where a listed exhibit is missing at the parts for machines, the submission is read to its end."""
    body = a_submission("8-K", "EX-101.SCH", "XML", "EX-99.1", "ZIP")
    assert read(cut(body, places), holds_all=lambda beginning: False) == body


@pytest.mark.parametrize(
    ("listed", "held", "expected"),
    [
        ("<p>99.1 Press release</p>", ("EX-99.1",), True),
        ("<p>99.1 Press release</p>", (), False),
        ("<p>10.1 Licence agreement</p><p>99.1 Press release</p>", ("EX-99.1",), False),
        ("<p>99.1 Press release</p><p>104 Cover page (inline XBRL)</p>", ("EX-99.1",), True),
        ("<p>5.1 Opinion of counsel</p><p>23.1 Consent of counsel (included in Exhibit 5.1)</p>", ("EX-5.1",), True),
        ("<p>4.1 Indenture, incorporated by reference to Exhibit 4.1 of Form 8-K filed on May 1</p>", (), True),
        ("<p>None.</p>", (), None),
    ],
    ids=["here", "missing", "one missing", "of XBRL", "within another", "incorporated", "no list"],
)
def test_exhibits_that_item_901_lists_are_waited_for(listed, held, expected):
    """A listed exhibit counts as missing only if it is to be a document of this very filing."""
    main = (
        f"<html><p>Item 9.01 Financial Statements and Exhibits.</p><p>(d) Exhibits.</p>{listed}<p>SIGNATURE</p></html>"
    )
    body = a_submission("8-K", *held).replace(b"8-K text", main.encode())
    assert holds_listed_exhibits(body) is expected


@given(st.binary(max_size=300))
def test_whatever_came_a_promise_is_read_or_not(noise):
    """Damaged beginnings promise nothing, and never fail."""
    assert holds_listed_exhibits(noise) is None


@given(st.integers(0, 400))
def test_submission_that_is_cut_off_is_noticed_or_searchable(at):
    """Cutting a submission anywhere before its machine parts is noticed; after them nothing is lost."""
    body = a_submission("8-K", "EX-99.1", "XML", "ZIP")
    try:
        came = read([body[:at]])
    except EdgarUnavailable:
        return
    assert came in (a_submission("8-K", "EX-99.1"), body[:at])
    assert b"8-K text" in came


@given(st.binary(max_size=3000), st.lists(st.integers(0, 5000), max_size=6), st.sampled_from(["gzip", "deflate", ""]))
def test_packed_bodies_unfold_the_same_however_they_are_cut(content, places, encoding):
    """gzip, deflate and plain bodies give their content from any pieces."""
    packed = {"gzip": gzip.compress, "deflate": zlib.compress, "": bytes}[encoding](content)
    assert read_whole(decoded(cut(packed, places), encoding), limit=LIMIT) == content


@given(st.binary(max_size=200))
def test_damaged_packing_is_noticed(noise):
    """Whatever is not packed as declared, or ends early, is no content."""
    with pytest.raises(EdgarUnavailable):
        read_whole(decoded([noise], "gzip"), limit=LIMIT)
    with pytest.raises(EdgarUnavailable):
        read_whole(decoded([gzip.compress(noise + b"end")[:-9]], "gzip"), limit=LIMIT)
    with pytest.raises(EdgarUnavailable, match="br"):
        read_whole(decoded([noise], "br"), limit=LIMIT)


@pytest.mark.parametrize(
    "start",
    [
        b"<SEC-DOCUMENT>x", b"\xef\xbb\xbf<SEC-DOCUMENT>x", b"-----BEGIN PRIVACY-ENHANCED MESSAGE-----\n",
        b"<SUBMISSION>\n",
        b"/some/path/of/2000.txt\n<SEC-DOCUMENT>x", b"<IMS-DOCUMENT>x", b"\r\n<SEC-HEADER>", b"ACCESSION NUMBER: x",
    ],
)  # fmt: skip
def test_submissions_of_every_era_are_recognised(start):
    """Whatever stands before the header, a submission is known as one; another text is not."""
    assert SUBMISSION.start.match(start)
    assert not SUBMISSION.start.match(b"Internal error " * 10)
