"""The Models page: what is stored, and how to be rid of it."""

from __future__ import annotations

from pipeline.access.accounts import AccountRole
from pipeline.models.related.model import RelatedModelInfo, RelatedModelSummary
from pipeline.models.related.recipe import RelatedRecipe
from tests.pages.conftest import read_text
from tests.pages.fake_workbench import make_model


def test_a_model_shows_where_it_comes_from(enter, workbench):
    workbench.given_models = (make_model("m1"),)
    shown = read_text(enter("models.py"))
    assert "**staff** · ctgan after HMA, 70 epochs" in shown
    assert "initial synthetic data of HMA in 61.2 seconds" in shown
    assert "1.5 MB; id m1" in shown
    assert "Column state, folded: 4 rare categories are never reproduced." in shown
    assert "Column gender" not in shown


def test_delete_removes_only_that_model(enter, workbench):
    workbench.given_models = (make_model("m1"), make_model("m2"))
    page = enter("models.py")
    assert page.get("popover")[0].proto.popover.label == "Delete"
    assert "Delete model m1 permanently?" in read_text(page)
    page.button(key="delete_m1").click().run()
    assert [model.info.id for model in workbench.models.list()] == ["m2"]
    assert "id m1" not in read_text(page)


def test_models_of_several_tables_are_shown_beside_the_others_and_deleted(enter, workbench):
    info = RelatedModelInfo(
        "r1",
        "shop",
        "f" * 64,
        RelatedRecipe(seed=3),
        {},
        "2026-03-01T12:00:00+00:00",
        {"customers": 1_200, "orders": 30},
        41,
        12.3,
    )
    workbench.given_models = (make_model("m1"),)
    workbench.given_related_models = (RelatedModelSummary(info, 2_400_000),)
    page = enter("models.py")
    shown = read_text(page)
    assert "**shop** · 2 tables, autoregressive, 41 epochs" in shown
    assert "12.3 seconds, seed 3; made 2026-03-01 12:00 UTC; 2.4 MB; id r1" in shown
    assert "Training rows: 1,200 of customers, 30 of orders." in shown
    page.button(key="delete_r1").click().run()
    assert "id r1" not in read_text(page)
    assert "id m1" in read_text(page)


def test_a_viewer_may_look_but_not_delete(enter, workbench):
    workbench.given_models = (make_model("m1"),)
    page = enter("models.py", AccountRole.VIEWER)
    assert "id m1" in read_text(page)
    assert [button.key for button in page.button] == ["log_out"]


def test_no_model_says_how_to_get_one(enter):
    assert "The first table you generate fits one." in read_text(enter("models.py"))
