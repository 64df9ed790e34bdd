"""The Generate page: one order, one call, evidence before downloads."""

from __future__ import annotations

from datetime import date

import pytest

from pages._server import services as _services
from pipeline.access.accounts import AccountRole
from pipeline.errors import TrainingError
from pipeline.generation.orders import GenerateOrder
from pipeline.runs.orders import TrainOrder
from pipeline.runs.states import RunKind
from pipeline.synthesizers.recipe import Recipe
from pipeline.workbench import model_choice
from tests.pages.conftest import read_text
from tests.pages.fake_workbench import make_fitted, make_model
from tests.pages.generate_form import open_form, press_generate, read_metrics


def test_nothing_is_generated_before_the_button(enter, workbench):
    page = enter("generate.py")
    assert "Press Generate" in read_text(page)
    assert workbench.calls == []


def test_the_form_becomes_one_request(enter, workbench):
    page = enter("generate.py")
    page.number_input(key="rows").set_value(3_000)
    page.number_input(key="seed").set_value(7)
    page.date_input(key="as_of").set_value(date(2026, 1, 31))
    page.number_input(key="epochs_staff").set_value(5)
    page.selectbox(key="use_hma_staff").set_value("No")
    page.selectbox(key="share_staff_gender").set_value("own").run()
    page.number_input(key="share_staff_gender_Female").set_value(60.0)
    page.number_input(key="share_staff_gender_Male").set_value(40.0)
    press_generate(page)
    assert workbench.calls[0] == GenerateOrder(
        "staff",
        3_000,
        Recipe(epochs=5, use_hma=False),
        seed=7,
        as_of=date(2026, 1, 31),
        shares={"gender": {"Female": 0.6, "Male": 0.4}},
    )


def test_a_share_of_any_categorical_column_can_be_asked_for(enter, workbench):
    page = enter("generate.py")
    assert not [one for one in page.selectbox if (one.key or "").startswith("another_share")]
    page.selectbox(key="dataset").set_value("cards").run()
    page.selectbox(key="another_share_cards_column").set_value("card_provider").run()
    page.text_input(key="another_share_cards_category").set_value(" Visa ")
    page.number_input(key="another_share_cards_percent").set_value(70.0)
    press_generate(page)
    assert workbench.calls[0].shares == {"card_provider": {"Visa": 0.7}}


def test_shares_are_the_datasets_unless_the_sample_or_others_are_asked_for(enter, workbench):
    page = enter("generate.py")
    choice = page.selectbox(key="share_staff_gender")
    assert choice.label == "Shares of gender: Female / Male, % of rows"
    assert choice.options == [
        "Balanced, as the dataset says (50/50)",
        "As in the sample (47/53)",
        "Shares of your own",
    ]
    press_generate(page)
    assert workbench.calls[0].shares == {}
    open_form(page).selectbox(key="share_staff_gender").set_value("sample")
    press_generate(page)
    assert workbench.runs.list()[0].order.shares == {"gender": {"Female": 0.47, "Male": 0.53}}
    assert open_form(page).selectbox(key="share_staff_gender").value == "sample"


def test_the_form_says_how_long_it_takes_and_folds_to_one_line(enter, workbench):
    page = enter("generate.py")
    assert (
        "Takes about 35 seconds, about 30 seconds of it training (estimated from earlier trainings on this "
        "machine)."
    ) in read_text(page)
    press_generate(page)
    assert [box.key for box in page.selectbox] == []
    assert "generate" not in [button.key for button in page.button]
    assert page.get("download_button")
    assert open_form(page).number_input(key="rows").value == 1_000


def test_an_order_that_comes_with_a_page_switch_is_not_lost(enter, workbench):
    page = enter("generate.py")
    page.number_input(key="rows").set_value(2_000)
    page.button(key="generate").click()
    page.switch_page("home.py").run()
    assert [run.order.rows for run in workbench.runs.list()] == [2_000]
    page.switch_page("generate.py").run()
    assert read_metrics(page)["Rows"] == "2,000"


def test_an_order_of_an_ended_session_is_refused(enter, workbench, services):
    page = enter("generate.py")
    services.sessions.end_all("analyst-user")
    page.button(key="generate").click().run()
    assert not page.exception
    assert workbench.calls == []


def test_a_failed_run_shows_why_and_can_be_tried_again(enter, workbench):
    workbench.failure = TrainingError("The loss became NaN in epoch 3.", "lower the learning rate.")
    page = press_generate(enter("generate.py"))
    assert "The loss became NaN in epoch 3." in page.error[0].value
    workbench.failure = None
    press_generate(page)
    assert not page.error
    assert read_metrics(page)["Rows"] == "1,000"


def test_the_chosen_dataset_is_kept(enter, workbench):
    page = enter("generate.py")
    page.selectbox(key="dataset").set_value("cards").run()
    page.switch_page("home.py").run()
    page.switch_page("generate.py").run()
    press_generate(page)
    assert (workbench.calls[0].dataset, workbench.calls[0].shares) == ("cards", {})


def test_no_dataset_says_where_to_add_one(enter, workbench):
    workbench.given_datasets = ()
    assert "Add a table on the Datasets page" in read_text(enter("generate.py"))


def test_the_actor_of_the_session_is_the_actor_of_the_call(enter, workbench):
    press_generate(enter("generate.py", AccountRole.ADMIN))
    assert (workbench.actor.name, workbench.actor.source) == ("admin-user", "web")


def test_pages_use_the_workbench_of_the_process(enter, workbench):
    enter()
    assert _services._share_workbench() is workbench


def test_a_trained_model_can_be_chosen_with_all_its_settings(enter, workbench, users):
    model = make_fitted(Recipe(epochs=9, batch_size=250))
    workbench.given_models = (model,)
    page = enter("generate.py")
    page.selectbox(key="model_staff").set_value(f"model:{model.info.id}")
    press_generate(page)
    order = workbench.runs.list(kind=RunKind.GENERATE)[0].order
    assert (order.recipe.batch_size, order.model) == (250, None)


def test_each_fitted_model_is_listed_once_whichever_page_had_it_trained(enter, workbench):
    trained, by_table = make_fitted(Recipe(epochs=9)), make_fitted(Recipe(epochs=3))
    other, earlier = make_model("m8", dataset="cards"), make_model("m9", dataset_fingerprint="before")
    workbench.given_models = (trained, by_table, other, earlier)
    page = enter("generate.py")
    workbench.runs.submit(TrainOrder("staff", Recipe(epochs=9)))
    page.run()
    for prefix in ("", "bulk_"):
        assert page.selectbox(key=f"{prefix}model_staff").options == [
            "By the settings under Training",
            "ctgan after HMA, 9 epochs · 0.930",
            "ctgan after HMA, 3 epochs · 0.930",
        ]


def test_the_title_and_tags_of_a_model_are_in_its_label(enter, workbench):
    workbench.given_models = (make_model("m1"),)
    page = enter("generate.py")
    run = workbench.runs.submit(TrainOrder("staff", Recipe()))
    workbench.labels.label(run.id, "Final", ["q1"])
    options = page.run().selectbox(key="model_staff").options
    assert options[1] == "Final · ctgan after HMA, 70 epochs · 0.930 · #q1"


@pytest.mark.parametrize(("prefix", "button"), [("", "generate"), ("bulk_", "bulk_generate")])
@pytest.mark.parametrize("setting", ["use_hma", "refine"])
def test_a_setting_that_an_open_synthesizer_does_not_take_is_refused_below_the_form(
    enter, workbench, prefix, button, setting
):
    page = enter("generate.py")
    page.selectbox(key=f"{prefix}synthesizer_staff").set_value("auto")
    page.selectbox(key=f"{prefix}{setting}_staff").set_value("No")
    page.button(key=button).click().run()
    assert not page.exception
    assert (
        f"leaves the synthesizer open and sets {setting.replace('_', chr(92) + '_')}" in page.error[0].value
    )
    assert workbench.calls == []
    usual = page.selectbox(key=f"{prefix}{setting}_staff").options[0]
    page.selectbox(key=f"{prefix}{setting}_staff").set_value(usual)
    page.button(key=button).click().run()
    assert not page.error
    assert workbench.calls[0].recipe == Recipe("auto")


def test_a_refused_setting_is_still_there_to_be_changed_after_a_page_switch(enter, workbench):
    page = enter("generate.py")
    page.selectbox(key="synthesizer_staff").set_value("auto")
    page.selectbox(key="use_hma_staff").set_value("Yes")
    press_generate(page)
    page.switch_page("home.py").run()
    page.switch_page("generate.py").run()
    assert not page.exception
    assert (page.selectbox(key="synthesizer_staff").value, page.selectbox(key="use_hma_staff").value) == (
        "auto",
        "Yes",
    )


@pytest.mark.parametrize("prefix", ["", "bulk_"])
def test_each_dataset_has_a_synthesizer_of_its_own(enter, prefix):
    page = enter("generate.py")
    button = f"{prefix}generate"
    assert page.selectbox(key=f"{prefix}synthesizer_staff").value == "ctgan"
    page.selectbox(key="dataset").set_value("cards").run()
    assert page.selectbox(key=f"{prefix}synthesizer_cards").value == "auto"
    page.number_input(key=f"{prefix}epochs_cards").set_value(9)
    page.button(key=button).click().run()
    open_form(page)
    page.selectbox(key="dataset").set_value("staff").run()
    assert page.selectbox(key=f"{prefix}synthesizer_staff").value == "ctgan"
    page.selectbox(key=f"{prefix}synthesizer_staff").set_value("autoregressive")
    page.button(key=button).click().run()
    open_form(page)
    page.selectbox(key="dataset").set_value("cards").run()
    assert page.selectbox(key=f"{prefix}synthesizer_cards").value == "auto"
    assert page.number_input(key=f"{prefix}epochs_cards").value == 9
    page.selectbox(key="dataset").set_value("staff").run()
    assert page.selectbox(key=f"{prefix}synthesizer_staff").value == "autoregressive"


def test_an_own_table_is_ordered_from_whichever_synthesizer_suits_it(enter, workbench):
    page = enter("generate.py")
    page.selectbox(key="dataset").set_value("cards").run()
    press_generate(page)
    assert (workbench.calls[0].dataset, workbench.calls[0].recipe) == ("cards", Recipe("auto"))


def test_a_model_that_was_chosen_by_trial_has_the_name_of_its_synthesizer_and_is_asked_for_as_before(
    enter, workbench, monkeypatch
):
    asked = Recipe("auto")
    monkeypatch.setattr(model_choice, "compute_model_id", lambda _, recipe: "m1" if recipe == asked else "")
    workbench.given_models = (make_model("m1", Recipe("autoregressive")),)
    page = enter("generate.py")
    workbench.runs.submit(TrainOrder("staff", asked))
    workbench.calls.clear()
    page.run()
    assert page.selectbox(key="bulk_model_staff").options[1] == "autoregressive, 70 epochs · 0.930"
    page.selectbox(key="model_staff").set_value("model:m1")
    press_generate(page)
    assert (workbench.calls[0].recipe, workbench.calls[0].model) == (asked, None)


def test_a_link_from_a_training_chooses_its_model(enter, workbench):
    workbench.given_models = (make_model("m1"),)
    page = enter("home.py")
    run = workbench.runs.submit(TrainOrder("staff", Recipe(epochs=9)))
    page.query_params["model"] = run.id
    page.switch_page("generate.py").run()
    assert page.selectbox(key="model_staff").value == "model:m1"


def test_a_model_of_the_models_page_is_used_by_its_id(enter, workbench):
    workbench.given_models = (make_model("m7"),)
    page = enter("home.py")
    page.query_params["model"] = "model:m7"
    page.switch_page("generate.py").run()
    options = page.selectbox(key="model_staff").options
    assert options[1] == "ctgan after HMA, 70 epochs · 0.930"
    assert page.selectbox(key="model_staff").value == "model:m7"
    press_generate(page)
    assert (workbench.calls[0].model, workbench.calls[0].recipe) == ("m7", Recipe())


def test_a_recipe_is_saved_and_chosen_for_a_table(enter, workbench):
    page = enter("generate.py")
    page.number_input(key="epochs_staff").set_value(9).run()
    page.text_input(key="recipe_name_table").input("short")
    page.button(key="keep_recipe_table").click().run()
    assert workbench.recipes.get("short") == Recipe(epochs=9)
    page.number_input(key="epochs_staff").set_value(70)
    choice = page.selectbox(key="model_staff")
    assert choice.options[1] == "Saved recipe short (ctgan after HMA, 9 epochs)"
    choice.set_value("recipe:short")
    press_generate(page)
    assert (workbench.calls[0].recipe, workbench.calls[0].model) == (Recipe(epochs=9), None)


def test_what_a_stopped_training_has_kept_can_be_chosen_for_a_table_and_bulk_takes_none(enter, workbench):
    workbench.given_models = (make_model("m1", Recipe(epochs=9), was_stopped=True), make_fitted(Recipe()))
    page = enter("generate.py")
    choice = page.selectbox(key="model_staff")
    assert choice.options[1:] == [
        "ctgan after HMA, 9 epochs, stopped · 0.930",
        "ctgan after HMA, 70 epochs · 0.930",
    ]
    assert page.selectbox(key="bulk_model_staff").options[1:] == ["ctgan after HMA, 70 epochs · 0.930"]
    choice.set_value("model:m1")
    press_generate(page)
    assert (workbench.calls[0].model, workbench.calls[0].recipe.epochs) == ("m1", 9)


def test_many_rows_are_ordered_in_bulk(enter, workbench):
    page = enter("generate.py")
    page.number_input(key="bulk_rows").set_value(2_000_000)
    page.selectbox(key="bulk_format").set_value("csv")
    page.number_input(key="bulk_seed").set_value(3)
    page.number_input(key="bulk_epochs_staff").set_value(5)
    page.button(key="bulk_generate").click().run()
    order = workbench.calls[0]
    assert (order.kind, order.dataset, order.rows, order.format, order.seed, order.recipe.epochs) == (
        RunKind.BULK,
        "staff",
        2_000_000,
        "csv",
        3,
        5,
    )
    assert "**staff, 2,000,000 rows, seed 3** · ctgan after HMA, 5 epochs" in read_text(page)
    assert "bulk_generate" not in [button.key for button in page.button]


def test_a_large_table_shows_its_verdict_and_its_files_where_it_was_ordered(enter, workbench):
    page = enter("generate.py")
    page.button(key="bulk_generate").click().run()
    run = workbench.runs.list()[0]
    assert page.query_params == {"run": run.id}
    assert "**Look.** Some columns differ. Read the findings." in [one.value for one in page.warning]
    assert "**Quality** (likeness to the real table, 0–1)" in read_text(page)
    assert read_metrics(page) == {
        "Rows": "1,000,000",
        "Files of rows": "20",
        "Rules": "all hold",
        "Privacy": "Pass",
    }
    assert f"The files of run {run.id} no longer exist" in read_text(page)


def test_results_of_another_dataset_are_named_as_such(enter):
    page = press_generate(enter("generate.py"))
    assert "**staff, 1,000 rows, seed 0** · ctgan after HMA, 70 epochs" in read_text(page)
    assert not page.warning
    open_form(page).selectbox(key="dataset").set_value("cards").run()
    assert "These results belong to the dataset Staff" in page.warning[0].value
    assert "the form above is set to Cards" in page.warning[0].value


@pytest.mark.parametrize(("linked", "warnings"), [("cards", 0), ("nothing", 1)])
def test_a_link_to_an_unknown_dataset_is_warned_of(enter, linked, warnings):
    page = enter("home.py")
    page.query_params["dataset"] = linked
    page.switch_page("generate.py").run()
    assert len(page.warning) == warnings
    assert page.selectbox(key="dataset").value == ("cards" if linked == "cards" else "staff")


def test_a_second_click_on_bulk_queues_nothing_more(enter, workbench):
    workbench.is_held = True
    page = enter("generate.py")
    for _ in range(2):
        open_form(page).button(key="bulk_generate").click().run()
    (run,) = workbench.runs.list(kind=RunKind.BULK)
    assert page.query_params == {"run": run.id}
    open_form(page).number_input(key="bulk_seed").set_value(3)
    page.button(key="bulk_generate").click().run()
    assert len(workbench.runs.list(kind=RunKind.BULK)) == 2
