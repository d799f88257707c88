"""What the operator is told about the watcher itself: troubles that are under way, and notices on their way out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from watcher.model import Level
from watcher.store.database import Records, recorded, stored


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is wrong with the watcher since a moment."""

    key: str
    """The same for as long as it lasts, whatever the sentence counts."""
    sentence: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """A message about the watcher itself, for one receiver."""

    id: str
    receiver: str
    subject: str
    text: str
    level: Level
    created_at: datetime
    attempts: int = 0


class NoticeRecords(Records):
    """What the store knows about troubles and notices."""

    @recorded
    def compare_troubles(
        self, current: Mapping[str, str], *, at: datetime, lasting: Collection[str] = ()
    ) -> tuple[list[Trouble], list[Trouble]]:
        """Keep the troubles of now, by key; gives those that began, and those that are over.

        Those that are `lasting` are not over, and do not begin.
        """
        with self.transaction():
            known = {
                row["key"]: Trouble(row["key"], row["sentence"], datetime.fromisoformat(row["since"]))
                for row in self._rows("SELECT * FROM troubles ORDER BY since, key")
            }
            begun = [Trouble(key, sentence, at) for key, sentence in current.items() if key not in known]
            over = [trouble for key, trouble in known.items() if key not in current and key not in lasting]
            for trouble in begun:
                self._run(
                    "INSERT INTO troubles (key, sentence, since) VALUES (:key, :sentence, :since)",
                    key=trouble.key,
                    sentence=trouble.sentence,
                    since=stored(trouble.since),
                )
            for trouble in over:
                self._run("DELETE FROM troubles WHERE key = :key", key=trouble.key)
        return begun, over

    @recorded
    def enqueue_notices(self, notices: Iterable[Notice]) -> None:
        """Add notices; one that is there already, by id and receiver, is left as it is."""
        with self.transaction():
            for notice in notices:
                self._run(
                    """INSERT INTO notices (id, receiver, subject, text, level, created_at, due_at)
                       VALUES (:id, :receiver, :subject, :text, :level, :at, :at)
                       ON CONFLICT (id, receiver) DO NOTHING""",
                    id=notice.id,
                    receiver=notice.receiver,
                    subject=notice.subject,
                    text=notice.text,
                    level=notice.level,
                    at=stored(notice.created_at),
                )

    @recorded
    def notices_due(self, *, now: datetime) -> list[Notice]:
        """Notices that wait and whose time has come, oldest first."""
        rows = self._rows(
            """SELECT * FROM notices WHERE done_at IS NULL AND due_at <= :now ORDER BY created_at, id, receiver""",
            now=stored(now),
        )
        return [
            Notice(
                row["id"],
                row["receiver"],
                row["subject"],
                row["text"],
                Level(row["level"]),
                datetime.fromisoformat(row["created_at"]),
                row["attempts"],
            )
            for row in rows
        ]

    @recorded
    def settle_notice(self, notice: Notice, *, at: datetime, error: str = "") -> None:
        """Be done with a notice: it arrived, or was given up with an error."""
        self._run(
            """UPDATE notices SET done_at = :at, last_error = :error, attempts = attempts + 1
               WHERE id = :id AND receiver = :receiver""",
            id=notice.id,
            receiver=notice.receiver,
            at=stored(at),
            error=error,
        )

    @recorded
    def defer_notice(self, notice: Notice, *, error: str, until: datetime) -> None:
        """Try a notice again later."""
        self._run(
            """UPDATE notices SET due_at = :until, last_error = :error, attempts = attempts + 1
               WHERE id = :id AND receiver = :receiver""",
            id=notice.id,
            receiver=notice.receiver,
            until=stored(until),
            error=error,
        )
