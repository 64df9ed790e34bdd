"""What requests and pages compute in processes beside the app: the same results, and ends in good order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from datetime import date
from pathlib import Path

import pandas as pd
import psutil
import pytest

from pipeline.access.accounts import AccountRole, Actor
from pipeline.access.audit import AuditFilter
from pipeline.datasets.confined import attended, confined
from pipeline.errors import AccessError, ClusterLost, DataError, JobCancelled
from pipeline.generation.orders import GenerateOrder
from pipeline.progress import Progress, Signal, Stage
from pipeline.reports import ReportFormat
from pipeline.runs.orders import EvaluateOrder, TrainOrder
from pipeline.runs.records import Run
from pipeline.runs.states import RunKind, RunStatus
from pipeline.runs.store import RunFilter
from pipeline.settings import PROJECT_ROOT, Settings
from pipeline.synthesizers.recipe import Recipe
from pipeline.workbench.calls import Calls
from pipeline.workbench.workbench import Workbench
from pipeline.workers.call_pool import CallPool
from pipeline.workers.priority import CALL_PRIORITY
from tests.databases import give_database

QUICK = Recipe("autoregressive", epochs=1, use_hma=False)
ENDLESS = Recipe("ctgan", epochs=9_000, use_hma=False, refine=False)
ADA = Actor("ada", AccountRole.ANALYST, "api")
AS_OF = date(2026, 1, 31)
PATIENCE_S = 300


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    """A workbench that does everything in this process, with a fitted model."""
    home = tmp_path_factory.mktemp("state")
    give_database(home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_RUNS__NICE", "10")
        workbench = Workbench(Settings(home=home), ADA)
    workbench.train("employee", QUICK)
    return workbench


@pytest.fixture(scope="module")
def pool(here: Workbench) -> Iterator[CallPool]:
    pool = CallPool(here.settings)
    yield pool
    pool.close()


@pytest.fixture(scope="module")
def beside(here: Workbench, pool: CallPool) -> Workbench:
    """The same workbench as the app opens it."""
    return open_beside(here, pool)


def open_beside(here: Workbench, pool: CallPool) -> Workbench:
    calls = Calls()
    calls.send_to(pool)
    return Workbench(here.settings, ADA, calls=calls)


def order(seed: int = 1, recipe: Recipe = QUICK, rows: int = 1_000) -> GenerateOrder:
    return GenerateOrder("employee", rows, recipe, seed=seed, as_of=AS_OF)


def outline(run: Run) -> dict[str, object]:
    """What is the same of two runs that did the same."""
    own = {"id", "created_at", "started_at", "ended_at", "heartbeat_at", "seconds", "peak_memory_mb"}
    kept = {one.name: getattr(run, one.name) for one in fields(run) if one.name not in own}
    return {
        name: value for name, value in kept.items() if name not in ("result", "remaining_s", "estimated_s")
    }


def read_recipe(run: Run) -> Recipe | None:
    return getattr(run.order, "recipe", None)


def newest(workbench: Workbench, kind: RunKind = RunKind.GENERATE) -> Run:
    return workbench.runs.list(kind=kind, limit=1)[0]


def is_over(process: int) -> bool:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if not psutil.pid_exists(process) or psutil.Process(process).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def stop_in_training(progress: Progress) -> Signal:
    return Signal.STOP if progress.stage is Stage.TRAIN and progress.epoch else Signal.CONTINUE


def test_a_table_its_run_and_its_audit_entries_are_those_of_this_process(here, beside):
    before = len(here.context.stores.audit.list(AuditFilter()))
    made = [one.answers.make_table(order(3), "csv", [ReportFormat.HTML]) for one in (beside, here)]
    assert made[0].file.content == made[1].file.content
    assert made[0].file.manifest == made[1].file.manifest
    assert (made[0].model, made[0].as_of, made[0].learned) == (made[1].model, AS_OF, made[1].learned)
    second, first = here.runs.list(kind=RunKind.GENERATE, limit=2)
    assert outline(first) == outline(second)
    entries = [
        (one.actor, one.event, one.subject, one.details)
        for one in here.context.stores.audit.list(AuditFilter())
    ]
    new = entries[: len(entries) - before]
    half = len(new) // 2
    assert half == 2
    assert new[:half] == new[half:]


def test_what_pages_show_of_a_table_comes_back_whole(here, beside, pool):
    here.answers.make_table(order(4), "csv")
    run = newest(here)
    opened, again = beside.runs.open(run.id), here.runs.open(run.id)
    pd.testing.assert_frame_equal(opened.table, again.table)
    assert opened.evaluation == again.evaluation
    charts = [one.evidence.plot_columns(opened) for one in (beside, here)]
    assert [one.figure for one in charts[0]] == [one.figure for one in charts[1]]
    reports = [one.runs.report(run.id) for one in (beside, here)]
    for fmt in ReportFormat:
        assert beside.evidence.render(reports[0], fmt) == here.evidence.render(reports[1], fmt)
    assert beside.exports.prepare(opened, "excel").content == here.exports.prepare(again, "excel").content


def test_a_report_is_measured_once_and_then_known_here(here, beside, pool, monkeypatch):
    model = here.models.list()[0].info.id
    seen: list[Progress] = []
    first = beside.evidence.report_model(model, True, on_progress=seen.append)
    assert seen
    monkeypatch.setattr(pool, "perform", None)
    assert beside.evidence.report_model(model, True) is first


def test_an_uploaded_table_is_measured_with_the_numbers_of_this_process(here, beside, tmp_path):
    file = tmp_path / "table.csv"
    file.write_bytes(here.answers.make_table(order(5), "csv").file.content)
    asked = EvaluateOrder("employee", str(file), AS_OF, None, None, are_temporary=True)
    with confined():
        there = beside.answers.evaluate(asked)
    assert there == here.answers.evaluate(asked)
    assert newest(here, RunKind.EVALUATE).status is RunStatus.DONE


def test_errors_arrive_with_type_hint_and_place(beside):
    with pytest.raises(DataError, match="5 rows were requested") as refused:
        beside.answers.make_table(order(rows=5), "csv")
    assert refused.value.hint.startswith("ask for a number in that range")
    assert "check_rows" in str(refused.value.__cause__)
    with pytest.raises(AttributeError, match="has no attribute 'suffix'"):
        beside.answers.make_table(order(6), "csv", ["no format"])
    viewer = beside.act_as(Actor("eve", AccountRole.VIEWER, "api"))
    with pytest.raises(AccessError, match="needs the role analyst"):
        viewer.answers.make_table(order(), "csv")


def test_two_calls_are_done_at_once_by_two_processes_and_both_stay_for_the_next(here, pool, beside):
    both = threading.Barrier(2, timeout=PATIENCE_S)

    def make(seed: int) -> bytes:
        def meet(progress: Progress) -> None:
            if progress.stage is Stage.SAMPLE:
                both.wait()

        return beside.answers.make_table(order(seed), "csv", None, meet).file.content

    with ThreadPoolExecutor(2) as threads:
        made = list(threads.map(make, (7, 8)))
    assert made == [here.answers.make_table(order(seed), "csv").file.content for seed in (7, 8)]
    processes = [one.process.pid for one in pool._idle]
    assert len(processes) >= 2
    beside.answers.make_table(order(9), "csv")
    assert sorted(one.process.pid for one in pool._idle) == sorted(processes)


def test_a_call_whose_process_dies_says_so_leaves_no_run_behind_and_the_next_one_goes_well(
    here, beside, pool
):
    def kill(progress: Progress) -> None:
        if progress.stage is Stage.TRAIN and progress.epoch:
            (working,) = set(pool._children) - set(pool._idle)
            working.process.kill()

    with pytest.raises(ClusterLost, match="has ended before it was done") as lost:
        beside.answers.make_table(order(recipe=ENDLESS), "csv", None, kill)
    assert "try again" in lost.value.hint
    # Without a list, which would look for such runs itself.
    (run,) = [one for one in here.context.stores.runs.list(RunFilter(), 200) if read_recipe(one) == ENDLESS]
    assert run.status is RunStatus.FAILED
    assert run.error.message == "The process of this run ended before the run was complete."
    assert beside.answers.make_table(order(10), "csv").learned


def test_a_process_that_ended_while_it_waited_is_replaced(beside, pool):
    beside.answers.make_table(order(11), "csv")
    for child in pool._idle:
        child.process.kill()
        child.process.wait()
    assert beside.answers.make_table(order(11), "csv").learned
    assert len(pool._children) == 1


def test_a_call_that_is_stopped_ends_at_its_next_step_and_its_process_stays(here, beside, pool):
    recipe = Recipe("ctgan", epochs=8_000, use_hma=False, refine=False)
    with pytest.raises(JobCancelled, match="stopped"):
        beside.answers.make_table(order(recipe=recipe), "csv", None, stop_in_training)
    assert newest(here).status is RunStatus.CANCELLED
    assert len(pool._idle) == len(pool._children)


def test_a_call_that_nobody_waits_for_any_more_ends(here, beside):
    recipe, begun = Recipe("ctgan", epochs=7_000, use_hma=False, refine=False), threading.Event()

    def note(progress: Progress) -> None:
        if progress.stage is Stage.TRAIN and progress.epoch:
            begun.set()

    with attended(begun.is_set), pytest.raises(JobCancelled, match="stopped"):
        beside.answers.make_table(order(recipe=recipe), "csv", None, note)
    assert newest(here).status is RunStatus.CANCELLED


def test_what_the_listener_raises_ends_the_call_and_comes_out(here, beside, pool):
    class Rerun(BaseException):
        pass

    def click(_progress: Progress) -> None:
        raise Rerun

    with pytest.raises(Rerun):
        beside.answers.make_table(order(12), "csv", None, click)
    assert newest(here).status is RunStatus.CANCELLED
    assert len(pool._idle) == len(pool._children)


def test_a_call_that_does_not_stop_in_time_is_ended(here):
    pool = CallPool(here.settings, grace_s=0)
    recipe = Recipe("ctgan", epochs=6_000, use_hma=False, refine=False)

    def stop_a_frozen_one(progress: Progress) -> Signal:
        if (said := stop_in_training(progress)) is Signal.STOP:
            os.kill(pool._children[0].process.pid, signal.SIGSTOP)
        return said

    try:
        beside = open_beside(here, pool)
        with pytest.raises(ClusterLost, match="has ended"):
            beside.answers.make_table(order(recipe=recipe), "csv", None, stop_a_frozen_one)
        assert pool._children == []
    finally:
        pool.close()
    (run,) = [one for one in here.context.stores.runs.list(RunFilter(), 200) if read_recipe(one) == recipe]
    assert run.status is RunStatus.FAILED


def test_more_calls_than_places_wait_for_their_turn_and_leave_when_nobody_waits(here):
    pool = CallPool(here.settings, at_once=0)
    with attended(lambda: True), pytest.raises(JobCancelled, match="Client disconnected"):
        open_beside(here, pool).answers.make_table(order(), "csv")
    assert pool._children == []


def test_the_processes_end_with_an_app_that_is_killed(here, tmp_path):
    code = f"""
from pathlib import Path
from pipeline.generation.orders import GenerateOrder
from pipeline.settings import Settings
from tests.integration.test_calls import ENDLESS, open_beside, order
from pipeline.workbench.workbench import Workbench
from pipeline.workers.call_pool import CallPool
here = Workbench(Settings(home=Path({str(tmp_path)!r})))
pool = CallPool(here.settings)
def note(progress):
    if progress.epoch:
        Path({str(tmp_path / "pid")!r}).write_text(str(pool._children[0].process.pid))
open_beside(here, pool).answers.make_table(order(recipe=ENDLESS), "csv", None, note)
"""
    give_database(tmp_path)
    app = subprocess.Popen([sys.executable, "-c", code], cwd=PROJECT_ROOT)
    deadline = time.monotonic() + PATIENCE_S
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    app.kill()
    app.wait()
    assert is_over(int((tmp_path / "pid").read_text()))
    (run,) = Workbench(Settings(home=tmp_path)).runs.list()
    assert run.status is RunStatus.FAILED


def test_the_processes_give_way_and_know_the_keys_of_the_app(pool, beside):
    beside.answers.make_table(order(13), "csv")
    process = psutil.Process(pool._idle[-1].process.pid)
    assert process.nice() == max(CALL_PRIORITY, psutil.Process().nice())
    # Linux shares processors among sessions first.
    assert os.getsid(process.pid) == os.getsid(0)
    assert Path(f"/proc/{process.pid}/oom_score_adj").read_text().strip() == "1000"
    assert process.num_fds() < 40


def test_the_command_line_and_notebooks_start_no_process(here):
    assert here.context.calls.performer is None
    assert Workbench(here.settings).context.calls.performer is None
    here.runs.perform(TrainOrder("employee", QUICK))
