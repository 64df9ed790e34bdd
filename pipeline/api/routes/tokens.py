"""`/tokens`: those of one's own account."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Response

from pipeline.access.accounts import AccountRole
from pipeline.api.access import AnyCaller, at_least
from pipeline.api.documents import describe_failures
from pipeline.api.orders import TokenBody
from pipeline.api.schemas import NewToken, Token, Tokens

router = APIRouter(tags=["tokens"])
TokenId = Annotated[str, Path(min_length=1, max_length=64, examples=["9c41d07b3f2a5e68"])]


@router.get("/tokens", **at_least(AccountRole.VIEWER))
async def list_tokens(caller: AnyCaller) -> Tokens:
    """List the tokens of one's own account, without their secrets."""
    tokens = await caller.threads.run_quick(caller.workbench.account.list_my_tokens)
    return Tokens(tokens=[Token.read(token) for token in tokens])


@router.post("/tokens", status_code=201, **at_least(AccountRole.VIEWER))
async def create_token(caller: AnyCaller, order: TokenBody) -> NewToken:
    """Make a token for one's own account, with at most one's own role; its secret is shown this once."""
    create = partial(caller.workbench.account.create_my_token, order.name, order.role, order.days)
    token, secret = await caller.threads.run_quick(create)
    return NewToken.read(token, token=secret)


@router.delete(
    "/tokens/{id}",
    status_code=204,
    response_class=Response,
    responses=describe_failures(404),
    **at_least(AccountRole.VIEWER),
)
async def revoke_token(caller: AnyCaller, id: TokenId) -> None:
    """Refuse a token from now on; twice is harmless."""
    await caller.threads.run_quick(partial(caller.workbench.account.revoke_my_token, id))
