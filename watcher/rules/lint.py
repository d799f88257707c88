"""Rules that can be read but surely do not do what was meant: warnings, each at its rule."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches

from watcher.errors import Mistake
from watcher.forms import CURRENT_REPORT_FORMS, form_family
from watcher.item_codes import OLD_TITLES
from watcher.rules.conditions import All, AnyOf, Company, Condition, Fact, Near, Not, Regex, Rule, Text
from watcher.rules.grammar import conditions_in
from watcher.rules.load import RuleSet
from watcher.rules.topics import shipped_topics
from watcher.rules.values import covering_exhibit_types
from watcher.text import fold

MIN_TYPO = 5
_COMMON_FROM = 3
_SOUND_ALIKE = (set("aeiouy"), set("ckqsz"), set("bp"), set("dt"), set("gj"), set("fv"), set("mn"))
_WORD = re.compile(r"[^\W\d_]+")


def lint_rules(
    rules: RuleSet, *, known_tickers: Collection[str] | None = None, seen_words: Collection[str] = ()
) -> list[Mistake]:
    """What looks wrong with rules that are switched on, in their order; the sentence names the rule.

    `known_tickers` are those that companies have (default: those that the rules were loaded with); `seen_words` are
    words that filings use, in lower case, which makes the search for misspelt phrases sharper.
    """
    tickers = rules.known_tickers if known_tickers is None else frozenset(known_tickers)
    spelling = _Spelling({*_shipped_words(), *seen_words})
    first_with: dict[Condition, Rule] = {}
    warnings = []
    for rule in rules.rules:
        if not rule.enabled:
            continue
        twin = first_with.setdefault(rule.when, rule)
        sentences = [*_shape(rule.when), *_tickers(rule.when, tickers), *_typos(rule.when, spelling)]
        if twin is not rule:
            sentences.append(f"asks for the same as rule {twin.id!r} in {twin.file}, line {twin.line}; make them one")
        warnings += [Mistake(rule.file, rule.line, None, f"rule {rule.id!r} {sentence}") for sentence in sentences]
    return warnings


def _shape(condition: Condition) -> Iterator[str]:
    reason = why_never(condition)
    if reason is not None:
        yield f"can never match: {reason}"
    elif holds_always(condition):
        yield "matches every filing; ask for something that only some filings have"
    elif old := _old_items(condition):
        yield f"asks for item {old} alone, of the numbering that ended in August 2004; today's items are 1.01 to 9.01"
    for part in conditions_in(condition):
        if isinstance(part, Regex):
            yield from _odd_patterns(part)
        elif isinstance(part, Near) and len({phrase.text for phrase in part.phrases}) < 2:
            yield f"asks for '{part.phrases[0].written}' near itself; 'near' is for two phrases or more"
        if isinstance(part, Text | Near | Company):
            yield from _odd_phrases(part)


def _odd_patterns(condition: Regex) -> Iterator[str]:
    for pattern in condition.patterns:
        if "\\n" in pattern or "\\t" in pattern:
            yield f"looks for a line break or tab in /{pattern}/; texts are searched with single spaces instead"
        if len(pattern) > 1 and pattern[0] == pattern[-1] == "/":
            yield f"looks for {pattern} with its slashes; write the regex without them"


def _odd_phrases(condition: Text | Near | Company) -> Iterator[str]:
    for phrase in condition.phrases:
        if phrase.text.count('"') == 1 or (phrase.text[0] == phrase.text[-1] == '"'):
            plain = phrase.text.replace('"', "")
            yield f"looks for the quotes in {phrase.written}, too; for the words alone, write {plain}"
        elif re.match(r"-[^\W\d]", phrase.text):
            yield f"looks for '{phrase.written}' with its hyphen; an entry of a list begins with a hyphen and a space"


def _old_items(condition: Condition) -> str | None:
    """The items that a condition surely asks for where all of them are of the numbering before August 2004."""
    parts = _flat(condition.parts) if isinstance(condition, All) else [condition]
    for part in parts:
        if isinstance(part, Fact) and part.key == "item" and OLD_TITLES.keys() >= set(part.values):
            return " or ".join(part.values)
    return None


def holds_always(condition: Condition) -> bool:
    """Whether a condition surely holds for every current report."""
    match condition:
        case Fact(key="form", values=values):
            return {form for value in values for form in form_family(value)} >= CURRENT_REPORT_FORMS
        case Fact(key="amendment", values=values):
            return {"yes", "no"} <= set(values)
        case All(parts=parts):
            return all(holds_always(part) for part in parts)
        case AnyOf(parts=parts):
            opposites = {part.part for part in parts if isinstance(part, Not)}
            return any(holds_always(part) or part in opposites for part in parts)
        case Not(part=part):
            return why_never(part) is not None
    return False


def why_never(condition: Condition) -> str | None:
    """Why a condition surely holds for no filing, or None where it may hold."""
    match condition:
        case All(parts=parts):
            flat = list(_flat(parts))
            return next((reason for part in flat if (reason := why_never(part))), None) or _contradiction(flat)
        case AnyOf(parts=parts):
            reasons = [why_never(part) for part in parts]
            return reasons[0] if all(reasons) else None
        case Not(part=part):
            return "it excludes what every filing has" if holds_always(part) else None
    return None


def _flat(parts: Iterable[Condition]) -> Iterator[Condition]:
    for part in parts:
        if isinstance(part, All):
            yield from _flat(part.parts)
        else:
            yield part


def _contradiction(parts: list[Condition]) -> str | None:
    """Why parts that must all hold cannot hold together, as far as that can be told."""
    excluded = [part.part for part in parts if isinstance(part, Not)]
    if any(part in excluded for part in parts):
        return "it asks for something and excludes the same"
    facts = [part for part in parts if isinstance(part, Fact)]
    excluded_facts = [part for part in excluded if isinstance(part, Fact)]
    for part in facts:
        if any(part.key == other.key and set(part.values) <= set(other.values) for other in excluded_facts):
            return f"it asks for {part.key} {', '.join(part.values)} and excludes the same"
    return _forms_contradict(facts) or _items_contradict(facts) or _scope_excluded(parts, excluded_facts)


def _forms_contradict(facts: list[Fact]) -> str | None:
    families = [{form for value in fact.values for form in form_family(value)} for fact in facts if fact.key == "form"]
    amendments = [set(fact.values) for fact in facts if fact.key == "amendment"]
    for forms in families:
        if not forms & CURRENT_REPORT_FORMS and any(fact.key == "item" for fact in facts):
            return f"only forms of the 8-K family have items, and it asks for {', '.join(sorted(forms))}"
    if families and not set.intersection(*families):
        return "no form is all that it asks for"
    if any(
        answers == {"no"} and all(form.endswith("/A") for form in forms) for answers in amendments for forms in families
    ):
        return "it asks for an amendment's form and for no amendments"
    if len(amendments) > 1 and not set.intersection(*amendments):
        return "a filing is an amendment or it is not"
    return None


def _items_contradict(facts: list[Fact]) -> str | None:
    eras = {
        value in OLD_TITLES for fact in facts if fact.key == "item" for value in fact.values if len(fact.values) == 1
    }
    return "items 1 to 13 ended in August 2004, when those with a point began" if len(eras) == 2 else None


def _scope_excluded(parts: list[Condition], excluded: list[Fact]) -> str | None:
    gone = {value for fact in excluded if fact.key in ("item", "exhibit") for value in fact.values}
    for part in parts:
        if not isinstance(part, Text | Near | Regex) or not part.scope:
            continue
        if all(gone.intersection(_covers(place)) for place in part.scope):
            return f"it looks in {', '.join(part.scope)} and excludes filings that have that"
    return None


def _covers(place: str) -> tuple[str, ...]:
    return covering_exhibit_types(place) if place.startswith("EX-") else (place,)


def _tickers(condition: Condition, known: Collection[str] | None) -> Iterator[str]:
    if not known:
        return
    for part in conditions_in(condition):
        if not isinstance(part, Fact) or part.key != "ticker":
            continue
        for ticker in part.values:
            if ticker not in known:
                near = get_close_matches(ticker, known, n=3, cutoff=0.7)
                hint = f"; did you mean {' or '.join(near)}?" if near else "; 'cik' also finds companies without one"
                yield f"asks for ticker {ticker}, which no company on EDGAR's list has{hint}"


def _typos(condition: Condition, spelling: _Spelling) -> Iterator[str]:
    for part in conditions_in(condition):
        if not isinstance(part, Text | Near):
            continue
        for phrase in part.phrases:
            for word in phrase.text.split():
                meant = spelling.meant_by(word)
                if meant is not None:
                    yield f"looks for '{phrase.written}': is {word!r} a slip for {meant!r}?"


def common_words(texts: Iterable[str]) -> frozenset[str]:
    """The words, in lower case, that stand in at least three of the texts: one filing's slips are not among them."""
    counts = Counter(word for text in texts for word in set(_WORD.findall(fold(text))) if len(word) >= MIN_TYPO)
    return frozenset(word for word, count in counts.items() if count >= _COMMON_FROM)


def _shipped_words() -> set[str]:
    words: set[str] = set()
    for definition in shipped_topics().definitions:
        for part in conditions_in(definition.when):
            if isinstance(part, Text | Near | Company):
                words.update(word for phrase in part.phrases for word in fold(phrase.text).split() if "*" not in word)
    return words


class _Spelling:
    """Known words, and which of them an unknown word is one slip away from."""

    def __init__(self, known: set[str]) -> None:
        self._known = known
        self._by_gap: dict[str, set[str]] = {}
        for word in known:
            if len(word) >= MIN_TYPO and word.isalpha():
                for gap in _gaps(word):
                    self._by_gap.setdefault(gap, set()).add(word)

    def meant_by(self, word: str) -> str | None:
        """The known word that an unknown one was meant to be, None where it is known or like no other.

        Two neighbours changed places behind a first letter that is right; or one letter is missing, too many or one
        that sounds alike, before two last ones that are right: so endings (`acquires`, `acquired`, `mergers`, `merges`)
        are no slips.
        """
        if word in self._known or len(word) < MIN_TYPO or not word.isalpha():
            return None
        near = {known for gap in _gaps(word) for known in self._by_gap.get(gap, ())}
        likely = sorted(known for known in near if known[0] == word[0] and _one_slip(word, known))
        return likely[0] if likely else None


def _gaps(word: str) -> set[str]:
    """The word, and the word with each one letter left out."""
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}


def _one_slip(word: str, known: str) -> bool:
    """Whether somebody who meant the one word would write the other."""
    if len(word) != len(known):
        return word[-2:] == known[-2:]
    places = [place for place in range(len(word)) if word[place] != known[place]]
    pairs = [{word[place], known[place]} for place in places]
    if len(pairs) == 1:
        return word[-2:] == known[-2:] and any(pairs[0] <= alike for alike in _SOUND_ALIKE)
    return len(pairs) == 2 and places[1] == places[0] + 1 and pairs[0] == pairs[1]
