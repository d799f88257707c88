"""What receivers are given to show: an alert as Slack blocks, HTML, plain text and JSON, all saying the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from jinja2 import TemplateError

from watcher.errors import ConfigError, Mistake
from watcher.messages.data import alert_data
from watcher.messages.sample import SAMPLE
from watcher.messages.slack import alert_blocks, combined_blocks, notice_blocks, template_blocks
from watcher.messages.templating import NAMES, Templates, templates_in
from watcher.messages.view import View, view_of
from watcher.messages.wording import one_line
from watcher.model import Alert, Level, Message

__all__ = ["check_templates", "render", "render_combined", "render_notice"]

_SUBJECT = 200


def render(
    alert: Alert,
    *,
    now: datetime | None = None,
    thread: str = "",
    possibly_repeated: bool = False,
    templates: Path | None = None,
) -> Message:
    """The message of one alert, sent at `now`; `templates` is a folder with the user's own.

    Raises:
        jinja2.TemplateError: a template of the user's cannot be filled in.
    """
    view = view_of(alert, now=now, possibly_repeated=possibly_repeated)
    values = _values(view)
    using = templates_in(templates)
    if using.has_slack:
        blocks = template_blocks(using.fill("alert.slack.j2", **values))
    else:
        blocks = alert_blocks(alert, now=now, possibly_repeated=possibly_repeated)
    return Message(
        delivery_id=alert.delivery_id,
        subject=one_line(view.subject, _SUBJECT),
        text=using.fill("alert.txt.j2", **values),
        html=using.fill("alert.html.j2", **values),
        blocks=blocks,
        data=alert_data(alert, possibly_repeated=possibly_repeated),
        accession_number=alert.report.accession_number,
        created_at=alert.seen_at,
        thread=thread,
        level=view.level,
    )


def render_combined(
    alerts: Sequence[Alert],
    *,
    now: datetime,
    possibly_repeated: bool = False,
    templates: Path | None = None,
) -> Message:
    """One readable message of several alerts for one receiver, in the order given."""
    views = [view_of(alert, now=now) for alert in alerts]
    level = max((view.level for view in views), key=list(Level).index)
    companies = list(dict.fromkeys(_short(view) for view in views))
    more = f" and {len(companies) - 6} more" if len(companies) > 6 else ""
    title = f"{len(alerts)} filings that match your rules"
    subject = one_line(f"{len(alerts)} filings: {', '.join(companies[:6])}{more}", _SUBJECT)
    values = {"title": title, "subject": subject, "alerts": views, "possibly_repeated": possibly_repeated}
    using = templates_in(templates)
    ids = tuple(alert.delivery_id for alert in alerts)
    return Message(
        delivery_id=sha256("\n".join(ids).encode()).hexdigest()[:20],
        subject=subject,
        text=using.fill("combined.txt.j2", **values),
        html=using.fill("combined.html.j2", **values),
        blocks=combined_blocks(alerts, now=now, title=title, possibly_repeated=possibly_repeated),
        data={"alerts": [alert_data(alert, possibly_repeated=possibly_repeated) for alert in alerts]},
        created_at=alerts[0].seen_at,
        level=level,
        holds=ids,
    )


def render_notice(subject: str, text: str, *, notice_id: str, now: datetime, level: Level = Level.INFO) -> Message:
    """A message about the watcher itself, or a test; `notice_id` tells repeats of it apart."""
    subject = one_line(subject, _SUBJECT)
    return Message(
        delivery_id=sha256(notice_id.encode()).hexdigest()[:20],
        subject=subject,
        text=f"{subject}\n\n{text.strip()}\n",
        html=templates_in().fill("notice.html.j2", subject=subject, text=text.strip(), level=level),
        blocks=notice_blocks(subject, text, level),
        data={"notice": {"subject": subject, "text": text.strip(), "level": str(level)}},
        created_at=now,
        level=level,
    )


def check_templates(folder: Path) -> None:
    """Try every template of the user's on a sample.

    Raises:
        ConfigError: some of them fail; all mistakes at once, with file and line.
    """
    using = Templates(folder)
    view = view_of(SAMPLE, now=SAMPLE.seen_at)
    values: dict[str, dict[str, object]] = {
        "alert": _values(view),
        "combined": {"title": "2 filings", "subject": "2 filings", "alerts": [view, view], "possibly_repeated": True},
        "notice": {"subject": "A notice", "text": "Of something.", "level": Level.INFO},
    }
    mistakes = [one for name in NAMES for one in using.mistakes(name, **values[name.partition(".")[0]])]
    if not mistakes and using.has_slack:
        try:
            render(SAMPLE, now=SAMPLE.seen_at, templates=folder)
        except TemplateError as error:
            mistakes.append(Mistake(str(folder / "alert.slack.j2"), None, None, str(error)))
    if mistakes:
        raise ConfigError(mistakes)


def _values(view: View) -> dict[str, object]:
    return {field.name: getattr(view, field.name) for field in fields(view)}


def _short(view: View) -> str:
    company = view.companies[0]
    return " ".join(company.tickers) or company.name
