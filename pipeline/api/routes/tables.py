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
    from pipeline.progress import OnProgress
    from pipeline.runs.records import Run
    from pipeline.workbench.answers import TableAnswer
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
    return _stream(await attend(caller, request, partial(_generate, caller.workbench, order)))


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
    return _stream(await caller.threads.run_slow(caller.token.account, work))


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


def _open(workbench: Workbench, run_id: str, wanted: TableQuery) -> TableAnswer:
    from pipeline.reports import ReportFormat

    reports = (ReportFormat.HTML,) if wanted.bundle else None
    return workbench.answers.open_table(run_id, wanted.format, reports)


def _generate(workbench: Workbench, body: GenerateBody, on_progress: OnProgress) -> TableAnswer:
    from pipeline.reports import ReportFormat

    reports = [ReportFormat(name) for name in body.reports] if body.bundle else None
    order = read_generate_order(workbench, body)
    return workbench.answers.make_table(order, body.format, reports, on_progress)


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
        return workbench.answers.evaluate(order, on_progress)


def _stream(answer: TableAnswer) -> StreamingResponse:
    file, evidence = answer.file, answer.file.manifest["evidence"]
    headers = {
        "X-Model": answer.model,
        "X-As-Of": answer.as_of.isoformat(),
        # What a table without its bundle carries of its evidence.
        **tell_headline(evidence),
        "X-Learned": answer.learned,
        "X-Privacy": evidence["privacy"]["verdict"],
    }
    return stream(file.content, file.filename, file.mime, headers)
