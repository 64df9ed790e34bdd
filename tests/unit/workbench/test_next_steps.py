"""What the home page proposes: from no dataset at all to a training that waits to be used."""

from __future__ import annotations

from pipeline.generation.orders import GenerateOrder
from pipeline.runs.records import GenerateSummary
from pipeline.runs.states import RunKind, RunStatus
from pipeline.synthesizers.recipe import Recipe
from pipeline.workbench.next_steps import NextStep, NextStepKind, list_next_steps
from tests.unit.runs.test_trials import make_run

TRAINED = make_run(Recipe())


def make_table(verdict="pass", status=RunStatus.DONE):
    result = GenerateSummary(verdict=verdict) if status is RunStatus.DONE else None
    order = GenerateOrder("staff", 1_000, Recipe())
    return make_run(Recipe(), status, kind=RunKind.GENERATE, order=order, result=result)


def list_kinds(*runs, datasets=("staff",), may_order=True):
    return [step.kind for step in list_next_steps(datasets, runs, may_order)]


def test_without_a_dataset_one_is_added_and_then_a_first_table_is_made():
    assert list_kinds(datasets=()) == [NextStepKind.ADD_DATASET]
    assert list_next_steps(["staff", "cards"], (), True) == (NextStep(NextStepKind.GENERATE_FIRST, "staff"),)
    assert list_kinds(may_order=False) == list_kinds(datasets=(), may_order=False) == []


def test_a_training_is_used_unless_a_table_came_after_it():
    assert list_next_steps(["staff"], (TRAINED,), True) == (
        NextStep(NextStepKind.GENERATE_WITH, "staff", TRAINED),
    )
    assert list_kinds(make_table(), TRAINED) == []
    assert list_kinds(TRAINED, make_table()) == [NextStepKind.GENERATE_WITH]
    assert list_kinds(TRAINED, may_order=False) == []


def test_a_failed_run_is_opened_unless_the_same_was_done_after_it():
    failed = make_table(status=RunStatus.FAILED)
    assert list_kinds(failed) == [NextStepKind.OPEN_FAILED]
    assert list_kinds(make_table(), failed) == []


def test_live_runs_and_findings_of_the_newest_table_come_first():
    live, doubtful = make_table(status=RunStatus.RUNNING), make_table("look")
    assert list_kinds(live, doubtful) == [NextStepKind.FOLLOW_RUN, NextStepKind.READ_FINDINGS]
    assert list_kinds(make_table(), doubtful) == []
    assert list_kinds(doubtful, may_order=False) == [NextStepKind.READ_FINDINGS]
