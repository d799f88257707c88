"""What a newcomer answers to `watcher init`, and the files that need no editing then."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from watcher.config import kinds

# Beside receivers that come commented out: the two that starter rules tell.
_TELLABLE = ("desk", "inbox")
_COMMENT_COLUMN = 40
_CHANNEL = re.compile(r"[CGD][A-Z0-9]{5,}")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class Answers:
    """Who asks EDGAR, and who is told; an empty text means "nobody there"."""

    user_agent: str
    channel: str
    """A Slack channel's id."""
    mailbox: str
    smtp_host: str

    @property
    def receivers(self) -> tuple[str, ...]:
        """The receivers that the rules tell: the screen, under the desk's name, where neither is wanted."""
        wanted = tuple(name for name, told in zip(_TELLABLE, (self.channel, self.mailbox), strict=True) if told)
        return wanted or ("desk",)

    @property
    def variables(self) -> tuple[str, ...]:
        """The environment variables that have to be set."""
        named = (("SLACK_BOT_TOKEN", self.channel), ("SMTP_PASSWORD", self.mailbox))
        return tuple(name for name, wanted in named if wanted)


def ask(*, user_agent: str | None, channel: str | None, mailbox: str | None, smtp_host: str | None) -> Answers:
    """The answers of whoever sits at the terminal; what is given already is not asked for."""
    who = _answer(
        user_agent,
        "Who asks EDGAR (a name and a mail address that somebody reads, such as Acme Research ops@acme.com)?",
        checked_user_agent,
    )
    desk = _answer(
        channel,
        "Slack channel for alerts (its id, such as C0123456789; empty for none)?",
        checked_channel,
        default="",
    )
    inbox = _answer(
        mailbox,
        "Mailbox for alerts and for trouble with the watcher (empty for none)?",
        checked_mailbox,
        default="",
    )
    if not inbox and not smtp_host:
        return Answers(who, desk, inbox, "")
    usual = f"smtp.{_address(inbox).rpartition('@')[2]}"
    host = _answer(smtp_host, "  The SMTP server that takes its mail?", checked_host, default=usual)
    return Answers(who, desk, inbox, host)


def is_somebody_there() -> bool:
    """Whether questions would be answered by a person."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _answer(given: str | None, question: str, check: Callable[[str], str], *, default: str | None = None) -> str:
    """What was given already, or else what somebody answers, as far as it passes the check."""
    if given is not None:
        return check(given)
    answer: str = click.prompt(
        question,
        default=default,
        show_default=bool(default),
        prompt_suffix="\n> ",
        value_proc=lambda answer: check(answer.strip()),
    )
    return answer


def checked_user_agent(answer: str) -> str:
    """A user agent that EDGAR accepts.

    Raises:
        click.BadParameter: it is none, and why.
    """
    return _read(kinds.user_agent(), answer, "The user agent")


def checked_channel(answer: str) -> str:
    """A channel's id, or nothing.

    Raises:
        click.BadParameter: it is none.
    """
    if answer and answer != "none" and not _CHANNEL.fullmatch(answer):
        raise click.BadParameter(f'"{answer}" is not a channel\'s id: it stands at the foot of the channel\'s "About".')
    return "" if answer == "none" else answer


def checked_mailbox(answer: str) -> str:
    """A mail address, or nothing.

    Raises:
        click.BadParameter: it is none.
    """
    return "" if answer in ("", "none") else _read(kinds.mail_address(), answer, "The mailbox")


def checked_host(answer: str) -> str:
    """A host's name.

    Raises:
        click.BadParameter: it is none.
    """
    if not _HOST.fullmatch(answer):
        raise click.BadParameter(f'"{answer}" is not the name of a server, such as smtp.acme.com; --smtp gives it.')
    return answer


def _read(kind: kinds.Kind, answer: str, what: str) -> str:
    if '"' in answer or "\\" in answer:
        raise click.BadParameter(f"{what} must hold no quotes and no backslashes.")
    try:
        return str(kind.read(answer, kinds.Surroundings(Path(), None)))
    except ValueError as error:
        raise click.BadParameter(f"{what} {error}") from error


def fitted(files: dict[str, str], answers: Answers) -> dict[str, str]:
    """The starter files as somebody with these answers would have edited them."""
    return {
        path: _fitted_config(content, answers) if path == "config.toml" else _fitted_notify(content, answers)
        for path, content in files.items()
    }


def _fitted_config(text: str, answers: Answers) -> str:
    text = _set(text, "user_agent", answers.user_agent)
    tables = re.split(r"(?m)^(?=\[)", text)
    kept = [_fitted_table(table, answers) for table in tables]
    # Trouble goes to the mailbox where there is one: Slack may be what is in trouble.
    notify = f'notify = ["{answers.receivers[-1]}"]'
    told = re.sub(r"(?m)^notify = .*?(?=#)", notify.ljust(_COMMENT_COLUMN), "".join(kept), count=1)
    return re.sub(r"\n{3,}", "\n\n", told)


def _fitted_table(table: str, answers: Answers) -> str:
    if table.startswith("[receivers.desk]"):
        if answers.channel:
            return _set(table, "channel", answers.channel)
        return "" if answers.mailbox else _screen(table)
    if table.startswith("[receivers.inbox]"):
        sender = _address(answers.mailbox)
        values = {"host": answers.smtp_host, "username": sender, "from": sender}
        for key, value in values.items():
            table = _set(table, key, value)
        table = re.sub(r"(?m)^to = \[[^]]*\]", lambda _: f'to = ["{answers.mailbox}"]', table)
        return table if answers.mailbox else _behind(table)
    return table


def _screen(table: str) -> str:
    return '[receivers.desk]\ntype = "console"                        # alerts are printed\n' + _behind(table)


def _behind(table: str) -> str:
    """What follows a table's own lines: the receivers that are commented out."""
    return "\n" + "\n\n".join(table.split("\n\n")[1:])


def _address(mailbox: str) -> str:
    """The address alone of `Desk <desk@acme.com>`."""
    return re.sub(r".*<|>.*", "", mailbox)


def _set(text: str, key: str, value: str) -> str:
    return re.sub(rf'(?m)^{key} = "[^"]*"', lambda _: f'{key} = "{value}"', text, count=1)


def _fitted_notify(text: str, answers: Answers) -> str:
    def told(found: re.Match[str]) -> str:
        named = [name.strip() for name in found[1].split(",")]
        kept = [name for name in named if name in answers.receivers] or list(answers.receivers)
        return f"notify: [{', '.join(kept)}]"

    return re.sub(r"notify: \[([^]]*)\]", told, text)
