"""An alert as Slack blocks.

Foreign text stands in `rich_text` and `plain_text`, which Slack shows as it is: there a company named
`<!channel> *x*` is just that. Only our own words stand in `mrkdwn`, and they are escaped all the same.
No button: one with a link still asks the app for an answer, and shows a warning where nobody gives one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from jinja2 import TemplateError

from watcher.messages.block_kit import MAX_HEADER, MAX_TEXT, faults
from watcher.messages.view import ExhibitLine, Fit, Passage, Reason, View, view_of
from watcher.messages.wording import cut_end, one_line
from watcher.model import Alert, Level

Block = dict[str, Any]

# From generous to terse: the first that fits into Slack's limits is sent.
FITS = (
    Fit(reasons=8, passages=3, exhibits=8, context=220),
    Fit(reasons=8, passages=2, exhibits=6, context=140),
    Fit(reasons=6, passages=1, exhibits=4, context=100),
    Fit(reasons=3, passages=1, exhibits=2, context=60),
)
_LOUD = {Level.HIGH: "high", Level.NOTICE: "", Level.INFO: "info"}
_REPEATED = "♻️ Possibly a repeat: an earlier try may have arrived."
_MENTION = re.compile(r"<(?:!here|!channel|!everyone|@[A-Z0-9]+|!subteam\^[A-Z0-9]+)>")


def escape(text: str) -> str:
    """The text as mrkdwn shows it: exactly `&`, `<` and `>` are escaped."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def alert_blocks(alert: Alert, *, now: datetime | None, possibly_repeated: bool) -> tuple[Block, ...]:
    """The blocks of one alert: who, what, why, when."""
    blocks: tuple[Block, ...] = ()
    for fit in FITS:
        blocks = _blocks(view_of(alert, now=now, possibly_repeated=possibly_repeated, fit=fit))
        if not faults(blocks):
            break
    return blocks


def combined_blocks(
    alerts: Sequence[Alert], *, now: datetime, title: str, possibly_repeated: bool
) -> tuple[Block, ...]:
    """Several alerts in one message: a heading, then three lines for each."""
    head = [_header(title)]
    if possibly_repeated:
        head.append(_context(_REPEATED))
    for context in (120, 60, 20, 0):
        fit = Fit(reasons=3, passages=1, exhibits=0, context=context)
        entries = [_entry(view_of(alert, now=now, fit=fit)) for alert in alerts]
        blocks = (*head, *entries)
        if not faults(blocks):
            return blocks
    return blocks


def notice_blocks(subject: str, text: str, level: Level) -> tuple[Block, ...]:
    """A word about the watcher itself, or a test."""
    mark = "🔴 " if level is Level.HIGH else ""
    body = cut_end(text.strip() or subject, MAX_TEXT)
    return (_header(mark + subject), _rich(_section(_text(body))))


def template_blocks(rendered: str) -> tuple[Block, ...]:
    """The blocks of a user's own template: each paragraph of its mrkdwn becomes a section.

    Raises:
        jinja2.TemplateError: Slack would not take them.
    """
    # A mention that the user wrote is meant; one from a filing was escaped on its way in.
    if wrong := faults(_sections(_MENTION.sub("@", rendered))):
        raise TemplateError(f"alert.slack.j2 makes blocks that Slack refuses: {wrong[0]}")
    return _sections(rendered)


def _sections(rendered: str) -> tuple[Block, ...]:
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", rendered) if part.strip()]
    return tuple(
        {"type": "section", "text": {"type": "mrkdwn", "text": _cut_mrkdwn(part), "verbatim": True}}
        for part in paragraphs[:50]
    )


def _cut_mrkdwn(text: str) -> str:
    """At most a section's length, never cut inside `<link|label>` or `&amp;`."""
    if len(text) <= MAX_TEXT:
        return text
    kept = text[: MAX_TEXT - 1]
    kept = re.sub(r"<[^<>]*$|&[a-z]{0,3}$", "", kept)
    return kept + "…"


def _blocks(view: View) -> tuple[Block, ...]:
    marks = []
    if view.continues:
        marks.append(f"↳ {escape(view.continues)}")
    if view.late:
        marks.append(f"⏱️ Late: {escape(view.late)}")
    if view.possibly_repeated:
        marks.append(_REPEATED)
    loud = f" · {_LOUD[view.level]}" if _LOUD[view.level] else ""
    return (
        _header(f"{view.mark} {_who(view)}{loud}"),
        *([_context(*marks)] if marks else []),
        _rich(*_what(view)),
        *(_rich(*_why(reason)) for reason in view.reasons),
        *([_rich(_section(_text(f"and {view.more_reasons} more rules", italic=True)))] if view.more_reasons else []),
        _context(*_when(view)),
    )


def _who(view: View) -> str:
    first, *others = view.companies
    many = len(others) + view.more_companies
    if many > 1:
        return f"{cut_end(first.title, 120)} + {many} more"
    return " + ".join([first.title, *(other.name for other in others)])


def _what(view: View) -> Iterable[Block]:
    form = view.form or "Filing"
    if view.is_amendment:
        form += " (amendment)"
    items = [
        leaf
        for item in view.items
        for leaf in (_text("\n"), _link(view.body_url, f"Item {item.code}"), _text(f"  {item.title}"))
    ]
    yield _section(_link(view.url, form, bold=True), *items)
    if view.exhibits:
        yield {
            "type": "rich_text_list",
            "style": "bullet",
            "elements": [_section(*_exhibit(exhibit)) for exhibit in view.exhibits],
        }
    if view.more_exhibits:
        yield _section(_text(f"and {view.more_exhibits} more exhibits", italic=True))


def _exhibit(exhibit: ExhibitLine) -> Iterable[Block]:
    yield _link(exhibit.url, exhibit.type, bold=exhibit.matched)
    if exhibit.kind:
        yield _text(f"  {exhibit.kind}")
    if exhibit.headline:
        yield _text(f"  “{exhibit.headline}”")
    if not exhibit.searched:
        yield _text("  (not searched)", italic=True)


def _why(reason: Reason) -> Iterable[Block]:
    lead = [_text(reason.title, bold=True)]
    if reason.why:
        lead.append(_text(f"\n{reason.why}", italic=True))
    if not reason.passages and reason.because:
        lead.append(_text("\n" + cut_end(", ".join(reason.because), 400)))
    yield _section(*lead)
    for passage in reason.passages:
        yield {"type": "rich_text_quote", "elements": list(_quote(passage))}
    if reason.more_passages:
        yield _section(_text(f"and {reason.more_passages} more passages", italic=True))


def _quote(passage: Passage) -> Iterable[Block]:
    if passage.before:
        yield _text(passage.before)
    if passage.found:
        yield _text(passage.found, bold=True)
    if passage.after:
        yield _text(passage.after)
    yield _text("  — ")
    yield _link(passage.url, passage.where or "filing")


def _when(view: View) -> Iterable[str]:
    if view.accepted_at:
        # Slack: a date token shows the moment in the zone of whoever reads it.
        stamp = int(view.accepted_at.timestamp())
        local = f"<!date^{stamp}^{{date_short_pretty}} {{time_secs}}|{view.accepted_at:%Y-%m-%d %H:%M:%S} UTC>"
        yield f"Accepted {local} for you · {escape(view.accepted)}"
    if view.delay:
        yield f"⚡ {view.delay} from acceptance to this message"
    if view.accession_number:
        yield escape(view.accession_number)


def _entry(view: View) -> Block:
    """One alert of a combined message."""
    reasons = "; ".join(reason.title for reason in view.reasons)
    more = f" (+{view.more_reasons} more)" if view.more_reasons else ""
    codes = ", ".join(item.code for item in view.items[:6])
    leaves = [_text(f"{view.mark} "), _link(view.url, cut_end(_who(view), 120), bold=True)]
    leaves.append(_text(f"  {view.form} {codes}\n"))
    leaves.append(_text(cut_end(reasons, 160) + more))
    if view.late:
        leaves.append(_text(f"  (late: {cut_end(view.late, 60)})", italic=True))
    quote = [
        {"type": "rich_text_quote", "elements": list(_quote(passage))}
        for reason in view.reasons[:1]
        for passage in reason.passages
    ]
    return _rich(_section(*leaves), *quote)


# --- the smallest parts ----------------------------------------------------------------------------------


def _header(text: str) -> Block:
    text = one_line(text, MAX_HEADER)
    return {"type": "header", "text": {"type": "plain_text", "text": text, "emoji": False}}


def _context(*texts: str) -> Block:
    elements = [{"type": "mrkdwn", "text": text, "verbatim": True} for text in texts]
    return {"type": "context", "elements": elements or [{"type": "plain_text", "text": "8-K"}]}


def _rich(*groups: Block) -> Block:
    return {"type": "rich_text", "elements": list(groups)}


def _section(*leaves: Block) -> Block:
    # Slack refuses empty texts, and sections with nothing in them.
    said = [leaf for leaf in leaves if leaf["text"]]
    return {"type": "rich_text_section", "elements": said or [_text("—")]}


def _text(text: str, **style: bool) -> Block:
    return {"type": "text", "text": text} | _style(style)


def _link(url: str, text: str, **style: bool) -> Block:
    if not url:
        return _text(text or "filing", **style)
    return {"type": "link", "url": url, "text": text or "filing"} | _style(style)


def _style(style: dict[str, bool]) -> Block:
    chosen = {name: True for name, on in style.items() if on}
    return {"style": chosen} if chosen else {}
