"""The Datasets page: structure without values, and the way in for a table."""

from __future__ import annotations

import pytest

from pipeline.access.accounts import AccountRole
from tests.pages.conftest import read_text

CONTENT = b"a,b\n1,2\n"


def test_columns_and_roles_are_listed(enter):
    page = enter("datasets.py")
    assert [expander.label for expander in page.expander] == [
        "**Staff of an \\*invented\\* firm** · staff · built in",
        "**Cards** · cards · registered",
    ]
    listed = page.dataframe[0].value
    assert listed["column"].tolist() == ["name", "gender"]
    assert listed["role"].tolist() == ["identity", "modelled"]
    assert listed["follows"].tolist() == ["gender", ""]


@pytest.mark.parametrize("name", ["table.csv", "../../table.csv", "..\\table.csv"])
def test_an_uploaded_table_is_added(enter, workbench, name):
    page = enter("datasets.py")
    page.text_input(key="dataset_name").input("mine")
    page.file_uploader(key="dataset_file").upload(name, CONTENT, "text/csv")
    page.button(key="dataset_add").click().run()
    assert not page.exception
    assert workbench.calls == [("mine", [("table.csv", CONTENT)], None)]
    assert "Mine is ready: 1 columns." in read_text(page)
    assert "**Mine** · mine · registered" in [expander.label for expander in page.expander]
    assert "Mine is ready" not in read_text(page.run())


def test_only_one_table_can_be_chosen(enter):
    assert not enter("datasets.py").file_uploader(key="dataset_file").proto.multiple_files


def test_a_registered_dataset_is_removed_after_a_question(enter, workbench):
    page = enter("datasets.py")
    assert "Remove Cards and its sample for good?" in read_text(page)
    assert [button.key for button in page.button if button.key.startswith("remove_")] == ["remove_cards"]
    page.button(key="remove_cards").click().run()
    assert [dataset.name for dataset in workbench.given_datasets] == ["staff"]
    assert "Cards was removed." in read_text(page)
    assert len(page.expander) == 1


def test_a_refused_table_says_why(enter, workbench):
    page = enter("datasets.py")
    page.file_uploader(key="dataset_file").upload("table.csv", CONTENT, "text/csv")
    page.button(key="dataset_add").click().run()
    assert "A dataset needs a name." in page.error[0].value


def test_no_file_is_named_before_the_workbench_is_asked(enter, workbench):
    page = enter("datasets.py")
    page.button(key="dataset_add").click().run()
    assert "No table was chosen." in page.error[0].value
    assert workbench.calls == []


def test_a_viewer_sees_no_form(enter):
    page = enter("datasets.py", AccountRole.VIEWER)
    assert len(page.expander) == 2
    assert not page.text_input
    assert [button.key for button in page.button] == ["log_out"]
