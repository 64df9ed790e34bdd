"""Rules of one table on the Datasets page: found, kept, added, removed, and refused with the counts."""

from __future__ import annotations

import pytest

from pipeline.access.accounts import AccountRole
from pipeline.datasets.rules.editing import RuleInfo
from tests.pages.conftest import read_text

ORDER, TOTAL = RuleInfo("closed >= opened", True, 40), RuleInfo("amount = price * pieces", False, 38)


@pytest.fixture
def open_rules(enter, workbench):
    """The Datasets page with a dataset of some rules opened."""

    def open_rules(*rules, role=AccountRole.ANALYST, dataset="cards"):
        workbench.rules = rules
        page = enter("datasets.py", role)
        page.session_state[f"dataset_{dataset}"] = True
        return page.run()

    return open_rules


def read_rules(page):
    """The table of rules, as rows."""
    return page.dataframe[-1].value.to_dict("records")


def test_rules_stand_below_the_columns_with_the_rows_for_them(open_rules):
    page = open_rules(ORDER)
    assert read_rules(page) == [{"Rule": "closed >= opened", "State": "kept", "Rows for it": 40}]
    assert page.button(key="keep_rules_cards").disabled


def test_a_dataset_without_rules_says_how_they_are_found(open_rules):
    assert "No rule is known. Look for those that hold" in read_text(open_rules())


def test_rules_that_are_found_are_proposed_until_they_are_kept(open_rules, workbench):
    page = open_rules(ORDER, TOTAL)
    assert [row["State"] for row in read_rules(page)] == ["kept"]
    page.button(key="look_rules_cards").click().run()
    assert [row["State"] for row in read_rules(page)] == ["kept", "proposed"]
    page.button(key="keep_rules_cards").click().run()
    assert workbench.calls[-1] == ("accept_rules", "cards")
    assert [row["State"] for row in read_rules(page)] == ["kept", "kept"]


def test_looking_in_vain_says_so(open_rules):
    page = open_rules(ORDER)
    page.button(key="look_rules_cards").click().run()
    assert [one.value for one in page.info] == ["No further rule holds in every row of the sample."]


def test_a_rule_is_added_and_another_removed(open_rules, workbench):
    page = open_rules(ORDER)
    page.text_input(key="rule_text_cards").input("range(amount, 0, none)")
    page.button(key="add_rule_cards").click().run()
    assert workbench.calls[-1] == ("change_rules", "cards", ("range(amount, 0, none)",), ())
    assert page.text_input(key="rule_text_cards").value == ""
    page.selectbox(key="drop_which_cards").select("closed >= opened")
    page.button(key="drop_rule_cards").click().run()
    assert workbench.calls[-1] == ("change_rules", "cards", (), ("closed >= opened",))
    assert [row["Rule"] for row in read_rules(page)] == ["range(amount, 0, none)"]


def test_a_rule_that_the_sample_breaks_is_refused_with_the_counts(open_rules, workbench):
    workbench.refused_change = "closed > opened"
    page = open_rules(ORDER)
    page.text_input(key="rule_text_cards").input("closed > opened")
    page.button(key="add_rule_cards").click().run()
    assert "in 3 of 40 rows" in read_text(page)
    assert [row["Rule"] for row in read_rules(page)] == ["closed >= opened"]
    assert page.text_input(key="rule_text_cards").value == "closed > opened"


@pytest.mark.parametrize(("role", "dataset"), [(AccountRole.VIEWER, "cards"), (AccountRole.ADMIN, "staff")])
def test_rules_are_changed_by_analysts_and_of_registered_datasets_alone(open_rules, role, dataset):
    page = open_rules(role=role, dataset=dataset)
    assert not [one.key for one in page.button if "rule" in (one.key or "")]
