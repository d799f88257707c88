"""Whether phrases stand near each other."""

from __future__ import annotations

from itertools import pairwise

from watcher.match.searchable import SearchableReport, Span
from watcher.rules.conditions import Near


def near_spans(condition: Near, report: SearchableReport) -> list[Span]:
    """The shortest stretch of every part of the scope that holds all the phrases, if it is short enough.

    Counted are the words of the stretch less those of the phrases.
    """
    known = report.near_found.get(condition)
    if known is None:
        found = _shortest_stretches(condition, report)
        known = report.near_found[condition] = [span for others, span in found if others <= condition.within]
    return known


def nearest_miss(condition: Near, report: SearchableReport) -> tuple[int, Span] | None:
    """The shortest stretch that holds all the phrases, and how many words it has besides theirs."""
    return min(_shortest_stretches(condition, report), key=lambda found: found[0], default=None)


def _shortest_stretches(condition: Near, report: SearchableReport) -> list[tuple[int, Span]]:
    """For every part of the scope that holds all the phrases, the shortest stretch and its number of other words."""
    each = [report.occurrences(phrase, condition.scope) for phrase in condition.phrases]
    if not all(each):
        return []
    own_words = sum(phrase.text.count(" ") + 1 for phrase in condition.phrases)
    found = []
    by_place = [_by_document(spans) for spans in each]
    for place in sorted(set.intersection(*map(set, by_place))):
        for start, end in report.stretches(condition.scope)[place]:
            inside = [[span for span in spans[place] if start <= span.start and span.end <= end] for spans in by_place]
            if all(inside):
                words, span = _shortest(inside, report.documents[place].folded)
                found.append((words - own_words, span))
    return found


def _by_document(spans: list[Span]) -> dict[int, list[Span]]:
    found: dict[int, list[Span]] = {}
    for span in spans:
        found.setdefault(span.document, []).append(span)
    return found


def _shortest(each: list[list[Span]], text: str) -> tuple[int, Span]:
    """The stretch with the fewest words that holds one span of every list, and how many words it has."""
    firsts = sorted((span for spans in each for span in spans), key=lambda span: span.start)
    best = (len(text) + 1, firsts[0])
    next_of = [0] * len(each)
    begun, ended = _Words(text, firsts[0].start), _Words(text, firsts[0].start)
    for first in firsts:
        last = first.end
        for number, spans in enumerate(each):
            while next_of[number] < len(spans) and spans[next_of[number]].start < first.start:
                next_of[number] += 1
            if next_of[number] == len(spans):
                return best
            last = max(last, spans[next_of[number]].end)
        words = ended.before(last) - begun.before(first.start + 1) + 1
        best = min(best, (words, Span(first.document, first.start, last)), key=lambda found: found[0])
    return best


class _Words:
    """Counts the words that begin behind a place; a word is what stands between spaces."""

    def __init__(self, text: str, place: int) -> None:
        self._text = text
        self._at = place
        self._count = 0

    def before(self, place: int) -> int:
        """How many words begin before a place, which never lies before the last one asked for."""
        # The text is walked once, however often it is asked.
        passed = self._text[self._at : place]
        if "  " in passed:
            self._count += sum(left == " " != right for left, right in pairwise(passed))
        else:
            self._count += passed.count(" ", 0, -1)
        self._at = max(self._at, place - 1)
        return self._count
