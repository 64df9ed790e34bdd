"""The Home page: every dataset as a card that leads to an order."""

from __future__ import annotations

import pytest

from pipeline.access.accounts import AccountRole
from tests.pages.conftest import read_text


def test_every_dataset_has_a_card(enter):
    shown = read_text(enter())
    assert "#### Staff of an \\*invented\\* firm" in shown
    assert "2 columns. Learned: gender; the rest is derived." in shown
    assert "Cards of nobody." in shown


def test_no_dataset_says_where_to_add_one(enter, workbench):
    workbench.given_datasets = ()
    assert "Add a table on the Datasets page" in read_text(enter())


@pytest.mark.parametrize(("role", "links"), [(AccountRole.ANALYST, 2), (AccountRole.VIEWER, 0)])
def test_only_those_who_may_generate_are_offered_it(enter, role, links):
    assert len(enter(role=role).get("page_link")) == links
