"""What commands print: sentences on standard error, tables for people, one JSON object per line for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import click

from watcher.errors import Mistake


def show_mistakes(mistakes: Iterable[Mistake]) -> None:
    """One sentence per mistake on standard error; on a terminal with the line and a mark under its place."""
    for mistake in mistakes:
        click.echo(str(mistake), err=True)
        if mistake.excerpt and mistake.column and sys.stderr.isatty():
            # A tab is one column of the file: keep it, so that the mark stands under its place.
            indent = "".join("\t" if letter == "\t" else " " for letter in mistake.excerpt[: mistake.column - 1])
            click.echo(f"    {mistake.excerpt}", err=True)
            click.secho(f"    {indent}^", fg="red", err=True)


def show_json(value: object) -> None:
    """One object on one line."""
    click.echo(json.dumps(value, ensure_ascii=False, default=_plain))


def _plain(value: Any) -> object:
    if isinstance(value, datetime):
        return moment(value)
    return value.isoformat()


def moment(at: datetime | None) -> str | None:
    """A moment in UTC as every JSON says it: `2017-03-08T21:02:21Z`."""
    return None if at is None else at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def show_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table as wide as the terminal; in a pipe, columns apart by tabs."""
    if not sys.stdout.isatty():
        for row in rows:
            click.echo("\t".join(_cell(cell) for cell in row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*headings, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*(Text(_cell(cell)) for cell in row))
    Console().print(table)


def _cell(value: object) -> str:
    shown = moment(value) or "" if isinstance(value, datetime) else "" if value is None else str(value)
    # Names come from filings: nothing in them may steer the terminal or break the row.
    return "".join(letter if letter.isprintable() else " " for letter in shown)
