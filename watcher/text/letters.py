"""Letters: one kind of blank and line break in readable text, one kind of everything in text to search."""

from __future__ import annotations

import unicodedata

_ASCII = bytes(range(128))
_PRINTED = bytes(range(32, 127)) + b"\n"
_SPACES = {"\t": " "} | dict.fromkeys("\r\f\u2028\u2029", "\n")
# Up to so many letters are replaced one by one; a text with more is no English.
_FEW_LETTERS = 50
_FOLDED = (
    dict.fromkeys("\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B))), " ")
    | dict.fromkeys("‘’‚‛′´ʼ", "'")
    | dict.fromkeys("“”„‟″«»", '"')
    | dict.fromkeys("‐‑‒–—―−﹘﹣－", "-")
)
# Of the bytes of UTF-8 those below 128 are ASCII, and all others stay.
_FOLDED_ASCII = bytes(range(256)).lower().translate(bytes.maketrans(b"\t\n\r\x0b\x0c`", b"     '"))


def with_plain_spaces(text: str, *, keep: str = "") -> str:
    """The text with one kind of blank and line break, and without the characters that nobody sees but those to keep."""
    uncommon = _beyond(_bytes(text), _PRINTED + keep.encode())
    return _changed(text, {letter: plain for letter in uncommon if (plain := _plain(letter)) != letter})


def with_plain_letters(text: str) -> str:
    """The same for letters beyond ASCII alone."""
    return text if text.isascii() else with_plain_spaces(text, keep=_ASCII.decode())


def fold(text: str) -> str:
    """The normal form for searching, of the same length: lower case, one kind of space, quote and dash."""
    # Nearly all letters are ASCII, which bytes change fastest.
    encoded = _bytes(text)
    folded = encoded.translate(_FOLDED_ASCII).decode("utf-8", "surrogatepass")
    if text.isascii():
        return folded
    changes = {letter: _FOLDED.get(letter) or letter.lower() for letter in _beyond(encoded, _ASCII)}
    # A few letters have longer lower-case forms; those stay as they are.
    changes = {letter: low for letter, low in changes.items() if low != letter and len(low) == 1}
    return _changed(folded, changes)


def _plain(letter: str) -> str:
    if "\x80" <= letter <= "\x9f":  # what Windows wrote, decoded as something else, as HTML takes its references
        letter = letter.encode("latin-1").decode("cp1252", "ignore")
    if letter in _SPACES:
        return _SPACES[letter]
    kind = unicodedata.category(letter) if letter else ""
    return " " if kind == "Zs" else "" if kind in ("Cc", "Cf") else letter


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _beyond(encoded: bytes, common: bytes) -> str:
    """Each of the characters in an encoded text but the common ones."""
    return "".join(set(encoded.translate(None, common).decode("utf-8", "surrogatepass")))


def _changed(text: str, changes: dict[str, str]) -> str:
    if len(changes) > _FEW_LETTERS:
        return text.translate({ord(letter): new for letter, new in changes.items()})
    for letter, new in changes.items():
        text = text.replace(letter, new)
    return text
