"""The Generate page: one order, one call, evidence before downloads."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from sqlalchemy import update

from pages import _gate, _services
from pages._outcome import open_outcome
from pipeline.errors import NotFoundError, TrainingError
from pipeline.evaluation.results import Verdict
from pipeline.exporters import ExportFormat
from pipeline.run_orders import RunOrder
from pipeline.settings import RunLimits
from pipeline.store.accounts import AccountRole, Actor
from pipeline.store.database import utc_now
from pipeline.store.run_states import RunKind, RunStatus
from pipeline.store.tables import SESSIONS
from pipeline.synthesizers.recipe import Recipe
from tests.pages.conftest import PASSWORD, log_in, read_text
from tests.pages.fake_workbench import make_evaluation


def press_generate(page):
    """Send the form as it stands."""
    return page.button(key="generate").click().run()


def read_metrics(page) -> dict[str, str]:
    """Label → value of every metric."""
    return {metric.label: metric.value for metric in page.metric}


def read_progress(page) -> str:
    """What stands under the one progress bar."""
    return page.get("progress")[0].proto.text


def test_nothing_is_generated_before_the_button(enter, workbench):
    page = enter("generate.py")
    assert "Press Generate" in read_text(page)
    assert workbench.calls == []


def test_the_form_becomes_one_request(enter, workbench):
    page = enter("generate.py")
    page.number_input(key="rows").set_value(3_000)
    page.number_input(key="seed").set_value(7)
    page.date_input(key="as_of").set_value(date(2026, 1, 31))
    page.number_input(key="epochs").set_value(5)
    page.selectbox(key="use_hma").set_value("No")
    page.number_input(key="share_staff_gender_Female").set_value(60.0)
    page.number_input(key="share_staff_gender_Male").set_value(40.0)
    press_generate(page)
    assert workbench.calls[0] == RunOrder(
        RunKind.GENERATE,
        dataset="staff",
        rows=3_000,
        recipe=Recipe(epochs=5, use_hma=False),
        seed=7,
        as_of=date(2026, 1, 31),
        shares={"gender": {"Female": 0.6, "Male": 0.4}},
    )


def test_a_share_of_any_categorical_column_can_be_asked_for(enter, workbench):
    page = enter("generate.py")
    assert not [one for one in page.selectbox if (one.key or "").startswith("another_share")]
    page.selectbox(key="dataset").set_value("cards").run()
    page.selectbox(key="another_share_cards_column").set_value("card_provider")
    page.text_input(key="another_share_cards_category").set_value(" Visa ")
    page.number_input(key="another_share_cards_percent").set_value(70.0)
    press_generate(page)
    assert workbench.calls[0].shares == {"card_provider": {"Visa": 0.7}}


def test_evidence_and_downloads_appear(enter):
    page = press_generate(enter("generate.py"))
    assert not page.exception
    metrics = read_metrics(page)
    assert (metrics["Rows"], metrics["Quality, 0–1"], metrics["Privacy"]) == ("1,000", "0.987", "Pass")
    assert metrics["Strong pairs only, 0–1"] == "not measured"
    assert [tab.label for tab in page.tabs] == [
        "One table",
        "Bulk, any number of rows",
        "Charts",
        "gender",
        "Quality",
        "Validity",
        "Privacy",
    ]
    assert "Read me." in read_text(page)
    assert page.dataframe[0].value["name"].tolist() == ["Ada", "Bo", "Cy"]
    labels = [button.proto.label for button in page.get("download_button")]
    formats = ["CSV", "Excel", "JSON", "Word", "Parquet"]
    assert labels == [
        *formats,
        *(f"{fmt} with evidence" for fmt in formats),
        *(f"Manifest of the {fmt} file" for fmt in formats),
    ]


def test_the_summary_says_where_the_table_comes_from(enter, workbench):
    page = press_generate(enter("generate.py"))
    run = workbench.list_runs()[0]
    assert (
        f"Model m1 (newly trained, ctgan, 70 epochs), seed 0, ages and expiries as of {date.today()}; "
        in (read_text(page))
    )
    assert f"7.0 seconds of work. Run {run.id}." in read_text(page)


def test_each_format_is_made_once_and_every_download_is_recorded(enter, workbench):
    press_generate(enter("generate.py"))
    outcome = open_outcome(workbench, workbench.list_runs()[0])
    assert outcome.read_file(ExportFormat.CSV) == outcome.read_file(ExportFormat.CSV) == b"csv"
    assert json.loads(outcome.read_manifest(ExportFormat.CSV)) == {"file": "csv", "note": "été"}
    assert workbench.calls.count(("export", "csv")) == 1
    assert workbench.calls[-3:] == [
        ("download", "csv"),
        ("download", "csv"),
        ("download", "csv manifest"),
    ]


def test_nobody_gets_the_file_that_was_made_for_somebody_else(enter, workbench):
    press_generate(enter("generate.py"))
    run = workbench.list_runs()[0]
    open_outcome(workbench, run).read_file(ExportFormat.CSV)
    workbench.act_as(Actor("root", AccountRole.ADMIN, "web"))
    open_outcome(workbench, run).read_file(ExportFormat.CSV)
    assert workbench.calls.count(("export", "csv")) == 2
    assert workbench.calls.count(("open", run.id)) == 1


@pytest.mark.parametrize(
    "evidence", [make_evaluation(failed=3), make_evaluation(verdict=Verdict.FAIL, leaks=2)]
)
def test_a_table_that_fails_a_check_has_no_download(enter, workbench, evidence):
    workbench.evaluation = evidence
    page = press_generate(enter("generate.py"))
    assert "cannot be downloaded" in page.error[0].value
    assert not page.get("download_button")


def test_findings_that_warn_ask_for_somebody_who_answers_for_the_export(enter, workbench):
    workbench.evaluation = make_evaluation(verdict=Verdict.LOOK)
    page = press_generate(enter("generate.py"))
    assert "Too many copies." in page.warning[0].value
    assert not page.get("download_button")
    page.checkbox(key="answered_for").check().run()
    assert page.get("download_button")


def test_reruns_and_page_switches_keep_the_result_and_generate_nothing_again(enter, workbench):
    page = enter("generate.py")
    page.number_input(key="rows").set_value(2_000)
    press_generate(page)
    page.switch_page("home.py").run()
    page.switch_page("generate.py").run()
    assert read_metrics(page)["Rows"] == "2,000"
    assert page.number_input(key="rows").value == 2_000
    assert [call for call in workbench.calls if isinstance(call, RunOrder)] == [workbench.calls[0]]
    assert workbench.calls.count(("open", workbench.list_runs()[0].id)) == 1
    assert workbench.calls.count("plot") == 1


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
    workbench.datasets = ()
    assert "Add a table on the Datasets page" in read_text(enter("generate.py"))


def test_the_actor_of_the_session_is_the_actor_of_the_call(enter, workbench):
    press_generate(enter("generate.py", AccountRole.ADMIN))
    assert (workbench.actor.name, workbench.actor.source) == ("admin-user", "web")


def test_pages_use_the_workbench_of_the_process(enter, workbench):
    enter()
    assert _services._share_workbench() is workbench


@pytest.fixture
def held(workbench):
    """Runs wait until the test says otherwise."""
    workbench.is_held = True
    return workbench


def test_a_run_says_where_it_stands_until_its_table_is_there(enter, held):
    page = press_generate(enter("generate.py"))
    assert "**staff, 1,000 rows, seed 0**" in read_text(page)
    assert read_progress(page) == "Waiting, place 1 in the queue of short work …"
    held.begin()
    page.run()
    assert read_progress(page) == "Starting … 0 s elapsed"
    held.work()
    page.run()
    assert read_metrics(page)["Rows"] == "1,000"


def test_a_reload_finds_the_run_and_its_result(enter, open_tab, held):
    press_generate(enter("generate.py"))
    run = held.list_runs()[0]
    reloaded = open_tab("generate.py")
    assert [button.label for button in reloaded.button if button.key == f"cancel_{run.id}"] == ["Cancel"]
    held.work()
    assert read_metrics(open_tab("generate.py"))["Rows"] == "1,000"


def test_a_run_outlives_the_login_and_can_be_cancelled_after_the_next(enter, open_tab, held):
    page = press_generate(enter("generate.py"))
    page.button(key="log_out").click().run()
    again = open_tab("generate.py")
    run = held.list_runs()[0]
    again.button(key=f"cancel_{run.id}").click().run()
    assert held.get_run(run.id).status is RunStatus.CANCELLED
    assert "The run was cancelled" in again.info[0].value


def test_a_cancelled_run_can_be_resumed(enter, held):
    page = press_generate(enter("generate.py"))
    run = held.list_runs()[0]
    page.button(key=f"cancel_{run.id}").click().run()
    page.button(key=f"resume_{run.id}").click().run()
    assert held.get_run(run.id).status is RunStatus.QUEUED
    held.work()
    assert read_metrics(page.run())["Rows"] == "1,000"


def test_a_run_that_is_asked_to_end_says_so(enter, held):
    page = press_generate(enter("generate.py"))
    run = held.begin()[0]
    page.run().button(key=f"cancel_{run.id}").click().run()
    assert read_progress(page) == "Cancelling at the next step …"
    assert page.button(key=f"cancel_{run.id}").disabled


def test_nobody_sees_the_run_of_somebody_else(enter, open_tab):
    press_generate(enter("generate.py"))
    assert "Press Generate" in read_text(open_tab("generate.py", AccountRole.ADMIN))


def test_the_same_order_while_it_is_under_way_is_queued_once(enter, open_tab, held):
    page, second = enter("generate.py"), open_tab("generate.py")
    press_generate(page)
    press_generate(second)
    assert len(held.list_runs()) == 1
    second.number_input(key="seed").set_value(7)
    press_generate(second)
    assert [run.order["seed"] for run in held.list_runs()] == [7, 0]
    assert "**staff, 1,000 rows, seed 7**" in read_text(second)


def test_a_full_queue_refuses_the_order_and_leaves_the_page_as_it_is(enter, held):
    held.settings = held.settings.model_copy(update={"runs": RunLimits(waiting=1)})
    page = press_generate(enter("generate.py"))
    page.number_input(key="seed").set_value(7)
    press_generate(page)
    assert "1 runs are waiting already" in page.error[0].value
    assert "**staff, 1,000 rows, seed 0**" in read_text(page)


def test_a_link_opens_that_run_and_not_the_newest(enter, workbench):
    page = press_generate(enter("generate.py"))
    first = workbench.list_runs()[0]
    page.number_input(key="rows").set_value(2_000)
    press_generate(page)
    page.switch_page("home.py").run()
    page.query_params["run"] = first.id
    page.switch_page("generate.py").run()
    assert read_metrics(page)["Rows"] == "1,000"


@pytest.mark.parametrize("role", [AccountRole.VIEWER, AccountRole.ANALYST])
def test_a_link_to_no_run_of_ones_own_is_warned_of(enter, role):
    page = enter("home.py", role)
    page.query_params["run"] = "0123456789abcdef"
    page.switch_page("generate.py").run()
    assert 'There is no run "0123456789abcdef"' in page.warning[0].value
    assert not page.exception


def test_a_viewer_opens_the_table_of_a_run_of_theirs_and_orders_nothing(enter, workbench, users):
    page = press_generate(enter("generate.py"))
    run = workbench.list_runs()[0]
    users.set_role("analyst-user", AccountRole.VIEWER)
    page = log_in(page.run(), "analyst-user", PASSWORD)
    page.query_params["run"] = run.id
    page.switch_page("generate.py").run()
    assert read_metrics(page)["Rows"] == "1,000"
    assert page.get("download_button")
    assert "generate" not in [button.key for button in page.button]


def test_a_table_whose_model_is_gone_can_be_made_again(enter, workbench, monkeypatch):
    page = enter("generate.py")

    def lose(run_id):
        raise NotFoundError("The model was deleted.", "repeat the run.")

    with monkeypatch.context() as lost:
        lost.setattr(workbench, "open_run", lose)
        press_generate(page)
        assert "The model was deleted." in page.error[0].value
        page.button(key=f"repeat_{workbench.list_runs()[0].id}").click().run()
    assert len(workbench.list_runs()) == 2
    assert read_metrics(page.run())["Rows"] == "1,000"


def test_a_trained_model_can_be_chosen_with_all_its_settings(enter, workbench, users):
    page = enter("generate.py")
    recipe = Recipe(epochs=9, batch_size=250)
    run = workbench.submit(RunOrder(RunKind.TRAIN, "staff", recipe))
    page.run()
    page.selectbox(key="model_staff").set_value(run.id)
    press_generate(page)
    assert workbench.list_runs(kind=RunKind.GENERATE)[0].order["recipe"]["batch_size"] == 250


def test_a_link_from_a_training_chooses_its_model(enter, workbench):
    page = enter("home.py")
    run = workbench.submit(RunOrder(RunKind.TRAIN, "staff", Recipe(epochs=9)))
    page.query_params["model"] = run.id
    page.switch_page("generate.py").run()
    assert page.selectbox(key="model_staff").value == run.id


def test_many_rows_are_ordered_in_bulk(enter, workbench):
    page = enter("generate.py")
    page.number_input(key="bulk_rows").set_value(2_000_000)
    page.selectbox(key="bulk_format").set_value("csv")
    page.number_input(key="bulk_seed").set_value(3)
    page.number_input(key="bulk_epochs").set_value(5)
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
    assert "staff, 2,000,000 rows, seed 3: queued as run" in page.success[0].value
    assert "Press Generate" in read_text(page)


def test_a_run_that_goes_on_does_not_keep_the_session_alive(enter, services, held):
    press_generate(enter("generate.py"))
    held.begin()
    session = services.sessions.list("analyst-user")[0]
    age(services, session.id)
    before = services.sessions.get(session.id).last_seen
    _gate.watch.__wrapped__(session.id)
    assert services.sessions.get(session.id).last_seen == before


def age(services, session_id: int) -> None:
    """Let ten minutes pass without anything done in a session."""
    with services.sessions._database.begin() as connection:
        earlier = utc_now() - timedelta(minutes=10)
        connection.execute(update(SESSIONS).where(SESSIONS.c.id == session_id).values(last_seen=earlier))


def test_results_of_another_dataset_are_named_as_such(enter):
    page = press_generate(enter("generate.py"))
    assert "Staff of an \\*invented\\* firm, 1,000 rows" in read_text(page)
    assert not page.warning
    page.selectbox(key="dataset").set_value("cards").run()
    assert "These are results of the dataset Staff" in page.warning[0].value
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
        page.button(key="bulk_generate").click().run()
    (run,) = workbench.list_runs(kind=RunKind.BULK)
    assert f"queued as run {run.id}" in page.success[0].value
    page.number_input(key="bulk_seed").set_value(3)
    page.button(key="bulk_generate").click().run()
    assert len(workbench.list_runs(kind=RunKind.BULK)) == 2
