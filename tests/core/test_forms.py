"""Form types and their families."""

from __future__ import annotations

import pytest

from watcher.forms import form_family, is_watched


@pytest.mark.parametrize("form", ["8-K", "8-K/A", "8-K12B", "8-K12B/A", "8-K12G3", "8-K15D5/A", " 8-k "])
def test_family_of_current_reports_holds_every_kind_of_8k(form):
    """Who watches 8-Ks sees succession reports and amendments too, however they are spelt."""
    assert is_watched(form, ["8-K"])


@pytest.mark.parametrize("form", ["8-KX", "6-K", "10-K", "18-K", "8", "", "8-K12B/A/A"])
def test_other_forms_are_not_watched(form):
    """A form that only begins like an 8-K, or ends like one, is none."""
    assert not is_watched(form, ["8-K"])


def test_other_families_are_the_form_and_its_amendments():
    """Any form may be watched; naming an amendment means only amendments."""
    assert form_family("10-q") == ("10-Q", "10-Q/A")
    assert form_family("SC 13D/A") == ("SC 13D/A",)
    assert is_watched("SC  13D", ["10-K", "sc 13d"])
