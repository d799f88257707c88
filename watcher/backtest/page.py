"""A backtest as one HTML file: charts drawn as SVG, samples with their sentences, no script."""

from __future__ import annotations

from html import escape

from watcher.backtest.outcomes import Hit, Outcome
from watcher.backtest.tally import Backtest, Change, RuleHistory
from watcher.messages.wording import counted

MAX_SAMPLES = 20
_BAR, _GAP, _HEIGHT = 14, 4, 60

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .3rem .6rem .3rem 0; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
h2 { margin-top: 2.5rem; border-top: 1px solid #8885; padding-top: 1rem; } rect { fill: #2a6fb0; }
blockquote { margin: .2rem 0 1rem; padding-left: .8rem; border-left: 3px solid #2a6fb0; }
.quiet { opacity: .7; } svg text { font-size: 10px; fill: currentColor; }
"""


def page(result: Backtest, *, compared: tuple[Change, ...] | None = None) -> str:
    """The whole document; everything that comes from filings or rules is escaped."""
    rows = "".join(_row(history) for history in result.rules)
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>",
        f"<title>Backtest</title><style>{_STYLE}</style><h1>Backtest</h1>",
        f"<p>{counted(len(result.rules), 'rule')} over {counted(result.filings, 'filing')}",
        f"; {len(result.unreadable):,} could not be read" if result.unreadable else "",
        "</p><table><tr><th>Rule<th>Title<th class=number>Matches<th class=number>Most in one day</tr>",
        f"{rows}</table>",
        _compared(compared) if compared is not None else "",
        *(_section(history) for history in result.rules if history.filings),
    ]
    return "".join(parts) + "\n"


def _row(history: RuleHistory) -> str:
    busiest = history.busiest_day
    return (
        f"<tr><td><a href='#{escape(history.rule_id)}'>{escape(history.rule_id)}</a><td>{escape(history.title)}"
        f"<td class=number>{len(history.filings):,}<td class=number>{busiest[1] if busiest else ''}</tr>"
    )


def _section(history: RuleHistory) -> str:
    busiest = history.busiest_day
    said = f"<p>Busiest day: {busiest[0]} with {busiest[1]}</p>" if busiest else ""
    shown = history.filings[-MAX_SAMPLES:]
    left_out = len(history.filings) - len(shown)
    more = f"<p class=quiet>Not shown: {counted(left_out, 'earlier filing')}.</p>" if left_out else ""
    samples = "".join(_sample(outcome, hit) for outcome, hit in reversed(shown))
    return f"<h2 id='{escape(history.rule_id)}'>{escape(history.title)}</h2>{_chart(history)}{said}{samples}{more}"


def _chart(history: RuleHistory) -> str:
    """One bar for each month."""
    months = history.per_month
    if not months:
        return ""
    most = max(months.values())
    width = len(months) * (_BAR + _GAP)
    bars = "".join(
        f"<rect x='{place * (_BAR + _GAP)}' y='{_HEIGHT - height:.0f}' width='{_BAR}' height='{height:.0f}'>"
        f"<title>{month}: {count}</title></rect>"
        for place, (month, count) in enumerate(months.items())
        for height in [count / most * _HEIGHT]
    )
    first, last = min(months), max(months)
    label = f"Matches by month, {first} to {last}, at most {most}"
    return (
        f"<figure><svg role=img aria-label='{label}' viewBox='0 0 {width} {_HEIGHT}' width='{width}' "
        f"height='{_HEIGHT}'>{bars}</svg><figcaption class=quiet>{label}</figcaption></figure>"
    )


def _sample(outcome: Outcome, hit: Hit) -> str:
    name = f"{escape(outcome.company)} {escape(outcome.form)}, {outcome.on or 'day not known'}"
    linked = f"<a href='{escape(outcome.url)}'>{name}</a>" if outcome.url.startswith("https://") else name
    if hit.passage is None:
        quote = f"<span class=quiet>{escape('; '.join(hit.because))}</span>"
    else:
        passage = hit.passage
        quote = f"{escape(passage.before)}<mark>{escape(passage.found)}</mark>{escape(passage.after)} " + (
            f"<span class=quiet>{escape(passage.where)}</span>"
        )
    return (
        f"<p>{linked} <span class=quiet>{escape(outcome.accession_number)}</span></p><blockquote>{quote}</blockquote>"
    )


def _compared(compared: tuple[Change, ...]) -> str:
    if not compared:
        return "<h2>Compared</h2><p>Both rule sets match the same filings.</p>"
    cells = [(change.rule_id, ", ".join(change.gained), ", ".join(change.lost)) for change in compared]
    rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}" for cell in row) + "</tr>" for row in cells)
    return f"<h2>Compared</h2><table><tr><th>Rule<th>Gained<th>Lost</tr>{rows}</table>"
