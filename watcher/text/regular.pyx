# cython: language_level=3
"""HTML to readable text in one pass, for documents that hold nothing hidden, preformatted or odd.

What is taken for a tag follows the HTML standard (its section 13.2.5, tokenization). A document that needs more than
this knows is left to the caller as a whole. Filings are hostile: a letter is looked at through `_Reading.letter`, or
where the same line compares the place with the document's end, and written through `_Reading.show`, which makes room.
"""

cimport cython
from cpython.mem cimport PyMem_Free, PyMem_Realloc
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.string cimport memchr, memcmp, memcpy

cdef extern from "Python.h":
    const char *PyUnicode_AsUTF8AndSize(object text, Py_ssize_t *size) except NULL

# What a tag means; of the borders, the lower is the stronger.
cdef enum:
    NOTHING, ROW, CELL, BLOCK, TITLE, IRREGULAR

cdef enum:
    LONGEST_NAME = 15
    SLOTS = 512
    LONGEST_REFERENCE = 100
    LONGEST_STYLE = 500
    MOST_REFERENCES = 10_000

ctypedef unsigned char uchar


cdef inline bint _is_blank(uchar letter) noexcept:
    return letter == b" " or letter == b"\n" or letter == b"\t" or letter == b"\r" or letter == b"\f"


cdef inline bint _is_letter(uchar letter) noexcept:
    return b"a" <= (letter | 32) <= b"z"


cdef inline bint _is_plain(uchar letter) noexcept:
    """Whether it is shown as it is, and is no blank."""
    return letter > 32 and letter != b"<" and letter != b"&" and letter != 127


cdef inline bint _ends_name(uchar letter) noexcept:
    return letter == b">" or letter == b"/" or _is_blank(letter)


cdef inline uchar _low(uchar letter) noexcept:
    return letter | 32 if b"A" <= letter <= b"Z" else letter


@cython.final
cdef class RegularReader:
    """Knows what tags mean, and reads any number of documents."""

    cdef uchar _names[SLOTS][LONGEST_NAME + 1]  # the first letter is the length
    cdef uchar _meanings[SLOTS]
    cdef object _character
    cdef dict _characters

    def __init__(self, *, row, cell, block, irregular, character):
        """Tag names in lower case, those of end tags with `/`; for a character reference, `character` says its letters."""
        self._character = character
        self._characters = {}
        meanings = dict.fromkeys(block, BLOCK) | dict.fromkeys(cell, CELL) | dict.fromkeys(row, ROW)
        meanings |= dict.fromkeys(irregular, IRREGULAR) | {"title": TITLE}
        if len(meanings) > SLOTS // 2 or max(map(len, meanings)) > LONGEST_NAME:
            raise ValueError(f"at most {SLOTS // 2} names of at most {LONGEST_NAME} letters")
        for name, meaning in meanings.items():
            self._learn(name.encode("ascii"), meaning)

    cdef _learn(self, bytes name, uchar meaning):
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

    cdef bytes _letters_of(self, bytes reference):
        """What a reference stands for, asked anew; threads share what is remembered."""
        letters = self._character(reference.decode("ascii")).encode("utf-8", "surrogatepass")
        if len(self._characters) >= MOST_REFERENCES:
            self._characters.clear()
        self._characters[reference] = letters
        return letters

    def read(self, str content):
        """The readable text, or None where the document is not regular."""
        cdef Py_ssize_t size
        cdef const uchar *start
        try:
            start = <const uchar *>PyUnicode_AsUTF8AndSize(content, &size)
        except UnicodeEncodeError:  # half a character
            return None
        cdef _Reading reading = _Reading(self)
        reading.begin(start, start + size)
        return None if "display" in content.lower() and reading.may_hide() else reading.text()


@cython.final
cdef class _Reading:
    """One document while it is read."""

    cdef RegularReader _reader
    cdef const uchar *_start
    cdef const uchar *_end
    cdef const uchar *_at
    cdef uchar *_shown
    cdef Py_ssize_t _length
    cdef Py_ssize_t _room
    cdef int _border  # between the last letter and the next
    cdef bint _space  # the same
    cdef bint _irregular
    cdef int _asked  # how many references were not known

    def __cinit__(self, RegularReader reader):
        self._reader = reader

    def __dealloc__(self):
        PyMem_Free(self._shown)

    cdef void begin(self, const uchar *start, const uchar *end) noexcept:
        self._start = self._at = start
        self._end = end

    cdef bint may_hide(self) noexcept:
        """Whether an element that is not plainly empty may have a style that hides it."""
        cdef bint hides = False
        while not hides and self._skip_behind(b":"):
            if self._follows_display(self._at - 1):
                self._skip_blanks()
                hides = self._says(b"none") and not self._is_plainly_empty()
        self._at = self._start
        return hides

    cdef bint _follows_display(self, const uchar *colon) noexcept:
        cdef const uchar *behind = self._at
        cdef bint follows
        while colon > self._start and _is_blank(colon[-1]):
            colon -= 1
        if colon - self._start < 7:
            return False
        self._at = colon - 7
        follows = self._says(b"display")
        self._at = behind
        return follows

    cdef bint _is_plainly_empty(self) noexcept:
        """Whether the tag around this place ends soon, and an end tag follows."""
        cdef const uchar *ended = <const uchar *>memchr(self._at, b">", min(self._end - self._at, LONGEST_STYLE))
        if ended == NULL or memchr(self._at, b"<", ended - self._at) != NULL:
            return False
        self._at = ended + 1
        self._skip_blanks()
        return self.letter() == b"<" and self.letter(1) == b"/"

    cdef str text(self):
        while True:
            self.read_text()
            if self._irregular:
                return None
            if self._at == self._end:
                return PyUnicode_DecodeUTF8(<const char *>self._shown, self._length, "surrogatepass")
            if not self.read_markup():
                return None

    cdef inline uchar letter(self, Py_ssize_t ahead=0) noexcept:
        """The letter here or further on; NUL behind the end."""
        return self._at[ahead] if ahead < self._end - self._at else 0

    cdef int show(self, const uchar *letters, Py_ssize_t length) except -1:
        """Show letters behind what parts them from the last ones."""
        if self._room - self._length <= length:
            self._make_room(length)
        if self._length and (self._border or self._space):
            self._shown[self._length] = b"\t" if self._border == CELL else b"\n" if self._border else b" "
            self._length += 1
        self._border = NOTHING
        self._space = False
        memcpy(self._shown + self._length, letters, length)
        self._length += length
        return 0

    cdef int _make_room(self, Py_ssize_t length) except -1:
        """Room for so many letters and one before them."""
        cdef Py_ssize_t room = self._room * 2 + (self._end - self._at) // 4 + length + 1
        cdef void *moved = PyMem_Realloc(self._shown, room)
        if moved == NULL:
            raise MemoryError
        self._shown = <uchar *>moved
        self._room = room
        return 0

    cdef int read_text(self) except -1:
        """Show everything up to the next markup."""
        cdef uchar letter
        cdef const uchar *start
        while True:
            letter = self.letter()
            start = self._at
            if _is_plain(letter):
                self._skip_words()
                self.show(start, self._at - start)
            elif letter == b"&":
                self._read_reference()
                if self._irregular:
                    return 0
            elif self._at == self._end or letter == b"<" and self._begins_markup():
                return 0
            else:
                self._at += 1
                if _is_blank(letter):
                    self._space = True
                elif letter == b"<":
                    self.show(start, 1)

    cdef inline void _skip_words(self) noexcept:
        """Go behind plain letters and the single spaces between them."""
        cdef const uchar *at = self._at  # a field is written and read again at every letter
        cdef const uchar *last = self._end - 1
        while at < last and (_is_plain(at[0]) or at[0] == b" " and _is_plain(at[1])):
            at += 1
        self._at = at + 1 if at == last and _is_plain(at[0]) else at

    cdef inline bint _begins_markup(self) noexcept:
        cdef uchar following = self.letter(1)
        return _is_letter(following) or following == b"/" or following == b"!" or following == b"?"

    cdef int _read_reference(self) except -1:
        cdef const uchar *start = self._at
        cdef Py_ssize_t length = 1
        while length <= LONGEST_REFERENCE and (
            _is_letter(self.letter(length)) or b"0" <= self.letter(length) <= b"9" or self.letter(length) == b"#"
        ):
            length += 1
        if length > LONGEST_REFERENCE:  # without an end yet, it may be a number
            self._irregular = True
            return 0
        if self.letter(length) == b";" and length > 1:
            length += 1
        self._at += length
        if length == 1:
            return self.show(start, 1)
        if length == 6 and (memcmp(start, b"&nbsp;", 6) == 0 or memcmp(start, b"&#160;", 6) == 0):  # half of all
            self._space = True
            return 0
        cdef bytes reference = start[:length]
        cdef bytes letters = self._reader._characters.get(reference)
        if letters is None:
            self._asked += 1
            letters = self._reader._letters_of(reference)
            self._irregular = self._asked > MOST_REFERENCES  # to ask takes long
        cdef const uchar *shown = letters
        cdef Py_ssize_t place
        for place in range(len(letters)):
            if _is_blank(shown[place]):
                self._space = True
            else:
                self.show(shown + place, 1)
        return 0

    cdef bint read_markup(self) except -1:
        """Go behind a tag, comment or declaration; whether it is regular."""
        self._at += 1
        if self.letter() == b"!" or self.letter() == b"?":
            return self._skip_declaration()
        cdef int meaning = self._read_name()
        if meaning == IRREGULAR or not self._skip_attributes():
            return False
        if meaning == TITLE:
            return self._at[-1] != b"/" and self._skip_title()
        self._at += 1
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
        cdef const uchar *at = self._at
        while at < self._end and not _ends_name(at[0]):
            if length < LONGEST_NAME:
                name[length] = _low(at[0])
            if length <= LONGEST_NAME:
                length += 1
            at += 1
        self._at = at
        if length > LONGEST_NAME:
            return NOTHING
        cdef int slot = self._reader._slot_of(name, length)
        return self._reader._meanings[slot] if self._reader._names[slot][0] else NOTHING

    cdef bint _skip_attributes(self) noexcept:
        """Go to the `>` that ends a tag; whether there is one."""
        cdef const uchar *at
        while True:
            while _is_blank(self.letter()) or self.letter() == b"/":
                self._at += 1
            if self.letter() == b">" or self._at == self._end:
                return self._at < self._end
            at = self._at + 1  # a name may begin with `=`
            while at < self._end and not _ends_name(at[0]) and at[0] != b"=":
                at += 1
            self._at = at
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
                if _ends_name(self.letter()):
                    if not self._skip_attributes():
                        return False
                    self._at += 1
                    return True
        return False

    cdef inline bint _says(self, const char *word) noexcept:
        """Whether a word in small letters stands here, in any letters."""
        cdef int place = 0
        while word[place]:
            if _low(self.letter(place)) != <uchar>word[place]:
                return False
            place += 1
        return True
