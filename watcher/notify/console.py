"""Standard output, for trying things out and for pipes."""

from __future__ import annotations

import re
import sys
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TextIO

from watcher.errors import CannotAsk, ReceiverBroken
from watcher.model import Message, Receipt
from watcher.settings import ConsoleSettings

_RULE = "─" * 72
_BOLD, _END = "\033[1m", "\033[0m"


class ConsoleNotifier:
    """A terminal or a pipe."""

    can_find = False
    pace = timedelta()
    place = ""
    folds_repeats = False

    def __init__(self, settings: ConsoleSettings, *, stream: TextIO | None = None) -> None:
        self._settings = settings
        self._stream = stream

    def send(self, message: Message) -> Receipt:
        """Print the text, with the first line and the matched passages in bold on a terminal."""
        # Looked up now: whoever redirects standard output later means this one too.
        stream = self._stream or sys.stdout
        try:
            text = _marked(message.text) if stream.isatty() else message.text
            encoding = getattr(stream, "encoding", None) or "utf-8"
            stream.write(f"{_RULE}\n{text}".encode(encoding, "replace").decode(encoding))
            stream.flush()
        except (OSError, ValueError) as error:
            told = error.strerror if isinstance(error, OSError) else str(error)
            raise ReceiverBroken(f"{self._settings.name} cannot be written to: {told}.") from error
        return Receipt(message.delivery_id)

    send_plain = send

    def find(
        self, delivery_ids: Collection[str], since: datetime, *, threads: Collection[str] = ()
    ) -> dict[str, Receipt]:
        """A terminal cannot be asked."""
        raise CannotAsk(f"{self._settings.name} is a console, and those cannot be asked.")

    def check(self) -> str:
        """Nothing can be wrong with it."""
        return f"{self._settings.name}: prints to standard output"

    def close(self) -> None:
        """Standard output stays open."""


def _marked(text: str) -> str:
    """The text with its first line and the matched passages in bold."""
    head, _, rest = text.partition("\n")
    marked = re.sub(r"\*\*(.+?)\*\*", rf"{_BOLD}\1{_END}", rest)
    return f"{_BOLD}{head}{_END}\n{marked}"
