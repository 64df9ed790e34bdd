"""The Generate page: one order, one call, evidence before downloads."""

from __future__ import annotations

from datetime import date

import pytest

from pages import _services
from pages._evidence import format_score
from pages._runs import Run
from pipeline.errors import JobCancelled, TrainingError
from pipeline.evaluation.results import Verdict
from pipeline.requests import GenerateRequest
from pipeline.store.accounts import AccountRole
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
    buttons = [button.proto.label for button in page.get("download_button")]
    assert buttons == ["CSV", "Excel", "JSON", "Word", "Parquet"]


@pytest.mark.parametrize("evidence", [make_evaluation(failed=3), make_evaluation(verdict=Verdict.FAIL)])
def test_a_table_that_fails_a_check_has_no_download(enter, workbench, evidence):
    workbench.evaluation = evidence
    page = press_generate(enter("generate.py"))
    assert "cannot be downloaded" in page.error[0].value
    assert not page.get("download_button")


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
    assert seen == [(pytest.approx(0.5), "Training, epoch 35 of 70")]
    assert run.get_share() == pytest.approx(0.92)


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
