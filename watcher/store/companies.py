"""Which company has which ticker, and since when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from watcher.store.database import Records, recorded
from watcher.tickers import CompanyTicker


class CompanyRecords(Records):
    """What the store knows about companies and their tickers; a ticker that disappears stays known."""

    @recorded
    def save_tickers(self, tickers: Iterable[CompanyTicker], *, on: date) -> None:
        """Keep EDGAR's company list as it was on a day."""
        with self.transaction():
            for company in tickers:
                self._run(
                    """INSERT INTO tickers (ticker, cik, name, first_seen_on, last_seen_on)
                       VALUES (:ticker, :cik, :name, :day, :day)
                       ON CONFLICT (ticker, cik) DO UPDATE SET name = excluded.name,
                           first_seen_on = min(first_seen_on, excluded.first_seen_on),
                           last_seen_on = max(last_seen_on, excluded.last_seen_on)""",
                    ticker=company.ticker,
                    cik=company.cik,
                    name=company.name,
                    day=on.isoformat(),
                )

    @recorded
    def tickers_listed_on(self) -> date | None:
        """The day of the newest company list, None where there never was one."""
        day = self._one("SELECT max(last_seen_on) AS day FROM tickers")["day"]
        return date.fromisoformat(day) if day else None

    @recorded
    def tickers_of(self, cik: int) -> tuple[str, ...]:
        """A company's tickers in the newest company list, in alphabetical order."""
        rows = self._rows(
            """SELECT ticker FROM tickers
               WHERE cik = :cik AND last_seen_on = (SELECT max(last_seen_on) FROM tickers)
               ORDER BY ticker""",
            cik=cik,
        )
        return tuple(row["ticker"] for row in rows)

    @recorded
    def known_tickers(self) -> frozenset[str]:
        """Every ticker in the newest company list."""
        rows = self._rows(
            "SELECT DISTINCT ticker FROM tickers WHERE last_seen_on = (SELECT max(last_seen_on) FROM tickers)"
        )
        return frozenset(row["ticker"] for row in rows)
