"""A report as conditions look at it: its facts, and its texts in the form in which phrases are looked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from watcher.forms import form_family, normalise_form
from watcher.model import CurrentReport, Exhibit, Filer, Filing, Item, Topic
from watcher.rules.conditions import Near
from watcher.rules.index import NEWS, ConditionIndex, Key, region_of
from watcher.rules.phrases import Phrase, PhraseIndex
from watcher.rules.values import covering_exhibit_types
from watcher.text import fold
from watcher.text.lately import Lately

BODY = "body"
HEADLINE = "headline"
LEAD = "lead"

_folded = Lately(fold)


class Span(NamedTuple):
    """A stretch of one text; `document` is its place in `SearchableReport.documents`."""

    document: int
    start: int
    end: int


class SearchableDocument:
    """The main document, or an exhibit that can be searched."""

    def __init__(
        self, text: str, url: str, exhibit: Exhibit | None, items: Sequence[Item], index: ConditionIndex
    ) -> None:
        self.text = text
        self.url = url
        self._exhibit = exhibit
        self._types = frozenset(covering_exhibit_types(exhibit.type)) if exhibit else frozenset()
        self._items = items
        self._index = index
        self._hits: dict[str, dict[str, list[int]]] = {}

    @cached_property
    def folded(self) -> str:
        """The text in its normal form, letter for letter as long as `text`."""
        return _folded(self.text)

    def where(self, start: int) -> str:
        """The name of the place: an exhibit's type, an item's code, or `body`."""
        if self._exhibit is not None:
            return self._exhibit.type
        return next((item.code for item in self._items if item.start <= start < item.end), BODY)

    @property
    def headline(self) -> tuple[int, int] | None:
        """Where the exhibit's headline stands, if it has one."""
        if self._exhibit is None or not self._exhibit.headline:
            return None
        start = self._exhibit.headline_start
        return start, start + len(self._exhibit.headline)

    def stretches(self, scope: tuple[str, ...]) -> list[tuple[int, int]]:
        """The parts of this text that lie in a scope, which are all of it where the scope is empty."""
        everything = [(0, len(self.text))]
        if not scope:
            return everything
        if self._exhibit is None:
            if BODY in scope:
                return everything
            leads = [item.lead for item in self._items if item.lead[1]] if LEAD in scope else []
            return [(item.start, item.end) for item in self._items if item.code in scope] + leads
        if not self._types.isdisjoint(scope):
            return everything
        found = [self.headline] if HEADLINE in scope and self.headline else []
        if LEAD in scope and self._exhibit.lead[1]:
            found.append(self._exhibit.lead)
        return found

    def starts(self, phrase: Phrase, region: str) -> Iterable[int]:
        """Where the literal of a phrase stands in a region of this text."""
        if phrase in self._index.phrases[region]:
            return self.hits(region).get(phrase.literal, ())
        # Looked for where news is said, and an explanation asks whether it stands anywhere else.
        return phrase.starts_in(self.folded)

    def hits(self, region: str) -> dict[str, list[int]]:
        """Every literal that is looked for in a region and stands there in this text, and where."""
        hits = self._hits.get(region)
        if hits is None:
            phrases = self._index.phrases[region]
            hits = self._hits[region] = self._news_hits(phrases) if region == "news" else phrases.starts_in(self.folded)
        return hits

    def _news_hits(self, phrases: PhraseIndex) -> dict[str, list[int]]:
        hits: dict[str, list[int]] = {}
        for begin, end in self._news():
            for literal, starts in phrases.starts_in(self.folded[begin:end]).items():
                hits.setdefault(literal, []).extend([begin + start for start in starts])
        return hits

    def _news(self) -> Iterator[tuple[int, int]]:
        """The parts of this text in which news is said, in order; none overlaps another."""
        last = 0
        for start, end in sorted(self.stretches(tuple(NEWS))):
            if end > last:
                yield max(start, last), end
                last = end


class SearchableReport:
    """One report, looked at with one index; what was found once is remembered.

    Not shared between threads: each report that is matched gets its own.
    """

    def __init__(self, report: CurrentReport, index: ConditionIndex, topics: Iterable[Topic]) -> None:
        self.report = report
        self.documents = _searchable_documents(report, index)
        self.topics = list(topics)
        self.facts = facts_of(report) | {"topic": {topic.name for topic in self.topics}}
        self._index = index
        self._names = [fold(" ".join(filer.name.split())) for filer in report.filers]
        self.literals = _Literals(self)
        """For each scope the literals of the phrases that may occur in it; no other phrase does."""
        self._occurrences: dict[tuple[str, tuple[str, ...]], list[Span]] = {}
        self._matches: dict[tuple[str, tuple[str, ...]], list[Span]] = {}
        self.near_found: dict[Near, list[Span]] = {}
        """What `watcher.match.near` found, so that it looks once."""
        self._stretches: dict[tuple[str, ...], list[list[tuple[int, int]]]] = {}

    @cached_property
    def _name_hits(self) -> dict[str, list[tuple[int, int]]]:
        """For every literal that is looked for in names, `(filer, start)` of where it stands."""
        hits: dict[str, list[tuple[int, int]]] = {}
        for place, name in enumerate(self._names):
            for literal, starts in self._index.phrases["company"].starts_in(name).items():
                hits.setdefault(literal, []).extend([(place, start) for start in starts])
        return hits

    @property
    def not_searched(self) -> list[str]:
        """The types of the exhibits that hold no text."""
        return [exhibit.type for exhibit in self.report.exhibits if not exhibit.searched]

    def add_topic(self, topic: Topic) -> None:
        """Let the conditions that follow see one more topic."""
        self.topics.append(topic)
        self.facts["topic"].add(topic.name)

    def candidates(self) -> list[int]:
        """The numbers of the conditions that could hold, in order."""
        keys: list[Key] = [(key, value) for key, values in self.facts.items() for value in values]
        keys += [("company", literal) for literal in self._name_hits]
        keys += [
            (region, literal)
            for region in self._index.regions
            for document in self.documents
            for literal in document.hits(region)
        ]
        return sorted({*self._index.always, *self._index.woken_by(keys)})

    def company_named(self, phrase: Phrase) -> str | None:
        """The first filer's name that holds the phrase."""
        for place, start in self._name_hits.get(phrase.literal, ()):
            if phrase.end_in(self._names[place], start) is not None:
                return self.report.filers[place].name
        return None

    def occurrences(self, phrase: Phrase, scope: tuple[str, ...] = ()) -> list[Span]:
        """Where a phrase stands within a scope, in the order of documents and text."""
        found = self._occurrences.get((phrase.text, scope))
        if found is not None:
            return found
        found = self._occurrences[phrase.text, scope] = []
        for place, (document, stretches) in enumerate(zip(self.documents, self.stretches(scope), strict=True)):
            for start in document.starts(phrase, region_of(scope)) if stretches else ():
                end = phrase.end_in(document.folded, start)
                if end is not None and _lies_in(stretches, start, end):
                    found.append(Span(place, start, end))
        return found

    def places(self, spans: list[Span]) -> list[str]:
        """The names of the places in which spans begin, each once."""
        return list(dict.fromkeys(self.documents[span.document].where(span.start) for span in spans))

    def regex_matches(self, pattern: str, compiled: Any, scope: tuple[str, ...]) -> list[Span]:
        """The first match of a regular expression in every part of a scope."""
        found = self._matches.get((pattern, scope))
        if found is None:
            found = self._matches[pattern, scope] = []
            for place, stretches in enumerate(self.stretches(scope)):
                for start, end in stretches:
                    match = compiled.search(self.documents[place].folded[start:end])
                    if match is not None:
                        found.append(Span(place, start + match.start(), start + match.end()))
        return found

    def stretches(self, scope: tuple[str, ...]) -> list[list[tuple[int, int]]]:
        """For every document, its parts that lie in a scope."""
        found = self._stretches.get(scope)
        if found is None:
            found = self._stretches[scope] = [document.stretches(scope) for document in self.documents]
        return found


def _lies_in(stretches: list[tuple[int, int]], start: int, end: int) -> bool:
    for first, last in stretches:  # noqa: SIM110 - asked for every phrase that is found
        if first <= start and end <= last:
            return True
    return False


class _Literals(dict[tuple[str, ...], set[str]]):
    """What a report's texts hold, scope by scope, searched when it is first asked for."""

    def __init__(self, report: SearchableReport) -> None:
        super().__init__()
        self._report = report

    def __missing__(self, scope: tuple[str, ...]) -> set[str]:
        places = zip(self._report.documents, self._report.stretches(scope), strict=True)
        hits = [document.hits(region_of(scope)) for document, stretches in places if stretches]
        found = self[scope] = set().union(*hits)
        return found


def facts_of(report: CurrentReport | Filing) -> dict[str, set[str]]:
    """What a filing is known to be, in the spelling of rules; what is not known is missing from the sets."""
    form = normalise_form(report.form)
    codes = [item if isinstance(item, str) else item.code for item in report.items]
    facts: dict[str, set[str]] = {
        "form": {meant for meant in (form, form.removesuffix("/A"), "8-K") if form in form_family(meant)},
        "amendment": {"yes" if form.endswith("/A") else "no"},
        "item": set(codes),
    }
    facts.update(_filer_facts(report.filers))
    if isinstance(report, CurrentReport):
        facts["amendment"] = {"yes" if report.is_amendment else "no"}
        facts["kind"] = {exhibit.kind for exhibit in report.exhibits}
        facts["exhibit"] = {kind for exhibit in report.exhibits for kind in covering_exhibit_types(exhibit.type)}
    return facts


def _filer_facts(filers: tuple[Filer, ...]) -> dict[str, set[str]]:
    return {
        "ticker": {ticker for filer in filers for ticker in filer.tickers},
        "cik": {str(filer.cik) for filer in filers if filer.cik is not None},
        "sic": {str(filer.sic) for filer in filers if filer.sic is not None},
        "state": {filer.state for filer in filers if filer.state},
    }


def _searchable_documents(report: CurrentReport, index: ConditionIndex) -> list[SearchableDocument]:
    documents = []
    if report.body:
        items = [item for item in report.items if item.end > item.start]
        documents.append(SearchableDocument(report.body, report.body_url, None, items, index))
    exhibits = [exhibit for exhibit in report.exhibits if exhibit.searched and exhibit.text]
    return documents + [SearchableDocument(exhibit.text, exhibit.url, exhibit, [], index) for exhibit in exhibits]
