"""`/train` and `/runs`: training in the background, followed and cancelled."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from pipeline.access.accounts import AccountRole
from pipeline.api.access import AnyCaller, at_least
from pipeline.api.documents import BULK_FILES, describe_failures
from pipeline.api.file_schemas import RunFiles
from pipeline.api.orders import BulkBody, LabelsBody, TrainBody, read_bulk_order, read_train_order
from pipeline.api.schemas import RunQuery, RunState, RunStates
from pipeline.api.sending import stream

if TYPE_CHECKING:
    from pipeline.runs.records import Run
    from pipeline.workbench.workbench import Workbench

router = APIRouter(tags=["runs"])
RunId = Annotated[str, Path(min_length=1, max_length=64, examples=["5b1f0c9a7e3d2468"])]
FileName = Annotated[str, Path(min_length=1, max_length=256, examples=["accounts/part-00000.parquet"])]


@router.post(
    "/train", status_code=202, responses=describe_failures(404, 409), **at_least(AccountRole.ANALYST)
)
async def train(caller: AnyCaller, order: TrainBody, request: Request, response: Response) -> RunState:
    """Fit a model in the background, or find the one that an equal order has fitted; follow the run."""
    run = await caller.threads.run_quick(partial(_order_training, caller.workbench, order))
    return tell_ordered(run, request, response)


@router.post("/bulk", status_code=202, responses=describe_failures(404, 409), **at_least(AccountRole.ANALYST))
async def generate_in_bulk(
    caller: AnyCaller, order: BulkBody, request: Request, response: Response
) -> RunState:
    """Generate a table of any size in parts, in the background; the run then lists its files."""
    run = await caller.threads.run_quick(partial(_order_bulk, caller.workbench, order))
    return tell_ordered(run, request, response)


def tell_ordered(run: Run, request: Request, response: Response) -> RunState:
    """The state of a run that was just ordered; the header Location leads to it."""
    state = RunState.read(run, request.scope["root_path"])
    response.headers["Location"] = state.links.self
    return state


@router.get("/runs", **at_least(AccountRole.VIEWER))
async def list_runs(
    caller: AnyCaller,
    request: Request,
    wanted: Annotated[RunQuery, Query()],
) -> RunStates:
    """List one's own runs and shared ones, the newest first, 200 at most; an administrator sees all."""
    work = partial(_list, caller.workbench, wanted, request.scope["root_path"])
    return await caller.threads.run_quick(work)


@router.get("/runs/{id}", responses=describe_failures(404), **at_least(AccountRole.VIEWER))
async def get_run(caller: AnyCaller, request: Request, id: RunId) -> RunState:
    """Show how far a run is and what came of it."""
    return await caller.threads.run_quick(partial(_look_up, caller.workbench, id, request.scope["root_path"]))


@router.patch("/runs/{id}", responses=describe_failures(404), **at_least(AccountRole.ANALYST))
async def label_run(caller: AnyCaller, labels: LabelsBody, request: Request, id: RunId) -> RunState:
    """Give a run of one's own a title and tags; the model of a training has the same."""
    label = partial(caller.workbench.labels.label, id, labels.title, labels.tags)
    return RunState.read(await caller.threads.run_quick(label), request.scope["root_path"])


@router.post("/runs/{id}/cancel", responses=describe_failures(404), **at_least(AccountRole.ANALYST))
async def cancel_run(caller: AnyCaller, request: Request, id: RunId) -> RunState:
    """Ask a run to end at its next step, a training with its best state so far; harmless where it is over."""
    run = await caller.threads.run_quick(partial(caller.workbench.runs.cancel, id))
    return RunState.read(run, request.scope["root_path"])


@router.get("/runs/{id}/files", responses=describe_failures(404, 409), **at_least(AccountRole.VIEWER))
async def list_files(caller: AnyCaller, id: RunId) -> RunFiles:
    """List the files of a finished bulk run: manifest and report, then the parts."""
    return RunFiles.read(await caller.threads.run_quick(partial(caller.workbench.bulk.list_files, id)))


@router.get(
    "/runs/{id}/files/{name:path}",
    response_class=StreamingResponse,
    responses={**BULK_FILES, **describe_failures(404, 409)},
    **at_least(AccountRole.VIEWER),
)
async def get_file(caller: AnyCaller, id: RunId, name: FileName) -> StreamingResponse:
    """One file of a finished bulk run as it was made; a file that was changed since is never sent."""
    work = partial(caller.workbench.bulk.read_file, id, name)
    content = await caller.threads.run_slow(caller.token.account, work)
    return stream(content, name.replace("/", "-"), "application/octet-stream", {})


def _order_bulk(workbench: Workbench, order: BulkBody) -> Run:
    return workbench.runs.submit(read_bulk_order(workbench, order))


def _order_training(workbench: Workbench, order: TrainBody) -> Run:
    return workbench.runs.submit(read_train_order(workbench, order))


def _list(workbench: Workbench, wanted: RunQuery, base: str) -> RunStates:
    runs = workbench.runs.list(status=wanted.status, tag=wanted.tag)
    return RunStates(runs=[RunState.read(run, base) for run in runs])


def _look_up(workbench: Workbench, run_id: str, base: str) -> RunState:
    run, epochs = workbench.runs.get(run_id), workbench.runs.list_epochs(run_id)
    return RunState.read(run, base, epochs[-1] if epochs else None)
