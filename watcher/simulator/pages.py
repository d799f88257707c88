"""The pages of the simulated EDGAR, written as EDGAR writes them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from html import escape
from itertools import islice

from watcher import item_codes
from watcher.hours import new_york
from watcher.model import Filer
from watcher.simulator.filings import SimulatedFiling
from watcher.submission import is_searchable_type

_DOCUMENT = re.compile(rb"<DOCUMENT>\s*<TYPE>([^\r\n<]*)(?:(?!<TEXT>).)*?<FILENAME>([^\r\n<]*)", re.DOTALL)

UNDECLARED = (
    "<!DOCTYPE html><html><head><title>SEC.gov | Your Request Originates from an Undeclared Automated Tool</title>"
    "</head><body><h1>Your Request Originates from an Undeclared Automated Tool</h1>"
    "<p>Please declare your traffic by updating your user agent to include company specific information.</p>"
    "</body></html>"
)
RATE_BLOCK = (
    "<!DOCTYPE html><html><head><title>SEC.gov | Request Rate Threshold Exceeded</title></head><body>"
    "<h1>SEC.gov | Request Rate Threshold Exceeded</h1><p>Current guidelines limit users to 10 requests per second.</p>"
    "</body></html>"
)
MAINTENANCE = (
    '<!DOCTYPE html>\n<html lang="en">\n<head><title>SEC.gov | File Unavailable</title></head><body>'
    "<h1>File Unavailable</h1><p>This page is undergoing maintenance.</p></body></html>"
)
FORBIDDEN = "<HTML><HEAD><TITLE>Access Denied</TITLE></HEAD><BODY><H1>Access Denied</H1>Reference #18.0</BODY></HTML>"


def absent_page(code: str, message: str) -> str:
    """The store's answer for an object that is not there."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'


def feed_page(rows: Iterable[str], *, now: datetime) -> bytes:
    """A page of the current-filings feed."""
    local = new_york(now).replace(microsecond=0)
    return (
        '<?xml version="1.0" encoding="ISO-8859-1" ?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"<title>Latest Filings - {local:%a, %d %b %Y %H:%M:%S %Z}</title>\n"
        '<link rel="alternate" href="/cgi-bin/browse-edgar?action=getcurrent"/>\n'
        '<link rel="self" href="/cgi-bin/browse-edgar?action=getcurrent"/>\n'
        "<id>https://www.sec.gov/cgi-bin/browse-edgar?action=getcurrent</id>\n"
        "<author><name>Webmaster</name><email>webmaster@sec.gov</email></author>\n"
        f"<updated>{local.isoformat()}</updated>\n{''.join(rows)}</feed>\n"
    ).encode("latin-1", "xmlcharrefreplace")


def feed_rows(filing: SimulatedFiling) -> Iterator[str]:
    """One row for each registrant."""
    listed = filing.filing
    folder = listed.accession_number.replace("-", "")
    items = "".join(f"&lt;br&gt;Item {code}: {escape(item_codes.title(code))}\n" for code in listed.items)
    accepted = new_york(filing.accepted_at).replace(microsecond=0).isoformat()
    for filer in listed.filers or (Filer(None, "UNKNOWN"),):
        cik = filer.cik or 0
        yield (
            f"<entry>\n<title>{listed.form} - {escape(filer.name)} ({cik:010}) ({filer.role.title()})</title>\n"
            '<link rel="alternate" type="text/html" href="https://www.sec.gov/Archives/edgar/data/'
            f'{cik}/{folder}/{listed.accession_number}-index.htm"/>\n<summary type="html">\n'
            f" &lt;b&gt;Filed:&lt;/b&gt; {filing.filed_on} &lt;b&gt;AccNo:&lt;/b&gt; {listed.accession_number} "
            f"&lt;b&gt;Size:&lt;/b&gt; {max(filing.size // 1024, 1)} KB\n{items}</summary>\n"
            f"<updated>{accepted}</updated>\n"
            f'<category scheme="https://www.sec.gov/" label="form type" term="{listed.form}"/>\n'
            f"<id>urn:tag:sec.gov,2008:accession-number={listed.accession_number}</id>\n</entry>\n"
        )


def index_file(filings: Iterable[SimulatedFiling], *, shape: str, now: datetime) -> bytes:
    """A master, form or company index."""
    rows = [
        (filer.cik or 0, filer.name, filing.filing.form, f"{filing.filed_on:%Y%m%d}", filing.filing.accession_number)
        for filing in filings
        for filer in filing.filing.filers
    ]
    head = (
        f"Description:           Daily Index of EDGAR Dissemination Feed\n"
        f"Last Data Received:    {new_york(now):%b %d, %Y}\nComments:              webmaster@sec.gov\n"
        "Anonymous FTP:         ftp://ftp.sec.gov/edgar/\n \n"
    )
    if shape == "master":
        lines = ["CIK|Company Name|Form Type|Date Filed|File Name", "-" * 80]
        lines += [
            f"{cik}|{name}|{form}|{on}|edgar/data/{cik}/{number}.txt" for cik, name, form, on, number in sorted(rows)
        ]
    else:
        columns = (
            (("Form Type", 12), ("Company Name", 62)) if shape == "form" else (("Company Name", 62), ("Form Type", 12))
        )
        lines = [
            "".join(label.ljust(width) for label, width in columns) + "CIK         Date Filed  File Name",
            "-" * 141,
        ]
        for cik, name, form, on, number in sorted(
            rows, key=lambda row: (row[2], row[1]) if shape == "form" else row[1:]
        ):
            cells = {"Form Type": form, "Company Name": name[:60]}
            left = "".join(cells[label].ljust(width) for label, width in columns)
            lines.append(f"{left}{cik:<12}{on}    edgar/data/{cik}/{number}.txt")
    return (head + "\n".join(lines) + "\n").encode("latin-1", "replace")


def index_page(filing: SimulatedFiling) -> str:
    """A filing's index page, with its documents."""
    listed = filing.filing
    folder = listed.accession_number.replace("-", "")
    cik = next((filer.cik for filer in listed.filers if filer.cik), 0)
    rows = "".join(
        f"<tr><td>{escape(kind)}</td>"
        f'<td><a href="/Archives/edgar/data/{cik}/{folder}/{escape(name)}">{escape(name)}</a></td></tr>'
        for kind, name in documents(filing)
    )
    return (
        f"<!DOCTYPE html>\n<html><head><title>EDGAR Filing Documents for {listed.accession_number}</title></head>"
        f"<body><h1>Form {listed.form}</h1><p>Accepted {new_york(filing.accepted_at):%Y-%m-%d %H:%M:%S}</p>"
        f"<table>{rows}</table></body></html>"
    )


def search_answer(filings: Iterable[SimulatedFiling], *, start: int, size: int) -> bytes:
    """An answer of full-text search: one hit for each searchable document."""
    hits = [
        {
            "_index": "edgar_file",
            "_id": f"{filing.filing.accession_number}:{name}",
            "_source": {
                "adsh": filing.filing.accession_number,
                "ciks": [f"{filer.cik or 0:010}" for filer in filing.filing.filers],
                "display_names": [f"{filer.name}  (CIK {filer.cik or 0:010})" for filer in filing.filing.filers],
                "form": filing.filing.form,
                "root_forms": [filing.filing.form.removesuffix("/A")],
                "file_type": kind,
                "file_date": filing.filed_on.isoformat(),
                "items": list(filing.filing.items),
            },
        }
        for filing in filings
        for kind, name in documents(filing)
        if is_searchable_type(kind)
    ]
    total = {"value": min(len(hits), 10_000), "relation": "eq" if len(hits) <= 10_000 else "gte"}
    page = list(islice(hits, start, start + size))
    return json.dumps({"timed_out": False, "hits": {"total": total, "hits": page}}).encode()


def documents(filing: SimulatedFiling) -> list[tuple[str, str]]:
    """Type and file name of every document."""
    number = filing.filing.accession_number
    found = [
        (kind.decode("latin-1").strip(), name.decode("latin-1").strip())
        for kind, name in _DOCUMENT.findall(filing.body)
    ]
    return found or [(filing.filing.form, f"{number}.htm")]
