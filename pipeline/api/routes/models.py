"""`/models`: list, show, delete."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Response

from pipeline.access.accounts import AccountRole
from pipeline.api.access import AnyCaller, at_least
from pipeline.api.documents import describe_failures
from pipeline.api.model_schemas import Model, Models, RelatedModel

router = APIRouter(tags=["models"])
ModelId = Annotated[str, Path(min_length=1, max_length=64, examples=["3f2a9c41d07b"])]


@router.get("/models", **at_least(AccountRole.VIEWER))
async def list_models(caller: AnyCaller) -> Models:
    """List the fitted models, the newest first."""
    named = await caller.threads.run_quick(caller.workbench.labels.list_models)
    damaged = await caller.threads.run_quick(caller.workbench.models.list_damaged)
    return Models.read(named, damaged)


@router.get("/models/{id}", responses=describe_failures(404), **at_least(AccountRole.VIEWER))
async def get_model(caller: AnyCaller, id: ModelId) -> Model | RelatedModel:
    """Show where a model comes from and how its training went."""
    if await caller.threads.run_quick(partial(caller.workbench.models.is_related, id)):
        info = await caller.threads.run_quick(partial(caller.workbench.models.get_related, id))
        return RelatedModel.read(info)
    return Model.read_whole(await caller.threads.run_quick(partial(caller.workbench.models.get, id)))


@router.delete(
    "/models/{id}",
    status_code=204,
    response_class=Response,
    responses=describe_failures(404),
    **at_least(AccountRole.ANALYST),
)
async def delete_model(caller: AnyCaller, id: ModelId) -> None:
    """Delete a model; the next order for its recipe trains again."""
    await caller.threads.run_quick(partial(caller.workbench.models.delete, id))
