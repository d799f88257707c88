"""Submissions written in EDGAR's format, for what the simulated EDGAR makes up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from watcher import item_codes
from watcher.hours import new_york
from watcher.model import Filing


@dataclass(frozen=True, slots=True)
class Part:
    """One document of a submission to be written."""

    type: str
    content: str
    """HTML, as it stands between `<TEXT>` and `</TEXT>`."""
    filename: str = ""
    description: str = ""


def write_submission(filing: Filing, parts: Sequence[Part]) -> bytes:
    """The complete submission of a filing: a readable header with its facts, then its documents.

    The filing needs `accepted_at` and `filed_on`; `parts` begin with the main document.
    """
    if filing.accepted_at is None or filing.filed_on is None:
        raise ValueError(f"filing {filing.accession_number} has no acceptance time or filing date")
    number, day = filing.accession_number, f"{filing.filed_on:%Y%m%d}"
    accepted = new_york(filing.accepted_at)
    lines = [
        f"<SEC-DOCUMENT>{number}.txt : {day}",
        f"<SEC-HEADER>{number}.hdr.sgml : {day}",
        f"<ACCEPTANCE-DATETIME>{accepted:%Y%m%d%H%M%S}",
        f"ACCESSION NUMBER:\t\t{number}",
        f"CONFORMED SUBMISSION TYPE:\t{filing.form}",
        f"PUBLIC DOCUMENT COUNT:\t\t{len(parts)}",
        f"CONFORMED PERIOD OF REPORT:\t{accepted:%Y%m%d}",
        *(f"ITEM INFORMATION:\t\t{item_codes.title(code)}" for code in filing.items),
        f"FILED AS OF DATE:\t\t{day}",
        f"DATE AS OF CHANGE:\t\t{day}",
    ]
    for filer in filing.filers:
        lines += ["", "FILER:", "", "\tCOMPANY DATA:\t", f"\t\tCOMPANY CONFORMED NAME:\t\t\t{filer.name}"]
        lines.append(f"\t\tCENTRAL INDEX KEY:\t\t\t{filer.cik or 0:010}")
        if filer.sic:
            lines.append(f"\t\tSTANDARD INDUSTRIAL CLASSIFICATION:\tINDUSTRY [{filer.sic:04}]")
        if filer.state:
            lines.append(f"\t\tSTATE OF INCORPORATION:\t\t\t{filer.state}")
        lines += ["", "\tFILING VALUES:", f"\t\tFORM TYPE:\t\t{filing.form}"]
    lines.append("</SEC-HEADER>")
    for sequence, part in enumerate(parts, start=1):
        lines += ["<DOCUMENT>", f"<TYPE>{part.type}", f"<SEQUENCE>{sequence}"]
        lines.append(f"<FILENAME>{part.filename or f'part{sequence}.htm'}")
        if part.description:
            lines.append(f"<DESCRIPTION>{part.description}")
        lines += ["<TEXT>", part.content, "</TEXT>", "</DOCUMENT>"]
    return ("\n".join([*lines, "</SEC-DOCUMENT>"]) + "\n").encode("latin-1", "xmlcharrefreplace")
