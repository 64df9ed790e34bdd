"""The page of several tables: sets and their rules, the ways in, an order and what it made."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from pages._related.formats import DIALECTS, FORMATS
from pipeline.access.accounts import AccountRole
from pipeline.datasets.related.editing import SaidKeys, SetEdits
from pipeline.datasets.source import ReadOptions
from pipeline.errors import DataError, NotFoundError
from pipeline.evaluation.related.results import KeyCheck
from pipeline.generation.orders import RelatedBulkOrder, RelatedOrder, RelatedTrainOrder
from pipeline.generation.related import files as _files
from pipeline.models.related.recipe import HMA, RelatedRecipe
from tests.pages.conftest import read_text
from tests.pages.fake_related import BANK, DOUBT, FakeRelatedTables
from tests.pages.generate_form import read_metrics

FILES = [("customers.csv", b"customer_id\n1\n", "text/csv"), ("accounts.csv", b"a,b\n7,1\n", "text/csv")]
RULE = "accounts.closed >= accounts.opened"
NO_EDITS = {"edited_rows": {}, "added_rows": [], "deleted_rows": []}


@pytest.fixture
def upload(enter):
    """The page of an analyst who has chosen two files."""
    page = enter("related.py")
    page.file_uploader(key="related_files_0").set_value(FILES).run()
    assert not page.exception
    return page


@pytest.fixture
def open_set(enter):
    """The page with one set opened."""

    def open_set(name="shop", role=AccountRole.ANALYST):
        page = enter("related.py", role)
        page.session_state[f"related_set_{name}"] = True
        page.run()
        assert not page.exception
        return page

    return open_set


@pytest.fixture
def made(enter):
    """The page with generated tables on it."""
    page = enter("related.py")
    page.button(key="related_generate").click().run()
    assert not page.exception
    return page


def list_keys(page) -> set[str]:
    """What the buttons of the page would do."""
    return {button.key for button in page.button}


def test_sets_are_listed_closed(enter):
    page = enter("related.py")
    assert not page.exception
    assert [one.label for one in page.expander][:2] == [
        "**A bank of \\*nobody\\*** · bank · 2 tables, built in",
        "**Shop** · shop · 2 tables, registered",
    ]
    assert not page.dataframe
    assert "Press Generate." in read_text(page)


def test_without_a_set_the_page_says_what_to_do(enter, workbench):
    workbench.given_sets = ()
    page = enter("related.py")
    assert not page.exception
    assert "There is no set of tables yet." in page.info[0].value
    assert "related_generate" not in list_keys(page)


def test_a_set_shows_tables_keys_evidence_and_rules(open_set):
    page = open_set("bank")
    tables, rules = (one.value for one in page.dataframe)
    assert tables["Primary key"].tolist() == ["customer_id", "account_id"]
    assert page.table[0].value["Why"].tolist() == ["all 80 rows have a row in customers"]
    assert rules.to_dict("records") == [{"Rule": RULE, "State": "kept", "Rows for it": 70}]


@pytest.mark.parametrize(("name", "role"), [("bank", AccountRole.ADMIN), ("shop", AccountRole.VIEWER)])
def test_built_in_sets_and_viewers_have_no_button_that_changes_one(open_set, name, role):
    page = open_set(name, role)
    assert len(page.dataframe) == 2
    assert not [key for key in list_keys(page) if key.endswith(f"_{name}")]


def test_a_set_says_what_is_learned_and_what_needs_a_decision(open_set):
    text = read_text(open_set())
    assert "2 of 6 columns in 2 tables; replaced by invented text\\: customers.name." in text
    assert DOUBT in text


def edit(page, **cells):
    """The page after the editors of the shop were used."""
    for what, edits in cells.items():
        page.session_state[f"related_edit_{what}_shop_0"] = NO_EDITS | edits
    page.run()
    assert not page.exception
    return page


def test_keys_owners_and_relations_are_changed_once_they_agree_with_the_sample(open_set, workbench):
    page = open_set()
    assert page.button(key="related_save_shop").disabled
    relation = {"child": "accounts.opened", "parent": "customers.name"}
    page = edit(
        page,
        tables={"edited_rows": {1: {"owner": "none", "primary_key": "account_id, opened"}}},
        relations={"added_rows": [relation, {"child": "accounts.closed"}], "deleted_rows": [0]},
    )
    wanted = SetEdits(
        ("accounts.primary_key=account_id, opened", "accounts.owner=none"),
        ("accounts.opened -> customers.name",),
        ("accounts.customer_id",),
    )
    assert workbench.calls == [("check", "shop", wanted)]
    assert "not yet saved" in read_text(page)
    page.button(key="related_save_shop").click().run()
    assert workbench.calls[-1] == ("edit", "shop", wanted)
    assert "Saved as a new version" in read_text(page)
    assert page.button(key="related_save_shop").disabled


def test_a_relation_that_is_pointed_elsewhere_is_dropped_and_added(open_set, workbench):
    edit(open_set(), relations={"edited_rows": {0: {"parent": "customers.name"}}})
    wanted = SetEdits((), ("accounts.customer_id -> customers.name",), ("accounts.customer_id",))
    assert workbench.calls == [("check", "shop", wanted)]


def test_a_change_that_is_refused_says_why_and_cannot_be_saved(open_set):
    row = {"child": "accounts.opened", "parent": "nowhere.id"}
    page = edit(open_set(), relations={"added_rows": [row]})
    assert '"nowhere.id" names no table' in page.error[0].value
    assert page.button(key="related_save_shop").disabled


def test_columns_of_a_table_of_a_set_are_changed_with_its_keys(open_set, workbench):
    page = open_set()
    page.selectbox(key="related_columns_of_shop").select("customers").run()
    edit(page, columns_customers={"edited_rows": {1: {"kind": "categorical"}}})
    assert workbench.calls == [("check", "shop", SetEdits(("customers.name.kind=categorical",)))]


@pytest.mark.parametrize(("role", "is_fixed"), [(AccountRole.ANALYST, True), (AccountRole.ADMIN, False)])
def test_only_an_administrator_declares_a_table_public(open_set, role, is_fixed):
    settings = json.loads(open_set(role=role).data_editor(key="related_edit_tables_shop_0").proto.columns)
    assert bool(settings["is_public"].get("disabled")) is is_fixed
    assert settings["name"]["disabled"]


def test_keys_and_reading_are_said_before_files_are_registered(upload, workbench):
    upload.text_area(key="related_said_relations").input("accounts.b -> customers.id\n")
    upload.text_area(key="related_said_omitted").input("accounts.a\naccounts.c")
    upload.text_area(key="related_said_keys").input("accounts=a,b")
    upload.selectbox(key="related_said_day_first").select(True)
    upload.button(key="related_plan").click().run()
    said = SaidKeys(("accounts.b -> customers.id",), ("accounts.a", "accounts.c"), ("accounts=a,b",))
    assert workbench.calls[-1][3:] == (ReadOptions(day_first=True), said)
    assert DOUBT in read_text(upload)


def test_rules_are_found_then_kept(open_set, workbench):
    page = open_set()
    assert page.button(key="related_keep_shop").disabled
    page.button(key="related_look_shop").click().run()
    assert page.dataframe[2].value["State"].tolist() == ["kept", "proposed"]
    page.button(key="related_keep_shop").click().run()
    assert page.dataframe[2].value["State"].tolist() == ["kept", "kept"]
    assert [call[0] for call in workbench.calls] == ["propose", "accept"]


def test_a_rule_is_removed(open_set, workbench):
    page = open_set()
    page.button(key="related_drop_shop").click().run()
    assert workbench.calls == [("change", "shop", (), (RULE,))]
    assert "No rule is known." in read_text(page)


def test_a_refused_change_of_rules_says_why(open_set, workbench):
    workbench.failure = DataError("The set is read only.", "register your own.")
    page = open_set()
    page.button(key="related_look_shop").click().run()
    assert "The set is read only." in page.error[0].value
    assert not page.run().error


def test_a_set_is_removed_after_a_question(open_set, workbench):
    page = open_set()
    page.button(key="related_remove_shop").click().run()
    assert workbench.related.list() == (BANK,)
    assert "Shop was removed." in read_text(page)


def test_files_are_shown_with_their_keys_then_registered(upload, workbench):
    assert upload.text_input(key="related_name").value == "customers"
    assert upload.button(key="related_add").disabled
    upload.button(key="related_plan").click().run()
    assert workbench.calls[-1] == (
        "plan", "customers", [one[:2] for one in FILES], ReadOptions(), SaidKeys()
    )  # fmt: skip
    assert upload.dataframe[0].value["Table"].tolist() == ["customers", "accounts"]
    assert upload.table[0].value["Refers to"].tolist() == ["customers.customer\\_id"]
    upload.text_input(key="related_name").input("mine").run()
    upload.button(key="related_add").click().run()
    assert not upload.exception
    assert workbench.calls[-1] == (
        "add", "mine", ["customers.csv", "accounts.csv"], ReadOptions(), SaidKeys()
    )  # fmt: skip
    assert "Mine is ready: 2 tables, 1 foreign keys." in read_text(upload)
    assert upload.selectbox(key="related_dataset").value == "mine"
    assert not upload.file_uploader(key="related_files_1").value
    assert "Mine is ready" not in read_text(upload.run())


def test_files_that_are_refused_say_why_and_are_not_registered(upload, workbench):
    workbench.failure = DataError('Table "accounts_x": 3 rows have no parent.', "add them.")
    upload.button(key="related_plan").click().run()
    assert 'Table "accounts\\_x"' in upload.error[0].value
    assert upload.button(key="related_add").disabled


def test_another_choice_of_files_is_looked_at_again(upload):
    upload.button(key="related_plan").click().run()
    upload.file_uploader(key="related_files_0").set_value(FILES[:1]).run()
    assert upload.button(key="related_add").disabled
    assert not upload.dataframe


def test_nothing_is_read_for_a_session_that_has_ended(upload, workbench, services):
    services.sessions.end_all("analyst-user")
    upload.button(key="related_plan").click().run()
    assert workbench.calls == []


def test_a_database_is_read_and_its_password_forgotten(enter, workbench):
    page = enter("related.py")
    for key, text in (("name", "bank2"), ("url", "sqlite:///a.db"), ("limits", "customers=50, accounts=9")):
        page.text_input(key=f"related_database_{key}").input(text)
    page.text_input(key="related_database_password").input("hidden words")
    page.button(key="related_database_add").click().run()
    assert not page.exception
    limits = {"customers": 50, "accounts": 9}
    assert workbench.calls[-1] == ("database", "bank2", "sqlite:///a.db", None, limits, "hidden words")
    assert "Bank2 is ready" in read_text(page)
    assert "hidden words" not in repr(page.session_state)
    assert page.text_input(key="related_database_password").value == ""


def test_a_limit_that_is_none_is_refused_with_an_example(enter, workbench):
    page = enter("related.py")
    page.text_input(key="related_database_url").input("sqlite:///a.db")
    page.text_input(key="related_database_password").input("hidden words")
    page.text_input(key="related_database_limits").input("many")
    page.button(key="related_database_add").click().run()
    assert "customers=5000" in page.error[0].value
    assert page.text_input(key="related_database_url").value == "sqlite:///a.db"
    assert page.text_input(key="related_database_password").value == ""
    assert workbench.calls == []


def test_an_order_is_sent_as_the_form_says(enter, workbench):
    page = enter("related.py")
    page.selectbox(key="related_dataset").select("shop").run()
    page.number_input(key="related_scale").set_value(2.5)
    page.number_input(key="related_seed").set_value(7)
    page.number_input(key="related_epochs").set_value(4)
    page.date_input(key="related_as_of").set_value(date(2026, 5, 1))
    page.selectbox(key="related_format").select("sql")
    page.button(key="related_generate").click().run()
    order = replace(workbench.calls[0], identity=None)
    assert order == RelatedOrder("shop", 2.5, RelatedRecipe(epochs=4), 7, date(2026, 5, 1), format="sql")
    assert workbench.runs.list()[0].order.identity == workbench.settings.identity


def test_both_forms_tell_the_time_and_the_code_of_their_order(enter):
    page = enter("related.py")
    told = [one.value for one in page.caption if "about 35 seconds" in one.value]
    assert len(told) == 2
    code = "\n".join(one.value for one in page.code)
    assert "python -m pipeline generate bank --scale 1" in code
    assert "python -m pipeline bulk bank --scale 100" in code


def test_any_number_of_rows_is_ordered_in_bulk_once(enter, workbench):
    workbench.is_held = True
    page = enter("related.py")
    page.selectbox(key="related_dataset").select("shop").run()
    page.number_input(key="related_bulk_scale").set_value(500.0)
    page.number_input(key="related_bulk_seed").set_value(7)
    page.selectbox(key="related_bulk_format").select("csv")
    for _ in range(2):
        page.button(key="related_bulk_generate").click().run()
        assert not page.exception
        assert "**shop, scale 500, seed 7** · autoregressive, 70 epochs" in read_text(page)
        page.button(key="change_order").click().run()
    (order,) = workbench.calls
    assert replace(order, identity=None, as_of=None) == RelatedBulkOrder(
        "shop", None, 500.0, RelatedRecipe(), 7, format="csv"
    )
    (run,) = workbench.runs.list()
    assert (run.kind.value, run.folder) == ("related_bulk", "exports/shop")


def test_a_run_is_followed_until_its_tables_are_there(enter, workbench):
    workbench.is_held = True
    page = enter("related.py")
    page.button(key="related_generate").click().run()
    assert "**bank, scale 1, seed 0** · autoregressive, 70 epochs" in read_text(page)
    assert "related_generate" not in list_keys(page)
    page.button(key="change_order").click().run()
    page.button(key="related_generate").click().run()
    assert len(workbench.runs.list()) == 1
    workbench.runs.work()
    assert read_metrics(page.run())["Rows in all tables"] == "3"


def test_generated_tables_show_verdict_evidence_rows_and_a_file(made):
    assert read_metrics(made)["Keys and rules"] == "all hold"
    *rows, tables, relations = (one.value for one in made.dataframe)
    assert tables["Table"].tolist() == ["customers", "accounts"]
    assert relations["Have their parent"].tolist() == ["1.000"]
    assert [one.shape for one in rows] == [(2, 2), (1, 2)]
    (file,) = made.get("download_button")
    drawn = list(made.main)
    assert drawn.index(file) < drawn.index(made.dataframe[0]) < drawn.index(made.expander[0])


def test_a_script_asks_for_its_dialect(made):
    assert "related_dialect" not in [one.key for one in made.selectbox]
    made.selectbox(key="related_download_format").select("sql").run()
    made.selectbox(key="related_dialect").select("postgresql").run()
    assert not made.exception
    assert made.get("download_button")


def test_tables_with_a_broken_key_have_no_file(enter, workbench):
    broken = KeyCheck("accounts", ("customer_id",), "foreign", 80, 3, "customers")
    workbench.related_evidence = replace(workbench.related_evidence, keys=(broken,))
    page = enter("related.py")
    page.button(key="related_generate").click().run()
    assert "Rows of these tables lack their parent" in page.error[0].value
    assert "These tables cannot be downloaded." in page.error[1].value
    assert not page.get("download_button")


def test_tables_whose_model_is_gone_can_be_made_again(enter, workbench, monkeypatch):
    def lose(*_):
        raise NotFoundError("The model was deleted.", "repeat the run.")

    with monkeypatch.context() as lost:
        lost.setattr(FakeRelatedTables, "open", lose)
        page = enter("related.py")
        page.button(key="related_generate").click().run()
        assert "The model was deleted." in page.error[0].value
        page.button(key=f"repeat_{workbench.runs.list()[0].id}").click().run()
    assert len(workbench.runs.list()) == 2
    assert read_metrics(page.run())["Verdict"]


def test_a_failed_run_says_why(enter, workbench):
    workbench.failure = DataError("No memory_left.", "take a smaller scale.")
    page = enter("related.py")
    page.button(key="related_generate").click().run()
    assert "No memory\\_left." in page.error[0].value


def test_a_run_of_one_table_is_warned_of(enter, workbench):
    page = enter("home.py")
    workbench.runs.submit(RelatedTrainOrder("shop", RelatedRecipe(epochs=3)))
    page.query_params["run"] = workbench.runs.list()[0].id
    page.switch_page("related.py").run()
    assert "has no tables to show here" in page.warning[0].value


def test_the_runs_page_names_the_settings_and_leads_here(enter, workbench):
    page = enter("runs.py")
    run = workbench.runs.submit(RelatedOrder("shop", 0.5, RelatedRecipe(epochs=3), 4, format="excel"))
    workbench.runs.submit(RelatedTrainOrder("shop", RelatedRecipe(HMA)))
    page.query_params["run"] = run.id
    shown = read_text(page.run())
    assert list(page.dataframe[0].value["name"]) == ["shop, hma", "shop, scale 0.5, seed 4"]
    assert "**Several tables: shop, scale 0.5, seed 4** · done" in shown
    assert "format excel, autoregressive for 3 epochs, training seed 0" in shown
    assert [one.proto.label for one in page.get("page_link")] == ["Open and download", "Change"]


def test_a_viewer_reads_and_changes_nothing(enter):
    page = enter("related.py", AccountRole.VIEWER)
    assert not page.exception
    assert len(page.expander) == 2
    assert not page.text_input
    assert list_keys(page) == {"log_out"}


def test_a_viewer_is_told_who_adds_sets(enter, workbench):
    workbench.given_sets = ()
    page = enter("related.py", AccountRole.VIEWER)
    assert page.info[0].value == "There is no set of tables yet. Analysts add them."


def test_every_format_and_dialect_has_words():
    assert set(FORMATS) == set(_files.SetFormat)
    assert tuple(DIALECTS) == _files.DIALECTS
