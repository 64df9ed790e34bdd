"""What the home page proposes: from no dataset at all to a training that waits to be used."""

from __future__ import annotations

from datetime import UTC, datetime

from pipeline.generation.approvals import Approval, ApprovalState
from pipeline.generation.orders import GenerateOrder
from pipeline.runs.records import GenerateSummary
from pipeline.runs.states import RunKind, RunStatus
from pipeline.synthesizers.recipe import Recipe
from pipeline.workbench.next_steps import NextStep, NextStepKind, list_next_steps
from tests.unit.runs.test_trials import make_run

TRAINED = make_run(Recipe())


def make_table(verdict="pass", status=RunStatus.DONE, dataset="staff"):
    result = GenerateSummary(verdict=verdict) if status is RunStatus.DONE else None
    order = GenerateOrder(dataset, 1_000, Recipe())
    table = {"kind": RunKind.GENERATE, "order": order, "result": result, "dataset": dataset}
    return make_run(Recipe(), status, **table)


def make_approval(number):
    when = datetime(2026, 1, 1, tzinfo=UTC)
    return Approval(number, "staff", "ab", f"run{number}", ApprovalState.ASKED, "ada", "web", when, "For us.")


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


def test_findings_that_no_later_table_of_the_dataset_superseded_come_before_live_runs():
    live, doubtful = make_table(status=RunStatus.RUNNING), make_table("look")
    assert list_kinds(live, doubtful) == [NextStepKind.READ_FINDINGS, NextStepKind.FOLLOW_RUN]
    assert list_kinds(make_table(), doubtful) == []


def test_a_pass_of_another_dataset_hides_no_finding():
    doubtful, broken = make_table("look"), make_table("fail", dataset="cards")
    runs = (make_table(dataset="ledger"), doubtful, make_table("look"), broken)
    assert list_next_steps(["staff"], runs, True) == (
        NextStep(NextStepKind.READ_FINDINGS, "staff", doubtful),
        NextStep(NextStepKind.READ_FINDINGS, "cards", broken),
    )


def test_failed_runs_of_each_kind_and_dataset_are_listed_once():
    failed = make_table(status=RunStatus.FAILED)
    other = make_table(status=RunStatus.FAILED, dataset="cards")
    runs = (failed, make_table(status=RunStatus.FAILED), other)
    assert [step.run for step in list_next_steps(["staff"], runs, True)] == [failed, other]


def test_what_needs_attention_is_listed_by_what_it_is():
    asked, waiting = make_approval(1), make_approval(2)
    runs = (make_table(status=RunStatus.RUNNING, dataset="ledger"), make_table("look"))
    failed = make_table(status=RunStatus.FAILED, dataset="cards")
    steps = list_next_steps(["staff"], (*runs, failed), True, (asked,), (waiting,))
    assert [step.kind for step in steps if step.kind.is_urgent] == [
        NextStepKind.READ_FINDINGS,
        NextStepKind.AWAIT_RELEASE,
        NextStepKind.DECIDE,
        NextStepKind.OPEN_FAILED,
    ]
    assert (steps[1].approval, steps[2].approval, steps[4].kind) == (asked, waiting, NextStepKind.FOLLOW_RUN)


def test_a_viewer_reads_findings():
    doubtful = make_table("look")
    assert list_kinds(doubtful, may_order=False) == [NextStepKind.READ_FINDINGS]
