"""SOURCE arguments: files, folders of files, accession numbers and EDGAR URLs."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from watcher.cli.options import edgar_of, settings_of
from watcher.errors import ConfigError, EdgarError, StoreError, UsageError, WatcherError

if TYPE_CHECKING:
    from watcher.config import Outline
    from watcher.edgar import Edgar
    from watcher.model import CurrentReport, Filing
    from watcher.pipeline import TickersOf
    from watcher.rules import Topics
    from watcher.store import Store

_SUFFIXES = frozenset({".txt", ".nc", ".htm", ".html"})
_REFERENCE = re.compile(r"https?://.*|\d{10}-?\d{2}-?\d{6}")


@dataclass(frozen=True)
class Reading:
    """One source read, or why it could not be."""

    source: str
    report: CurrentReport | None = None
    error: str = ""


class Reader:
    """Reads sources, with the company list of the config's database where there is one."""

    def __init__(self, config: Path) -> None:
        self._config = config
        self._outline = outline_if_any(config)
        self._edgar: Edgar | None = None
        self._store: Store | None = None
        self._tickers_of: TickersOf | None = None

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        for opened in (self._edgar, self._store):
            if opened is not None:
                opened.close()

    def read(self, sources: Iterable[str], *, topics: Topics | None = None) -> Iterator[Reading]:
        """Every file in the order given, folders by name; what cannot be read gives an error and the rest goes on."""
        for source, path in _spread(sources):
            try:
                yield Reading(source, self._report(source, path, topics))
            except UsageError:
                raise
            except WatcherError as error:
                yield Reading(source, error=str(error))
            except IsADirectoryError:
                yield Reading(source, error="The folder holds no .txt, .nc or .htm file.")
            except OSError as error:
                yield Reading(source, error=f"The file cannot be read: {error.strerror}.")

    def _report(self, source: str, path: Path | None, topics: Topics | None) -> CurrentReport:
        from watcher.pipeline import read_filing

        filing: Filing | None = None
        if path is None:
            edgar = self._open_edgar(source)
            filing = edgar.locate_filing(source)
            body = edgar.fetch_submission(filing)
        else:
            body = path.read_bytes()
        if self._tickers_of is None:
            self._tickers_of = self._company_list()
        return read_filing(filing, body, self._tickers_of, topics=topics)

    def _open_edgar(self, source: str) -> Edgar:
        if self._edgar is None:
            if self._outline is None:
                raise UsageError(
                    f"{source} is asked of EDGAR, which wants to know who asks: "
                    f"{self._config} with edgar.user_agent is missing; `watcher init` writes one."
                )
            self._edgar = edgar_of(settings_of(self._config))
        return self._edgar

    def _company_list(self) -> TickersOf:
        """The company list of the database, or else EDGAR's; says where it has neither."""
        from watcher.store import Store
        from watcher.tickers import parse_company_tickers

        if self._outline is None:
            click.echo(
                f"watcher: Tickers are only those that the filings state: no company list without {self._config}.",
                err=True,
            )
            return _no_tickers
        try:
            if self._outline.database.exists():
                self._store = Store(self._outline.database, read_only=True)
                if self._store.tickers_listed_on() is not None:
                    return self._store.tickers_of
            listed: dict[int, tuple[str, ...]] = {}
            for company in parse_company_tickers(self._open_edgar("The company list").fetch_company_tickers()):
                listed[company.cik] = (*listed.get(company.cik, ()), company.ticker)
        except (ConfigError, EdgarError, StoreError) as error:
            click.echo(
                f"watcher: Tickers are only those that the filings state, without the company list: {error}", err=True
            )
            return _no_tickers
        return lambda cik: listed.get(cik, ())


def _no_tickers(cik: int) -> tuple[str, ...]:
    return ()


def outline_if_any(config: Path) -> Outline | None:
    """Where the config says that things are, None where there is no config."""
    from watcher.config import read_outline

    return read_outline(config) if config.exists() else None


def _spread(sources: Iterable[str]) -> Iterator[tuple[str, Path | None]]:
    for source in sources:
        path = Path(source)
        if path.is_dir():
            inside = sorted(file for file in path.iterdir() if file.suffix.lower() in _SUFFIXES and file.is_file())
            # A folder without any is told like a file that cannot be read.
            yield from ((str(file), file) for file in inside or [path])
        elif not path.exists() and _REFERENCE.fullmatch(source):
            yield source, None
        else:
            yield source, path


def with_progress(readings: Iterator[Reading], sources: Iterable[str]) -> Iterator[Reading]:
    """The same readings, with a progress bar on standard error where a person looks and waits for many."""
    total = sum(1 for _ in _spread(sources))
    if total < 10 or not sys.stderr.isatty() or sys.stdout.isatty():
        yield from readings
        return
    with click.progressbar(readings, length=total, label="Reading", file=sys.stderr) as bar:
        yield from bar
