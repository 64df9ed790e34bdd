"""Exports with their evidence: bundles, tables that must not leave, and many exports of one dataset."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.cli import run
from pipeline.errors import DataError, ExportError, NotFoundError
from pipeline.evaluation.evaluate import evaluate_table
from pipeline.evaluation.privacy import record_export
from pipeline.evaluation.privacy.copies import compute_row_keys
from pipeline.evaluation.results import Verdict
from pipeline.report import ReportFormat
from pipeline.requests import GenerateRequest, Generation, compute_table_key
from pipeline.run_orders import RunOrder
from pipeline.settings import Settings
from pipeline.store.accounts import AccountRole, Actor
from pipeline.store.run_claims import LaneLimits, RunClaims
from pipeline.store.run_states import RunEvent, RunKind, RunStatus
from pipeline.workbench import Workbench

AS_OF = date(2026, 5, 17)
RECIPE = {"synthesizer": "autoregressive", "epochs": 1}
OPTIONS = ("--synthesizer", "autoregressive", "--epochs", "1", "--as-of", AS_OF.isoformat())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder with a table of 600 people whose balances tell them apart."""
    folder = tmp_path_factory.mktemp("export")
    rng = np.random.default_rng(3)
    people = pd.DataFrame(
        {
            "email": [f"person{number}@example.com" for number in range(600)],
            "group": rng.choice(["a", "b", "c"], 600),
            "balance": rng.lognormal(7, 1, 600).round(6),
        }
    )
    people.to_csv(folder / "people.csv", index=False)
    Workbench(Settings(home=folder / "state")).add_dataset("people", [folder / "people.csv"])
    return folder / "state"


@pytest.fixture
def workbench(home: Path) -> Workbench:
    return Workbench(Settings(home=home))


def generate(workbench: Workbench, seed: int = 0) -> Generation:
    recipe = workbench.default_recipe(**RECIPE)
    return workbench.generate(GenerateRequest("people", 1000, recipe, seed, AS_OF))


def plant(workbench: Workbench, generation: Generation, rows: int, columns: list[str]) -> Generation:
    """The same generation with real training rows in place of its first ones, and measured again."""
    reference = workbench._library.obtain_reference(workbench._catalog.get("people"))
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
    gate = workbench.judge(planted)
    assert gate.obstacles[-2] == '10 rows repeat a real value of "email".'
    assert gate.obstacles[-1].startswith("10 of 600 real rows, training or holdout, that no other real row")
    for leave in (workbench.export, workbench.bundle):
        with pytest.raises(ExportError, match=r'"email".*10 of 1,000 rows'):
            leave(planted, "csv")
    with pytest.raises(ExportError, match="10 of 1,000 rows"):
        workbench.save(planted, "csv", home.parent / "leak.csv", [ReportFormat.HTML])
    assert not list(home.parent.glob("leak*"))


def test_copies_without_identity_are_found_and_nothing_leaves(workbench):
    planted = plant(workbench, generate(workbench), 10, ["group", "balance"])
    with pytest.raises(ExportError, match="10 of 600 real rows, training or holdout"):
        workbench.export(planted, "csv")


def test_one_copy_without_identity_warns_and_names_who_went_on(workbench):
    planted = plant(workbench, generate(workbench), 1, ["group", "balance"])
    gate = workbench.judge(planted)
    assert gate.is_open
    assert any(warning.startswith("1 of 1,000 rows (0.1%) equal a training row") for warning in gate.warnings)
    manifest = workbench.export(planted, "csv").manifest
    assert manifest["warnings"] == {"findings": list(gate.warnings), "accepted_by": workbench.actor.name}


def test_a_bundle_holds_table_manifest_and_reports_in_equal_bytes(workbench):
    generation = generate(workbench, seed=1)
    formats = [ReportFormat.HTML, ReportFormat.WORD]
    first, second = (
        workbench.bundle(one, "csv", formats) for one in (generation, generate(workbench, seed=1))
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
    assert "person" not in page


def test_an_examined_table_carries_baselines_attacks_and_training(workbench):
    examined = workbench.examine(generate(workbench))
    manifest = workbench.export(examined, "csv").manifest
    assert manifest["evidence"]["privacy"]["depth"] == "full"
    assert {"baselines", "detection", "coverage"} <= set(manifest["evidence"])
    assert workbench.describe(examined).history == examined.model.history


def test_overlap_that_no_single_export_shows_is_reported_everywhere(tmp_path, home):
    workbench = Workbench(Settings(home=tmp_path))
    workbench.add_dataset("people", [home.parent / "people.csv"])
    generation = generate(workbench)
    reference = workbench._library.obtain_reference(workbench._catalog.get("people"))
    fingerprint = generation.model.dataset_fingerprint
    assert workbench.judge(generation).warnings == ()
    for start in range(0, 480, 8):
        known = reference.training.iloc[start : start + 8]
        keys = compute_row_keys(reference.training, reference.holdout, known)
        workbench._exports.add(f"{start:064}", record_export(keys, fingerprint), "ana")
    (warning,) = workbench.judge(generation).warnings
    assert warning.startswith("61 exports together repeat 480 of 480 training rows (100.0%)")
    export = workbench.export(generation, "csv")
    assert export.manifest["warnings"]["findings"] == [warning]
    found = export.manifest["evidence"]["privacy"]["measures"][-1]
    assert (found["name"], found["verdict"]) == ("repeated_exports", "fail")
    with zipfile.ZipFile(io.BytesIO(workbench.bundle(generation, "csv").content)) as archive:
        assert "61 exports together repeat" in archive.read("report.html").decode()


def test_the_first_table_of_a_dataset_is_the_same_after_others_have_left(tmp_path, home):
    workbench = Workbench(Settings(home=tmp_path))
    workbench.add_dataset("people", [home.parent / "people.csv"])
    first = workbench.bundle(generate(workbench, 1), "csv").content
    later = workbench.export(generate(workbench, 2), "csv").manifest["evidence"]["privacy"]["measures"]
    assert later[-1]["sentence"].startswith("2 exports together repeat")
    assert workbench.bundle(generate(workbench, 1), "csv").content == first


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
    workbench.add_dataset("people", [home.parent / "people.csv"])
    generation = generate(workbench)
    lines = (home.parent / "people.csv").read_text().splitlines(keepends=True)
    (tmp_path / "fewer.csv").write_text("".join(lines[:400]))
    workbench.remove_dataset("people")
    workbench.add_dataset("people", [tmp_path / "fewer.csv"])
    with pytest.raises(DataError, match='"people" has changed since this table was generated'):
        workbench.export(generation, "csv")


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


def test_an_unpacked_table_is_judged_by_the_date_in_its_manifest(workbench, tmp_path):
    with zipfile.ZipFile(io.BytesIO(workbench.bundle(generate(workbench), "csv").content)) as archive:
        archive.extractall(tmp_path)
    (table,) = tmp_path.glob("*.csv")
    assert workbench.assess("people", table).as_of == AS_OF
    renamed = table.rename(tmp_path / "other.csv")
    assert workbench.assess("people", renamed).as_of == date.today()


def test_equal_content_is_measured_once(workbench, tmp_path):
    generation = generate(workbench)
    model = generation.model.id
    quick = workbench.inspect_model(model)
    assert workbench.inspect_model(model, on_stage=pytest.fail) is quick
    stages: list[str] = []
    full = workbench.inspect_model(model, is_full=True, target="group", on_stage=stages.append)
    assert {"detection", "utility"} <= set(stages)
    assert workbench.inspect_model(model, is_full=True, target="group", on_stage=pytest.fail) is full
    assert workbench.inspect_model(model, is_full=True) is not full
    file = tmp_path / "t.csv"
    file.write_bytes(workbench.export(generation, "csv").content)
    first = workbench.inspect_file("people", file, AS_OF)
    assert workbench.inspect_file("people", file, AS_OF, on_stage=pytest.fail) is first
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert workbench.inspect_file("people", file, AS_OF) is not first


def test_a_report_names_the_holdout_that_it_was_asked_with(workbench, tmp_path):
    file = tmp_path / "t.csv"
    file.write_bytes(workbench.export(generate(workbench), "csv").content)
    unseen = workbench.export(generate(workbench, seed=1), "csv").content
    for name in ("first.csv", "second.csv"):
        held = tmp_path / name
        held.write_bytes(unseen)
        report = workbench.inspect_file("people", file, AS_OF, held)
        assert dict(report.facts)["Holdout"] == name


def test_a_run_that_was_done_again_is_measured_again(workbench, monkeypatch):
    table = workbench.submit(
        RunOrder(RunKind.GENERATE, "people", workbench.default_recipe(**RECIPE), rows=1000, as_of=AS_OF)
    )
    finished = [generate(workbench, 7), generate(workbench, 8)]
    attempts = [replace(table, status=RunStatus.DONE, attempt=n, model="m") for n in (1, 2)]
    reports = []
    for done, generation in zip(attempts, finished, strict=True):
        monkeypatch.setattr(workbench, "get_run", lambda _id, one=done: one)
        monkeypatch.setattr(workbench, "open_run", lambda _id, one=generation: one)
        reports.append(workbench.inspect_run(table.id))
    assert [dict(report.facts)["Seed of the rows"] for report in reports] == ["7", "8"]


def test_a_measurement_that_is_ended_leaves_nothing_behind(workbench):
    model = generate(workbench, seed=9).model.id

    def stop(stage: str) -> None:
        if stage == "privacy":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        workbench.inspect_model(model, is_full=True, target="balance", on_stage=stop)
    assert (
        workbench.inspect_model(model, is_full=True, target="balance").evidence["utility"]["target"]
        == "balance"
    )


def test_exports_of_a_dataset_are_watched_together(tmp_path, home):
    workbench = Workbench(Settings(home=tmp_path))
    workbench.add_dataset("people", [home.parent / "people.csv"])
    assert workbench.watch("people") is None
    for seed in (1, 2, 2):
        workbench.export(generate(workbench, seed), "csv")
    found = workbench.watch("people")
    assert found.verdict is Verdict.PASS
    assert found.sentence.startswith("2 exports together repeat")


def test_a_finished_run_is_measured_for_its_owner_alone(workbench):
    ana = workbench.act_as(Actor("ana", AccountRole.ANALYST, "web"))
    model = generate(workbench).model.id
    recipe = workbench.default_recipe(**RECIPE)
    table = ana.submit(RunOrder(RunKind.GENERATE, "people", recipe, rows=1000, seed=4, as_of=AS_OF))
    training = ana.submit(RunOrder(RunKind.TRAIN, "people", recipe))
    claims = RunClaims(workbench._stores.database)
    for one in (table, training):
        claims.take_tickets("t", one.lane, LaneLimits(9, 9), one.created_at)
        claims.end(one.id, claims.claim(one.id, "t", attempts=9).attempt, RunEvent.FINISH, model=model)
    report = ana.inspect_run(table.id)
    assert report.as_of == AS_OF
    assert dict(report.facts)["Seed of the rows"] == "4"
    assert ana.inspect_run(table.id, on_stage=pytest.fail) is report
    assert dict(ana.inspect_run(training.id).facts)["Model"].startswith(model)
    with pytest.raises(NotFoundError, match=table.id):
        workbench.act_as(Actor("bob", AccountRole.ANALYST, "web")).inspect_run(table.id)
