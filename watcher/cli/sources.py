"""SOURCE arguments: files, folders of files, accession numbers and EDGAR URLs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from watcher.cli.companies import CompanyList, company_list
from watcher.cli.options import edgar_of, outline_if_any, settings_of
from watcher.errors import UsageError, WatcherError

if TYPE_CHECKING:
    from watcher.edgar import Edgar
    from watcher.model import CurrentReport, Filing
    from watcher.rules import Topics

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
        self._companies: CompanyList | None = None

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        for opened in (self._edgar, self._companies):
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
            if self._outline is None:
                raise UsageError(
                    f"{source} is asked of EDGAR, which wants to know who asks: "
                    f"{self._config} with edgar.user_agent is missing; `watcher init` writes one."
                )
            edgar = self._open_edgar()
            filing = edgar.locate_filing(source)
            body = edgar.fetch_submission(filing)
        else:
            body = path.read_bytes()
        if self._companies is None:
            self._companies = company_list(self._outline, self._open_edgar)
        return read_filing(filing, body, self._companies, topics=topics)

    def _open_edgar(self) -> Edgar:
        if self._edgar is None:
            self._edgar = edgar_of(settings_of(self._config))
        return self._edgar


def submission_files(folder: Path) -> list[Path]:
    """The files of a folder that may be submissions or primary documents, by name."""
    return sorted(file for file in folder.iterdir() if file.suffix.lower() in _SUFFIXES and file.is_file())


def _spread(sources: Iterable[str]) -> Iterator[tuple[str, Path | None]]:
    for source in sources:
        path = Path(source)
        if path.is_dir():
            # A folder without any is told like a file that cannot be read.
            yield from ((str(file), file) for file in submission_files(path) or [path])
        elif not path.exists() and _REFERENCE.fullmatch(source):
            yield source, None
        else:
            yield source, path


def count_files(sources: Iterable[str]) -> int:
    """How many readings the sources will give."""
    return sum(1 for _ in _spread(sources))
