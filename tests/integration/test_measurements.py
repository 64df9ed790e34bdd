"""Tables measured on request: once for equal content, and for those who may see them."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline.access.accounts import AccountRole, Actor
from pipeline.errors import NotFoundError
from pipeline.evaluation.results import Verdict
from pipeline.generation.orders import GenerateOrder
from pipeline.progress import PartProgress
from pipeline.runs.claims import LaneLimits, RunClaims
from pipeline.runs.orders import TrainOrder
from pipeline.runs.states import RunEvent, RunStatus
from pipeline.settings import Settings
from pipeline.workbench.workbench import Workbench
from tests.integration.exports import AS_OF, RECIPE, generate, make_home


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_home(tmp_path_factory.mktemp("export"))


@pytest.fixture
def workbench(home: Path) -> Workbench:
    return Workbench(Settings(home=home))


def test_an_unpacked_table_is_evaluated_as_of_the_date_in_its_manifest(workbench, tmp_path):
    with zipfile.ZipFile(io.BytesIO(workbench.exports.bundle(generate(workbench), "csv").content)) as archive:
        archive.extractall(tmp_path)
    (table,) = tmp_path.glob("*.csv")
    assert workbench.evidence.evaluate("people", table).as_of == AS_OF
    renamed = table.rename(tmp_path / "other.csv")
    workbench.context = replace(workbench.context, clock=lambda: date(2026, 8, 9))
    del workbench.evidence
    assert workbench.evidence.evaluate("people", renamed).as_of == date(2026, 8, 9)


def test_equal_content_is_measured_once(workbench, tmp_path):
    generation = generate(workbench)
    model = generation.model.id
    quick = workbench.evidence.report_model(model)
    assert workbench.evidence.report_model(model, on_progress=pytest.fail) is quick
    stages: list[str] = []
    full = workbench.evidence.report_model(
        model, is_full=True, target="group", on_progress=lambda one: stages.append(one.part)
    )
    assert {"detection", "utility"} <= set(stages)
    assert (
        workbench.evidence.report_model(model, is_full=True, target="group", on_progress=pytest.fail) is full
    )
    assert workbench.evidence.report_model(model, is_full=True) is not full
    file = tmp_path / "t.csv"
    file.write_bytes(workbench.exports.export(generation, "csv").content)
    first = workbench.evidence.report_file("people", file, AS_OF)
    assert workbench.evidence.report_file("people", file, AS_OF, on_progress=pytest.fail) is first
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert workbench.evidence.report_file("people", file, AS_OF) is not first


def test_what_was_measured_is_found_after_a_restart(workbench, home, tmp_path):
    generation = generate(workbench, seed=12)
    file, model = tmp_path / "t.csv", generation.model.id
    file.write_bytes(workbench.exports.export(generation, "csv").content)

    def report(place: Workbench, **options: Any) -> list[Any]:
        known = [place.evidence.report_model(model, is_full, **options) for is_full in (False, True)]
        return [
            one.evidence for one in (*known, place.evidence.report_file("people", file, AS_OF, **options))
        ]

    measured = report(workbench)
    restarted = Workbench(Settings(home=home))
    assert report(restarted, on_progress=pytest.fail) == measured


def test_a_report_names_the_holdout_that_it_was_asked_with(workbench, tmp_path):
    file = tmp_path / "t.csv"
    file.write_bytes(workbench.exports.export(generate(workbench), "csv").content)
    unseen = workbench.exports.export(generate(workbench, seed=1), "csv").content
    for name in ("first.csv", "second.csv"):
        held = tmp_path / name
        held.write_bytes(unseen)
        report = workbench.evidence.report_file("people", file, AS_OF, held)
        assert dict(report.facts)["Holdout"] == name


def test_a_run_that_was_done_again_is_measured_again(workbench, monkeypatch):
    table = workbench.runs.submit(
        GenerateOrder("people", 1000, workbench.models.default_recipe(**RECIPE), as_of=AS_OF)
    )
    finished = [generate(workbench, 7), generate(workbench, 8)]
    attempts = [replace(table, status=RunStatus.DONE, attempt=n, model="m") for n in (1, 2)]
    reports = []
    for done, generation in zip(attempts, finished, strict=True):
        monkeypatch.setattr(workbench.runs, "get", lambda _id, one=done: one)
        monkeypatch.setattr(workbench.runs, "open", lambda *_, one=generation: one)
        reports.append(workbench.runs.report(table.id))
    assert [dict(report.facts)["Seed of the rows"] for report in reports] == ["7", "8"]


def test_a_measurement_that_is_ended_leaves_nothing_behind(workbench):
    model = generate(workbench, seed=9).model.id

    def stop(progress: PartProgress) -> None:
        if progress.part == "attacks":
            raise KeyboardInterrupt("in the attacks")

    with pytest.raises(KeyboardInterrupt, match="in the attacks"):
        workbench.evidence.report_model(model, is_full=True, target="balance", on_progress=stop)
    assert (
        workbench.evidence.report_model(model, is_full=True, target="balance").evidence["utility"]["target"]
        == "balance"
    )


def test_exports_of_a_dataset_are_watched_together(tmp_path, home):
    workbench = Workbench(Settings(home=tmp_path))
    workbench.datasets.add("people", [home.parent / "people.csv"])
    assert workbench.exports.compare_all("people") is None
    for seed in (1, 2, 2):
        workbench.exports.export(generate(workbench, seed), "csv")
    found = workbench.exports.compare_all("people")
    assert found.verdict is Verdict.PASS
    assert found.sentence.startswith("2 exports together repeat")


def test_a_finished_run_is_measured_for_its_owner_alone(workbench):
    ana = workbench.act_as(Actor("ana", AccountRole.ANALYST, "web"))
    model = generate(workbench).model.id
    recipe = workbench.models.default_recipe(**RECIPE)
    table = ana.runs.submit(GenerateOrder("people", 1000, recipe, seed=4, as_of=AS_OF))
    training = ana.runs.submit(TrainOrder("people", recipe))
    claims = RunClaims(workbench.context.stores.database)
    for one in (table, training):
        claims.take_tickets("t", one.lane, LaneLimits(9, 9), one.created_at)
        claims.end(one.id, claims.claim(one.id, "t", attempts=9).attempt, RunEvent.FINISH, model=model)
    report = ana.runs.report(table.id)
    assert report.as_of == AS_OF
    assert dict(report.facts)["Seed of the rows"] == "4"
    assert ana.runs.report(table.id, on_progress=pytest.fail) is report
    assert dict(ana.runs.report(training.id).facts)["Model"].startswith(model)
    with pytest.raises(NotFoundError, match=table.id):
        workbench.act_as(Actor("bob", AccountRole.ANALYST, "web")).runs.report(table.id)
