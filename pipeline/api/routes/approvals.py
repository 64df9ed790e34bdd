"""`/runs/{id}/approval` and `/datasets/{name}/approval`: tables that wait for another person."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path

from pipeline.access.accounts import AccountRole
from pipeline.api.access import AnyCaller, at_least
from pipeline.api.approval_schemas import ApprovalOfRun, CommentBody, Requirement, Waiting
from pipeline.api.documents import describe_failures
from pipeline.api.routes.runs import RunId

if TYPE_CHECKING:
    from pipeline.workbench.workbench import Workbench

router = APIRouter(tags=["approvals"])
DatasetName = Annotated[str, Path(min_length=1, max_length=64, examples=["employee"])]


@router.get("/approvals", **at_least(AccountRole.VIEWER))
async def list_waiting(caller: AnyCaller) -> Waiting:
    """List the tables that the caller may release or reject: administrators and reviewers may."""
    return Waiting.read(await caller.threads.run_quick(caller.workbench.approvals.list_waiting))


@router.get("/runs/{id}/approval", responses=describe_failures(404), **at_least(AccountRole.VIEWER))
async def get_approval(caller: AnyCaller, id: RunId) -> ApprovalOfRun:
    """Show what was asked and answered about the table of a run."""
    return ApprovalOfRun.read(await caller.threads.run_quick(partial(caller.workbench.approvals.get, id)))


@router.post("/runs/{id}/approval", responses=describe_failures(404, 409), **at_least(AccountRole.ANALYST))
async def ask_approval(caller: AnyCaller, id: RunId, body: CommentBody) -> ApprovalOfRun:
    """Ask that the table of a finished run may leave."""
    ask = partial(caller.workbench.approvals.ask, id, body.comment)
    return ApprovalOfRun.read(await caller.threads.run_quick(ask))


@router.post("/runs/{id}/approval/release", responses=describe_failures(404), **at_least(AccountRole.VIEWER))
async def release_table(caller: AnyCaller, id: RunId, body: CommentBody) -> ApprovalOfRun:
    """Let a table leave; administrators and reviewers may, except who asked for it or owns the run."""
    release = partial(caller.workbench.approvals.release, id, body.comment)
    return ApprovalOfRun.read(await caller.threads.run_quick(release))


@router.post("/runs/{id}/approval/reject", responses=describe_failures(404), **at_least(AccountRole.VIEWER))
async def reject_table(caller: AnyCaller, id: RunId, body: CommentBody) -> ApprovalOfRun:
    """Keep a table from leaving; refused as a release is."""
    reject = partial(caller.workbench.approvals.reject, id, body.comment)
    return ApprovalOfRun.read(await caller.threads.run_quick(reject))


@router.get("/datasets/{name}/approval", **at_least(AccountRole.VIEWER))
async def get_requirement(caller: AnyCaller, name: DatasetName) -> Requirement:
    """Say whether tables of a dataset leave only after an approval."""
    return await caller.threads.run_quick(partial(_describe, caller.workbench, name))


@router.put("/datasets/{name}/approval", responses=describe_failures(404), **at_least(AccountRole.ANALYST))
async def require_approval(caller: AnyCaller, name: DatasetName) -> Requirement:
    """Have tables of a dataset wait for an approval from now on; twice is harmless."""
    change = caller.workbench.approvals.require
    return await caller.threads.run_quick(partial(_describe, caller.workbench, name, change))


@router.delete("/datasets/{name}/approval", **at_least(AccountRole.ADMIN))
async def lift_approval(caller: AnyCaller, name: DatasetName) -> Requirement:
    """Let tables of a dataset leave without an approval again; twice is harmless."""
    change = caller.workbench.approvals.lift
    return await caller.threads.run_quick(partial(_describe, caller.workbench, name, change))


def _describe(workbench: Workbench, name: str, change: Callable[[str], None] | None = None) -> Requirement:
    if change is not None:
        change(name)
    return Requirement(requires_approval=workbench.approvals.is_required(name))
