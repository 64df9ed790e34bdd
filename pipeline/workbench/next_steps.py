"""What somebody may do next, from the datasets and runs that they see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pipeline.runs.states import RunKind, RunStatus

if TYPE_CHECKING:
    from pipeline.runs.records import Run


class NextStepKind(StrEnum):
    """What there is to do."""

    ADD_DATASET = "add_dataset"
    GENERATE_FIRST = "generate_first"
    FOLLOW_RUN = "follow_run"
    OPEN_FAILED = "open_failed"
    GENERATE_WITH = "generate_with"
    READ_FINDINGS = "read_findings"


@dataclass(frozen=True)
class NextStep:
    """One thing to do, about a dataset or a run where it is about one."""

    kind: NextStepKind
    dataset: str | None = None
    run: Run | None = None


def list_next_steps(datasets: Sequence[str], runs: Sequence[Run], may_order: bool) -> tuple[NextStep, ...]:
    """What to do next, the most urgent first; `runs` are those that the user sees, the newest first.

    Without the right to order, only what concerns runs that can be looked at.
    """
    steps = _list_about_runs(runs, may_order)
    if may_order and not datasets:
        steps.append(NextStep(NextStepKind.ADD_DATASET))
    elif may_order and not runs:
        steps.append(NextStep(NextStepKind.GENERATE_FIRST, datasets[0]))
    return tuple(steps)


def _list_about_runs(runs: Sequence[Run], may_order: bool) -> list[NextStep]:
    """At most one step of each kind: about the newest run that calls for it."""
    steps = []
    if live := next((run for run in runs if not run.status.is_final), None):
        steps.append(NextStep(NextStepKind.FOLLOW_RUN, live.dataset, live))
    if failed := next((run for run in runs if _is_unmended(run, runs)), None):
        steps.append(NextStep(NextStepKind.OPEN_FAILED, failed.dataset, failed))
    newest = next((run for run in runs if run.verdict is not None), None)
    if newest and newest.verdict in ("look", "fail"):
        steps.append(NextStep(NextStepKind.READ_FINDINGS, newest.dataset, newest))
    if trained := next((run for run in runs if may_order and _is_unused(run, runs)), None):
        steps.append(NextStep(NextStepKind.GENERATE_WITH, trained.dataset, trained))
    return steps


def _is_unmended(run: Run, runs: Sequence[Run]) -> bool:
    """Whether a run failed, and none of its kind and dataset was done after it."""
    if run.status is not RunStatus.FAILED:
        return False
    newer = runs[: runs.index(run)]
    return not any(
        one.status is RunStatus.DONE and (one.kind, one.dataset) == (run.kind, run.dataset) for one in newer
    )


def _is_unused(run: Run, runs: Sequence[Run]) -> bool:
    """Whether a training is done, and no table of its dataset was made after it."""
    if run.kind is not RunKind.TRAIN or run.status is not RunStatus.DONE:
        return False
    newer = runs[: runs.index(run)]
    return not any(one.dataset == run.dataset and not one.kind.trains for one in newer)
