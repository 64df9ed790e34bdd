"""`/generate` and `/evaluate`: a table as a file with its evidence, and the evidence of any table.

An order of a table that would keep its client waiting, for a training or behind others, becomes a run.
"""

from __future__ import annotations

import re
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, File, Form, Header, Query, Request, Response, UploadFile
from fastapi.responses import JSONResponse, StreamingResponse

from pipeline.access.accounts import AccountRole
from pipeline.api.access import AnyCaller, at_least
from pipeline.api.attending import attend
from pipeline.api.documents import GENERATED, LATER, describe_failures
from pipeline.api.orders import GenerateBody, TableQuery, read_generate_order
from pipeline.api.routes.runs import RunId
from pipeline.api.schemas import RunState
from pipeline.api.sending import stream, tell_headline
from pipeline.api.uploads import take
from pipeline.workbench.uploads import saved_uploads

if TYPE_CHECKING:
    from pipeline.generation.manifest import Export
    from pipeline.generation.results import Generation
    from pipeline.progress import OnProgress
    from pipeline.runs.records import Run
    from pipeline.workbench.workbench import Workbench

router = APIRouter(tags=["tables"])
_PATIENT = re.compile(r"\bwait\b", re.IGNORECASE)


@router.post(
    "/generate",
    response_class=StreamingResponse,
    responses={**GENERATED, 202: LATER, **describe_failures(404, 409)},
    **at_least(AccountRole.ANALYST),
)
async def generate(
    caller: AnyCaller,
    order: GenerateBody,
    request: Request,
    prefer: Annotated[
        str, Header(max_length=200, description="`wait` waits for a training or behind others (RFC 7240).")
    ] = "",
) -> Response:
    """Generate a table and stream it as a file, where its model is there and no other work is before it.

    Otherwise the answer is 202 with a run that does both: follow it, and fetch the table by `links.table`.
    With `Prefer: wait` the answer waits instead, and the work stops when the client disconnects. A table
    that breaks a rule or repeats a protected value is never sent.
    """
    if not _PATIENT.search(prefer):
        later = partial(_order_later, caller.workbench, order, caller.threads.is_free)
        run = await caller.threads.run_quick(later)
        if run is not None:
            return _answer_later(run, request)
    generation, export = await attend(caller, request, partial(_generate, caller.workbench, order))
    return _stream(export, generation)


@router.get(
    "/runs/{id}/table",
    response_class=StreamingResponse,
    responses={**GENERATED, **describe_failures(404, 409)},
    **at_least(AccountRole.VIEWER),
)
async def get_table(
    caller: AnyCaller, id: RunId, wanted: Annotated[TableQuery, Query()]
) -> StreamingResponse:
    """The table of a finished run as a file, sampled again from the run's own model: the same bytes."""
    work = partial(_open, caller.workbench, id, wanted)
    generation, export = await caller.threads.run_slow(caller.token.account, work)
    return _stream(export, generation)


@router.post("/evaluate", responses=describe_failures(404, 409), **at_least(AccountRole.ANALYST))
async def evaluate(
    caller: AnyCaller,
    request: Request,
    dataset: Annotated[str, Form(min_length=1, max_length=64, examples=["employee"])],
    file: Annotated[UploadFile, File(description="A table with the dataset's columns: CSV, Excel, Parquet.")],
    as_of: Annotated[
        date | None, Form(description="Date from which its ages and expiries count; today if absent.")
    ] = None,
    holdout: Annotated[
        UploadFile | None, File(description="Real rows in place of the dataset's holdout.")
    ] = None,
    target: Annotated[
        str | None, Form(max_length=256, description="A modelled column to predict, as a test of utility.")
    ] = None,
) -> dict[str, Any]:
    """Measure quality, validity and privacy of any table against a dataset; scores are 0–1.

    The work stops when the client disconnects.
    """
    measure = partial(_evaluate, caller.workbench, dataset, as_of, target, file, holdout)
    return await attend(caller, request, measure)


def _order_later(workbench: Workbench, body: GenerateBody, is_free: bool) -> Run | None:
    """The run that an order becomes where it would wait; None where it can be done at once."""
    order = read_generate_order(workbench, body)
    if is_free and not workbench.runs.needs_training(order):
        return None
    workbench.tables.prepare_export(order, body.format, None)
    return workbench.runs.submit(order)


def _answer_later(run: Run, request: Request) -> Response:
    state = RunState.read(run, request.scope["root_path"])
    return JSONResponse(state.model_dump(mode="json"), 202, {"Location": state.links.self})


def _open(workbench: Workbench, run_id: str, wanted: TableQuery) -> tuple[Generation, Export]:
    from pipeline.generation.orders import GenerateOrder

    generation, order = workbench.runs.open(run_id), workbench.runs.get(run_id).order
    made_as = order.format if isinstance(order, GenerateOrder) else None
    fmt = wanted.format or made_as or "csv"
    if wanted.bundle:
        return generation, workbench.exports.bundle(generation, fmt)
    return generation, workbench.exports.export(generation, fmt)


def _generate(workbench: Workbench, body: GenerateBody, on_progress: OnProgress) -> tuple[Generation, Export]:
    from pipeline.reports import ReportFormat

    order = read_generate_order(workbench, body)
    workbench.tables.prepare_export(order, body.format, None)
    generation = workbench.runs.perform(order, on_progress)
    if body.bundle:
        reports = [ReportFormat(name) for name in body.reports]
        return generation, workbench.exports.bundle(generation, body.format, reports)
    return generation, workbench.exports.export(generation, body.format)


def _evaluate(
    workbench: Workbench,
    dataset: str,
    as_of: date | None,
    target: str | None,
    file: UploadFile,
    holdout: UploadFile | None,
    on_progress: OnProgress,
) -> dict[str, Any]:
    from pipeline.runs.orders import EvaluateOrder

    with saved_uploads(take(file), take(holdout)) as paths:
        table, held = (str(path) if path else None for path in paths)
        order = EvaluateOrder(dataset, table or "", as_of, held, target, are_temporary=True)
        subject = workbench.runs.perform(order, on_progress)
    evidence: dict[str, Any] = subject.as_dict()
    return evidence


def _stream(file: Export, generation: Generation) -> StreamingResponse:
    headers = {
        "X-Model": generation.model.id,
        "X-As-Of": generation.as_of.isoformat(),
        **_tell_evidence(generation, file),
    }
    return stream(file.content, file.filename, file.mime, headers)


def _tell_evidence(generation: Generation, file: Export) -> dict[str, str]:
    """What a table without its bundle carries of its evidence."""
    evidence = file.manifest["evidence"]
    return {
        **tell_headline(evidence),
        "X-Learned": generation.learned.count,
        "X-Privacy": evidence["privacy"]["verdict"],
    }
