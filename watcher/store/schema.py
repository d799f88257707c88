"""The tables, and the steps that bring an older database up to them.

Times are text in UTC with milliseconds (`2017-03-08T21:02:21.000Z`), days are `YYYY-MM-DD`. What a filing
says is kept as JSON in `reports`, and the views `items`, `exhibits`, `topics` and `evidence` open it up.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlite_utils import Database

# "EDGW": lets `file`, and us, tell whose database it is.
APPLICATION_ID = 0x45444757

_TABLES = (
    """
    CREATE TABLE watch (
        started_at TEXT NOT NULL,
        since TEXT NOT NULL           -- filings accepted before this are not alerted on
    ) STRICT
    """,
    """
    CREATE TABLE filings (
        accession_number TEXT PRIMARY KEY,
        form TEXT NOT NULL,
        accepted_at TEXT,
        filed_on TEXT,
        items TEXT NOT NULL,          -- codes that EDGAR's list states: 7.01 9.01
        url TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('seen', 'read', 'unreadable', 'baseline')),
        seen_at TEXT NOT NULL,
        late TEXT NOT NULL,           -- why it was seen late, empty where it was not
        due_at TEXT NOT NULL,         -- when to try (again) to read it
        tries INTEGER NOT NULL DEFAULT 0,     -- how often it was asked for
        failures INTEGER NOT NULL DEFAULT 0,  -- how often it came and could not be read
        last_error TEXT NOT NULL DEFAULT '',
        done_at TEXT
    ) STRICT
    """,
    "CREATE INDEX filings_waiting ON filings (due_at) WHERE state = 'seen'",
    "CREATE INDEX filings_by_acceptance ON filings (accepted_at)",
    "CREATE INDEX filings_by_day ON filings (filed_on)",
    """
    CREATE TABLE filers (
        accession_number TEXT NOT NULL REFERENCES filings ON DELETE CASCADE,
        position INTEGER NOT NULL,
        cik INTEGER,
        name TEXT NOT NULL,
        tickers TEXT NOT NULL,        -- separated by spaces
        sic INTEGER,
        state TEXT,
        role TEXT NOT NULL,
        PRIMARY KEY (accession_number, position)
    ) STRICT
    """,
    "CREATE INDEX filers_by_cik ON filers (cik)",
    """
    CREATE TABLE reports (
        accession_number TEXT PRIMARY KEY REFERENCES filings ON DELETE CASCADE,
        facts TEXT NOT NULL           -- the current report without its texts, as JSON
    ) STRICT
    """,
    """
    CREATE TABLE texts (
        accession_number TEXT NOT NULL REFERENCES filings ON DELETE CASCADE,
        part INTEGER NOT NULL,        -- 0 is the main document, n the n-th exhibit
        text TEXT NOT NULL,
        PRIMARY KEY (accession_number, part)
    ) STRICT
    """,
    """
    CREATE TABLE matches (
        accession_number TEXT NOT NULL REFERENCES filings ON DELETE CASCADE,
        rule_id TEXT NOT NULL,
        matched_at TEXT NOT NULL,
        shadow INTEGER NOT NULL,      -- 1: counted, never sent
        match TEXT NOT NULL,          -- why, with the evidence, as JSON
        PRIMARY KEY (accession_number, rule_id)
    ) STRICT
    """,
    "CREATE INDEX matches_by_rule ON matches (rule_id, matched_at, shadow)",
    """
    CREATE TABLE deliveries (
        id TEXT PRIMARY KEY,
        accession_number TEXT NOT NULL,
        receiver TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('pending', 'sending', 'unknown', 'sent', 'dead')),
        alert TEXT NOT NULL,          -- what is to be told, as JSON
        accepted_at TEXT NOT NULL,    -- the order in which a receiver is told
        seen_at TEXT NOT NULL,
        created_at TEXT NOT NULL,
        due_at TEXT NOT NULL,
        lease_until TEXT,
        attempts INTEGER NOT NULL DEFAULT 0,
        last_error TEXT NOT NULL DEFAULT '',
        sent_at TEXT,
        receipt TEXT NOT NULL DEFAULT '',
        thread TEXT NOT NULL DEFAULT '',
        batch TEXT NOT NULL DEFAULT '',  -- the same for those that go into one message
        doubted INTEGER NOT NULL DEFAULT 0,  -- 1: it may have arrived in that message, and nobody knows
        possibly_repeated INTEGER NOT NULL DEFAULT 0
    ) STRICT
    """,
    "CREATE INDEX deliveries_waiting ON deliveries (receiver, state, due_at) WHERE state <> 'sent'",
    "CREATE INDEX deliveries_by_filing ON deliveries (accession_number, receiver)",
    # These hold all that the figures of speed and number need: the rows themselves carry whole alerts.
    """
    CREATE INDEX deliveries_sent ON deliveries (sent_at, accepted_at, seen_at, receiver, accession_number)
    WHERE state = 'sent'
    """,
    "CREATE INDEX deliveries_by_state ON deliveries (receiver, state)",
    """
    CREATE TABLE attempts (
        id INTEGER PRIMARY KEY,
        delivery_id TEXT NOT NULL REFERENCES deliveries ON DELETE CASCADE,
        at TEXT NOT NULL,
        outcome TEXT NOT NULL,
        answer TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX attempts_by_delivery ON attempts (delivery_id)",
    """
    CREATE TABLE tickers (
        ticker TEXT NOT NULL,
        cik INTEGER NOT NULL,
        name TEXT NOT NULL,
        first_seen_on TEXT NOT NULL,
        last_seen_on TEXT NOT NULL,
        PRIMARY KEY (ticker, cik)
    ) STRICT
    """,
    "CREATE INDEX tickers_by_cik ON tickers (cik)",
    """
    CREATE TABLE jobs (
        name TEXT PRIMARY KEY,
        last_started_at TEXT NOT NULL,
        last_success_at TEXT,
        failing_since TEXT,
        failures INTEGER NOT NULL DEFAULT 0,  -- in a row
        last_error TEXT NOT NULL DEFAULT ''
    ) STRICT
    """,
    """
    CREATE TABLE blocks (
        until TEXT NOT NULL           -- EDGAR wants no request before this
    ) STRICT
    """,
    """
    CREATE TABLE troubles (
        key TEXT PRIMARY KEY,
        sentence TEXT NOT NULL,
        since TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE notices (
        id TEXT NOT NULL,
        receiver TEXT NOT NULL,
        subject TEXT NOT NULL,
        text TEXT NOT NULL,
        level TEXT NOT NULL,
        created_at TEXT NOT NULL,
        due_at TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        last_error TEXT NOT NULL DEFAULT '',
        done_at TEXT,
        PRIMARY KEY (id, receiver)
    ) STRICT
    """,
    "CREATE INDEX notices_waiting ON notices (due_at) WHERE done_at IS NULL",
    """
    CREATE TABLE audits (
        day TEXT PRIMARY KEY,
        at TEXT NOT NULL,
        listed INTEGER NOT NULL,
        seen INTEGER NOT NULL,
        late INTEGER NOT NULL
    ) STRICT
    """,
)

_VIEWS = (
    """
    CREATE VIEW items AS
    SELECT r.accession_number, f.filed_on, i.value ->> 'code' AS code, i.value ->> 'title' AS title,
           i.value ->> 'in_header' AS in_header, i.value ->> 'in_body' AS in_body
    FROM reports AS r JOIN filings AS f USING (accession_number), json_each(r.facts, '$.items') AS i
    """,
    """
    CREATE VIEW exhibits AS
    SELECT r.accession_number, f.filed_on, e.value ->> 'type' AS type, e.value ->> 'kind' AS kind,
           e.value ->> 'headline' AS headline, e.value ->> 'description' AS description,
           e.value ->> 'url' AS url, e.value ->> 'searched' AS searched
    FROM reports AS r JOIN filings AS f USING (accession_number), json_each(r.facts, '$.exhibits') AS e
    """,
    """
    CREATE VIEW topics AS
    SELECT r.accession_number, f.filed_on, t.value ->> 'name' AS topic
    FROM reports AS r JOIN filings AS f USING (accession_number), json_each(r.facts, '$.topics') AS t
    """,
    """
    CREATE VIEW evidence AS
    SELECT m.accession_number, m.rule_id, e.value ->> 'where' AS "where", e.value ->> 'phrase' AS phrase,
           (e.value ->> 'before') || '**' || (e.value ->> 'found') || '**' || (e.value ->> 'after') AS quote
    FROM matches AS m, json_each(m.match, '$.evidence') AS e
    """,
)


def _lay_the_ground(db: Database) -> None:
    for statement in _TABLES + _VIEWS:
        db.conn.execute(statement)


_SEARCH = (
    # Full-text search needs row numbers that stay: only a column of their own does when the file is vacuumed.
    """
    CREATE TABLE new_texts (
        id INTEGER PRIMARY KEY,
        accession_number TEXT NOT NULL REFERENCES filings ON DELETE CASCADE,
        part INTEGER NOT NULL,        -- 0 is the main document, n the n-th exhibit
        text TEXT NOT NULL,
        UNIQUE (accession_number, part)
    ) STRICT
    """,
    "INSERT INTO new_texts (accession_number, part, text) SELECT accession_number, part, text FROM texts",
    "DROP TABLE texts",
    "ALTER TABLE new_texts RENAME TO texts",
    "CREATE VIRTUAL TABLE texts_fts USING fts5 (text, content = 'texts', content_rowid = 'id')",
    "INSERT INTO texts_fts (texts_fts) VALUES ('rebuild')",
    """
    CREATE TRIGGER texts_added AFTER INSERT ON texts BEGIN
        INSERT INTO texts_fts (rowid, text) VALUES (new.id, new.text);
    END
    """,
    """
    CREATE TRIGGER texts_dropped AFTER DELETE ON texts BEGIN
        INSERT INTO texts_fts (texts_fts, rowid, text) VALUES ('delete', old.id, old.text);
    END
    """,
    "CREATE INDEX filings_by_sight ON filings (seen_at)",
    """
    CREATE TABLE suspects (
        accession_number TEXT PRIMARY KEY,  -- full-text search lists it, EDGAR's list does not show it (yet)
        first_at TEXT NOT NULL
    ) STRICT
    """,
)


def _make_searchable(db: Database) -> None:
    for statement in _SEARCH:
        db.conn.execute(statement)


def _index_what_was_given_up(db: Database) -> None:
    db.conn.execute("CREATE INDEX filings_given_up ON filings (done_at) WHERE state = 'unreadable'")


# The n-th step brings a database from `user_version` n-1 to n. Steps are only ever added.
MIGRATIONS: tuple[Callable[[Database], None], ...] = (_lay_the_ground, _make_searchable, _index_what_was_given_up)
