"""What commands print: sentences on standard error, tables for people, one JSON object per line for programs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from watcher.errors import Mistake

T = TypeVar("T")

# What stands under these is copied into other commands: it is never cut, and never broken over lines.
_WHOLE = frozenset({"accession number", "id", "latest"})
# Columns of words get narrower down to their longest word, or this many characters: a date fits.
_NARROWEST = 10
_GAP = 2
_MANY = 10


def wanted_color() -> bool | None:
    """Whether to print colours: never where NO_COLOR is set (https://no-color.org), None for "on a terminal"."""
    return False if os.environ.get("NO_COLOR") else None


def show_mistakes(mistakes: Iterable[Mistake]) -> None:
    """One sentence per mistake on standard error; on a terminal with the line and a mark under its place."""
    for mistake in mistakes:
        click.echo(printable(str(replace(mistake, file=_from_here(mistake.file)))), err=True)
        if mistake.excerpt and mistake.column and sys.stderr.isatty():
            # A tab is one column of the file: keep it, so that the mark stands under its place.
            indent = "".join("\t" if letter == "\t" else " " for letter in mistake.excerpt[: mistake.column - 1])
            click.echo(f"    {printable(mistake.excerpt)}", err=True)
            click.secho(f"    {indent}^", fg="red", err=True, color=wanted_color())


def _from_here(file: str) -> str:
    """A file as one would name it in the current folder."""
    here = Path.cwd()
    return str(Path(file).relative_to(here)) if Path(file).is_relative_to(here) else file


def printable(text: str) -> str:
    """The same lines without characters that steer a terminal or turn the reading direction; each becomes a space."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() or letter in "\n\t" else " " for letter in text)


def show_json(value: object) -> None:
    """One object on one line; characters that steer a terminal or break a line are escaped."""
    unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    line = json.dumps(value, ensure_ascii=not unicode, default=_plain)
    if not line.isprintable():
        line = "".join(letter if letter.isprintable() else json.dumps(letter)[1:-1] for letter in line)
    click.echo(line)


def _plain(value: Any) -> object:
    if isinstance(value, datetime):
        return moment(value)
    return value.isoformat()


def moment(at: datetime | None) -> str | None:
    """A moment in UTC as every JSON says it: `2017-03-08T21:02:21Z`."""
    return None if at is None else at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def show_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table as wide as the terminal, or row under row where it is narrow; in a pipe, columns apart by tabs."""
    if not sys.stdout.isatty():
        for row in rows:
            click.echo("\t".join(_cell(cell) for cell in row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # A moment may break between its day and its time.
    cells = [
        [_cell(cell).replace("T", " ") if isinstance(cell, datetime) else _cell(cell) for cell in row] for row in rows
    ]
    if not cells:
        click.echo("There are none.", err=True)
        return
    console = Console()
    narrowest = [
        _narrowest(heading, column) for heading, column in zip(headings, zip(*cells, strict=True), strict=True)
    ]
    if console.width < sum(narrowest) + _GAP * (len(headings) - 1):
        _show_rows(headings, cells)
        return
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, _GAP, 0, 0))
    for heading, width in zip(headings, narrowest, strict=True):
        table.add_column(heading, no_wrap=heading in _WHOLE, overflow="fold", min_width=width)
    for line in cells:
        table.add_row(*(Text(cell) for cell in line))
    console.print(table)


def _narrowest(heading: str, column: Sequence[str]) -> int:
    """How narrow a column may get and still read well."""
    if heading in _WHOLE:
        return max(map(len, (heading, *column)))
    return min(_NARROWEST, max(len(word) for cell in (heading, *column) for word in (cell.split() or [""])))


def _show_rows(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Row under row, what is empty left out."""
    for row in rows:
        for heading, cell in zip(headings, row, strict=True):
            if cell:
                click.echo(f"{click.style(heading, bold=True)}  {cell}")
        click.echo()


def with_progress(found: Iterator[T], total: int, label: str) -> Iterator[T]:
    """The same, with a bar and the time left on standard error where a person looks and waits for many."""
    if total < _MANY or not sys.stderr.isatty():
        yield from found
        return
    with click.progressbar(found, length=total, label=label, file=sys.stderr) as bar:
        yield from bar


def _cell(value: object) -> str:
    shown = moment(value) or "" if isinstance(value, datetime) else "" if value is None else str(value)
    # Names come from filings: nothing in them may break the row.
    return " ".join(printable(shown).splitlines()).replace("\t", " ")
