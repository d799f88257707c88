"""What templates make of a message: plain text, HTML, and Slack's mrkdwn where the user has a template for it.

Templates are Jinja2, sandboxed. A file of the same name in the user's folder takes the place of ours.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader, PackageLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from watcher.errors import Mistake
from watcher.messages.slack import escape

NAMES = ("alert.txt.j2", "alert.html.j2", "combined.txt.j2", "combined.html.j2", "notice.html.j2", "alert.slack.j2")
_SLACK = "alert.slack.j2"
# mrkdwn has no way to quote its own marks; these look the same and mean nothing to Slack.
_LOOKALIKES = {"*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ"}


class _Escaped(str):
    """Text that is mrkdwn already."""

    __slots__ = ()


def _mrkdwn(value: Any) -> Any:
    """What a Slack template prints: escaped, and its `*`, `_`, `~` and backticks shown as they are."""
    if isinstance(value, _Escaped):
        return value
    return re.sub(r"[*_~`]", lambda mark: _LOOKALIKES[mark[0]], escape(str(value)))


def _link(url: str, label: str) -> str:
    """`<url|label>`, or the label alone where there is no address."""
    label = str(_mrkdwn(label)).replace("|", "¦")
    return _Escaped(f"<{escape(url)}|{label}>" if url else label)


def _environment(folder: Path | None, **options: Any) -> ImmutableSandboxedEnvironment:
    loaders: list[BaseLoader] = [PackageLoader("watcher.messages")]
    if folder is not None:
        loaders.insert(0, FileSystemLoader(folder))
    return ImmutableSandboxedEnvironment(
        loader=ChoiceLoader(loaders), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, **options
    )


class Templates:
    """The templates in force: ours, and the user's in their place."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._plain = _environment(folder, autoescape=False)
        self._html = _environment(folder, autoescape=True)
        self._slack = _environment(folder, autoescape=False, finalize=_mrkdwn)
        self._slack.filters["link"] = _link
        self.has_slack = folder is not None and (folder / _SLACK).is_file()

    def mistakes(self, name: str, **values: Any) -> list[Mistake]:
        """What is wrong with a template of the user's: it does not compile, or cannot be filled in."""
        if self._folder is None or not (file := self._folder / name).is_file():
            return []
        try:
            self.fill(name, **values)
        except TemplateError as error:
            return [Mistake(str(file), getattr(error, "lineno", None), None, f"the template fails: {error.message}")]
        return []

    def fill(self, name: str, **values: Any) -> str:
        """The template filled in, without trailing space and runs of empty lines."""
        filled = self._environment_of(name).get_template(name).render(**values)
        return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", filled)).strip() + "\n"

    def _environment_of(self, name: str) -> ImmutableSandboxedEnvironment:
        if name.endswith(".html.j2"):
            return self._html
        return self._slack if name == _SLACK else self._plain


@lru_cache(maxsize=8)
def templates_in(folder: Path | None = None) -> Templates:
    """Our templates with those of a folder in their place, compiled once; edited files are noticed."""
    return Templates(folder)
