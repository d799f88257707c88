"""The rule playground: what is wrong with a rule, and what it would have caught."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from watcher.dashboard.forms import form_of
from watcher.dashboard.site import Site
from watcher.errors import Mistake, RuleError
from watcher.match import could_match, match_rules
from watcher.model import Filing, Match
from watcher.rules import RuleSet, lint_rules, parse_rules
from watcher.store import FilingLine

FILE_NAME = "rule.yaml"
MOST_TEXT = 64 * 1024
_LOOKED_AT = 1000
_SHOWN = 50
_BATCH = 20
_LONGEST_S = 8.0

EXAMPLE = """\
- id: any-license
  title: Somebody signs a license agreement
  when:
    item: [1.01, 7.01, 8.01]
    text: [license agreement, licens* agreement]
  shadow: yes
"""


@dataclass(frozen=True, slots=True)
class Hit:
    """A stored filing that the rules would have caught."""

    line: FilingLine
    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of trying rules."""

    mistakes: tuple[Mistake, ...] = ()
    warnings: tuple[Mistake, ...] = ()
    rules: int = 0
    looked_at: int = 0
    """How many of the newest filings whose texts are kept were judged."""
    kept: int = 0
    """How many of those there are."""
    gone: int = 0
    """How many filings were read whose texts are no longer kept."""
    is_cut: bool = False
    """Time ran out before all that would be looked at was."""
    caught: int = 0
    hits: tuple[Hit, ...] = ()
    """The newest of those caught."""
    seconds: float = 0.0


class Playground:
    """The page with the form, and the part of it that follows the typing."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def page(self, request: Request) -> Response:
        """The whole page; with what was sent tried, so that it works without a script too."""
        text = (await form_of(request)).get("rule", "") if request.method == "POST" else ""
        return await run_in_threadpool(self._page, text)

    async def fragment(self, request: Request) -> Response:
        """What came of a rule, alone."""
        text = (await form_of(request)).get("rule", "")
        return await run_in_threadpool(self._fragment, text)

    def _page(self, text: str) -> Response:
        trial = self._try(text) if text.strip() else None
        return self._site.page("playground.html.j2", text=text or EXAMPLE, trial=trial, tab="playground")

    def _fragment(self, text: str) -> Response:
        trial = self._try(text) if text.strip() else None
        return HTMLResponse(self._site.render("_trial.html.j2", trial=trial))

    def _try(self, text: str) -> Trial:
        if len(text) > MOST_TEXT:
            return Trial((Mistake(FILE_NAME, None, None, "This is longer than the playground reads."),))
        site = self._site
        try:
            rules = parse_rules(
                text.replace("\r\n", "\n"),
                file=FILE_NAME,
                receivers=site.settings.receivers,
                topics=site.rules().topics,
            )
        except RuleError as error:
            return Trial(error.mistakes)
        return self._catch(rules)

    def _catch(self, rules: RuleSet) -> Trial:
        started = time.monotonic()
        store = self._site.store
        kept, gone = store.filings_by_texts()
        filings = store.latest_read_filings(limit=_LOOKED_AT)
        judged = dict(self._judge(rules, filings, until=started + _LONGEST_S))
        caught = {number: matches for number, matches in judged.items() if matches}
        newest = list(caught)[:_SHOWN]
        lines = {line.filing.accession_number: line for line in store.filing_lines(accession_numbers=newest)}
        return Trial(
            warnings=tuple(lint_rules(rules)),
            rules=len(rules),
            looked_at=len(judged),
            kept=kept,
            gone=gone,
            is_cut=len(judged) < len(filings),
            caught=len(caught),
            hits=tuple(Hit(lines[number], caught[number]) for number in newest if number in lines),
            seconds=time.monotonic() - started,
        )

    def _judge(self, rules: RuleSet, filings: list[Filing], *, until: float) -> Iterator[tuple[str, tuple[Match, ...]]]:
        """Each filing's number with what catches it, in their order, as far as the time allows."""
        for batch in _batches(filings):
            likely = [filing.accession_number for filing in batch if could_match(rules, filing)]
            reports = {report.accession_number: report for report in self._site.store.reports(likely)}
            for filing in batch:
                if time.monotonic() > until:
                    return
                report = reports.get(filing.accession_number)
                yield filing.accession_number, tuple(match_rules(rules, report)) if report else ()


def _batches(filings: list[Filing]) -> Iterator[list[Filing]]:
    for start in range(0, len(filings), _BATCH):
        yield filings[start : start + _BATCH]
