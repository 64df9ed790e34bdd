"""What somebody may do next, from the datasets and runs that they see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pipeline.runs.states import RunKind, RunStatus

if TYPE_CHECKING:
    from pipeline.generation.approvals import Approval
    from pipeline.runs.records import Run


class NextStepKind(StrEnum):
    """What there is to do."""

    READ_FINDINGS = "read_findings"
    AWAIT_RELEASE = "await_release"
    DECIDE = "decide"
    OPEN_FAILED = "open_failed"
    FOLLOW_RUN = "follow_run"
    GENERATE_WITH = "generate_with"
    ADD_DATASET = "add_dataset"
    GENERATE_FIRST = "generate_first"

    @property
    def is_urgent(self) -> bool:
        """Whether somebody's attention is needed, rather than that something may come next."""
        return self in _URGENT


_URGENT = (
    NextStepKind.READ_FINDINGS,
    NextStepKind.AWAIT_RELEASE,
    NextStepKind.DECIDE,
    NextStepKind.OPEN_FAILED,
)


@dataclass(frozen=True)
class NextStep:
    """One thing to do, about a dataset, a run or a question where it is about one."""

    kind: NextStepKind
    dataset: str | None = None
    run: Run | None = None
    approval: Approval | None = None


def list_next_steps(
    datasets: Sequence[str],
    runs: Sequence[Run],
    may_order: bool,
    asked: Sequence[Approval] = (),
    waiting: Sequence[Approval] = (),
) -> tuple[NextStep, ...]:
    """What to do next, what needs attention first; `runs` are those that the user sees, the newest first.

    `asked` are the user's own questions without an answer, `waiting` those that the user may answer. Without
    the right to order, only what concerns runs that can be looked at.
    """
    steps = [
        *_list_findings(runs),
        *(NextStep(NextStepKind.AWAIT_RELEASE, one.dataset, approval=one) for one in asked),
        *(NextStep(NextStepKind.DECIDE, one.dataset, approval=one) for one in waiting),
        *_list_failures(runs),
        *_list_live(runs, may_order),
    ]
    if may_order and not datasets:
        steps.append(NextStep(NextStepKind.ADD_DATASET))
    elif may_order and not runs:
        steps.append(NextStep(NextStepKind.GENERATE_FIRST, datasets[0]))
    return tuple(steps)


def _list_findings(runs: Sequence[Run]) -> list[NextStep]:
    """The newest run with a verdict of each dataset, where a person should read what was found."""
    newest = {run.dataset: run for run in reversed(runs) if run.verdict is not None}
    grave = [run for run in runs if run.verdict in ("look", "fail") and newest[run.dataset] is run]
    return [NextStep(NextStepKind.READ_FINDINGS, run.dataset, run) for run in grave]


def _list_failures(runs: Sequence[Run]) -> list[NextStep]:
    """The newest failed run of each kind and dataset that nothing has mended."""
    unmended = {(run.kind, run.dataset): run for run in reversed(runs) if _is_unmended(run, runs)}
    newest = [run for run in runs if unmended.get((run.kind, run.dataset)) is run]
    return [NextStep(NextStepKind.OPEN_FAILED, run.dataset, run) for run in newest]


def _list_live(runs: Sequence[Run], may_order: bool) -> list[NextStep]:
    """The newest run that goes on, and the newest training that waits to be used."""
    steps = []
    if live := next((run for run in runs if not run.status.is_final), None):
        steps.append(NextStep(NextStepKind.FOLLOW_RUN, live.dataset, live))
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
