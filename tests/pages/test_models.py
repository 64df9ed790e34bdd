"""The Models page: what is stored, and what can be done with one."""

from __future__ import annotations

import pytest

from pipeline.access.accounts import AccountRole
from pipeline.models.related.model import RelatedModelInfo, RelatedModelSummary
from pipeline.models.related.recipe import RelatedRecipe
from pipeline.runs.orders import TrainOrder
from pipeline.runs.records import GenerateSummary
from pipeline.runs.states import RunKind
from pipeline.synthesizers.recipe import Recipe
from tests.pages.conftest import read_text
from tests.pages.fake_workbench import make_model
from tests.unit.runs.test_trials import make_run

SET = RelatedModelSummary(
    RelatedModelInfo(
        "r1",
        "shop",
        "f" * 64,
        RelatedRecipe(seed=3),
        {},
        "2026-03-01T12:00:00+00:00",
        {"customers": 1_200, "orders": 30},
        41,
        12.3,
    ),
    2_400_000,
)


def select(page, *places):
    """Select rows of the table."""
    key = page.dataframe[0].proto.id.rpartition("-")[2]
    page.session_state[key] = {"selection": {"rows": list(places)}}
    return page.run()


@pytest.fixture
def trained(enter, workbench):
    """The page with a model that a run of the analyst has trained, and another one."""
    page = enter("models.py")
    workbench.runs.submit(TrainOrder("staff", Recipe()))
    workbench.given_models = (make_model("m1"), make_model("m2"))
    return page.run()


def test_the_table_says_how_good_each_model_is_and_whose(trained, workbench):
    (run,) = workbench.runs.list()
    first, second = trained.dataframe[0].value.to_dict("records")
    assert (first["name"], first["dataset"], first["synthesizer"], first["epochs"]) == (
        "ctgan after HMA, 70 epochs", "staff", "ctgan after HMA", 70,
    )  # fmt: skip
    assert (first["quality"], first["size"], first["owner"], first["run"]) == (
        0.93, 1.5, "analyst-user", run.id[:6],
    )  # fmt: skip
    assert (second["owner"], second["run"]) == (None, None)


def test_a_selected_model_shows_where_it_comes_from(trained):
    shown = read_text(select(trained, 0))
    assert "**staff** · ctgan after HMA, 70 epochs" in shown
    assert "Trained by analyst-user on initial synthetic data of HMA in 61.2 seconds" in shown
    assert "1.5 MB; id m1" in shown
    assert "Column state, folded: 4 rare categories are never reproduced." in shown
    assert "Column gender" not in shown


def test_links_of_a_model_lead_to_an_order_and_to_its_training(trained, workbench):
    (run,) = workbench.runs.list()
    links = [(one.proto.page, one.proto.query_string) for one in select(trained, 0).get("page_link")]
    assert links == [("generate", "dataset=staff&model=model%3Am1"), ("train", f"run={run.id}")]
    links = [(one.proto.page, one.proto.query_string) for one in select(trained, 1).get("page_link")]
    assert links == [("generate", "dataset=staff&model=model%3Am2")]


def test_a_model_is_named_by_the_run_that_trained_it(trained, workbench):
    (run,) = workbench.runs.list()
    select(trained, 0).text_input(key=f"title_of_{run.id}").input("For the audit")
    trained.button(key=f"save_name_{run.id}").click().run()
    assert trained.dataframe[0].value.iloc[0]["name"] == "For the audit"
    assert "For the audit · **staff**" in read_text(trained)
    assert workbench.runs.get(run.id).title == "For the audit"


def test_delete_removes_only_that_model(trained, workbench):
    select(trained, 0)
    assert "Delete model m1 permanently?" in read_text(trained)
    trained.button(key="delete_m1").click().run()
    assert [model.info.id for model in workbench.models.list()] == ["m2"]
    assert "id m1" not in read_text(trained)


def test_models_are_filtered_by_owner_dataset_synthesizer_tag_and_words(trained, workbench):
    workbench.given_related_models = (SET,)
    trained.run()
    assert len(trained.dataframe[0].value) == 3
    trained.selectbox(key="models_owner").set_value("analyst-user").run()
    assert list(trained.dataframe[0].value["owner"]) == ["analyst-user"]
    trained.selectbox(key="models_owner").set_value(None)
    trained.selectbox(key="models_dataset").set_value("shop").run()
    assert list(trained.dataframe[0].value["synthesizer"]) == ["autoregressive"]
    trained.text_input(key="models_text").input("70 SHOP").run()
    assert len(trained.dataframe[0].value) == 1
    trained.text_input(key="models_text").input("no such words").run()
    assert "No model matches. Change the filters." in read_text(trained)


def test_several_models_are_put_side_by_side_with_the_verdicts_of_their_newest_tables(trained, workbench):
    made = GenerateSummary(model="m1", privacy="look", verdict="pass")
    workbench.given_runs = (make_run(Recipe(), kind=RunKind.GENERATE, model="m1", result=made),)
    rows = select(trained, 0, 1).dataframe[1].value.set_index("name")
    first, second = rows.columns[1:]
    assert (first, second) == (
        "1. ctgan after HMA, 70 epochs (0.930)",
        "2. ctgan after HMA, 70 epochs (0.930)",
    )  # fmt: skip
    names = [
        "Dataset",
        "Synthesizer",
        "Epochs",
        "Quality, 0–1",
        "Floor: independent columns",
        "Ceiling: other real rows",
        "Privacy",
    ]
    assert list(rows.loc[names, first]) == ["staff", "ctgan", "70", "0.930", "0.861", "0.951", "look"]
    assert list(rows.loc[["Privacy", "Training, s", "Size, MB"], second]) == ["", "61.2", "1.5"]
    assert rows.loc["Trained by", "differs"] == "≠"
    links = [(one.proto.page, one.proto.query_string) for one in trained.get("page_link")]
    assert links == [("quality", "dataset=staff&table=model%3Am1&beside=model%3Am2")]


def test_several_models_are_deleted_at_once(trained, workbench):
    select(trained, 0, 1).button(key="delete_models").click().run()
    assert workbench.models.list() == ()


def test_models_of_several_tables_are_shown_beside_the_others_and_deleted(enter, workbench):
    workbench.given_models = (make_model("m1"),)
    workbench.given_related_models = (SET,)
    page = select(enter("models.py"), 1)
    shown = read_text(page)
    assert "**shop** · 2 tables, autoregressive, 70 epochs" in shown
    assert "12.3 seconds, seed 3; made 2026-03-01 12:00 UTC; 2.4 MB; id r1" in shown
    assert "Training rows: 1,200 of customers, 30 of orders." in shown
    page.button(key="delete_r1").click().run()
    assert list(page.dataframe[0].value["dataset"]) == ["staff"]


def test_a_viewer_may_look_but_not_delete(enter, workbench):
    workbench.given_models = (make_model("m1"),)
    page = select(enter("models.py", AccountRole.VIEWER), 0)
    assert "id m1" in read_text(page)
    assert [button.key for button in page.button] == ["log_out"]
    assert not page.get("page_link")


def test_no_model_says_how_to_get_one(enter):
    assert "The first table you generate fits one." in read_text(enter("models.py"))


def test_a_viewer_is_not_told_to_train(enter):
    shown = read_text(enter("models.py", AccountRole.VIEWER))
    assert "No model has been fitted yet. Analysts train them." in shown
