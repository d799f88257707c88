"""The company list, for commands that read filings: the database's, or else EDGAR's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from watcher.cli.options import existing_store
from watcher.errors import ConfigError, EdgarError, IndexFileError, StoreError

if TYPE_CHECKING:
    from watcher.config import Outline
    from watcher.edgar import Edgar
    from watcher.store import Store

_ONLY = "watcher: Tickers are only those that the filings state"


class CompanyList:
    """The tickers of companies, from the database or as listed; a process opens the database when it first asks."""

    def __init__(self, database: Path | None = None, listed: dict[int, tuple[str, ...]] | None = None) -> None:
        self._database = database
        self._listed = listed or {}
        self._store: Store | None = None

    def __call__(self, cik: int) -> tuple[str, ...]:
        """A company's tickers."""
        if cik not in self._listed and self._database is not None:
            self._store = self._store or existing_store(self._database)
            self._listed[cik] = self._store.tickers_of(cik)
        return self._listed.get(cik, ())

    def __reduce__(self) -> tuple[type[CompanyList], tuple[Path | None, dict[int, tuple[str, ...]]]]:
        return CompanyList, (self._database, self._listed)

    def close(self) -> None:
        """Close the database, if it was opened."""
        if self._store is not None:
            self._store.close()


def company_list(outline: Outline | None, open_edgar: Callable[[], Edgar]) -> CompanyList:
    """The company list: the database's, or else EDGAR's; empty, and said so, where neither can be had."""
    from watcher.tickers import parse_company_tickers

    if outline is None:
        click.echo(f"{_ONLY}: there is no company list without a config.", err=True)
        return CompanyList()
    listed: dict[int, tuple[str, ...]] = {}
    try:
        if outline.database.exists():
            with existing_store(outline.database) as store:
                if store.tickers_listed_on() is not None:
                    return CompanyList(outline.database)
        for company in parse_company_tickers(open_edgar().fetch_company_tickers()):
            listed[company.cik] = (*listed.get(company.cik, ()), company.ticker)
    except (ConfigError, EdgarError, IndexFileError, StoreError) as error:
        click.echo(f"{_ONLY}, without the company list: {error}", err=True)
    return CompanyList(listed=listed)
