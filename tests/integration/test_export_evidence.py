"""Exports with their evidence: bundles, tables that must not leave, and many exports of one dataset."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pipeline.cli import run
from pipeline.errors import DataError, ExportError
from pipeline.evaluation.evaluate import evaluate_table
from pipeline.evaluation.privacy.copies import compute_row_keys
from pipeline.evaluation.privacy.repeats import record_export
from pipeline.evaluation.results import Verdict
from pipeline.generation.results import Generation, compute_table_key
from pipeline.reports import ReportFormat
from pipeline.settings import Settings
from pipeline.workbench.workbench import Workbench
from tests.integration.exports import AS_OF, generate, make_home

OPTIONS = ("--synthesizer", "autoregressive", "--epochs", "1", "--as-of", AS_OF.isoformat())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_home(tmp_path_factory.mktemp("export"))


@pytest.fixture
def workbench(home: Path) -> Workbench:
    return Workbench(Settings(home=home))


def plant(workbench: Workbench, generation: Generation, rows: int, columns: list[str]) -> Generation:
    """The same generation with real training rows in place of its first ones, and measured again."""
    reference = workbench.context.stores.library.obtain_reference(
        workbench.context.stores.catalog.get("people")
    )
    places = reference.training.index[:rows]
    table, modelled = generation.table.copy(), generation.modelled.copy()
    table.loc[table.index[:rows], columns] = reference.raw.loc[places, columns].to_numpy()
    learned = [name for name in columns if name in modelled]
    modelled.loc[modelled.index[:rows], learned] = reference.training.loc[places, learned].to_numpy()
    measured = evaluate_table(reference, table, modelled, AS_OF, workbench.settings.identity)
    return replace(
        generation, sample=replace(generation.sample, table=table, modelled=modelled), evaluation=measured
    )


def test_ten_planted_real_rows_are_found_and_nothing_leaves(workbench, home):
    planted = plant(workbench, generate(workbench), 10, ["email", "group", "balance"])
    assert planted.evaluation.privacy.overlap == {"email": 10}
    assert planted.evaluation.privacy.copies_share == pytest.approx(10 / 1000)
    measures = {one.name: one.verdict for one in planted.evaluation.privacy.measures}
    assert measures["exact_copies"] is Verdict.LOOK
    assert measures["lone_rows_found"] is Verdict.FAIL
    check = workbench.exports.check(planted)
    assert check.obstacles[-2] == '10 rows repeat a real value of "email".'
    assert check.obstacles[-1].startswith(
        "10 of 600 real rows, training or holdout, that equal no other real row"
    )
    for leave in (workbench.exports.export, workbench.exports.bundle):
        with pytest.raises(ExportError, match=r'"email".*10 of 1,000 rows'):
            leave(planted, "csv")
    with pytest.raises(ExportError, match="10 of 1,000 rows"):
        workbench.exports.save(planted, "csv", home.parent / "leak.csv", [ReportFormat.HTML])
    assert not list(home.parent.glob("leak*"))


def test_copies_without_identity_are_found_and_nothing_leaves(workbench):
    planted = plant(workbench, generate(workbench), 10, ["group", "balance"])
    with pytest.raises(ExportError, match="10 of 600 real rows, training or holdout"):
        workbench.exports.export(planted, "csv")


def test_one_copy_without_identity_warns_and_names_who_went_on(workbench):
    planted = plant(workbench, generate(workbench), 1, ["group", "balance"])
    check = workbench.exports.check(planted)
    assert check.is_open
    assert any(
        warning.startswith("1 of 1,000 rows (0.1%) equal a training row") for warning in check.warnings
    )
    manifest = workbench.exports.export(planted, "csv").manifest
    assert set(check.warnings) <= set(manifest["warnings"]["findings"])
    assert manifest["warnings"]["accepted_by"] == workbench.actor.name


def test_a_bundle_holds_table_manifest_and_reports_in_equal_bytes(workbench):
    generation = generate(workbench, seed=1)
    formats = [ReportFormat.HTML, ReportFormat.WORD]
    first, second = (
        workbench.exports.bundle(one, "csv", formats) for one in (generation, generate(workbench, seed=1))
    )
    assert first.content == second.content
    with zipfile.ZipFile(io.BytesIO(first.content)) as archive:
        table, *evidence = archive.namelist()
        manifest = json.loads(archive.read("manifest.json"))
        assert evidence == ["manifest.json", "report.html", "report.docx"]
        assert manifest["file"] == table
        assert manifest["sha256"] == hashlib.sha256(archive.read(table)).hexdigest()
        page = archive.read("report.html").decode()
    assert generation.model.id in page
    assert not re.findall(r"person\d+@", page)  # an address of the sample


def test_a_fully_evaluated_table_carries_baselines_attacks_and_training(workbench):
    evaluated = workbench.evidence.evaluate_fully(generate(workbench))
    manifest = workbench.exports.export(evaluated, "csv").manifest
    assert manifest["evidence"]["privacy"]["depth"] == "full"
    assert {"baselines", "detection", "coverage"} <= set(manifest["evidence"])
    assert workbench.evidence.describe(evaluated).history == evaluated.model.history


def test_overlap_that_no_single_export_shows_is_reported_everywhere(tmp_path, home):
    workbench = Workbench(Settings(home=tmp_path))
    workbench.datasets.add("people", [home.parent / "people.csv"])
    generation = generate(workbench)
    reference = workbench.context.stores.library.obtain_reference(
        workbench.context.stores.catalog.get("people")
    )
    fingerprint = generation.model.dataset_fingerprint
    assert workbench.exports.check(generation).warnings == ()
    for start in range(0, 480, 8):
        known = reference.training.iloc[start : start + 8]
        keys = compute_row_keys(reference.training, reference.holdout, known)
        workbench.context.stores.exports.add(f"{start:064}", record_export(keys, fingerprint), "ana")
    (warning,) = workbench.exports.check(generation).warnings
    assert warning.startswith("61 exports together repeat 480 of 480 training rows (100.0%)")
    export = workbench.exports.export(generation, "csv")
    assert export.manifest["warnings"]["findings"][0] == warning
    found = export.manifest["evidence"]["privacy"]["measures"][-1]
    assert (found["name"], found["verdict"]) == ("repeated_exports", "fail")
    with zipfile.ZipFile(io.BytesIO(workbench.exports.bundle(generation, "csv").content)) as archive:
        assert "61 exports together repeat" in archive.read("report.html").decode()


def test_the_first_table_of_a_dataset_is_the_same_after_others_have_left(tmp_path, home):
    workbench = Workbench(Settings(home=tmp_path))
    workbench.datasets.add("people", [home.parent / "people.csv"])
    first = workbench.exports.bundle(generate(workbench, 1), "csv").content
    later = workbench.exports.export(generate(workbench, 2), "csv").manifest["evidence"]["privacy"][
        "measures"
    ]
    assert later[-1]["sentence"].startswith("2 exports together repeat")
    assert workbench.exports.bundle(generate(workbench, 1), "csv").content == first


def test_another_rows_seed_or_date_is_another_table(workbench):
    generation = generate(workbench)
    others = [
        replace(generation, order=replace(generation.order, **changed))
        for changed in (
            {"seed": 5},
            {"rows": 2000},
            {"as_of": date(2026, 5, 18)},
            {"shares": {"group": {"a": 1.0}}},
        )
    ]
    assert len({compute_table_key(one) for one in [generation, *others]}) == 5


def test_a_table_of_a_dataset_that_was_replaced_has_no_evidence(tmp_path, home):
    workbench = Workbench(Settings(home=tmp_path))
    workbench.datasets.add("people", [home.parent / "people.csv"])
    generation = generate(workbench)
    lines = (home.parent / "people.csv").read_text().splitlines(keepends=True)
    (tmp_path / "fewer.csv").write_text("".join(lines[:400]))
    workbench.datasets.remove("people")
    workbench.datasets.add("people", [tmp_path / "fewer.csv"])
    with pytest.raises(DataError, match='"people" has changed since this table was generated'):
        workbench.exports.export(generation, "csv")


def test_generate_writes_manifest_reports_and_bundle_beside_the_file(home, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("WORKBENCH_HOME", str(home))
    file = tmp_path / "p.csv"
    arguments = ["generate", "people", "--rows", "1000", *OPTIONS, "--out", str(file)]
    assert run([*arguments, "--word", "--bundle", "--full", "--json"]) == 0
    done = json.loads(capsys.readouterr().out)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("p.csv", "p.csv.manifest.json", "p.csv.report.docx", "p.csv.report.html", "p.csv.zip")
    ]
    assert done["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert (
        json.loads((tmp_path / "p.csv.manifest.json").read_text())["evidence"]["privacy"]["depth"] == "full"
    )
    with zipfile.ZipFile(tmp_path / "p.csv.zip") as archive:
        assert archive.read("p.csv") == file.read_bytes()
        assert archive.read("report.html") == (tmp_path / "p.csv.report.html").read_bytes()


def test_generate_leaves_the_report_out_where_nobody_wants_it(home, tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(home))
    file = tmp_path / "p.csv"
    assert run(["generate", "people", "--rows", "1000", *OPTIONS, "--out", str(file), "--no-report"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["p.csv", "p.csv.manifest.json"]
