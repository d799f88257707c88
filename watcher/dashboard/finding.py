"""The search: filings by what they say, or by whose they are."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from watcher.dashboard.paging import Stretch
from watcher.dashboard.site import Site
from watcher.errors import UsageError
from watcher.messages.wording import one_line
from watcher.model import Filing
from watcher.store import FilingLine, Passage

MOST_WORDS = 200
_PASSAGES = 50
_FILINGS = 50


@dataclass(frozen=True, slots=True)
class Found:
    """A filing with the documents that hold what was looked for."""

    filing: Filing
    passages: tuple[Passage, ...]


class Finding:
    """The page with the search box."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def page(self, request: Request) -> Response:
        """What is found among the texts that are kept, or among all filings `by` company."""
        site = self._site
        words = read_words(request)
        by_company = request.query_params.get("by") == "company"
        mistake = ""
        passages: Stretch[Passage] | None = None
        lines: Stretch[FilingLine] | None = None
        if words and by_company:
            lines = Stretch(
                request,
                _FILINGS,
                lambda limit, offset: site.store.filing_lines(words=words, limit=limit, offset=offset),
            )
        elif words:
            try:
                passages = Stretch(
                    request,
                    _PASSAGES,
                    lambda limit, offset: site.store.search(words, limit=limit, offset=offset),
                )
            except UsageError as error:
                mistake = str(error)
        kept, gone = site.store.filings_by_texts()
        return site.page(
            "search.html.j2",
            tab="search",
            words=words,
            by_company=by_company,
            mistake=mistake,
            passages=passages,
            found=_by_filing(passages.entries) if passages else [],
            lines=lines,
            kept=kept,
            gone=gone,
        )


def read_words(request: Request) -> str:
    """What is looked for, as the address says."""
    return one_line(request.query_params.get("q", ""), MOST_WORDS)


def _by_filing(passages: list[Passage]) -> list[Found]:
    """Passages with those of one filing together, in their order."""
    by_number: dict[str, list[Passage]] = {}
    for passage in passages:
        by_number.setdefault(passage.filing.accession_number, []).append(passage)
    return [Found(group[0].filing, tuple(group)) for group in by_number.values()]
