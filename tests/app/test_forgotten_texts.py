"""What is shown of a filing whose texts were dropped."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
from dashboards import Desk, accession_number


def test_a_filing_without_its_texts_still_shows_what_it_said(tmp_path):
    """After `keep_text` a filing's page, the rules and the playground answer; the matched sentence is still told."""
    desk = Desk(tmp_path / "desk")
    desk.deliver(desk.file(1, text="<p>Acme signs a License Agreement.</p>"))
    dropped = desk.store.drop_texts(seen_before=datetime(2100, 1, 1, tzinfo=UTC))
    assert dropped == 1
    with desk.dashboard() as server, httpx.Client(base_url=server.url, headers={"Accept": "text/html"}) as web:
        page = web.get(f"/filings/{accession_number(1)}")
        assert page.status_code == 200
        assert "License Agreement" in page.text
        assert web.get("/").status_code == 200
        assert web.get("/rules").status_code == 200
