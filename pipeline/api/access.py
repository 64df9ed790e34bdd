"""The role that a route asks for, checked before its fields are looked at and shown in its description."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import Depends, Request

from pipeline.access.accounts import AccountRole
from pipeline.api.gate import Caller, get_caller

ROLE_KEY = "x-required-role"
AnyCaller = Annotated[Caller, Depends(get_caller)]


def at_least(role: AccountRole) -> dict[str, Any]:
    """Options of a route that only callers with this role, or a higher one, may use."""

    async def check_role(caller: AnyCaller, request: Request) -> None:
        if caller.workbench.actor.role.includes(role):
            return
        # In a thread, because a refusal is written to the audit log.
        await caller.threads.run_quick(
            partial(caller.workbench.require, role, request.scope["endpoint"].__name__)
        )

    return {"dependencies": [Depends(check_role)], "openapi_extra": {ROLE_KEY: role.value}}
