"""What callers send and get about approvals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Self

from pydantic import BaseModel, Field

from pipeline.api.orders import Body
from pipeline.generation.approvals import LONGEST_COMMENT, ApprovalState

if TYPE_CHECKING:
    from pipeline.generation.approvals import Approval
    from pipeline.workbench.approvals import RunApproval


class CommentBody(Body):
    """Why somebody asks, releases or rejects."""

    comment: str = Field(
        min_length=1,
        max_length=LONGEST_COMMENT,
        description="Stays with the evidence.",
        examples=["For the test system of the call centre."],
    )


class Question(BaseModel):
    """A question whether a table may leave, and its answer, which is null until somebody decides."""

    run: str = Field(description="The run on which it was asked.")
    dataset: str
    state: ApprovalState
    asked_by: str
    asked_at: datetime
    question: str
    decided_by: str | None
    decided_at: datetime | None
    answer: str | None

    @classmethod
    def read(cls, found: Approval) -> Self:
        """A question of the log."""
        return cls(run=found.run_id, dataset=found.dataset, **found.as_dict())


class ApprovalOfRun(BaseModel):
    """What was asked and answered about the table of a run, the oldest first."""

    is_required: bool = Field(description="Whether tables of its dataset leave only after an approval.")
    state: ApprovalState | None = Field(description="Of the newest question; null where nobody has asked.")
    history: list[Question]

    @classmethod
    def read(cls, found: RunApproval) -> Self:
        """The approval of a run."""
        history = [Question.read(one) for one in found.history]
        return cls(is_required=found.is_required, state=found.state, history=history)


class Waiting(BaseModel):
    """What the caller may release or reject, the oldest first."""

    waiting: list[Question]

    @classmethod
    def read(cls, found: Sequence[Approval]) -> Self:
        """The questions that the caller may answer."""
        return cls(waiting=[Question.read(one) for one in found])


class Requirement(BaseModel):
    """Whether tables of a dataset leave only after an approval."""

    requires_approval: bool
