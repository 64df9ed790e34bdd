"""What `approval` and `runs ask`, `release`, `reject` and `waiting` do, loaded with the first of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.cli.output import print_json, print_pairs, print_table
from pipeline.workbench.workbench import Workbench

if TYPE_CHECKING:
    from pipeline.workbench.approvals import RunApproval


def ask(run_id: str, comment: str, as_json: bool) -> None:
    """Ask that the table of a run may leave."""
    _show(Workbench().approvals.ask(run_id, comment), as_json)


def release(run_id: str, comment: str, as_json: bool) -> None:
    """Let the table of a run leave."""
    _show(Workbench().approvals.release(run_id, comment), as_json)


def reject(run_id: str, comment: str, as_json: bool) -> None:
    """Keep the table of a run from leaving."""
    _show(Workbench().approvals.reject(run_id, comment), as_json)


def list_waiting(as_json: bool) -> None:
    """List what the caller may release."""
    found = Workbench().approvals.list_waiting()
    if as_json:
        print_json(
            {"waiting": [{"run": one.run_id, "dataset": one.dataset, **one.as_dict()} for one in found]}
        )
        return
    rows = [
        (one.run_id, one.dataset, one.asked_by, f"{one.asked_at:%Y-%m-%d}", one.question) for one in found
    ]
    print_table(("RUN", "DATASET", "ASKED BY", "ON", "COMMENT"), rows)


def require(dataset: str, is_required: bool | None, as_json: bool) -> None:
    """Say, or change where it is said, whether a dataset requires approval."""
    approvals = Workbench().approvals
    if is_required is not None:
        (approvals.require if is_required else approvals.lift)(dataset)
    values = {"dataset": dataset, "requires_approval": approvals.is_required(dataset)}
    (print_json if as_json else print_pairs)(values)


def describe(approval: RunApproval) -> dict[str, Any]:
    """An approval as plain values."""
    return {
        "is_required": approval.is_required,
        "state": approval.state,
        "history": [one.as_dict() for one in approval.history],
    }


def _show(approval: RunApproval, as_json: bool) -> None:
    if as_json:
        print_json({"run": approval.run_id, **describe(approval)})
        return
    print_pairs({"run": approval.run_id, "approval": approval.history[-1]})
