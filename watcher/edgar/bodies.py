"""Bodies of EDGAR's answers, read within limits and only as far as they are needed."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Iterator

from watcher.errors import EdgarUnavailable

_STEP = 256 * 1024
# The parts that machines read stand last: XBRL, rendered pages and archives. Pictures may stand before an exhibit.
_PART_FOR_NOBODY = re.compile(
    rb"</DOCUMENT>\s*(<DOCUMENT>\s*<TYPE>\s*(?P<type>GRAPHIC|EX-10[01](?:\.[^\r\n<]*)?|XML|JSON|ZIP|EXCEL)\s*[\r\n<])"
)
_LONGEST_MARK = 200
_ENDINGS = {
    b"<SEC-DOCUMENT>": b"</SEC-DOCUMENT>\n",
    b"<IMS-DOCUMENT>": b"</IMS-DOCUMENT>\n",
    b"<SUBMISSION>": b"</SUBMISSION>\n",
}
_END = re.compile(
    rb"</(?:SEC-DOCUMENT|IMS-DOCUMENT|SUBMISSION)>|</DOCUMENT>\s*\Z|-----END PRIVACY-ENHANCED MESSAGE-----"
)


def decoded(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The content of a body in steps of bounded size, however far it unfolds.

    Raises:
        EdgarUnavailable: an encoding that was not asked for, damaged, or ended too early.
    """
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        yield from chunks
        return
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise EdgarUnavailable(f"EDGAR answered in the encoding {encoding!r}, which was not asked for.")
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # gzip or zlib, told by the first bytes
    try:
        for chunk in chunks:
            while chunk and not unpacker.eof:
                if step := unpacker.decompress(chunk, _STEP):
                    yield step
                chunk = unpacker.unconsumed_tail
    except zlib.error as error:
        raise EdgarUnavailable("EDGAR's answer is damaged: it cannot be unpacked.") from error
    if not unpacker.eof:
        raise EdgarUnavailable("EDGAR's answer is cut off: its packed content has no end.")


def read_whole(chunks: Iterable[bytes], *, limit: int) -> bytes:
    """All of a body.

    Raises:
        EdgarUnavailable: it is larger than `limit` bytes.
    """
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > limit:
            raise EdgarUnavailable(f"EDGAR's answer is larger than {limit:,} bytes; the rest was not read.")
    return bytes(body)


def read_searchable(chunks: Iterable[bytes], *, limit: int, holds_all: Callable[[bytes], bool | None]) -> bytes:
    """The beginning of a submission with all that a person reads, closed as a whole submission is.

    `holds_all` says whether what was read so far holds every exhibit that the submission lists, None where it lists
    none. If it does, reading stops at the first picture; otherwise at the first part for machines, unless something
    is known to be missing; at the latest at `limit` bytes.

    Raises:
        EdgarUnavailable: it ended before its own end.
    """
    body = bytearray()
    asked: set[bool] = set()
    for chunk in chunks:
        searched = max(len(body) - _LONGEST_MARK, 0)
        body += chunk
        for found in _PART_FOR_NOBODY.finditer(body, searched):
            is_picture = found["type"] == b"GRAPHIC"
            if is_picture in asked:
                continue
            asked.add(is_picture)
            beginning = bytes(body[: found.start(1)]) + _ending(body)
            if holds_all(beginning) in ((True,) if is_picture else (True, None)):
                return beginning
        if len(body) > limit:
            return bytes(body[:limit]) + b"\n</TEXT>\n</DOCUMENT>\n" + _ending(body)
    if not _END.search(body, max(len(body) - _LONGEST_MARK, 0)):
        raise EdgarUnavailable("The submission is cut off before its end.")
    return bytes(body)


def _ending(body: bytearray) -> bytes:
    for opening, ending in _ENDINGS.items():
        if body.find(opening, 0, 2000) >= 0:
            return ending
    return b""
