"""Keeping the database small: texts that are old enough go, and the file gives back what they took."""

from __future__ import annotations

import shutil
from datetime import datetime

from watcher.store.database import Records, recorded, stored

_INCREMENTAL = 2


class UpkeepRecords(Records):
    """What keeps a database that runs for years small."""

    @recorded
    def drop_texts(self, *, seen_before: datetime, limit: int = 20) -> int:
        """Forget the texts of at most `limit` filings that were seen before then; gives of how many.

        Their facts, matches and deliveries stay.
        """
        rows = self._rows(
            # Texts first: they are the few that are left of all the filings that were ever seen.
            """SELECT DISTINCT t.accession_number AS number
               FROM texts AS t CROSS JOIN filings AS f ON f.accession_number = t.accession_number
               WHERE f.seen_at < :before LIMIT :limit""",
            before=stored(seen_before),
            limit=limit,
        )
        with self.transaction():
            for row in rows:
                self._run("DELETE FROM texts WHERE accession_number = :number", number=row["number"])
        return len(rows)

    @recorded
    def drop_oldest_texts(self, *, limit: int = 20) -> int:
        """Forget the texts of the `limit` filings that were seen first; gives how many bytes, 0 where none is left."""
        rows = self._rows(
            """SELECT accession_number AS number, sum(length(CAST(text AS BLOB))) AS bytes FROM texts
               WHERE accession_number IN (
                   SELECT t.accession_number
                   FROM texts AS t CROSS JOIN filings AS f ON f.accession_number = t.accession_number
                   GROUP BY t.accession_number ORDER BY min(f.seen_at), t.accession_number LIMIT :limit)
               GROUP BY accession_number""",
            limit=limit,
        )
        with self.transaction():
            for row in rows:
                self._run("DELETE FROM texts WHERE accession_number = :number", number=row["number"])
        return sum(max(1, row["bytes"]) for row in rows)

    @recorded
    def drop_notices(self, *, done_before: datetime) -> int:
        """Forget notices that were delivered or given up before then; gives how many."""
        return self._run("DELETE FROM notices WHERE done_at < :before", before=stored(done_before))

    @recorded
    def merge_search_index(self, *, begin: bool, pages: int = 200) -> bool:
        """Go a step on the way to a search index without the remains of dropped texts; gives whether there are more.

        The first step of a way needs `begin`.
        """
        before = self._db.conn.total_changes
        self._run("INSERT INTO texts_fts (texts_fts, rank) VALUES ('merge', :pages)", pages=-pages if begin else pages)
        # FTS5: a step that changed fewer than two rows found nothing to merge.
        return self._db.conn.total_changes - before >= 2

    @recorded
    def give_back(self, *, pages: int = 500) -> int:
        """Give at most so many free pages back to the disk; gives how many are free still.

        A file of an older watcher is vacuumed as a whole, once, which lasts a second for each 100 MB.
        """
        if self._one("PRAGMA auto_vacuum")["auto_vacuum"] != _INCREMENTAL:
            self._db.conn.execute("PRAGMA auto_vacuum = INCREMENTAL")
            self._db.conn.execute("VACUUM")
        # Each row that is fetched is a page that was given back.
        self._db.conn.execute(f"PRAGMA incremental_vacuum({pages:d})").fetchall()
        free: int = self._one("PRAGMA freelist_count")["freelist_count"]
        return free

    @recorded
    def tidy(self) -> None:
        """Cut the write-ahead log to nothing, and let SQLite look again at how its tables are filled."""
        self._db.conn.execute("PRAGMA optimize")
        self._db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def free_bytes(self) -> int:
        """Free space of the disk that holds the database."""
        return shutil.disk_usage(self.path.absolute().parent).free
