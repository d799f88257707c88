"""Rule sets of any size, written as desks write them, for measuring."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from watcher import item_codes
from watcher.model import CurrentReport
from watcher.rules import shipped_topics

# About how many companies with a ticker file 8-Ks.
TICKERS = 8_000
# Rules that everybody has, whatever the size of the set: they match many filings.
POPULAR = 20
ITEMS = ("1.01", "1.02", "2.01", "2.02", "2.03", "3.01", "4.02", "5.02", "7.01", "8.01")
COMMON = (
    "license agreement", "merger agreement", "credit agreement", "going concern", "share repurchase", "phase 3",
    "primary endpoint", "material weakness", "chief executive officer", "quarterly dividend", "private placement",
    "tender offer", "strategic alternatives", "cybersecurity incident", "licens* agreement", "terminat* the agreement",
)  # fmt: skip


@dataclass(frozen=True)
class Market:
    """What the filings are about, and so what rules are about."""

    tickers: Sequence[str]
    words: Sequence[str]

    @classmethod
    def of(cls, reports: Sequence[CurrentReport]) -> Market:
        """The filings' own tickers among made-up ones, and the words of their texts."""
        own = sorted({ticker for report in reports for filer in report.filers for ticker in filer.tickers})
        chance = random.Random(7)
        made = {"".join(chance.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=4)) for _ in range(TICKERS)}
        texts = [report.body for report in reports]
        texts += [exhibit.text for report in reports for exhibit in report.exhibits]
        words = {word for text in texts for word in text.lower().split() if word.isalpha() and len(word) > 2}
        return cls([*own, *sorted(made)][:TICKERS], sorted(words))


class _Writer:
    """Makes the conditions of one rule after the other."""

    def __init__(self, market: Market, seed: int) -> None:
        self._market = market
        self._chance = random.Random(seed)
        kinds: dict[Callable[[], str], int] = {
            self._holding: 34, self._holding_and_news: 18, self._holdings: 8, self._words: 22, self._places: 8,
            self._near: 4, self._company: 3, self._topic: 2, self._regex: 1,
        }  # fmt: skip
        self._kinds, self._weights = list(kinds), list(kinds.values())

    def condition(self) -> str:
        """What stands under `when`, its keys apart by semicolons."""
        return self._chance.choices(self._kinds, self._weights)[0]()

    def popular(self) -> str:
        """A condition on every company that many filings fulfil."""
        return self._chance.choice(
            (f"topic: {self._topic_name()}", f"text: {self._common()}", f"item: {self._item()}; text: {self._common()}")
        )

    def _holding(self) -> str:
        return f"ticker: {self._ticker()}; item: [{self._item()}, {self._item()}]; text: {self._common()}"

    def _holding_and_news(self) -> str:
        return f"ticker: {self._ticker()}; in: [headline, lead]; text: [{self._common()}, {self._name()}]"

    def _holdings(self) -> str:
        tickers = ", ".join(self._ticker() for _ in range(self._chance.randint(3, 12)))
        return f"ticker: [{tickers}]; any: [{{topic: {self._topic_name()}}}, {{exhibit: EX-2}}]; amendment: no"

    def _words(self) -> str:
        phrases = ", ".join(self._name() for _ in range(self._chance.randint(1, 3)))
        return f"form: 8-K; item: [{self._item()}, {self._item()}]; text: [{phrases}]"

    def _places(self) -> str:
        place = self._chance.choice(("headline", "EX-99", "lead", self._item()))
        return f"in: {place}; text: {self._name()}; not: {{text: {self._common()}}}"

    def _near(self) -> str:
        return f"near: {{phrases: [{self._name()}, {self._common()}], within: {self._chance.randint(3, 20)}}}"

    def _company(self) -> str:
        return f"company: {self._name()}; item: {self._item()}"

    def _topic(self) -> str:
        return f"topic: {self._topic_name()}; sic: {self._chance.randint(100, 8999)}; state: DE"

    def _regex(self) -> str:
        return f"ticker: {self._ticker()}; regex: '{self._chance.choice(self._market.words)} [0-9.]+ (m|b)illion'"

    def _ticker(self) -> str:
        return self._chance.choice(self._market.tickers)

    def _item(self) -> str:
        # Half of the rules are about the items that everybody watches.
        return self._chance.choice(ITEMS if self._chance.random() < 0.5 else list(item_codes.TITLES))

    def _name(self) -> str:
        """A product, a person, another company: words that rarely stand together."""
        words = [self._chance.choice(self._market.words) for _ in range(self._chance.choice((2, 2, 3)))]
        return " ".join(words) + ("*" if self._chance.random() < 0.1 else "")

    def _common(self) -> str:
        return self._chance.choice(COMMON)

    def _topic_name(self) -> str:
        return self._chance.choice(shipped_topics().names)


def write_rules(path: Path, count: int, market: Market, *, seed: int = 1) -> None:
    """A file of `count` rules: three in five on holdings, the others on every company.

    Those on every company look for names, which few filings hold, but for the popular ones, of which every set has
    the same number.
    """
    writer = _Writer(market, seed)
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            when = writer.popular() if number < POPULAR else writer.condition()
            file.write(
                f"- id: rule-{number}\n  title: Rule number {number}\n  when:\n    "
                + when.replace("; ", "\n    ")
                + "\n  notify: [desk, inbox]\n"
            )
