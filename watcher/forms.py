"""Form types and the families that users watch by one name.

Source: EDGAR's form types for Form 8-K: succession reports under Rules 12g-3 and 15d-5 are 8-Ks too.
"""

from __future__ import annotations

from collections.abc import Iterable

_CURRENT_REPORTS = ("8-K", "8-K12B", "8-K12G3", "8-K15D5")
_FAMILIES = {"8-K": tuple(form + suffix for form in _CURRENT_REPORTS for suffix in ("", "/A"))}
CURRENT_REPORT_FORMS = frozenset(_FAMILIES["8-K"])


def normalise_form(form: str) -> str:
    """The form type as EDGAR writes it: upper case, single spaces."""
    return " ".join(form.upper().split())


def form_family(form: str) -> tuple[str, ...]:
    """The form types that a user means by one: amendments always, and every kind of 8-K by `8-K`."""
    form = normalise_form(form)
    return _FAMILIES.get(form) or ((form,) if form.endswith("/A") else (form, f"{form}/A"))


def is_watched(form: str, families: Iterable[str]) -> bool:
    """Whether a form type belongs to one of the families."""
    form = normalise_form(form)
    return any(form in form_family(family) for family in families)
