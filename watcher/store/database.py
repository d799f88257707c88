"""Opening the database, taking turns on it, and saying in a sentence why it cannot be used."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from sqlite_utils import Database

from watcher.errors import StoreError
from watcher.store.schema import APPLICATION_ID, MIGRATIONS

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound="Records")

_LOCK_TIMEOUT_S = 5.0
_OURS_ALONE = 0o600


def stored(moment: datetime) -> str:
    """A moment as the database holds it: UTC, fixed width, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_stored(text: str | None) -> datetime | None:
    """The moment that `stored` wrote; None for none."""
    return None if text is None else datetime.fromisoformat(text)


@contextmanager
def _in_a_sentence(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(_sentence(path, error)) from error


def _sentence(path: Path, error: sqlite3.Error) -> str:
    told = str(error)
    if path.is_dir():
        return f"The database {path} is a folder; name a file under `database`."
    if "locked" in told or "busy" in told:
        return f"The database {path} is locked by another program; close what has it open for writing."
    if "full" in told:
        return f"The disk that holds the database {path} is full; free some space, nothing stored is lost."
    if "malformed" in told or "not a database" in told:
        return (
            f"The file {path} is not a readable SQLite database ({told}); "
            "restore a backup, or name another file under `database`."
        )
    if "disk I/O" in told:
        return f"The disk that holds the database {path} cannot be read or written; see the system's log and its space."
    if "unable to open" in told:
        return f"The database {path} cannot be opened; check that its folder exists and can be written to."
    if "readonly" in told:
        return f"The database {path} cannot be written to; check who owns the file and its folder."
    return f"The database {path} failed: {told}."


def recorded(
    method: Callable[Concatenate[S, P], R],
) -> Callable[Concatenate[S, P], R]:
    """Run a method on the one connection, in turn, with `StoreError` for what SQLite raises."""

    @wraps(method)
    def turn(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with self._turn, _in_a_sentence(self.path):
            return method(self, *args, **kwargs)

    return turn


class Records:
    """A connection that threads share; what the records of each kind are built on."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self._turn = threading.RLock()
        self._guard: int | None = None
        with _in_a_sentence(path):
            self._db = _connect(path, read_only=read_only)
            try:
                _prepare(self._db, path, read_only=read_only)
            except BaseException:
                self._db.close()
                raise

    def close(self) -> None:
        """Let go of the file; nothing is lost that a method returned from."""
        with self._turn:
            self._db.close()
            if self._guard is not None:
                os.close(self._guard)
                self._guard = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside is kept together or not at all; nests by joining the outer one."""
        with self._turn, _in_a_sentence(self.path):
            if self._db.conn.in_transaction:
                yield
                return
            self._db.conn.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.conn.rollback()
                raise
            try:
                self._db.conn.execute("COMMIT")
            except BaseException:
                self._db.conn.rollback()
                raise

    def hold(self) -> None:
        """Be the only daemon on this database until `close`.

        Raises:
            StoreError: another one is at work on it.
        """
        place = self.path.with_name(self.path.name + ".lock")
        try:
            # Whatever somebody has put there, it is neither emptied nor followed.
            guard = os.open(place, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, _OURS_ALONE)
        except OSError as error:
            raise StoreError(
                f"The file {place} beside the database cannot be opened: {error.strerror}; remove it."
            ) from error
        try:
            fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(guard)
            raise StoreError(
                f"Another watcher is already running on the database {self.path}; stop it first, "
                "or name another file under `database`."
            ) from None
        self._guard = guard

    @recorded
    def check(self) -> None:
        """Read the whole file and raise `StoreError` where SQLite finds it damaged."""
        found = self._one("PRAGMA quick_check")
        if found["quick_check"] != "ok":
            raise StoreError(f"The database {self.path} is damaged: {found['quick_check']}; restore a backup.")

    @recorded
    def back_up(self, path: Path) -> None:
        """Copy everything as it is at one moment into a new file, also while a daemon writes.

        Raises:
            StoreError: the file is there already, or cannot be written.
        """
        if not _create(path) and os.path.lexists(path):
            raise StoreError(f"The file {path} is there already, and a backup overwrites nothing; name another one.")
        try:
            with _in_a_sentence(path), closing(sqlite3.connect(path)) as copy:
                self._db.conn.backup(copy)
        except BaseException:
            path.unlink(missing_ok=True)  # half a copy is none, and fills the disk
            raise

    def _rows(self, sql: str, **values: object) -> list[dict[str, Any]]:
        return list(self._db.query(sql, values))

    def _one(self, sql: str, **values: object) -> dict[str, Any]:
        return self._rows(sql, **values)[0]

    def _run(self, sql: str, **values: object) -> int:
        return self._db.conn.execute(sql, values).rowcount


def _create(path: Path) -> bool:
    """Make an empty file that nobody else may read; False where something is there already, or it cannot be made."""
    with suppress(OSError):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OURS_ALONE)
        os.fchmod(file, _OURS_ALONE)  # whatever the umask takes away
        os.close(file)
        return True
    return False


def _connect(path: Path, *, read_only: bool) -> Database:
    if not read_only:
        # SQLite gives its log and its index of the log the rights of the file itself.
        _create(path)
    # isolation_level None: no hidden BEGIN; our transactions are the ones that are written out.
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}",
        uri=True,
        timeout=_LOCK_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,
    )
    return Database(connection)


def _prepare(db: Database, path: Path, *, read_only: bool) -> None:
    connection = db.conn
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if owner != APPLICATION_ID and (owner or version or db.table_names()):
        raise StoreError(f"The database {path} belongs to another program; name another file under `database`.")
    if version > len(MIGRATIONS):
        raise StoreError(
            f"The database {path} was written by a newer watcher (schema {version}, this one knows "
            f"{len(MIGRATIONS)}); upgrade edgar-watcher, or restore a backup made before."
        )
    if read_only and not version:
        raise StoreError(f"The database {path} is empty; `watcher run` fills it, or restore a backup.")
    if read_only and version < len(MIGRATIONS):
        raise StoreError(
            f"The database {path} is of an older watcher (schema {version}, this one knows {len(MIGRATIONS)}); "
            "`watcher run` brings it up to date when it starts."
        )
    if not read_only:
        # Freed pages can be given back bit by bit, where a whole VACUUM would stop the work; only a new file takes it.
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    for number, migrate in enumerate(MIGRATIONS[version:], start=version + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have done it while this one waited for its turn.
            if connection.execute("PRAGMA user_version").fetchone()[0] < number:
                migrate(db)
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
        except BaseException:
            connection.rollback()
            raise
