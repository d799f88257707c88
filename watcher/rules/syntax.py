"""What is wrong with YAML that cannot be read, said to the person who wrote it."""

from __future__ import annotations

import re
from typing import Any

import yaml

_SPECIAL = "@`%!&*|>{}[],#"


def syntax_sentence(
    error: yaml.MarkedYAMLError, last_scalar: Any, lines: list[str], first_line: int
) -> tuple[int, int, str]:
    """Line and column (from 1) of a YAML error, and a sentence that says what to write instead.

    `last_scalar` is the last scalar event before the error; `first_line` is how many lines of the file were not
    part of what was parsed.
    """
    mark = error.problem_mark or error.context_mark
    problem = error.problem or ""
    line, column = (mark.line, mark.column) if mark else (0, 0)
    text = lines[first_line + line] if first_line + line < len(lines) else ""
    unspaced = _unspaced_entry(lines[first_line : first_line + line + 1])
    if "escape" in problem:
        sentence = "a backslash in double quotes begins an escape of YAML's; write this text in single quotes"
    elif "quoted scalar" in (error.context or "") and error.context_mark:
        line, column = error.context_mark.line, error.context_mark.column
        sentence = "the quote that opens here is never closed; close it at the end of the text"
    elif last_scalar is not None and _spans_lines(last_scalar):
        line, column = last_scalar.start_mark.line, last_scalar.start_mark.column
        sentence = (
            f"the quote that opens here is closed only in line {first_line + last_scalar.end_mark.line + 1}; "
            "a closing quote is missing"
        )
    elif unspaced is not None:
        line, column, sentence = unspaced
    elif "\xa0" in text[: len(text) - len(text.lstrip())]:
        sentence = "this line is indented with no-break spaces; YAML wants plain ones"
    elif "tab character" in problem or (text[:column].strip() == "" and "\t" in text[: column + 1]):
        sentence = "this line is indented with a tab; YAML wants spaces"
    elif "cannot start any token" in problem:
        sentence = f"text that begins with {text[column : column + 1]!r} needs quotes around it"
    elif "expected ',' or ']'" in problem or "expected ',' or '}'" in problem:
        opening = error.context_mark
        if opening is not None:
            line, column = opening.line, opening.column
        sentence = f"the bracket {'[' if ']' in problem else '{'} that opens here is never closed"
    else:
        sentence = _shape_sentence(problem, text, column)
    return first_line + line + 1, column + 1, sentence


def _unspaced_entry(lines: list[str]) -> tuple[int, int, str] | None:
    """The last list entry whose dash no space follows, or that begins with another dash than YAML's."""
    for number in range(len(lines) - 1, -1, -1):
        found = re.match(r"\s*(-(?=[a-z]+:)|[–—](?= ?[a-z]+:))", lines[number])
        if found:
            how = "a hyphen and a space begin an entry of a list, as in '- id: its-name'"
            return number, found.start(1), how
    return None


def _spans_lines(scalar: Any) -> bool:
    return scalar.style in ("'", '"') and scalar.end_mark.line > scalar.start_mark.line


def _shape_sentence(problem: str, text: str, column: int) -> str:
    """For errors that say only that something does not fit where it stands."""
    before = text[:column].strip()
    if not before and "expected ':'" not in problem:
        return (
            "this line is indented differently from its neighbours; keys of one rule begin in the same column, "
            "and what belongs to a key stands two spaces further in"
        )
    if "mapping values are not allowed" in problem:
        if re.search(r":\s.*:", text[: column + 1]):
            return "text that holds ': ' needs quotes around it"
        return "this line is indented further than the line above it allows; keys of one rule begin in the same column"
    if "expected ':'" in problem:
        return "a colon and a space must stand between a key and its value"
    value = re.search(r"(?::|-)\s+(\S)", text)
    if value and value.group(1) == "'" and text.count("'") > 2:
        return "something follows the closing quote; for text with an apostrophe, use double quotes"
    if value and value.group(1) in "\"'":
        return "something follows the closing quote; put the whole text in one pair of quotes"
    if value and value.group(1) in _SPECIAL:
        return f"text that begins with {value.group(1)!r} needs quotes around it"
    return f"this is not YAML: {problem or 'it cannot be read'}"
