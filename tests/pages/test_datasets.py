"""The Datasets page: structure without values, the way in for a table, and changes of its columns."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pages._datasets.column_table import list_changes, name_doubts
from pages._datasets.upload import suggest_name
from pipeline.access.accounts import AccountRole
from pipeline.datasets.source import ReadOptions
from pipeline.errors import DataError
from tests.pages.conftest import read_text
from tests.pages.fake_workbench import CARDS, LEDGER

CONTENT = b"a,b\n1,2\n"
MESSY = "\r\n".join(
    ["Umsätze;;", "", "Buchung;Stadt;Betrag", "01.02.2024;Köln;1.234,50", "03.02.2024;München;-7,20"]
).encode("latin-1")
EDITOR = "columns_cards_0"


@pytest.fixture
def upload(enter):
    """The Datasets page of an analyst who has chosen a file."""

    def upload(name="table.csv", content=CONTENT):
        page = enter("datasets.py")
        page.file_uploader(key="dataset_file_0").upload(name, content, "text/csv").run()
        assert not page.exception
        return page

    return upload


@pytest.fixture
def open_columns(enter):
    """The Datasets page with the columns of a dataset opened."""

    def open_columns(role=AccountRole.ANALYST, dataset="cards"):
        page = enter("datasets.py", role)
        page.session_state[f"dataset_{dataset}"] = True
        return page.run()

    return open_columns


def edit(page, row, **cells):
    """The page after cells of the editor were changed."""
    page.session_state[EDITOR] = {"edited_rows": {row: cells}, "added_rows": [], "deleted_rows": []}
    return page.run()


def test_datasets_are_listed_closed(enter):
    page = enter("datasets.py")
    assert [expander.label for expander in page.expander] == [
        "**Staff of an \\*invented\\* firm** · staff · 2 columns, built in",
        "**Cards** · cards · 1 column, registered",
    ]
    assert not page.dataframe


@pytest.mark.parametrize("name", ["table.csv", "../../table.csv", "..\\table.csv"])
def test_an_uploaded_table_is_added_under_the_name_of_its_file(upload, workbench, name):
    page = upload(name)
    assert page.text_input(key="dataset_name").value == "table"
    page.text_input(key="dataset_name").input("mine")
    page.button(key="dataset_add").click().run()
    assert not page.exception
    assert workbench.calls[-1] == ("mine", [("table.csv", CONTENT)], None, ReadOptions())
    assert "Mine is ready: 1 columns." in read_text(page)
    assert "**Mine** · mine · 1 column, registered" in [expander.label for expander in page.expander]
    assert page.file_uploader(key="dataset_file_1").value is None
    assert "Mine is ready" not in read_text(page.run())


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("Umsätze 2024.csv", "umsatze_2024"),
        ("2024-01 Große Kunden!.xlsx", "grosse_kunden"),
        ("cards.csv", "cards_2"),
        ("支付.csv", "table"),
        (f"{'x' * 300}.csv", "x" * 60),
    ],
)
def test_a_name_is_taken_from_the_file(file, name):
    assert suggest_name(file, frozenset({"cards"})) == name


def test_only_one_table_can_be_chosen(enter):
    assert not enter("datasets.py").file_uploader(key="dataset_file_0").proto.multiple_files


def test_an_upload_shows_how_it_is_read(upload):
    page = upload("Umsätze.csv", MESSY)
    assert page.selectbox(key="read_separator").value == ";"
    assert page.selectbox(key="read_encoding").value == "cp1252"
    assert page.selectbox(key="read_header").value == 3
    assert page.selectbox(key="read_decimal").value is None
    assert page.selectbox(key="read_day_first").value is None
    assert page.number_input(key="read_skip_rows").value == 0
    assert "One line was skipped above the header." in page.info[-1].value
    assert "2 rows, 3 columns" in read_text(page)
    assert page.dataframe[0].value["Stadt"].tolist() == ["Köln", "München"]


def test_a_changed_guess_is_read_at_once_and_sent_with_the_table(upload, workbench):
    page = upload("Umsätze.csv", MESSY)
    page.selectbox(key="read_header").select("none").run()
    page.selectbox(key="read_day_first").select(True).run()
    assert workbench.calls[-1] == ("preview", ReadOptions(header="none", day_first=True))
    assert page.selectbox(key="read_separator").value == ";"
    page.button(key="dataset_add").click().run()
    assert workbench.calls[-1][3] == ReadOptions(header="none", day_first=True)


def test_an_emptied_field_is_guessed_again(upload):
    page = upload("Umsätze.csv", MESSY)
    page.selectbox(key="read_header").select(4).run()
    assert page.dataframe[0].value.columns.tolist()[1] == "Köln"
    page.selectbox(key="read_header").set_value(None).run()
    assert page.selectbox(key="read_header").value == 3


def test_a_file_that_was_looked_at_is_not_read_again_by_a_rerun(upload, workbench):
    page = upload()
    page.text_input(key="dataset_name").input("mine").run()
    assert [call[0] for call in workbench.calls] == ["preview"]
    assert page.text_input(key="dataset_name").value == "mine"
    assert page.file_uploader(key="dataset_file_0").value.name == "table.csv"


def test_another_file_is_guessed_from_the_start(upload, workbench):
    page = upload("Umsätze.csv", MESSY)
    page.selectbox(key="read_separator").select(";").run()
    page.file_uploader(key="dataset_file_0").upload("other.csv", CONTENT, "text/csv").run()
    assert workbench.calls[-1] == ("preview", ReadOptions())
    assert page.selectbox(key="read_separator").value == ","
    assert page.text_input(key="dataset_name").value == "other"


def test_an_unreadable_file_says_why_and_keeps_its_fields(upload):
    page = upload("table.csv", b"a,b\n")
    assert "there is a header but no row of data" in page.error[0].value
    assert page.selectbox(key="read_header").options
    assert page.button(key="dataset_add").disabled


def test_a_refusal_names_the_field_that_answers_it(upload, workbench):
    workbench.failure = DataError("Day and month cannot be told apart.", "say --day-first or --month-first.")
    page = upload()
    page.button(key="dataset_add").click().run()
    assert "Day and month cannot be told apart." in page.error[0].value
    assert "choose in the fields above (Order of day and month)" in read_text(page)
    assert page.file_uploader(key="dataset_file_0").value.name == "table.csv"
    workbench.failure = None
    page.selectbox(key="read_day_first").select(False).run()
    assert not page.error
    page.button(key="dataset_add").click().run()
    assert workbench.calls[-1][3] == ReadOptions(day_first=False)


def test_a_table_without_a_name_is_refused(upload):
    page = upload()
    page.text_input(key="dataset_name").input(" ")
    page.button(key="dataset_add").click().run()
    assert "A dataset needs a name." in page.error[0].value


def test_an_order_of_whose_session_has_ended_is_not_carried_out(upload, workbench, services):
    page = upload()
    services.sessions.end_all("analyst-user")
    page.button(key="dataset_add").click().run()
    assert [call[0] for call in workbench.calls] == ["preview"]
    assert page.text_input


def test_a_registered_dataset_is_removed_after_a_question(open_columns, workbench):
    page = open_columns()
    assert "Remove Cards and its sample for good?" in read_text(page)
    assert [button.key for button in page.button if button.key.startswith("remove_")] == ["remove_cards"]
    page.button(key="remove_cards").click().run()
    assert [dataset.name for dataset in workbench.datasets.list()] == ["staff"]
    assert "Cards was removed." in read_text(page)
    assert len(page.expander) == 1


def test_what_is_learned_stands_above_the_columns(open_columns):
    text = read_text(open_columns())
    assert (
        "**Learned\\: 2 of 4 columns; derived anew\\: holder; replaced by invented text\\: memo\\_\\*.**"
        in text
    )


def test_what_a_column_could_also_be_is_said_in_a_sentence(open_columns):
    assert "Could also be something else: amount (categorical)." in read_text(open_columns())
    many = [replace(LEDGER[0], name=f"a_{number}") for number in range(8)]
    assert name_doubts(many).endswith("a\\_5 (categorical), 2 more.")
    assert name_doubts(LEDGER[1:]) == ""


def test_what_was_noticed_in_the_file_stands_with_the_dataset(open_columns, workbench):
    source = {"findings": ["One line was skipped above the header.", "Read as *cp1252*."]}
    workbench.given_datasets = (replace(CARDS, source=source),)
    text = read_text(open_columns())
    assert "When its file was read: One line was skipped above the header. Read as \\*cp1252\\*." in text


def test_an_edited_cell_is_checked_and_saved(open_columns, workbench):
    page = edit(open_columns(), 0, minimum="0", unit="USD")
    changes = ("amount.minimum=0", "amount.unit=USD")
    assert workbench.calls == [("check", "cards", changes)]
    assert "2 changes agree with the sample" in read_text(page)
    page.button(key="save_cards").click().run()
    assert not page.exception
    assert workbench.calls[-1] == ("change", "cards", changes)
    assert "belong to the earlier version" in read_text(page)
    assert page.button(key="save_cards").disabled
    assert "belong to the earlier version" not in read_text(page.run())


def test_a_refused_change_says_why_and_cannot_be_saved(open_columns, workbench):
    workbench.refused_change = "amount.minimum=0"
    page = edit(open_columns(), 0, minimum="0")
    assert 'Column "amount\\_x" has values below 0.' in page.error[0].value
    assert page.button(key="save_cards").disabled
    assert page.button(key="preview_cards").disabled


def test_ten_rows_are_shown_until_the_changes_are_others(open_columns, workbench):
    page = open_columns()
    page.button(key="preview_cards").click().run()
    assert workbench.calls[-1] == ("preview_rows", "cards", ())
    assert len(page.dataframe[-1].value) == 10
    assert len(page.run().dataframe) == 2
    assert len(edit(page, 0, minimum="0").dataframe) == 1


def test_a_change_of_whose_session_has_ended_is_not_saved(open_columns, workbench, services):
    page = edit(open_columns(), 0, minimum="0")
    services.sessions.end_all("analyst-user")
    page.button(key="save_cards").click().run()
    assert [call[0] for call in workbench.calls] == ["check"]


def test_cells_that_were_set_back_ask_for_nothing():
    edits = {0: {"minimum": "-10.5", "maximum": "9000", "unit": "EUR"}, 1: {"is_public": False}}
    assert list_changes(LEDGER, edits) == ()
    edits = {2: {"locale": None, "is_public": True}, 0: {"unit": "", "kind": "categorical"}}
    assert list_changes(LEDGER, edits) == (
        "amount.kind=categorical",
        "amount.unit=",
        "holder.locale=",
        "holder.public=true",
    )


@pytest.mark.parametrize(("role", "is_fixed"), [(AccountRole.ANALYST, True), (AccountRole.ADMIN, False)])
def test_only_an_administrator_declares_a_column_public(open_columns, role, is_fixed):
    editor = open_columns(role).data_editor(key=EDITOR)
    settings = json.loads(editor.proto.columns)
    assert bool(settings["is_public"].get("disabled")) is is_fixed
    assert settings["name"]["disabled"]


@pytest.mark.parametrize(("role", "dataset"), [(AccountRole.VIEWER, "cards"), (AccountRole.ANALYST, "staff")])
def test_columns_can_only_be_read_by_viewers_and_of_built_in_datasets(open_columns, role, dataset):
    page = open_columns(role, dataset)
    assert not page.data_editor
    assert page.dataframe[0].value["name"].tolist() == [column.name for column in LEDGER]
    assert not [button for button in page.button if button.key.startswith(("save_", "remove_"))]


def test_a_viewer_sees_no_form(enter):
    page = enter("datasets.py", AccountRole.VIEWER)
    assert len(page.expander) == 2
    assert not page.text_input
    assert [button.key for button in page.button] == ["log_out"]
