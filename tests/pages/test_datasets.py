"""The Datasets page: structure without values, and the way in for a table."""

from __future__ import annotations

import pytest

from pipeline.store.accounts import AccountRole
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
    page.file_uploader(key="dataset_files").upload(name, CONTENT, "text/csv")
    page.button(key="dataset_add").click().run()
    assert not page.exception
    assert workbench.calls == [("mine", [("table.csv", CONTENT)], None)]
    assert "Cards is ready: 1 columns." in read_text(page)


def test_a_refused_table_says_why(enter, workbench):
    page = enter("datasets.py")
    page.file_uploader(key="dataset_files").upload("table.csv", CONTENT, "text/csv")
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
