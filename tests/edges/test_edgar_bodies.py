"""Bodies are the same however the network cuts them."""

from __future__ import annotations

import gzip
import zlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.edgar.answers import SUBMISSION
from watcher.edgar.bodies import decoded, read_searchable, read_whole
from watcher.errors import EdgarUnavailable

LIMIT = 1_000_000


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
    assert read_searchable(cut(body, places), limit=LIMIT) == a_submission(*wanted, opening=opening)


@pytest.mark.parametrize("kind", ["EX-10.1", "EX-1010", "EX-104", "XMLX", "GRAPHIC", "PDF", "COVER"])
def test_only_parts_for_machines_end_the_reading(kind):
    """Types that only look like those of XBRL or archives do not hide what follows."""
    body = a_submission("8-K", kind, "EX-99.1")
    assert read_searchable([body], limit=LIMIT) == body


@pytest.mark.parametrize("kind", ["EX-100", "EX-101", "EX-101.INS", "XML", "JSON", "ZIP", "EXCEL"])
def test_parts_for_machines_end_the_reading_but_never_come_first(kind):
    """A main document is read whatever its type; after it, each of these types ends the reading."""
    assert read_searchable([a_submission("8-K", kind)], limit=LIMIT) == a_submission("8-K")
    assert read_searchable([a_submission(kind)], limit=LIMIT) == a_submission(kind)


@given(st.integers(0, 400))
def test_submission_that_is_cut_off_is_noticed_or_searchable(at):
    """Cutting a submission anywhere before its machine parts is noticed; after them nothing is lost."""
    body = a_submission("8-K", "EX-99.1", "XML", "ZIP")
    try:
        read = read_searchable([body[:at]], limit=LIMIT)
    except EdgarUnavailable:
        return
    assert read in (a_submission("8-K", "EX-99.1"), body[:at])
    assert b"8-K text" in read


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
