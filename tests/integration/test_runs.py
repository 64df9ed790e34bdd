"""Runs that train for real, in this process: what a full disk leaves, and what is opened again."""

from __future__ import annotations

import errno
import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from pipeline.errors import DataError, NotFoundError
from pipeline.evaluation.headline import compute_figure
from pipeline.generation.orders import BulkOrder, GenerateOrder
from pipeline.models import stored_parts as models
from pipeline.models.model import FittedModel
from pipeline.progress import Signal
from pipeline.runs.claims import LaneLimits, RunClaims
from pipeline.runs.records import Run, write_result
from pipeline.runs.states import RunLane, RunStatus
from pipeline.runs.store import RunStore
from pipeline.settings import IdentityOptions, Settings
from pipeline.store.database import Database, open_database
from pipeline.store.tables import RUNS
from pipeline.workbench import tables
from pipeline.workbench.workbench import Workbench
from pipeline.workers.performer import perform_with


@pytest.fixture
def database(tmp_path: Path):
    database = open_database(Settings(home=tmp_path))
    yield database
    database.close()


@pytest.fixture
def workbench(tmp_path: Path, database: Database) -> Workbench:
    return Workbench(Settings(home=tmp_path), database=database)


def do(workbench: Workbench, database: Database, run: Run) -> Run:
    RunClaims(database).take_tickets("t1", run.lane, LaneLimits(9, 9), run.created_at)
    perform_with(workbench, database, run.id, "t1")
    return workbench.runs.get(run.id)


def test_a_full_disk_leaves_a_clear_state_and_nothing_half_written(
    workbench, database, tmp_path, monkeypatch
):
    def fill(folder: Path, *_: object) -> None:
        (folder / "arrays.npz").write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    recipe = workbench.models.default_recipe(synthesizer="autoregressive", epochs=1)
    run = workbench.runs.submit(GenerateOrder("employee", 1_000, recipe, seed=7))
    with monkeypatch.context() as full:
        full.setattr(models, "_write", fill)
        failed = do(workbench, database, run)
    assert failed.status is RunStatus.FAILED
    assert failed.error is not None
    assert failed.error.message == "The disk of the workbench is full; no partial files were kept."
    assert list((tmp_path / "models").iterdir()) == []
    workbench.runs.resume(run.id)
    done = do(workbench, database, run)
    assert (done.status, done.error, done.attempt) == (RunStatus.DONE, None, 2)
    opened = workbench.runs.open(run.id)
    again = workbench.generate(done.order)
    assert opened.table.equals(again.table)
    assert compute_figure(opened.evaluation).score == done.quality == done.result.quality


def make_table(workbench: Workbench, database: Database) -> Run:
    recipe = workbench.models.default_recipe(synthesizer="autoregressive", epochs=1)
    order = GenerateOrder("employee", 1_000, recipe, seed=7)
    return do(workbench, database, workbench.runs.submit(order))


def test_a_table_is_opened_with_the_settings_that_it_was_made_with(workbench, database, tmp_path):
    done = make_table(workbench, database)
    table = workbench.runs.open(done.id).table
    cautious = Settings(home=tmp_path, identity=IdentityOptions(ssn="never_issued"))
    later = Workbench(cautious, database=database)
    assert later.runs.open(done.id).table.equals(table)
    repeated = later.runs.open(do(later, database, later.runs.repeat(done.id)).id).table
    assert repeated["ssn"].str[0].eq("9").all()
    assert not table["ssn"].str[0].eq("9").any()


def test_a_table_that_would_come_out_otherwise_is_not_shown(workbench, database, monkeypatch):
    done = make_table(workbench, database)
    sample = FittedModel.sample

    def sample_otherwise(model, request):
        drawn = sample(model, request)
        return replace(drawn, table=drawn.table.iloc[::-1].reset_index(drop=True))

    monkeypatch.setattr(FittedModel, "sample", sample_otherwise)
    with pytest.raises(NotFoundError, match="can no longer be reproduced exactly"):
        workbench.runs.open(done.id)


def test_a_table_of_an_earlier_version_is_opened_with_the_settings_of_today(workbench, database):
    done = make_table(workbench, database)
    table = workbench.runs.open(done.id).table
    order = {name: value for name, value in done.order.as_plain().items() if name != "identity"}
    result = {name: value for name, value in write_result(done.result).items() if name != "table_sha256"}
    written = {"recipe_order": json.dumps(order), "result": json.dumps(result)}
    with database.begin() as connection:
        connection.execute(update(RUNS).where(RUNS.c.id == done.id).values(written))
    assert workbench.runs.open(done.id).table.equals(table)


def stop_training(workbench: Workbench, epochs: int = 3) -> str:
    recipe = workbench.models.default_recipe(synthesizer="autoregressive", epochs=epochs)
    stopped = workbench.train("employee", recipe, lambda one: Signal.STOP if one.epoch == 1 else None)
    assert stopped.was_stopped
    return stopped.model


def test_a_table_is_made_of_the_model_that_a_stopped_training_has_kept(workbench, database):
    model = stop_training(workbench)
    order = GenerateOrder("employee", 1_000, seed=7, model=model)
    run = workbench.runs.submit(order)
    assert (run.lane, run.order.recipe.epochs) == (RunLane.SHORT, 3)
    done = do(workbench, database, run)
    assert (done.status, done.model, done.result.reused) == (RunStatus.DONE, model, True)
    opened = workbench.runs.open(run.id)
    assert (opened.model.id, opened.model.epochs_trained) == (model, 1)
    assert [one.info.id for one in workbench.models.list()] == [model]


def test_a_table_that_is_cancelled_after_its_training_names_the_model_that_it_leaves(workbench, database):
    recipe = workbench.models.default_recipe(synthesizer="autoregressive", epochs=1)
    run = workbench.runs.submit(GenerateOrder("pci", 1_000, recipe, seed=7))
    original = tables.make_table

    def cancel(*arguments: object) -> object:
        workbench.runs.cancel(run.id)
        return original(*arguments)

    with pytest.MonkeyPatch.context() as late:
        late.setattr(tables, "make_table", cancel)
        cancelled = do(workbench, database, run)
    (stored,) = workbench.models.list()
    assert (cancelled.status, cancelled.model) == (RunStatus.CANCELLED, stored.info.id)
    assert RunStore(database).list_naming()[stored.info.id].owner == cancelled.owner


def test_a_model_that_is_not_there_or_was_fitted_to_another_dataset_is_refused(workbench):
    model = stop_training(workbench)
    order = GenerateOrder("pci", 1_000, model=model)
    with pytest.raises(DataError, match=f'"{model}" was trained on an earlier version of "pci"'):
        workbench.runs.submit(order)
    workbench.models.delete(model)
    with pytest.raises(NotFoundError, match=f'There is no model "{model}"'):
        workbench.runs.submit(replace(order, dataset="employee"))
    assert workbench.runs.list() == ()


def test_a_large_table_is_made_in_its_folder_and_tells_its_pace(workbench, database):
    recipe = workbench.models.default_recipe(synthesizer="autoregressive", epochs=1)
    order = BulkOrder("pci", 20_000, recipe=recipe, format="csv")
    done = do(workbench, database, workbench.runs.submit(order))
    assert (done.status, done.error) == (RunStatus.DONE, None)
    assert done.result.rows == 20_000
    assert 0.5 < done.quality < 1.0
    assert done.result.rows_per_second > 0
    assert (Path(done.result.out) / "manifest.json").is_file()
    assert done.result.out == done.order.out
