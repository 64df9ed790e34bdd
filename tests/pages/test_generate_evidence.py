"""The Generate page once a table is there: summary, evidence, downloads."""

from __future__ import annotations

import json

import pytest

from pages._order.made_table import open_table
from pipeline.access.accounts import AccountRole, Actor
from pipeline.evaluation.results import Verdict
from pipeline.exporters import ExportFormat
from pipeline.generation.orders import GenerateOrder
from tests.pages.conftest import read_text
from tests.pages.fake_workbench import make_evaluation
from tests.pages.generate_form import open_form, press_generate, read_metrics


def test_evidence_and_downloads_appear(enter):
    page = press_generate(enter("generate.py"))
    assert not page.exception
    metrics = read_metrics(page)
    score = metrics["sdmetrics score, 0–1"]
    assert (metrics["Rows"], score, metrics["Privacy"]) == ("1,000", "0.987", "Pass")
    assert page.success[0].value == (
        "**Pass.** No measure gives a reason not to share this table. Share it together with its evidence."
    )
    assert "**Quality** (likeness to the real table, 0–1): 0.987" in read_text(page)
    assert metrics["Strong pairs only, 0–1"] == "not measured"
    assert [tab.label for tab in page.tabs] == [
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
        "Download CSV",
        *formats[1:],
        *(f"{fmt} with evidence" for fmt in formats),
        *(f"Manifest of the {fmt} file" for fmt in formats),
    ]


def test_the_summary_says_where_the_table_comes_from(enter, workbench):
    page = press_generate(enter("generate.py"))
    run = workbench.runs.list()[0]
    assert (
        "Model m1 (newly trained, ctgan after HMA, 70 epochs), seed 0, ages and expiries as of "
        f"{run.order.as_of}; " in (read_text(page))
    )
    assert f"7.0 seconds of work. Run {run.id}." in read_text(page)


def test_each_format_is_made_once_and_every_download_is_recorded(enter, workbench):
    press_generate(enter("generate.py"))
    table = open_table(workbench, workbench.runs.list()[0])
    assert table.read_file(ExportFormat.CSV) == table.read_file(ExportFormat.CSV) == b"csv"
    assert json.loads(table.read_manifest(ExportFormat.CSV)) == {"file": "csv", "note": "été"}
    assert workbench.calls.count(("export", "csv")) == 1
    assert workbench.calls[-3:] == [
        ("download", "csv"),
        ("download", "csv"),
        ("download", "csv manifest"),
    ]


def test_nobody_gets_the_file_that_was_made_for_somebody_else(enter, workbench):
    press_generate(enter("generate.py"))
    run = workbench.runs.list()[0]
    open_table(workbench, run).read_file(ExportFormat.CSV)
    workbench.act_as(Actor("root", AccountRole.ADMIN, "web"))
    open_table(workbench, run).read_file(ExportFormat.CSV)
    assert workbench.calls.count(("export", "csv")) == 2
    assert workbench.calls.count(("open", run.id)) == 1


@pytest.mark.parametrize(
    "evidence", [make_evaluation(failed=3), make_evaluation(verdict=Verdict.FAIL, leaks=2)]
)
def test_a_table_that_fails_a_check_has_no_download(enter, workbench, evidence):
    workbench.evaluation = evidence
    page = press_generate(enter("generate.py"))
    assert page.error[0].value.startswith("**Fail.**")
    assert "cannot be downloaded" in page.error[1].value
    assert not page.get("download_button")


def test_findings_that_warn_ask_for_somebody_who_answers_for_the_export(enter, workbench):
    workbench.evaluation = make_evaluation(verdict=Verdict.LOOK)
    page = press_generate(enter("generate.py"))
    assert page.warning[0].value.startswith("**Look.** More rows equal a row that the model learned from")
    assert "Too many copies." in page.warning[1].value
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
    assert open_form(page).number_input(key="rows").value == 2_000
    assert [call for call in workbench.calls if isinstance(call, GenerateOrder)] == [workbench.calls[0]]
    assert workbench.calls.count(("open", workbench.runs.list()[0].id)) == 1
    assert workbench.calls.count("plot") == 1
