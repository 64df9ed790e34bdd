"""Change on a run: the form of its kind shows exactly what was ordered, and orders it again as it stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from pipeline.generation.orders import BulkOrder, GenerateOrder, RelatedBulkOrder, RelatedOrder
from pipeline.models.related.recipe import RelatedRecipe
from pipeline.runs.orders import TrainOrder
from pipeline.runs.states import RunKind
from pipeline.synthesizers.recipe import AUTO, Recipe
from tests.pages.conftest import read_text
from tests.pages.test_runs import select

DAY = date(2026, 3, 4)
AS_LIKED = {"gender": {"Female": 0.3, "Male": 0.7}}
TABLES = [
    GenerateOrder("staff", 2_500, Recipe("ctgan", 5, use_hma=False, seed=4), 9, DAY, AS_LIKED),
    # The form has no field for the size of a batch.
    GenerateOrder("cards", 3_000, Recipe("autoregressive", 6, batch_size=50), 2, DAY),
    GenerateOrder("cards", 3_000, Recipe(AUTO, 6), 2, DAY, {"card_provider": {"Visa": 0.25}}),
]
BULK = BulkOrder("cards", 2_000_000, "exports/cards", Recipe("autoregressive", 6), 5, DAY, format="csv")
SET = RelatedOrder("shop", 2.5, RelatedRecipe(epochs=4), 7, DAY, format="sql")
BULK_SET = RelatedBulkOrder("shop", "exports/shop", 300.0, RelatedRecipe(epochs=4), 7, DAY, format="csv")
OTHERS = [
    GenerateOrder("staff", 1_000, Recipe(), 0, DAY),
    BulkOrder("staff", 1_000_000, "exports/staff", Recipe(), 0, DAY),
    RelatedOrder("bank", 1.0, RelatedRecipe(), 0, DAY),
    RelatedBulkOrder("bank", None, 100.0, RelatedRecipe(), 0, DAY),
]
"""Ordered after the run that is changed, so that it is not the newest."""


@pytest.fixture
def order(enter, workbench):
    """Gives an order, then others, and opens a page by a link that asks to change the first."""
    page = enter()

    def order(page_name, first):
        run = workbench.runs.submit(first)
        for other in OTHERS:
            workbench.runs.submit(other)
        page.query_params["change"] = run.id
        page.switch_page(page_name).run()
        assert not page.exception
        return page, run

    return order


def find_newest(workbench, kind):
    """The newest order of a kind, without how cautious identity columns are."""
    newest = workbench.runs.list(kind=kind)[0].order
    return replace(newest, identity=None) if hasattr(newest, "identity") else newest


@pytest.mark.parametrize("first", TABLES, ids=["shares", "a setting without a field", "auto"])
def test_a_changed_table_is_ordered_with_the_settings_of_its_run(order, workbench, first):
    page, run = order("generate.py", first)
    assert page.query_params == {"run": run.id}
    page.button(key="generate").click().run()
    newest = find_newest(workbench, RunKind.GENERATE)
    shares = first.shares if first.shares else {}
    assert newest == replace(first, shares=shares)


def test_change_on_the_line_of_a_linked_run_is_about_that_run_and_not_the_newest(order, workbench):
    page, _ = order("generate.py", TABLES[0])
    page.button(key="generate").click().run()
    page.button(key="change_order").click().run()
    assert page.number_input(key="rows").value == 2_500
    page.switch_page("home.py").run()
    page.query_params["run"] = workbench.runs.list(kind=RunKind.GENERATE)[-1].id
    page.switch_page("generate.py").run()
    page.button(key="change_order").click().run()
    page.number_input(key="seed").set_value(11)
    page.button(key="generate").click().run()
    assert find_newest(workbench, RunKind.GENERATE) == replace(TABLES[0], seed=11)
    assert "**staff, 2,500 rows, seed 11** · ctgan, 5 epochs" in read_text(page)


def test_a_changed_large_table_is_ordered_with_the_settings_of_its_run(order, workbench):
    page, _ = order("generate.py", BULK)
    page.button(key="bulk_generate").click().run()
    assert replace(find_newest(workbench, RunKind.BULK), out=None) == replace(BULK, out=None)
    assert "**cards, 2,000,000 rows, seed 5** · autoregressive, 6 epochs" in read_text(page)


def test_what_a_form_has_no_field_for_is_named(order):
    page, _ = order("generate.py", replace(BULK, shares={"card_provider": {"Visa": 0.5}}, part_rows=7_000))
    (warning,) = [one.value for one in page.warning if "no field" in one.value]
    assert "the shares of card\\_provider, parts of 7,000 rows" in warning
    assert not [one for one in page.run().warning if "no field" in one.value]


def test_several_changed_tables_are_ordered_with_the_settings_of_their_run(order, workbench):
    page, _ = order("related.py", SET)
    page.button(key="related_generate").click().run()
    assert find_newest(workbench, RunKind.RELATED) == SET


def test_several_large_changed_tables_are_ordered_with_the_settings_of_their_run(order, workbench):
    page, _ = order("related.py", BULK_SET)
    page.button(key="related_bulk_generate").click().run()
    assert replace(find_newest(workbench, RunKind.RELATED_BULK), out=None) == replace(BULK_SET, out=None)


TRAINING = Recipe("ctgan", 5, use_hma=False, seed=4, batch_size=60, patience=3, generator_rate=0.001)


@pytest.mark.parametrize("recipe", [TRAINING, Recipe(AUTO, 12, seed=2)], ids=["ctgan", "auto"])
def test_a_changed_training_is_ordered_with_the_settings_of_its_run(order, workbench, recipe):
    page, _ = order("train.py", TrainOrder("cards", recipe))
    assert page.session_state["chosen_dataset"] == "cards"
    workbench.is_held = True
    page.button(key="train").click().run()
    assert workbench.runs.list(kind=RunKind.TRAIN)[0].order == TrainOrder("cards", recipe)


def test_change_on_one_training_of_a_sweep_shows_the_whole_sweep(enter, workbench):
    page = enter()
    recipes = [Recipe(name, length, seed=3) for name in ("ctgan", "autoregressive") for length in (2, 5)]
    runs = workbench.runs.submit_sweep("cards", recipes)
    page.query_params["change"] = runs[1].id
    page.switch_page("train.py").run()
    assert page.multiselect[0].value == ["ctgan", "autoregressive"]
    assert [one.value for one in page.text_input if one.label.startswith("Epochs")] == ["2, 5"]
    page.button(key="train").click().run()
    sent = [order.recipe for order in workbench.calls[4:]]
    assert sent == recipes


def test_every_card_of_a_run_with_a_form_leads_to_it(enter, workbench):
    page = enter("runs.py")
    run = workbench.runs.submit(TABLES[0])
    links = select(page.run(), workbench, run).get("page_link")
    assert [(one.proto.page, one.proto.query_string) for one in links if one.proto.label == "Change"] == [
        ("generate", f"change={run.id}")
    ]


def test_a_link_that_changes_no_run_says_so(enter):
    page = enter()
    page.query_params["change"] = "0123456789abcdef"
    page.switch_page("generate.py").run()
    assert 'There is no run "0123456789abcdef"' in page.error[0].value
    assert page.number_input(key="rows").value == 1_000
