"""`evaluate --html --word`: files that appear whole, and refusals that come before anything slow."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from docx import Document

from pipeline import Workbench
from pipeline.cli import run
from pipeline.generation.orders import GenerateOrder
from pipeline.reports import ReportFormat

AS_OF = "2026-05-17"


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """300 rows of the real employee sample, as a table from elsewhere."""
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "state"))
    source = Path(__file__).resolve().parents[2] / "content" / "employee.csv"
    lines = source.read_text(encoding="utf-8").splitlines(keepends=True)
    path = tmp_path / "table.csv"
    path.write_text("".join([lines[0], *lines[501:801]]), encoding="utf-8")
    return path


def test_evaluate_writes_both_reports_beside_its_json(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    html, word = tmp_path / "report.html", tmp_path / "report.docx"
    code = run(
        [
            "evaluate",
            "employee",
            str(table),
            "--as-of",
            AS_OF,
            "--html",
            str(html),
            "--word",
            str(word),
            "--json",
        ]
    )
    printed = capsys.readouterr()
    assert code == 0, printed.err
    measured = json.loads(printed.out)
    # The real table as its own synthetic: every identity value comes back.
    assert measured["privacy"]["verdict"] == "fail"
    page = html.read_text(encoding="utf-8")
    assert "Do not use this table" in page
    assert "age (years)" in page
    assert Document(io.BytesIO(word.read_bytes())).paragraphs[0].text.startswith("Evidence: ")
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == [
        "report.docx",
        "report.html",
        "table.csv",
    ]


@pytest.mark.parametrize(
    ("option", "name", "message"),
    [
        ("--html", "missing/report.html", "does not exist"),
        ("--html", "report.pdf", "cannot be written"),
        ("--html", "report.docx", "has the wrong file extension"),
        ("--word", "report.html", "has the wrong file extension"),
    ],
)
def test_a_report_that_cannot_be_written_is_refused_first(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, name: str, message: str
) -> None:
    missing_table = str(table) + ".missing"
    code = run(["evaluate", "employee", missing_table, option, str(tmp_path / name)])
    printed = capsys.readouterr()
    assert (code, printed.out) == (2, "")
    assert message in printed.err


def test_a_generated_table_is_reported_with_its_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    workbench = Workbench()
    recipe = workbench.models.default_recipe(epochs=2, use_hma=False)
    generation = workbench.generate(GenerateOrder("pci", 1000, recipe, seed=3))
    subject = workbench.evidence.describe(generation)
    found = json.loads(workbench.evidence.report(subject, ReportFormat.JSON))
    assert found["facts"]["Seed of the rows"] == "3"
    assert generation.model.id in found["facts"]["Model"]
    assert found["evaluation"]["rows"] == 1000
