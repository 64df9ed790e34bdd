"""The Quality page: what is looked at, by hand and by link, and every part of a report."""

from __future__ import annotations

from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from pages._quality.report import CHARTS_AT_ONCE, VIEWS
from pipeline.access.accounts import AccountRole
from pipeline.errors import DataError
from pipeline.evaluation.results import PrivacyFinding, Verdict
from pipeline.generation.orders import GenerateOrder
from pipeline.runs.orders import TrainOrder
from pipeline.runs.states import RunKind, RunStatus
from pipeline.synthesizers.recipe import Recipe
from pipeline.workbench.labels import LabelService
from tests.pages.conftest import SHELL, log_in, read_text
from tests.pages.fake_runs import FakeRuns
from tests.pages.fake_workbench import FakeEvidence, make_model, make_run

MODELS = (make_model("m1"), make_model("m2"))


@pytest.fixture
def open_link(users, workbench):
    """The Quality page behind a link, for a logged-in user."""

    def open_link(role: AccountRole = AccountRole.ANALYST, **link: str) -> AppTest:
        from tests.pages.conftest import PASSWORD

        workbench.given_models = MODELS
        tab = log_in(AppTest.from_file(SHELL, default_timeout=120).run(), f"{role.value}-user", PASSWORD)
        tab.switch_page("quality.py")
        for name, value in link.items():
            tab.query_params[name] = value
        return tab.run()

    return open_link


def count_charts(page: AppTest) -> int:
    return len(page.get("plotly_chart"))


def test_without_a_choice_the_page_asks_for_a_file(enter):
    page = enter("quality.py")
    assert not page.exception
    assert "upload a table with the columns of Staff of an \\*invented\\* firm" in read_text(page)
    assert count_charts(page) == 0


def test_a_model_is_chosen_and_the_link_keeps_it(open_link, workbench):
    page = open_link(table="upload")
    page.selectbox(key="quality_table_staff").select("model:m2").run()
    assert not page.exception
    assert "About m2." in read_text(page)
    assert workbench.calls == [("report", "m2", False, None)]
    assert page.query_params["table"] == "model:m2"
    assert page.query_params["dataset"] == "staff"


def test_a_link_chooses_everything(open_link, workbench):
    page = open_link(
        dataset="staff", table="model:m1", beside="model:m2", view="privacy", measure="full", target="gender"
    )
    assert not page.exception
    assert workbench.calls == [("report", "m1", True, "gender"), ("report", "m2", True, "gender")]
    assert read_text(page).count("No row is copied.") == 2
    assert page.segmented_control(key="quality_view_").value == "privacy"


def test_finished_runs_and_stopped_trainings_are_offered_first(open_link, workbench):
    workbench.given_runs = (
        make_run("r1", RunKind.GENERATE),
        make_run("r2", RunKind.TRAIN),
        make_run("r3", RunKind.TRAIN, model=None),
        make_run("r4", RunKind.GENERATE, RunStatus.FAILED),
        make_run("r5", RunKind.EVALUATE),
        make_run("r6", RunKind.TRAIN, RunStatus.CANCELLED),
        make_run("r7", RunKind.TRAIN, RunStatus.CANCELLED, model=None),
    )
    page = open_link(AccountRole.VIEWER, table="run:r1", beside="run:r2")
    assert not page.exception
    assert page.selectbox(key="quality_table_staff").options == [
        "2,000 rows · 0.900 · the model that a stopped training kept",
        "ctgan after HMA, 70 epochs · 0.900",
        "ctgan after HMA, 9 epochs, stopped · 0.900",
    ]
    assert [call[1] for call in workbench.calls] == ["r1", "r2"]


def test_a_model_is_listed_once_beside_the_tables_and_a_link_to_its_training_leads_to_it(enter, workbench):
    workbench.given_models = MODELS
    page = enter("home.py")
    workbench.runs.submit(GenerateOrder("staff", 2_000, Recipe(), seed=7))
    training = workbench.runs.submit(TrainOrder("staff", Recipe()))
    workbench.calls.clear()
    page.query_params["table"] = f"run:{training.id}"
    page.switch_page("quality.py").run()
    assert page.selectbox(key="quality_table_staff").options == [
        "2,000 rows · 0.930 · ctgan after HMA, 70 epochs",
        "Model: ctgan after HMA, 70 epochs · 0.930 (m1)",
        "Model: ctgan after HMA, 70 epochs · 0.930 (m2)",
        "A file of mine",
    ]
    assert page.query_params["table"] == "model:m1"
    assert workbench.calls == [("report", "m1", False, None)]


def test_the_overview_says_everything_plainly_before_any_figure(open_link):
    page = open_link(table="model:m1")
    plain = next(one.value for one in page.markdown if "**Validity**" in one.value)
    assert "Every record passes" in plain
    assert "QualityReport" not in plain
    assert "AUC" not in plain
    assert page.subheader[0].value == "How this was judged"
    assert "Explain to an auditor" in [one.label for one in page.expander]


def test_runs_and_models_are_read_once_for_list_and_titles(open_link, monkeypatch):
    read = []

    def note(service, name):
        real = getattr(service, name)

        def look(*args, **kwargs):
            read.append(name)
            return real(*args, **kwargs)

        monkeypatch.setattr(service, name, look)

    note(LabelService, "list_models")
    note(FakeRuns, "list")
    page = open_link(table="model:m1", beside="model:m2")
    read.clear()
    page.run()
    assert sorted(read) == ["list", "list_models"]


def test_runs_that_cannot_be_chosen_are_explained(open_link, workbench):
    workbench.given_runs = (make_run("r1", RunKind.GENERATE),)
    assert "Not in the list" not in read_text(open_link(table="run:r1"))
    workbench.given_runs += (make_run("r2", RunKind.BULK), make_run("r3", RunKind.EVALUATE))
    text = read_text(open_link(table="run:r1"))
    assert "Not in the list: large tables" in text
    assert "report.html among its files on the Runs page" in text
    assert "evaluations of files, which keep their scores and no table" in text


def test_what_was_chosen_by_hand_wins_over_the_link_that_led_here(open_link):
    page = open_link(table="model:m1", view="privacy")
    page.segmented_control(key="quality_view_").set_value("overview").run()
    assert page.query_params["view"] == "overview"
    assert "About m1." in read_text(page)


def test_a_link_to_what_is_gone_says_so(open_link):
    page = open_link(table="model:gone", dataset="staff")
    assert "The link asks for table model\\:gone, which no longer exists." in read_text(page)


@pytest.mark.parametrize("view", VIEWS)
def test_every_part_shows_two_reports_side_by_side(open_link, view):
    page = open_link(table="model:m1", beside="model:m2", view=view)
    assert not page.exception
    together = (
        "Real, ctgan after HMA, 70 epochs (0.930) (m1) and ctgan after HMA, 70 epochs (0.930) (m2) together"
    )
    expected = {"overview": "Side by side", "method": "Limits", "columns": together, "pairs": together}
    assert expected.get(view, VIEWS[view]) in [one.value for one in page.subheader]
    assert count_charts(page) == {"overview": 3, "columns": 3, "pairs": 3}.get(view, 0)


def test_scores_of_two_tables_stand_in_one_table(open_link):
    page = open_link(table="model:m1", beside="model:m2")
    rows = page.dataframe[0].value.set_index("Measure")
    assert rows.loc["Quality, equal rows, 0–1"].tolist() == ["0.900", "0.900", "+0.000", "0.950"]
    assert rows.loc["Detection AUC, 0.5 is best"].tolist() == ["0.550", "0.550", "+0.000", "0.500"]
    assert rows.loc["Privacy"].tolist() == ["pass", "pass", "same", "–"]


def test_an_upload_is_measured_with_its_holdout_and_date(open_link, workbench):
    page = open_link(table="upload")
    page.get("file_uploader")[0].set_value(("t.csv", b"gender\nMale\n", "text/csv"))
    page.get("file_uploader")[1].set_value(("h.csv", b"gender\nFemale\n", "text/csv"))
    page.date_input(key="side0_as_of").set_value(date(2026, 1, 31)).run()
    assert not page.exception
    assert "About t.csv." in read_text(page)
    assert workbench.calls == [
        ("report", "staff", b"gender\nMale\n", b"gender\nFemale\n", date(2026, 1, 31), None)
    ]


def test_a_viewer_measures_no_files_and_makes_no_samples(open_link, workbench):
    page = open_link(AccountRole.VIEWER, table="upload")
    assert not page.exception
    assert "No run that you may see has made a table of this dataset." in read_text(page)
    assert len(page.get("file_uploader")) == 0
    workbench.given_runs = (make_run("r1", RunKind.GENERATE),)
    page = open_link(AccountRole.VIEWER, table="upload")
    assert "The link asks for table upload, which no longer exists." in read_text(page)
    assert "About r1." in read_text(page)
    assert len(page.get("file_uploader")) == 0


def test_a_run_that_waits_for_a_release_is_chosen_by_its_link_alone(open_link, workbench, monkeypatch):
    waiting = make_run("r9", RunKind.GENERATE)
    monkeypatch.setattr(type(workbench.runs), "get", lambda _, run_id: waiting)
    page = open_link(AccountRole.VIEWER, dataset="staff", table="run:r9")
    assert not page.exception
    assert "About r9." in read_text(page)
    assert page.query_params["table"] == "run:r9"


def test_exports_of_the_dataset_are_evaluated_together(open_link, workbench):
    workbench.together = PrivacyFinding(
        "repeated_exports", Verdict.LOOK, 0.2, 0.1, 0.3, 0.1, 0.15, "12 exports together repeat too much."
    )
    page = open_link(table="model:m1", view="privacy")
    assert ":orange-badge[Look] 12 exports together repeat too much." in read_text(page)


def test_a_table_that_cannot_be_measured_says_why(open_link, workbench, monkeypatch):
    def fail(*_: object) -> None:
        raise DataError("Table t.csv lacks the column gender.", "add it.")

    monkeypatch.setattr(FakeEvidence, "report_model", fail)
    page = open_link(table="model:m1")
    assert "lacks the column gender" in page.error[0].value


def test_many_charts_are_shown_a_few_at_a_time(open_link, workbench, monkeypatch):
    from dataclasses import replace

    from pipeline.reports.content import Drawings
    from tests.pages.fake_workbench import FakeEvidence, make_report

    report = make_report()
    columns = next(section for section in report.sections if section.key == "columns")
    chart = next(block for block in columns.blocks if isinstance(block, Drawings)).charts[0]
    many = replace(columns, blocks=(Drawings((chart,) * 40),))
    monkeypatch.setattr(FakeEvidence, "report_model", lambda *_: replace(report, sections=(many,)))
    page = open_link(table="model:m1", view="columns")
    assert count_charts(page) == CHARTS_AT_ONCE
    page.segmented_control(key="side0_columns_0_page").set_value(32).run()
    assert not page.exception
    assert count_charts(page) == CHARTS_AT_ONCE


def test_the_report_can_be_taken_along(open_link):
    page = open_link(table="model:m1")
    labels = [button.proto.label for button in page.get("download_button")]
    assert labels == ["Report as HTML", "Report as Word", "Report as JSON"]


def test_a_viewer_without_datasets_is_told_who_adds_them(enter, workbench):
    workbench.given_datasets = ()
    assert "There is no dataset yet. Analysts add them." in read_text(enter("quality.py", AccountRole.VIEWER))


def test_measuring_everything_says_how_long_it_takes(open_link, workbench):
    page = open_link(table="model:m1", measure="quick")
    assert "Everything takes about 60 seconds for each table" in read_text(page)
