"""The Generate page: one order, one call, evidence before downloads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from threading import Event

import pytest
from sqlalchemy import update

from pages import _gate, _services
from pages._evidence import format_score
from pages._runs import RUNS, Run, Runs, describe_epoch
from pipeline.errors import JobCancelled, TrainingError
from pipeline.evaluation.results import Verdict
from pipeline.exporters import ExportFormat
from pipeline.requests import GenerateRequest
from pipeline.store.accounts import AccountRole
from pipeline.store.database import utc_now
from pipeline.store.tables import SESSIONS
from pipeline.synthesizers.protocol import Progress, Stage
from pipeline.synthesizers.recipe import Recipe
from tests.pages.conftest import read_text
from tests.pages.fake_workbench import make_evaluation


def press_generate(page):
    """Send the form as it stands."""
    return page.button(key="generate").click().run()


def read_metrics(page) -> dict[str, str]:
    """Label → value of every metric."""
    return {metric.label: metric.value for metric in page.metric}


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
    assert workbench.calls[0] == GenerateRequest(
        dataset="staff",
        rows=3_000,
        recipe=Recipe(epochs=5, use_hma=False),
        seed=7,
        as_of=date(2026, 1, 31),
        shares={"gender": {"Female": 0.6, "Male": 0.4}},
    )


def test_evidence_and_downloads_appear(enter):
    page = press_generate(enter("generate.py"))
    assert not page.exception
    metrics = read_metrics(page)
    assert (metrics["Rows"], metrics["Quality, 0–1"], metrics["Privacy"]) == ("1,000", "0.987", "Pass")
    assert metrics["Strong pairs only, 0–1"] == "not measured"
    assert [tab.label for tab in page.tabs] == ["Charts", "gender", "Quality", "Validity", "Privacy"]
    assert "Read me." in read_text(page)
    assert page.dataframe[0].value["name"].tolist() == ["Ada", "Bo", "Cy"]
    labels = [button.proto.label for button in page.get("download_button")]
    formats = ["CSV", "Excel", "JSON", "Word", "Parquet"]
    assert labels == [*formats, *(f"Manifest of the {fmt} file" for fmt in formats)]


def test_each_format_is_made_once_and_every_download_is_recorded(enter, workbench):
    press_generate(enter("generate.py"))
    outcome = RUNS.find("analyst-user").get_result()
    assert [outcome.read_file(ExportFormat.CSV, workbench) for _ in range(2)] == [b"csv", b"csv"]
    assert json.loads(outcome.read_manifest(ExportFormat.CSV, workbench)) == {"file": "csv", "note": "été"}
    assert workbench.calls.count(("export", "csv")) == 1
    assert workbench.calls[-3:] == [
        ("download", "csv"),
        ("download", "csv"),
        ("download", "csv manifest"),
    ]


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
    assert [call for call in workbench.calls if isinstance(call, GenerateRequest)] == [workbench.calls[0]]
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


@pytest.mark.parametrize(
    ("score", "text"), [(None, "not measured"), (1.0, "1.000"), (0.99999, "0.999"), (0.0, "0.000")]
)
def test_only_a_perfect_score_reads_as_one(score, text):
    assert format_score(score) == text


def test_a_run_tells_stage_and_epoch():
    seen = []

    def work(report):
        report(Progress(Stage.TRAIN, 35, 70, 1.0))
        seen.append((run.get_share(), run.describe()))
        report(Progress(Stage.EVALUATE, 0, 70, 2.0))
        return "done"

    run = Run(work)
    assert run.get_result() == "done"
    told = "Training, epoch 35 of 70, about 1 s of training remaining; 0 s elapsed"
    assert seen == [(pytest.approx(0.5), told)]
    assert run.get_share() == pytest.approx(0.92)


@pytest.mark.parametrize(("epoch", "seconds", "remaining"), [(1, 2.0, 138), (35, 20.0, 20), (70, 60.0, 0)])
def test_the_remaining_seconds_follow_the_pace_so_far(epoch, seconds, remaining):
    told = describe_epoch(Progress(Stage.TRAIN, epoch, 70, seconds))
    assert told == f"Training, epoch {epoch} of 70, about {remaining} s of training remaining"


def test_a_cancelled_run_ends_at_its_next_report():
    def work(report):
        run.cancel()
        run.cancel()
        report(Progress(Stage.TRAIN, 1, 70, 1.0))

    run = Run(work)
    with pytest.raises(JobCancelled, match="cancelled"):
        run.get_result()
    assert run.describe() == "Cancelling at the next step …"


def test_pages_use_the_workbench_of_the_process(enter, workbench):
    enter()
    assert _services._share_workbench() is workbench


@pytest.fixture
def held(workbench) -> Iterator[Event]:
    """Runs train until this is set."""
    workbench.gate = Event()
    yield workbench.gate
    workbench.gate.set()


def test_generate_is_disabled_while_a_run_is_going_on(enter, workbench, held):
    page = press_generate(enter("generate.py"))
    assert page.button(key="generate").disabled
    assert "**Staff of an \\*invented\\* firm, 1,000 rows**" in read_text(page)
    held.set()
    RUNS.find("analyst-user").get_result()
    page.run()
    assert not page.button(key="generate").disabled
    assert read_metrics(page)["Rows"] == "1,000"


def test_a_reload_finds_the_run_and_its_result(enter, open_tab, held):
    press_generate(enter("generate.py"))
    reloaded = open_tab("generate.py")
    assert reloaded.button(key="generate").disabled
    assert [button.label for button in reloaded.button if button.key == "cancel_run"] == ["Cancel"]
    held.set()
    RUNS.find("analyst-user").get_result()
    assert read_metrics(open_tab("generate.py"))["Rows"] == "1,000"


def test_a_run_outlives_the_login_and_can_be_cancelled_after_the_next(enter, open_tab, held):
    page = press_generate(enter("generate.py"))
    page.button(key="log_out").click().run()
    again = open_tab("generate.py")
    again.button(key="cancel_run").click()
    again.run()
    held.set()
    with pytest.raises(JobCancelled, match="cancelled"):
        RUNS.find("analyst-user").get_result()
    assert "The run was cancelled" in again.run().info[0].value


def test_nobody_sees_the_run_of_somebody_else(enter, open_tab):
    press_generate(enter("generate.py"))
    assert "Press Generate" in read_text(open_tab("generate.py", AccountRole.ADMIN))


def test_an_order_from_a_second_tab_is_refused_while_a_run_is_going_on(enter, open_tab, workbench, held):
    page, second = enter("generate.py"), open_tab("generate.py")
    press_generate(page)
    press_generate(second)
    assert "is still being made; this order was not started." in second.error[0].value
    assert len([call for call in workbench.calls if isinstance(call, GenerateRequest)]) == 1


def test_only_the_latest_run_of_an_account_is_kept():
    runs = Runs()
    for result in ("first", "second"):
        runs.start("ada", lambda report, result=result: result, "staff", "Staff").get_result()
    assert runs.find("ada").get_result() == "second"
    assert runs.find("bo") is None


def test_waiting_for_a_run_keeps_the_session_alive(enter, services, held):
    page = press_generate(enter("generate.py"))
    session = services.sessions.list("analyst-user")[0]
    age(services, session.id)
    before = services.sessions.get(session.id).last_seen
    _gate.watch.__wrapped__(session.id, "analyst-user")
    assert services.sessions.get(session.id).last_seen > before
    held.set()
    RUNS.find("analyst-user").get_result()
    age(services, session.id)
    before = services.sessions.get(session.id).last_seen
    _gate.watch.__wrapped__(session.id, "analyst-user")
    assert services.sessions.get(session.id).last_seen == before
    assert not page.exception


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
