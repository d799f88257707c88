"""Bodies of EDGAR's answers, read within limits and only as far as they are needed."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator

from watcher.errors import EdgarUnavailable

_STEP = 256 * 1024
# The parts that machines read stand last: XBRL, rendered pages and archives. Pictures may stand before an exhibit.
_MACHINE_PART = re.compile(
    rb"</DOCUMENT>\s*(<DOCUMENT>\s*<TYPE>\s*(?:EX-10[01](?:\.[^\r\n<]*)?|XML|JSON|ZIP|EXCEL)\s*[\r\n<])"
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


def read_searchable(chunks: Iterable[bytes], *, limit: int) -> bytes:
    """A submission up to its first part that only machines read, closed as a whole submission is.

    Reading stops there, or at `limit` bytes. A submission without such parts comes whole.

    Raises:
        EdgarUnavailable: it ended before its own end.
    """
    body = bytearray()
    for chunk in chunks:
        searched = max(len(body) - _LONGEST_MARK, 0)
        body += chunk
        if found := _MACHINE_PART.search(body, searched):
            return bytes(body[: found.start(1)]) + _ending(body)
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
