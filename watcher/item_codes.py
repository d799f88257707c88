"""Item numbers of Form 8-K, and how EDGAR's headers spell them.

EDGAR's text headers name items by description, never by number, so the way back has to know every spelling. The
numbers were renewed on 23 August 2004 (SEC Release 33-8400); several descriptions exist in both numberings and
are told apart by the date of filing.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

RENUMBERED_ON = date(2004, 8, 23)

TITLES = {
    "1.01": "Entry into a Material Definitive Agreement",
    "1.02": "Termination of a Material Definitive Agreement",
    "1.03": "Bankruptcy or Receivership",
    "1.04": "Mine Safety - Reporting of Shutdowns and Patterns of Violations",
    "1.05": "Material Cybersecurity Incidents",
    "2.01": "Completion of Acquisition or Disposition of Assets",
    "2.02": "Results of Operations and Financial Condition",
    "2.03": "Creation of a Direct Financial Obligation or an Obligation under an Off-Balance Sheet Arrangement "
    "of a Registrant",
    "2.04": "Triggering Events That Accelerate or Increase a Direct Financial Obligation or an Obligation under "
    "an Off-Balance Sheet Arrangement",
    "2.05": "Cost Associated with Exit or Disposal Activities",
    "2.06": "Material Impairments",
    "3.01": "Notice of Delisting or Failure to Satisfy a Continued Listing Rule or Standard; Transfer of Listing",
    "3.02": "Unregistered Sales of Equity Securities",
    "3.03": "Material Modifications to Rights of Security Holders",
    "4.01": "Changes in Registrant's Certifying Accountant",
    "4.02": "Non-Reliance on Previously Issued Financial Statements or a Related Audit Report or Completed "
    "Interim Review",
    "5.01": "Changes in Control of Registrant",
    "5.02": "Departure of Directors or Certain Officers; Election of Directors; Appointment of Certain Officers: "
    "Compensatory Arrangements of Certain Officers",
    "5.03": "Amendments to Articles of Incorporation or Bylaws; Change in Fiscal Year",
    "5.04": "Temporary Suspension of Trading Under Registrant's Employee Benefit Plans",
    "5.05": "Amendments to the Registrant's Code of Ethics, or Waiver of a Provision of the Code of Ethics",
    "5.06": "Change in Shell Company Status",
    "5.07": "Submission of Matters to a Vote of Security Holders",
    "5.08": "Shareholder Nominations Pursuant to Exchange Act Rule 14a-11",
    "6.01": "ABS Informational and Computational Material",
    "6.02": "Change of Servicer or Trustee",
    "6.03": "Change in Credit Enhancement or Other External Support",
    "6.04": "Failure to Make a Required Distribution",
    "6.05": "Securities Act Updating Disclosure",
    "6.06": "Static Pool",
    "7.01": "Regulation FD Disclosure",
    "8.01": "Other Events",
    "9.01": "Financial Statements and Exhibits",
}

OLD_TITLES = {
    "1": "Changes in Control of Registrant",
    "2": "Acquisition or Disposition of Assets",
    "3": "Bankruptcy or Receivership",
    "4": "Changes in Registrant's Certifying Accountant",
    "5": "Other Events",
    "6": "Resignations of Registrant's Directors",
    "7": "Financial Statements and Exhibits",
    "8": "Change in Fiscal Year",
    "9": "Regulation FD Disclosure",
    "10": "Amendments to the Registrant's Code of Ethics",
    "11": "Temporary Suspension of Trading Under Registrant's Employee Benefit Plans",
    "12": "Results of Operations and Financial Condition",
    "13": "Receipt of an Attorney's Written Notice Pursuant to 17 CFR 205.3(d)",
}

# Form 8-K's own wording and earlier wordings of EDGAR's, where they differ from the titles above.
_OTHER_WORDINGS = {
    "Mine Safety Reporting of Shutdowns and Patterns of Violations": "1.04",
    "Costs Associated with Exit or Disposal Activities": "2.05",
    "Notice of Delisting or Failure to Satisfy a Continued Listing Rule; Transfer of Listing": "3.01",
    "Material Modification to Rights of Security Holders": "3.03",
    "Departure of Directors or Principal Officers; Election of Directors; Appointment of Principal Officers": "5.02",
    "Departure of Directors or Certain Officers; Election of Directors; Appointment of Certain Officers": "5.02",
    "Shareholder Director Nominations": "5.08",
    "Change of Servicer": "6.02",
    "Static Pool Information": "6.06",
}
_OLD_WORDINGS = {
    "Amendments to the Registrant's Code of Ethics, or Waiver of a Provision of the Code of Ethics": "10",
}

CODE = re.compile(r"(?:[1-9]\.\d\d|1[0-3]|[1-9])\Z")

# Form 8-K, General Instruction B.2: information under these is furnished, not filed.
FURNISHED = frozenset({"2.02", "7.01", "9", "12"})

# Financial Statements and Exhibits: where exhibits are listed.
LISTS_EXHIBITS = frozenset({"9.01", "7"})


_WORD = re.compile(r"[a-z0-9]+")


@lru_cache(maxsize=500)
def _key(description: str) -> str:
    return " ".join(_WORD.findall(description.lower()))


_NEW = {_key(title): code for code, title in TITLES.items()} | {
    _key(wording): code for wording, code in _OTHER_WORDINGS.items()
}
_OLD = {_key(title): code for code, title in OLD_TITLES.items()} | {
    _key(wording): code for wording, code in _OLD_WORDINGS.items()
}


def title(code: str) -> str:
    """EDGAR's title of an item; empty for a number that we do not know."""
    return TITLES.get(code) or OLD_TITLES.get(code, "")


def is_old_numbering(filed_on: date | None) -> bool:
    """Whether a filing of that day numbers its items 1 to 13."""
    return filed_on is not None and filed_on < RENUMBERED_ON


def code_of(description: str, filed_on: date | None = None) -> str | None:
    """The item that a header line means: a description, a bare number, or EDGAR's untranslated `<ITEMS>1.05`.

    None where it is blank or names nothing that we know.
    """
    wanted = description.strip()
    wanted = wanted.removeprefix("<ITEMS>").strip()
    if CODE.match(wanted):
        return wanted
    key = _key(wanted)
    first, second = (_OLD, _NEW) if is_old_numbering(filed_on) else (_NEW, _OLD)
    return first.get(key) or second.get(key)


def sort_key(code: str) -> tuple[int, int]:
    """Orders codes as the form does: 2.02 before 7.01 before 10."""
    major, _, minor = code.partition(".")
    return int(major) if major.isdigit() else 99, int(minor) if minor.isdigit() else 0
