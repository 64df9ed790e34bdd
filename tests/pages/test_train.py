"""The Train page: one form for a training or a sweep, live curves, and an answer on how many epochs."""

from __future__ import annotations

import pytest

from pipeline.access.accounts import AccountRole
from pipeline.errors import TrainingError
from pipeline.runs.orders import TrainOrder
from pipeline.runs.states import RunStatus
from pipeline.synthesizers.recipe import Recipe
from tests.pages.conftest import read_text
from tests.pages.fake_runs import ON_SCALE
from tests.pages.fake_workbench import FakeModels


def press_train(page):
    """Send the form as it stands."""
    return page.button(key="train").click().run()


def list_charts(page) -> list[str]:
    """Titles of the charts."""
    import json

    return [json.loads(chart.proto.spec)["layout"]["title"]["text"] for chart in page.get("plotly_chart")]


def test_without_a_training_the_page_says_what_to_do(enter):
    page = enter("train.py")
    assert "No training of this dataset yet. Press Train" in read_text(page)


def test_no_dataset_says_where_to_add_one(enter, workbench):
    workbench.given_datasets = ()
    assert "Add a table on the Datasets page" in read_text(enter("train.py"))


def test_a_viewer_may_not_train(enter):
    page = enter("train.py", AccountRole.VIEWER)
    assert "this needs the role analyst" in page.error[0].value
    assert "train" not in [button.key for button in page.button]


def test_every_setting_of_the_form_reaches_the_recipe(enter, workbench):
    page = enter("train.py")
    page.text_input(key="train_epochs_staff").input("9")
    page.selectbox(key="train_use_hma_staff").set_value("No")
    page.number_input(key="train_batch_size_staff").set_value(250)
    page.number_input(key="train_seed_staff").set_value(4)
    page.selectbox(key="train_keep_staff").set_value("last")
    page.number_input(key="train_patience_staff").set_value(5)
    page.number_input(key="train_time_budget_s_staff").set_value(90.0)
    page.number_input(key="train_generator_rate_staff").set_value(0.001)
    page.number_input(key="train_discriminator_rate_staff").set_value(0.002)
    page.selectbox(key="train_refine_staff").set_value("No")
    press_train(page)
    recipe = Recipe(
        epochs=9, use_hma=False, batch_size=250, seed=4, keep="last", patience=5, time_budget_s=90.0,
        generator_rate=0.001, discriminator_rate=0.002, refine=False,
    )  # fmt: skip
    assert workbench.calls == [TrainOrder("staff", recipe)]
    assert page.dataframe[0].value.iloc[0]["refine"] == False  # noqa: E712


def test_learning_rates_are_asked_for_ctgan_only(enter):
    page = enter("train.py")
    page.multiselect(key="train_synthesizers_staff").set_value(["autoregressive"]).run()
    assert "train_generator_rate_staff" not in [field.key for field in page.number_input]


def test_an_own_table_is_trained_at_the_defaults_by_whichever_synthesizer_suits_it(enter, workbench):
    page = enter("train.py")
    page.selectbox(key="dataset").set_value("cards").run()
    assert page.multiselect(key="train_synthesizers_cards").value == ["auto"]
    assert "not set for it" in read_text(page)
    offered = {field.key for field in (*page.selectbox, *page.number_input)}
    assert offered == {"dataset", "train_batch_size_cards", "train_seed_cards"}
    page.number_input(key="train_seed_cards").set_value(4)
    press_train(page)
    assert not page.error
    assert workbench.calls == [TrainOrder("cards", Recipe("auto", seed=4))]


def test_a_sweep_sets_what_one_synthesizer_reads_for_the_others_alone(enter, workbench):
    page = enter("train.py")
    page.multiselect(key="train_synthesizers_staff").set_value(["auto", "ctgan"]).run()
    page.selectbox(key="train_use_hma_staff").set_value("No")
    page.selectbox(key="train_refine_staff").set_value("No")
    page.number_input(key="train_patience_staff").set_value(5)
    press_train(page)
    assert not page.error
    assert [order.recipe for order in workbench.calls] == [
        Recipe("auto"),
        Recipe(use_hma=False, refine=False, patience=5),
    ]


def test_each_dataset_has_choices_of_its_own(enter, workbench):
    page = enter("train.py")
    page.text_input(key="train_epochs_staff").input("9")
    press_train(page)
    page.selectbox(key="dataset").set_value("cards").run()
    assert page.multiselect(key="train_synthesizers_cards").value == ["auto"]
    assert page.text_input(key="train_epochs_cards").value == "70"
    page.multiselect(key="train_synthesizers_cards").set_value(["autoregressive"]).run()
    press_train(page)
    page.selectbox(key="dataset").set_value("staff").run()
    assert page.multiselect(key="train_synthesizers_staff").value == ["ctgan"]
    assert page.text_input(key="train_epochs_staff").value == "9"
    page.selectbox(key="dataset").set_value("cards").run()
    assert page.multiselect(key="train_synthesizers_cards").value == ["autoregressive"]


def test_the_best_recipe_is_found_and_shown_with_its_reason(enter, workbench):
    workbench.is_held = True
    page = enter("train.py")
    page.button(key="find_recipe").click().run()
    assert workbench.calls == [TrainOrder("staff", Recipe("auto"))]
    (run,) = workbench.runs.begin()
    page.run()
    assert f"auto, 70 epochs ({run.id[:4]})" in page.multiselect(key="compared_staff").options
    assert "chosen by trial" not in read_text(page)
    workbench.runs.work()
    page.run()
    assert f"Run {run.id[:6]}, chosen by trial\\: autoregressive\\: AUC 0.51." in read_text(page)
    assert f"Take autoregressive, 3 epochs\\: quality {ON_SCALE} in 7.0 s." in read_text(page)
    row = page.dataframe[0].value.iloc[0]
    assert (row["synthesizer"], bool(row["use_hma"]), bool(row["refine"])) == ("autoregressive", False, False)
    assert page.multiselect(key="compared_staff").options == [f"autoregressive, 70 epochs ({run.id[:4]})"]


def test_a_training_that_failed_before_a_synthesizer_was_taken_has_no_settings_of_one(enter, workbench):
    workbench.failure = TrainingError("No synthesizer can learn this table.", "change the columns.")
    page = enter("train.py")
    workbench.runs.submit(TrainOrder("staff", Recipe("auto", seed=4)))
    page.run()
    row = page.dataframe[0].value.iloc[0]
    assert (row["synthesizer"], row["seed"], row["use_hma"], row["keep"]) == ("auto", 4, None, None)


def test_several_numbers_of_epochs_and_synthesizers_are_a_sweep(enter, workbench):
    page = enter("train.py")
    page.multiselect(key="train_synthesizers_staff").set_value(["ctgan", "autoregressive"]).run()
    page.text_input(key="train_epochs_staff").input("30, 10")
    press_train(page)
    runs = workbench.runs.list()
    wanted = {("ctgan", 10), ("ctgan", 30), ("autoregressive", 10), ("autoregressive", 30)}
    assert {(run.order.recipe.synthesizer, run.order.recipe.epochs) for run in runs} == wanted
    assert len({run.group for run in runs}) == 1
    assert runs[0].group is not None
    assert len(page.multiselect(key="compared_staff").value) == 4


@pytest.mark.parametrize(("epochs", "message"), [("many", '"many" is not a valid number'), ("", "No number")])
def test_what_is_no_number_of_epochs_is_refused(enter, workbench, epochs, message):
    page = enter("train.py")
    page.text_input(key="train_epochs_staff").input(epochs)
    press_train(page)
    assert message in page.error[0].value
    assert workbench.calls == []


def test_trainings_stay_on_the_page_below_a_number_that_is_refused(enter):
    page = press_train(enter("train.py"))
    page.text_input(key="train_epochs_staff").input("ten")
    press_train(page)
    assert '"ten" is not a valid number' in page.error[0].value
    assert list_charts(page) == ["Quality against time", "Trainings by epoch"]
    assert len(page.dataframe[0].value) == 1


def test_a_training_is_followed_by_epoch_until_it_is_done(enter, workbench):
    workbench.is_held = True
    page = press_train(enter("train.py"))
    assert "place 1 in the queue of trainings and large tables" in page.get("progress")[0].proto.text
    workbench.runs.begin()
    page.run()
    assert page.get("progress")[0].proto.text.startswith("Training, epoch 1 of 3, about ")
    assert list_charts(page) == ["Trainings by epoch"]
    workbench.runs.work()
    page.run()
    assert not page.get("progress")
    assert list_charts(page) == ["Quality against time", "Trainings by epoch"]


def test_the_answer_and_the_table_name_quality_seconds_and_settings(enter):
    page = press_train(enter("train.py"))
    assert f"Take ctgan after HMA, 3 epochs\\: quality {ON_SCALE} in 7.0 s." in read_text(page)
    row = page.dataframe[0].value.iloc[0]
    assert (row["quality"], row["seconds"], row["epochs"], row["kept"]) == (0.93, 7.0, 3, 3)
    assert (row["epochs_s"], row["use_hma"], row["refine"]) == (6.0, True, True)
    assert (row["synthesizer"], row["batch_size"], row["generator_rate"], row["status"]) == (
        "ctgan", 500, 2e-4, "done"
    )  # fmt: skip


def test_quality_can_be_drawn_against_epochs(enter):
    page = press_train(enter("train.py"))
    page.segmented_control(key="quality_axis").set_value("epochs").run()
    assert list_charts(page)[0] == "Quality against epochs"


def test_a_new_training_joins_those_in_the_chart(enter, workbench):
    page = press_train(enter("train.py"))
    first = workbench.runs.list()[0]
    page.multiselect(key="compared_staff").set_value([]).run()
    page.number_input(key="train_seed_staff").set_value(1)
    press_train(page)
    newest = workbench.runs.list()[0]
    assert page.multiselect(key="compared_staff").value == [newest.id]
    assert first.id != newest.id


def test_a_failed_training_shows_the_error_and_the_hint_and_can_be_resumed(enter, workbench):
    workbench.failure = TrainingError("The loss became NaN in epoch 3.", "lower the learning rate.")
    page = press_train(enter("train.py"))
    assert "The loss became NaN in epoch 3.  \nLower the learning rate." in page.error[0].value
    workbench.is_held = True
    run = workbench.runs.list()[0]
    page.button(key=f"resume_{run.id}").click().run()
    assert workbench.runs.get(run.id).status is RunStatus.QUEUED


def test_a_cancelled_training_keeps_its_best_state_and_can_be_resumed(enter, workbench):
    workbench.is_held = True
    page = press_train(enter("train.py"))
    run = workbench.runs.begin()[0]
    page.run().button(key=f"cancel_{run.id}").click().run()
    workbench.runs.work()
    page.run()
    assert "The run was cancelled. Its best state so far is model m1." in page.info[0].value
    assert f"resume_{run.id}" in [button.key for button in page.button]


def test_a_link_shows_that_run_and_its_dataset(enter, workbench):
    page = enter("home.py")
    run = workbench.runs.submit(TrainOrder("cards", Recipe(epochs=9, patience=4)))
    workbench.runs.submit(TrainOrder("cards", Recipe(epochs=5)))
    page.query_params["run"] = run.id
    page.switch_page("train.py").run()
    assert page.selectbox(key="dataset").value == "cards"
    shown = read_text(page)
    assert "**Training: cards, ctgan after HMA, 9 epochs** · done" in shown
    assert "stops after 4 epochs without better quality" in shown


def test_trainings_of_somebody_else_are_not_shown(enter, open_tab):
    press_train(enter("train.py"))
    other = open_tab("train.py", AccountRole.ADMIN)
    assert "analyst-user" not in read_text(other)
    assert len(other.dataframe[0].value) == 1


def test_a_new_tab_shows_the_dataset_that_was_trained_last(enter, open_tab):
    page = enter("train.py")
    page.selectbox(key="dataset").set_value("cards").run()
    press_train(page)
    assert page.query_params["dataset"] == "cards"
    assert open_tab("train.py").selectbox(key="dataset").value == "cards"


def test_a_training_that_is_ordered_together_with_a_page_switch_is_not_lost(enter, workbench):
    page = enter("train.py")
    page.button(key="train").click()
    page.switch_page("home.py").run()
    assert [run.order.recipe.synthesizer for run in workbench.runs.list()] == ["ctgan"]


def test_a_training_of_an_ended_session_is_refused(enter, workbench, services):
    page = enter("train.py")
    services.sessions.end_all("analyst-user")
    page.button(key="train").click().run()
    assert not page.exception
    assert workbench.calls == []


def test_what_was_trained_already_is_shown_and_not_trained_again(enter, workbench, monkeypatch):
    page = press_train(enter("train.py"))
    (trained,) = workbench.runs.list()
    monkeypatch.setattr(FakeModels, "compute_id", lambda _, __, recipe: f"m{recipe.epochs // 70}")
    monkeypatch.setattr(FakeModels, "is_stored", lambda _, model: model == "m1")
    page.text_input(key="train_epochs_staff").input("70, 30")
    press_train(page)
    assert [order.recipe.epochs for order in workbench.calls] == [70, 30]
    assert f"the same training\\: ctgan after HMA, 70 epochs (run {trained.id[:6]})." in page.info[0].value
    assert trained.id in page.multiselect(key="compared_staff").value


def test_a_training_that_waits_is_not_ordered_twice(enter, workbench):
    workbench.is_held = True
    page = press_train(press_train(enter("train.py")))
    assert len(workbench.runs.list()) == 1
    assert "Not trained again" in page.info[0].value


def test_a_recipe_is_saved_under_a_name_and_fills_the_form_later(enter, workbench):
    page = enter("train.py")
    assert "saved_recipe_staff" not in [field.key for field in page.selectbox]
    page.multiselect(key="train_synthesizers_staff").set_value(["autoregressive"]).run()
    page.text_input(key="train_epochs_staff").input("9")
    page.number_input(key="train_patience_staff").set_value(5)
    page.text_input(key="recipe_name_training").input("quick *one*")
    page.button(key="keep_recipe_training").click().run()
    recipe = Recipe("autoregressive", epochs=9, patience=5)
    assert workbench.recipes.get("quick *one*") == recipe
    page.selectbox(key="dataset").set_value("cards").run()
    page.selectbox(key="saved_recipe_cards").set_value("quick *one*").run()
    assert page.multiselect(key="train_synthesizers_cards_1").value == ["autoregressive"]
    assert page.text_input(key="train_epochs_cards_1").value == "9"
    press_train(page)
    assert workbench.calls == [TrainOrder("cards", recipe)]
    page.button(key="delete_recipe").click().run()
    assert workbench.recipes.list() == ()


@pytest.mark.parametrize(
    ("epochs", "name", "said"),
    [("9, 30", "mine", "asks for 2 trainings"), ("9", " ", "needs a name"), ("nine", "mine", "not a valid")],
)
def test_what_is_no_single_recipe_is_not_saved(enter, workbench, epochs, name, said):
    page = enter("train.py")
    page.text_input(key="train_epochs_staff").input(epochs)
    page.text_input(key="recipe_name_training").input(name)
    page.button(key="keep_recipe_training").click().run()
    assert said in page.error[0].value
    assert workbench.recipes.list() == ()


def test_the_form_folds_once_trainings_are_sent_and_stays_so_until_it_is_opened(enter, workbench):
    workbench.is_held = True
    page = enter("train.py")
    assert page.session_state["training_box_staff"]
    press_train(page)
    assert not page.session_state["training_box_staff"]
    workbench.runs.work()
    assert not page.run().session_state["training_box_staff"]


def test_the_form_is_folded_where_the_dataset_has_results_and_open_where_it_has_none(enter, workbench):
    page = enter("train.py")
    press_train(page)
    page.switch_page("runs.py").run()
    page.switch_page("train.py").run()
    assert not page.session_state["training_box_staff"]
    page.selectbox(key="dataset").select("cards").run()
    assert page.session_state["training_box_cards"]


def test_times_are_told_before_trainings_are_ordered(enter, workbench):
    page = enter("train.py")
    page.multiselect(key="train_synthesizers_staff").set_value(["ctgan", "autoregressive"]).run()
    page.text_input(key="train_epochs_staff").input("10, 200").run()
    shown = read_text(page)
    assert "4 trainings take about 4 minutes in all (estimated from a short calibration)." in shown
    assert "200 epochs\\: about 2 minutes; autoregressive, 10 epochs\\: a few seconds" in shown
    assert "Takes about 35 seconds, about 30 seconds of it training" in shown
    page.text_input(key="train_epochs_staff").input("none").run()
    assert not page.exception
    assert "trainings take" not in read_text(page)
