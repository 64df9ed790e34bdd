"""`/train` and `/runs`: training in the background, followed and cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from pipeline.api.access import AnyCaller, at_least
from pipeline.api.documents import describe_failures
from pipeline.api.gate import Caller
from pipeline.api.orders import TrainOrder
from pipeline.api.runs import Run, RunStatus
from pipeline.api.schemas import RunState, RunStates
from pipeline.store.accounts import AccountRole

if TYPE_CHECKING:
    from pipeline.synthesizers.protocol import OnProgress
    from pipeline.synthesizers.recipe import Recipe
    from pipeline.workbench import Workbench

router = APIRouter(tags=["runs"])
RunId = Annotated[str, Path(min_length=1, max_length=64, examples=["5b1f0c9a7e3d2468"])]


@router.post(
    "/train", status_code=202, responses=describe_failures(404, 409), **at_least(AccountRole.ANALYST)
)
async def train(caller: AnyCaller, order: TrainOrder, request: Request, response: Response) -> RunState:
    """Fit a model in the background, or find the one that an equal order has fitted; follow the run."""
    run = await caller.threads.run_quick(partial(_start, caller, order))
    state = RunState.read(run, request.scope["root_path"])
    response.headers["Location"] = state.links.self
    return state


@router.get("/runs", **at_least(AccountRole.VIEWER))
async def list_runs(
    caller: AnyCaller,
    request: Request,
    status: Annotated[RunStatus | None, Query(description="Only runs with this status.")] = None,
) -> RunStates:
    """List one's own runs, the newest first; an administrator sees everybody's."""
    runs = caller.services.runs.list(caller.visible_owner)
    wanted = [run for run in runs if status in (None, run.status)]
    return RunStates(runs=[RunState.read(run, request.scope["root_path"]) for run in wanted])


@router.get("/runs/{id}", responses=describe_failures(404), **at_least(AccountRole.VIEWER))
async def get_run(caller: AnyCaller, request: Request, id: RunId) -> RunState:
    """Show how far a run is and what came of it."""
    return RunState.read(caller.services.runs.get(id, caller.visible_owner), request.scope["root_path"])


@router.post("/runs/{id}/cancel", responses=describe_failures(404), **at_least(AccountRole.ANALYST))
async def cancel_run(caller: AnyCaller, request: Request, id: RunId) -> RunState:
    """Ask a run to end at its next step; harmless where it is over."""
    run = caller.services.runs.cancel(id, caller.visible_owner)
    return RunState.read(run, request.scope["root_path"])


def _start(caller: Caller, order: TrainOrder) -> Run:
    workbench = caller.workbench
    # What cannot be trained is refused at once, not by a run that fails.
    workbench.get_dataset(order.dataset)
    recipe = workbench.default_recipe(**order.recipe.model_dump())
    work = partial(_train, workbench, order.dataset, recipe)
    return caller.services.runs.start(workbench.actor.name, "train", order.dataset, work)


def _train(workbench: Workbench, dataset: str, recipe: Recipe, on_progress: OnProgress) -> Mapping[str, Any]:
    return asdict(workbench.train(dataset, recipe, on_progress))
