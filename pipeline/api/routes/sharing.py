"""`/runs/{id}/shares`: who else may look at a run."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path

from pipeline.access.accounts import AccountRole
from pipeline.api.access import AnyCaller, at_least
from pipeline.api.documents import describe_failures
from pipeline.api.routes.runs import RunId
from pipeline.api.sharing_schemas import RunShares, ShareBody
from pipeline.runs.shares import Grantee, GranteeKind

router = APIRouter(tags=["runs"])
Name = Annotated[str, Path(min_length=1, max_length=64, examples=["ben"])]


@router.get("/runs/{id}/shares", responses=describe_failures(404), **at_least(AccountRole.VIEWER))
async def list_shares(caller: AnyCaller, id: RunId) -> RunShares:
    """List with whom one's own run is shared."""
    return RunShares.read(await caller.threads.run_quick(partial(caller.workbench.sharing.list, id)))


@router.post("/runs/{id}/shares", responses=describe_failures(404), **at_least(AccountRole.ANALYST))
async def share_run(caller: AnyCaller, id: RunId, body: ShareBody) -> RunShares:
    """Let an account, or everyone with a role or a higher one, look at a run; twice is harmless."""
    share = partial(caller.workbench.sharing.share, id, Grantee(body.kind, body.name))
    return RunShares.read(await caller.threads.run_quick(share))


@router.delete(
    "/runs/{id}/shares/{kind}/{name}", responses=describe_failures(404), **at_least(AccountRole.ANALYST)
)
async def withdraw_share(caller: AnyCaller, id: RunId, kind: GranteeKind, name: Name) -> RunShares:
    """Take a share back."""
    withdraw = partial(caller.workbench.sharing.withdraw, id, Grantee(kind, name))
    return RunShares.read(await caller.threads.run_quick(withdraw))
