"""The use cases of runs: what is refused at once, who sees what, and what the audit log keeps."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import update

from pipeline.access.accounts import AccountRole, Actor
from pipeline.errors import AccessError, DataError, JobError, NotFoundError, StoreError, TrainingError
from pipeline.generation.orders import BulkOrder, GenerateOrder
from pipeline.runs.claims import LaneLimits, RunClaims
from pipeline.runs.orders import EvaluateOrder, TrainOrder, UnknownOrder, read_order
from pipeline.runs.states import RunEvent, RunKind, RunLane, RunStatus
from pipeline.settings import RunLimits, Settings
from pipeline.store.tables import RUNS
from pipeline.synthesizers.recipe import Recipe, check_recipe
from pipeline.workbench.workbench import Workbench

TRAIN = TrainOrder("employee")
TABLE = GenerateOrder("employee", 1_000, seed=7)
TODAY = date(2026, 3, 14)


@pytest.fixture
def workbench(tmp_path):
    limits = RunLimits(waiting=3, waiting_per_user=2, memory_mb=4_000)
    workbench = Workbench(Settings(home=tmp_path, runs=limits))
    workbench.context = replace(workbench.context, clock=lambda: TODAY)
    return workbench


def act(workbench, name, role=AccountRole.ANALYST):
    return workbench.act_as(Actor(name, role, "web"))


def prepare(workbench, order):
    preparation = workbench.runs._preparation
    return preparation.prepare_local(preparation.complete(order))


def end(workbench, run, event=RunEvent.FINISH, **values):
    claims = RunClaims(workbench.context.stores.database)
    claims.take_tickets("t", run.lane, LaneLimits(9, 9), run.created_at)
    claims.end(run.id, claims.claim(run.id, "t", attempts=9).attempt, event, **values)


def test_an_order_is_completed_when_it_is_submitted(workbench):
    ada = act(workbench, "ada")
    run = ada.runs.submit(TABLE)
    assert (run.kind, run.owner, run.source, run.status, run.position) == (
        RunKind.GENERATE, "ada", "web", RunStatus.QUEUED, 1,
    )  # fmt: skip
    order = run.order
    assert (order.as_of, order.recipe) == (TODAY, workbench.models.default_recipe())
    assert (run.lane, run.epochs) == (RunLane.LONG, 70)
    assert 450 < run.estimated_memory_mb < 1_000


def test_an_order_survives_its_plain_form():
    order = BulkOrder(
        "pci", 20_000, out="s3://x", as_of=date(2026, 1, 31), shares={"card_provider": {"Visa": 0.7}}
    )
    assert read_order(RunKind.BULK, order.as_plain()) == order
    with pytest.raises(JobError, match="another version"):
        read_order(RunKind.TRAIN, {"dataset": "pci", "recipe": {"steps": 3}})


def test_orders_of_earlier_versions_are_read_which_held_the_fields_of_every_kind():
    earlier = {
        "kind": "generate", "dataset": "pci", "recipe": None, "rows": 1_000, "seed": 7, "as_of": "2026-01-31",
        "shares": None, "format": None, "out": None, "part_rows": None, "file": None, "holdout": None,
        "target": None, "group": "g1", "identity": None, "model": None,
    }  # fmt: skip
    table = GenerateOrder("pci", 1_000, seed=7, as_of=date(2026, 1, 31))
    assert read_order(RunKind.GENERATE, earlier) == table
    assert read_order(RunKind.BULK, earlier) == BulkOrder("pci", 1_000, seed=7, as_of=date(2026, 1, 31))
    assert read_order(RunKind.TRAIN, earlier) == TrainOrder("pci")


@pytest.mark.parametrize("synthesizer", ["ctgan", "autoregressive"])
def test_orders_of_versions_that_did_not_refine_are_read_and_repeated_without_it(workbench, synthesizer):
    user = act(workbench, "ada")
    recipe = replace(Recipe(synthesizer, seed=3), refine=False)
    run = user.runs.submit(TrainOrder("employee", recipe))
    earlier = run.order.as_plain()
    del earlier["recipe"]["refine"], earlier["recipe"]["upstream"]
    with workbench.context.stores.database.begin() as connection:
        connection.execute(update(RUNS).where(RUNS.c.id == run.id).values(recipe_order=json.dumps(earlier)))
    assert user.runs.get(run.id).order.recipe == recipe
    repeated = user.runs.repeat(run.id)
    check_recipe(repeated.order.recipe)
    assert repeated.order == TrainOrder("employee", recipe)


def test_an_order_without_refinement_of_the_present_version_is_read_as_it_was_given():
    for refine in (True, False):
        order = TrainOrder("employee", Recipe(refine=refine))
        assert read_order(RunKind.TRAIN, order.as_plain()) == order


def test_the_files_of_an_upload_are_kept_by_their_names_alone():
    order = EvaluateOrder(
        "pci", "/tmp/upload-1/0/table.csv", holdout="/tmp/upload-1/1/held.csv", are_temporary=True
    )
    assert order.as_plain() == {
        "kind": "evaluate", "dataset": "pci", "file": "table.csv", "as_of": None, "holdout": "held.csv",
        "target": None,
    }  # fmt: skip


def test_a_run_whose_order_cannot_be_read_is_listed_and_not_repeated(workbench):
    run = workbench.runs.submit(TRAIN)
    odd = update(RUNS).where(RUNS.c.id == run.id).values(recipe_order='{"recipe": {"steps": 3}}')
    with workbench.context.stores.database.begin() as connection:
        connection.execute(odd)
    (listed,) = workbench.runs.list()
    assert listed.order == UnknownOrder("employee", {"recipe": {"steps": 3}})
    with pytest.raises(JobError, match="another version"):
        workbench.runs.repeat(run.id)


@pytest.mark.parametrize(
    ("order", "error", "message"),
    [
        (TrainOrder("nobody"), NotFoundError, 'no dataset "nobody"'),
        (GenerateOrder("employee", 12), DataError, "12 rows were requested"),
        (
            GenerateOrder("employee", 1_000, shares={"gender": {"Robot": 0.5}}),
            DataError,
            'has no category "?Robot',
        ),
        (replace(TABLE, seed=-1), DataError, "Seeds must be 0 or greater"),
        (replace(TRAIN, recipe=Recipe(seed=-1)), DataError, "Seeds must be 0 or greater"),
        (EvaluateOrder("employee"), DataError, "requires a table"),
        (EvaluateOrder("employee", file="/etc/passwd"), AccessError, "not an uploaded table"),
    ],
)
def test_what_must_fail_is_refused_at_once(workbench, order, error, message):
    with pytest.raises(error, match=message):
        act(workbench, "ada").runs.submit(order)
    assert workbench.runs.list() == ()


def test_a_recipe_that_cannot_train_is_refused_at_once(workbench):
    recipe = workbench.models.default_recipe(synthesizer="tvae", patience=3)
    with pytest.raises(TrainingError, match="does not support early stopping"):
        workbench.runs.submit(TrainOrder("employee", recipe))


@pytest.mark.parametrize(("batch_size", "refused"), [(505, "ctgan"), (250, None)])
def test_an_open_recipe_is_taken_although_one_candidate_refuses_it(workbench, batch_size, refused):
    if refused:
        with pytest.raises(TrainingError, match="multiple of 10"):
            workbench.runs.submit(TrainOrder("employee", Recipe(refused, batch_size=batch_size)))
    run = workbench.runs.submit(TrainOrder("employee", Recipe("auto", batch_size=batch_size)))
    assert run.status is RunStatus.QUEUED


def test_a_run_that_would_not_fit_is_refused_with_the_reason(tmp_path):
    workbench = Workbench(Settings(home=tmp_path, runs=RunLimits(memory_mb=100)))
    with pytest.raises(JobError, match=r"would take about \d{3} MB; runs\.memory_mb allows 100 MB"):
        workbench.runs.submit(TRAIN)


def test_a_full_queue_is_refused(workbench):
    ada = act(workbench, "ada")
    ada.runs.submit_sweep("employee", [workbench.models.default_recipe(epochs=n) for n in (5, 10)])
    with pytest.raises(JobError, match="2 runs of yours are waiting"):
        ada.runs.submit(TRAIN)


def test_work_of_this_process_that_would_not_fit_is_refused_before_it_begins(tmp_path):
    workbench = Workbench(Settings(home=tmp_path, runs=RunLimits(memory_mb=100)))
    with pytest.raises(JobError, match=r"would take about \d{3} MB; runs\.memory_mb allows 100 MB"):
        workbench.runs.perform(TRAIN, lambda _: pytest.fail("the work began"))
    assert workbench.runs.list() == ()


def test_the_runs_of_a_sweep_share_a_group(workbench):
    runs = act(workbench, "ada").runs.submit_sweep(
        "employee", [workbench.models.default_recipe(epochs=n) for n in (5, 10)]
    )
    assert [run.epochs for run in runs] == [5, 10]
    assert {run.group for run in runs} == {runs[0].group} != {None}
    assert {run.id for run in workbench.runs.list(group=runs[0].group)} == {run.id for run in runs}
    with pytest.raises(DataError, match="at least one recipe"):
        workbench.runs.submit_sweep("employee", [])


def test_users_see_their_own_runs_and_administrators_all(workbench):
    ada, bo, boss = act(workbench, "ada"), act(workbench, "bo"), act(workbench, "boss", AccountRole.ADMIN)
    run = ada.runs.submit(TRAIN)
    assert bo.runs.list() == bo.runs.list(owner="ada") == ()
    assert [one.id for one in boss.runs.list(owner="ada")] == [run.id]
    for look in (
        bo.runs.get,
        bo.runs.cancel,
        bo.runs.resume,
        bo.runs.delete,
        bo.runs.list_epochs,
        bo.runs.open,
    ):
        with pytest.raises(NotFoundError, match="There is no run"):
            look(run.id)
    assert boss.runs.cancel(run.id).status is RunStatus.CANCELLED


def test_viewers_look_and_order_nothing(workbench):
    viewer = act(workbench, "vi", AccountRole.VIEWER)
    assert viewer.runs.list() == ()
    with pytest.raises(AccessError, match="needs the role analyst"):
        viewer.runs.submit(TRAIN)


def test_cancelling_twice_is_harmless_and_resuming_queues_again(workbench):
    ada = act(workbench, "ada")
    run = ada.runs.submit(TRAIN)
    for _ in range(2):
        assert ada.runs.cancel(run.id).status is RunStatus.CANCELLED
    assert ada.runs.resume(run.id).status is RunStatus.QUEUED
    ada.runs.cancel(run.id)
    ada.runs.delete(run.id)
    events = [entry.event.value for entry in workbench.account.audit.list()]
    assert events == ["run_deleted", "run_cancelled", "run_resumed", "run_cancelled", "run_submitted"]
    assert {entry.subject for entry in workbench.account.audit.list()} == {run.id}


def test_a_run_is_resumed_only_where_the_queue_has_room(workbench):
    ada = act(workbench, "ada")
    run = ada.runs.submit(TRAIN)
    ada.runs.cancel(run.id)
    ada.runs.submit_sweep("employee", [workbench.models.default_recipe(epochs=n) for n in (5, 10)])
    with pytest.raises(JobError, match="2 runs of yours are waiting, of at most 2"):
        ada.runs.resume(run.id)
    assert ada.runs.get(run.id).status is RunStatus.CANCELLED


def test_a_run_that_would_not_fit_any_more_is_not_resumed(workbench, tmp_path):
    run = workbench.runs.submit(TRAIN)
    workbench.runs.cancel(run.id)
    smaller = Workbench(Settings(home=tmp_path, runs=RunLimits(memory_mb=100)))
    with pytest.raises(JobError, match=r"runs\.memory_mb allows 100 MB"):
        smaller.runs.resume(run.id)
    assert workbench.runs.get(run.id).status is RunStatus.CANCELLED


def test_a_resumed_table_takes_the_short_lane_once_its_model_is_fitted(workbench, monkeypatch):
    run = workbench.runs.submit(TABLE)
    assert run.lane is RunLane.LONG
    workbench.runs.cancel(run.id)
    monkeypatch.setattr(type(workbench.context.stores.library.store), "is_intact", lambda *_: True)
    resumed = workbench.runs.resume(run.id)
    assert (resumed.lane, resumed.epochs, resumed.order) == (RunLane.SHORT, 0, run.order)


def test_an_account_that_is_named_like_a_user_of_the_machine_is_somebody_else(workbench):
    local = workbench.runs.submit(TRAIN)
    namesake = act(workbench, local.owner)
    assert namesake.runs.list() == namesake.runs.list(owner=local.owner) == ()
    workbench.runs.cancel(local.id)
    with pytest.raises(NotFoundError, match="There is no run"):
        namesake.runs.resume(local.id)
    mine = namesake.runs.submit(TRAIN)
    assert [run.id for run in namesake.runs.list()] == [mine.id]
    assert namesake.runs.get(mine.id).source == "web"


def test_a_local_run_that_an_administrator_resumes_is_done_in_the_name_of_the_account(workbench):
    local = workbench.runs.submit(TRAIN)
    workbench.runs.cancel(local.id)
    resumed = act(workbench, "boss", AccountRole.ADMIN).runs.resume(local.id)
    assert (local.source, resumed.owner, resumed.source) == ("local", "boss", "web")


def test_a_waiting_run_that_was_to_be_cancelled_earlier_can_still_be_cancelled(workbench):
    ada = act(workbench, "ada")
    run = ada.runs.submit(TRAIN)
    asked = update(RUNS).where(RUNS.c.id == run.id).values(is_cancel_requested=True)
    with workbench.context.stores.database.begin() as connection:
        connection.execute(asked)
    assert ada.runs.cancel(run.id).status is RunStatus.CANCELLED


def test_a_run_is_repeated_with_the_same_order_as_a_run_of_ones_own(workbench):
    run = act(workbench, "ada").runs.submit(TABLE)
    again = act(workbench, "boss", AccountRole.ADMIN).runs.repeat(run.id)
    assert (again.owner, again.order) == ("boss", run.order)
    assert again.id != run.id


def test_only_a_finished_table_can_be_opened(workbench):
    ada = act(workbench, "ada")
    run = ada.runs.submit(TABLE)
    with pytest.raises(JobError, match="has no table"):
        ada.runs.open(run.id)


def test_a_table_whose_model_was_deleted_says_so(workbench):
    ada = act(workbench, "ada")
    run = ada.runs.submit(TABLE)
    end(workbench, run, model="3f2a9c41d07b")
    with pytest.raises(NotFoundError, match=r'The model "3f2a9c41d07b" of run .* was deleted'):
        ada.runs.open(run.id)


BULK = BulkOrder("employee", 2_000_000, seed=3)


def test_a_bulk_order_gets_a_folder_among_the_exports_that_equal_orders_share(workbench, tmp_path):
    ada = act(workbench, "ada")
    first, again = ada.runs.submit(BULK), ada.runs.submit(BULK)
    order = first.order
    folder = tmp_path / "exports"
    assert order.out.startswith(f"{folder}/employee-2000000-seed3-{TODAY}-")
    assert again.order == first.order
    assert (order.format, order.part_rows, first.lane) == ("parquet", 50_000, RunLane.LONG)
    assert first.estimated_memory_mb < 1_500
    other = act(workbench, "bo").runs.submit(replace(BULK, shares={"gender": {"Female": 0.5}}))
    assert other.order.out != order.out
    assert not folder.exists()


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"rows": 0}, DataError, "0 rows were requested"),
        ({"format": "excel"}, DataError, "cannot be written as excel"),
        ({"part_rows": 10}, DataError, "more than 100,000 files"),
        ({"shares": {"gender": {"Robot": 0.5}}}, DataError, 'has no category "?Robot'),
        ({"as_of": date(1800, 1, 1)}, DataError, "1800"),
        ({"out": "/srv/elsewhere"}, AccessError, "cannot be set here"),
    ],
)
def test_a_bulk_order_that_must_fail_is_refused_at_once(workbench, changes, error, message):
    with pytest.raises(error, match=message):
        act(workbench, "ada").runs.submit(replace(BULK, **changes))
    assert workbench.runs.list() == ()


def test_local_users_name_the_folder_and_others_repeat_the_order_into_one_of_their_own(workbench, tmp_path):
    run = workbench.runs.submit(replace(BULK, out=str(tmp_path / "exports" / "mine")))
    assert run.order.out == str(tmp_path / "exports" / "mine")
    boss = act(workbench, "boss", AccountRole.ADMIN)
    assert boss.runs.repeat(run.id).order.out.startswith(f"{tmp_path}/exports/employee-2000000-")


def test_a_folder_that_holds_something_else_is_refused_before_the_queue(workbench, tmp_path):
    taken = tmp_path / "exports" / "taken"
    taken.mkdir(parents=True)
    (taken / "notes.txt").write_text("mine")
    with pytest.raises(DataError, match=r'holds "notes\.txt"'):
        workbench.runs.submit(replace(BULK, out=str(taken)))


def begin_in_a_process_that_ends(home):
    """A local run whose process is killed on the way, as a command may be."""
    code = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from pipeline.runs.orders import TrainOrder\n"
        "from pipeline.settings import Settings\n"
        "from pipeline.workbench.models import ModelService\n"
        "from pipeline.workbench.workbench import Workbench\n"
        "workbench = Workbench(Settings(home=Path(sys.argv[1])))\n"
        "ModelService.train = lambda *_: os.kill(os.getpid(), 9)\n"
        "workbench.runs.perform(TrainOrder('employee'))\n"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run([sys.executable, "-c", code, str(home)], cwd=root, check=False)
    assert done.returncode == -9


def test_a_run_whose_command_was_killed_is_found_dead_at_the_next_look_without_a_server(workbench, tmp_path):
    begin_in_a_process_that_ends(tmp_path)
    (run,) = workbench.runs.list()
    assert (run.status, run.error.code) == (RunStatus.FAILED, "job")
    assert "ended before the run was complete" in run.error.message


def test_runs_are_listed_and_live_ones_left_alone_while_somebody_else_writes(workbench, tmp_path):
    workbench.context.stores.runs.add_local(prepare(workbench, TRAIN))
    writer = sqlite3.connect(tmp_path / "workbench.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    try:
        (run,) = workbench.runs.list()
    finally:
        writer.close()
    assert run.status is RunStatus.RUNNING


def test_a_list_of_runs_comes_also_where_a_dead_one_cannot_be_marked_now(workbench, monkeypatch, caplog):
    workbench.context.stores.runs.add_local(prepare(workbench, TRAIN))

    def fail(*_):
        raise StoreError("The database failed: database is locked.")

    monkeypatch.setattr("pipeline.runs.store.is_gone", lambda _: True)
    monkeypatch.setattr("pipeline.runs.store.RunStore._fail_local_runs", fail)
    (run,) = workbench.runs.list()
    assert run.status is RunStatus.RUNNING
    assert "could not be marked yet" in caplog.text


def test_an_evaluation_is_estimated_by_the_size_of_its_file(workbench, tmp_path):
    small, large = tmp_path / "small.csv", tmp_path / "large.csv"
    small.write_bytes(b"x" * 1_000)
    large.write_bytes(b"x" * 100_000_000)
    order = EvaluateOrder("employee", file=str(small))
    assert workbench.runs.submit(order).estimated_memory_mb < 500
    limited = Workbench(Settings(home=tmp_path, runs=RunLimits(memory_mb=1_900)))
    with pytest.raises(JobError, match=r"would take about 1,950 MB; runs\.memory_mb allows 1,900 MB"):
        limited.runs.submit(replace(order, file=str(large)))


def test_an_order_must_fit_beside_the_runs_that_have_not_taken_their_memory_yet(tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.runs.memory.find_free_mb", lambda: 900.0)
    workbench = Workbench(Settings(home=tmp_path, runs=RunLimits(long_at_once=2)))
    first = workbench.runs.submit(TRAIN)
    with pytest.raises(JobError, match=r"this machine has free beside its other runs 4\d\d MB"):
        workbench.runs.submit(TRAIN)
    workbench.runs.cancel(first.id)
    assert workbench.runs.submit(TRAIN).status is RunStatus.QUEUED


def test_runs_that_are_done_one_after_another_reserve_nothing_for_each_other(tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.runs.memory.find_free_mb", lambda: 900.0)
    workbench = Workbench(Settings(home=tmp_path))
    assert [workbench.runs.submit(TRAIN).position for _ in range(3)] == [1, 2, 3]


def test_several_runs_are_deleted_together_or_none_is(workbench):
    ended, waiting = workbench.runs.submit(TRAIN), workbench.runs.submit(TABLE)
    workbench.runs.cancel(ended.id)
    with pytest.raises(JobError, match="cancel it first"):
        workbench.runs.delete(ended.id, waiting.id)
    assert len(workbench.runs.list()) == 2
    workbench.runs.cancel(waiting.id)
    workbench.runs.delete(ended.id, waiting.id)
    assert workbench.runs.list() == ()
    deleted = workbench.account.audit.list(limit=2)
    assert [(one.event.value, one.subject) for one in deleted] == [
        ("run_deleted", waiting.id),
        ("run_deleted", ended.id),
    ]
