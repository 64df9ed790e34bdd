"""`/models`: list, show, delete."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Response

from pipeline.access.accounts import AccountRole
from pipeline.api.access import AnyCaller, at_least
from pipeline.api.documents import describe_failures
from pipeline.api.model_schemas import Model, Models, RelatedModel

if TYPE_CHECKING:
    from pipeline.workbench.workbench import Workbench

router = APIRouter(tags=["models"])
ModelId = Annotated[str, Path(min_length=1, max_length=64, examples=["3f2a9c41d07b"])]


@router.get("/models", **at_least(AccountRole.VIEWER))
async def list_models(caller: AnyCaller) -> Models:
    """List the fitted models, the newest first."""
    return await caller.threads.run_quick(partial(_list, caller.workbench))


@router.get("/models/{id}", responses=describe_failures(404, 409), **at_least(AccountRole.VIEWER))
async def get_model(caller: AnyCaller, id: ModelId) -> Model | RelatedModel:
    """Show where a model comes from and how its training went."""
    return await caller.threads.run_quick(partial(_look_up, caller.workbench, id))


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


def _list(workbench: Workbench) -> Models:
    return Models.read(workbench.labels.list_models(), workbench.models.list_damaged())


def _look_up(workbench: Workbench, model_id: str) -> Model | RelatedModel:
    if workbench.models.is_related(model_id):
        return RelatedModel.read(workbench.models.get_related(model_id))
    return Model.read_whole(workbench.models.get(model_id))
