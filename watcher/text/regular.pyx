# cython: language_level=3
"""HTML to readable text in one pass, for documents that hold nothing hidden, preformatted or odd.

What is taken for a tag follows the HTML standard (its section 13.2.5, tokenization). A document that needs more than
this knows is left to the caller as a whole. Filings are hostile: letters are looked at through `_Reading.letter`
alone, which knows where the document ends, and written through `_Reading.put` alone, which makes room.
"""

cimport cython
from cpython.mem cimport PyMem_Free, PyMem_Realloc
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.string cimport memchr, memcmp

cdef extern from "Python.h":
    const char *PyUnicode_AsUTF8AndSize(object text, Py_ssize_t *size) except NULL

# What a tag means; of the borders, the lower is the stronger.
cdef enum:
    NOTHING, ROW, CELL, BLOCK, TITLE, IRREGULAR

cdef enum:
    LONGEST_NAME = 15
    SLOTS = 512
    LONGEST_REFERENCE = 100

ctypedef unsigned char uchar


cdef inline bint _is_blank(uchar letter) noexcept:
    return letter == b" " or letter == b"\n" or letter == b"\t" or letter == b"\r" or letter == b"\f"


cdef inline bint _is_letter(uchar letter) noexcept:
    return b"a" <= (letter | 32) <= b"z"


cdef inline uchar _low(uchar letter) noexcept:
    return letter | 32 if b"A" <= letter <= b"Z" else letter


@cython.final
cdef class RegularReader:
    """Knows what tags mean, and reads any number of documents."""

    cdef uchar _names[SLOTS][LONGEST_NAME + 1]  # the first letter is the length
    cdef uchar _meanings[SLOTS]
    cdef object _character

    def __init__(self, *, row, cell, block, irregular, character):
        """Tag names in lower case, those of end tags with `/`; for a character reference, `character` says its letters."""
        self._character = character
        names = [(name, BLOCK) for name in block] + [(name, CELL) for name in cell] + [(name, ROW) for name in row]
        for name, meaning in {"title": TITLE, **dict(names), **dict.fromkeys(irregular, IRREGULAR)}.items():
            self._learn(name.encode("ascii"), meaning)

    cdef _learn(self, bytes name, uchar meaning):
        if len(name) > LONGEST_NAME:
            raise ValueError(f"{name!r} is longer than {LONGEST_NAME} letters")
        cdef int slot = self._slot_of(name, len(name))
        self._names[slot][0] = len(name)
        for place, letter in enumerate(name):
            self._names[slot][place + 1] = letter
        self._meanings[slot] = meaning

    cdef inline int _slot_of(self, const uchar *name, int length) noexcept:
        """Where a name is kept, or would be; fewer than half of the slots are ever taken."""
        cdef unsigned int slot = length
        cdef int place
        for place in range(length):
            slot = slot * 31 + name[place]
        slot %= SLOTS
        while self._names[slot][0] and (
            self._names[slot][0] != length or memcmp(&self._names[slot][1], name, length) != 0
        ):
            slot = (slot + 1) % SLOTS
        return slot

    def read(self, str content):
        """The readable text, or None where the document is not regular."""
        cdef Py_ssize_t size
        cdef const uchar *start
        try:
            start = <const uchar *>PyUnicode_AsUTF8AndSize(content, &size)
        except UnicodeEncodeError:  # half a character
            return None
        cdef _Reading reading = _Reading(self, "isplay" in content or "ISPLAY" in content)
        return reading.text_of(start, start + size)


@cython.final
cdef class _Reading:
    """One document while it is read."""

    cdef RegularReader _reader
    cdef bint _may_hide
    cdef const uchar *_at
    cdef const uchar *_end
    cdef uchar *_text
    cdef Py_ssize_t _length
    cdef Py_ssize_t _room
    cdef int _border  # between the last letter and the next
    cdef bint _space  # the same

    def __cinit__(self, RegularReader reader, bint may_hide):
        self._reader = reader
        self._may_hide = may_hide

    def __dealloc__(self):
        PyMem_Free(self._text)

    cdef str text_of(self, const uchar *start, const uchar *end):
        self._at = start
        self._end = end
        while True:
            self.read_text()
            if self._at == self._end:
                return PyUnicode_DecodeUTF8(<const char *>self._text, self._length, NULL) if self._length else ""
            if not self.read_markup():
                return None

    cdef inline uchar letter(self, Py_ssize_t ahead=0) noexcept:
        """The letter here or further on; NUL behind the end."""
        return self._at[ahead] if ahead < self._end - self._at else 0

    cdef inline int put(self, uchar letter) except -1:
        """Show a letter behind what parts it from the last one."""
        if self._room - self._length < 2:
            self._make_room()
        if self._length and (self._border or self._space):
            self._text[self._length] = b"\t" if self._border == CELL else b"\n" if self._border else b" "
            self._length += 1
        self._border = NOTHING
        self._space = False
        self._text[self._length] = letter
        self._length += 1
        return 0

    cdef int _make_room(self) except -1:
        cdef Py_ssize_t room = self._room * 2 if self._room else (self._end - self._at) // 4 + 100
        cdef void *moved = PyMem_Realloc(self._text, room)
        if moved == NULL:
            raise MemoryError
        self._text = <uchar *>moved
        self._room = room
        return 0

    cdef int read_text(self) except -1:
        """Show everything up to the next markup."""
        cdef uchar letter, following
        while self._at < self._end:
            letter = self._at[0]
            if letter == b"<":
                following = self.letter(1)
                if _is_letter(following) or following == b"/" or following == b"!" or following == b"?":
                    return 0
            elif letter == b"&":
                self._read_reference()
                continue
            self._at += 1
            if _is_blank(letter):
                self._space = True
            elif letter >= 32 and letter != 127:
                self.put(letter)
        return 0

    cdef int _read_reference(self) except -1:
        cdef Py_ssize_t length = 1
        while length <= LONGEST_REFERENCE and (
            _is_letter(self.letter(length)) or b"0" <= self.letter(length) <= b"9" or self.letter(length) == b"#"
        ):
            length += 1
        if length == 1:
            self._at += 1
            return self.put(b"&")
        if self.letter(length) == b";":
            length += 1
        cdef bytes reference = self._at[:length]
        self._at += length
        if reference == b"&nbsp;" or reference == b"&#160;":
            self._space = True
            return 0
        cdef uchar letter
        for letter in <bytes>self._reader._character(reference.decode("ascii")).encode("utf-8", "surrogatepass"):
            if _is_blank(letter):
                self._space = True
            else:
                self.put(letter)
        return 0

    cdef bint read_markup(self) except -1:
        """Go behind a tag, comment or declaration; whether it is regular."""
        cdef const uchar *start = self._at
        self._at += 1
        if self.letter() == b"!" or self.letter() == b"?":
            return self._skip_declaration()
        cdef int meaning = self._read_name()
        if meaning == IRREGULAR or not self._skip_attributes():
            return False
        if meaning == TITLE:
            return self._at[-1] != b"/" and self._skip_title()
        self._at += 1
        if self._may_hide and self._hides(start, self._at):
            return False
        if meaning != NOTHING and (self._border == NOTHING or meaning < self._border):
            self._border = meaning
        return True

    cdef int _read_name(self) noexcept:
        """What the tag means whose name begins here."""
        cdef uchar name[LONGEST_NAME]
        cdef int length = 0
        if self.letter() == b"/":
            name[0] = b"/"
            length = 1
            self._at += 1
            if not _is_letter(self.letter()):
                return IRREGULAR
        cdef uchar letter = self.letter()
        while letter and letter != b">" and letter != b"/" and not _is_blank(letter):
            if length < LONGEST_NAME:
                name[length] = _low(letter)
            length += 1
            self._at += 1
            letter = self.letter()
        if length > LONGEST_NAME:
            return NOTHING
        cdef int slot = self._reader._slot_of(name, length)
        return self._reader._meanings[slot] if self._reader._names[slot][0] else NOTHING

    cdef bint _skip_attributes(self) noexcept:
        """Go to the `>` that ends a tag; whether there is one."""
        cdef uchar letter
        while True:
            while _is_blank(self.letter()) or self.letter() == b"/":
                self._at += 1
            letter = self.letter()
            if letter == b">" or letter == 0:
                return letter == b">"
            self._at += 1
            letter = self.letter()
            while letter and letter != b"=" and letter != b">" and letter != b"/" and not _is_blank(letter):
                self._at += 1
                letter = self.letter()
            self._skip_blanks()
            if self.letter() == b"=":
                self._at += 1
                self._skip_blanks()
                if not self._skip_value():
                    return False

    cdef bint _skip_value(self) noexcept:
        cdef uchar letter = self.letter()
        if letter == b'"' or letter == b"'":
            self._at += 1
            return self._skip_behind(letter)
        while letter and letter != b">" and not _is_blank(letter):
            self._at += 1
            letter = self.letter()
        return True

    cdef inline void _skip_blanks(self) noexcept:
        while _is_blank(self.letter()):
            self._at += 1

    cdef inline bint _skip_behind(self, uchar letter) noexcept:
        """Go behind the next such letter; whether there is one."""
        cdef const void *found = memchr(self._at, letter, self._end - self._at)
        self._at = <const uchar *>found + 1 if found != NULL else self._end
        return found != NULL

    cdef bint _skip_declaration(self) noexcept:
        if self.letter() == b"!" and self.letter(1) == b"[":
            return False
        if self.letter() == b"?" or self.letter(1) != b"-":
            return self._skip_behind(b">")
        self._at += 2
        if self.letter() != b"-" or self.letter(1) == b">" or self.letter(1) == b"-":
            return False
        while self._skip_behind(b"-"):
            if self.letter() == b"-":
                if self.letter(1) == b">":
                    self._at += 2
                    return True
                if self.letter(1) == b"!":  # may end a comment as well
                    return False
        return False

    cdef bint _skip_title(self) noexcept:
        """Go from the end of a title's tag behind its end tag; whether it has one."""
        while self._skip_behind(b"<"):
            if self._says(b"/title"):
                self._at += 6
                if _is_blank(self.letter()) or self.letter() == b"/" or self.letter() == b">":
                    return self._skip_behind(b">")
        return False

    cdef inline bint _says(self, const char *word) noexcept:
        """Whether a word in small letters stands here, in any letters."""
        cdef int place = 0
        while word[place]:
            if _low(self.letter(place)) != <uchar>word[place]:
                return False
            place += 1
        return True

    cdef bint _hides(self, const uchar *start, const uchar *end) noexcept:
        """Whether a tag says that its element is not displayed, unless the element is empty."""
        cdef bint hides = False
        self._at = start
        while not hides and self._at < end:
            if self._says(b"display"):
                self._at += 7
                self._skip_blanks()
                if self.letter() == b":":
                    self._at += 1
                    self._skip_blanks()
                    hides = self._says(b"none")
            else:
                self._at += 1
        self._at = end
        if not hides:
            return False
        self._skip_blanks()
        hides = not (self.letter() == b"<" and self.letter(1) == b"/")
        self._at = end
        return hides
