"""`/generate` and `/evaluate`: a table as a file with its evidence, and the evidence of any table."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import StreamingResponse

from pipeline.access.accounts import AccountRole
from pipeline.api.access import AnyCaller, at_least
from pipeline.api.attending import attend
from pipeline.api.documents import GENERATED, describe_failures
from pipeline.api.orders import GenerateBody, read_generate_order
from pipeline.api.sending import stream, tell_headline
from pipeline.api.uploads import take
from pipeline.workbench.uploads import saved_uploads

if TYPE_CHECKING:
    from pipeline.generation.manifest import Export
    from pipeline.generation.results import Generation
    from pipeline.progress import OnProgress
    from pipeline.workbench.workbench import Workbench

router = APIRouter(tags=["tables"])


@router.post(
    "/generate",
    response_class=StreamingResponse,
    responses={**GENERATED, **describe_failures(404, 409)},
    **at_least(AccountRole.ANALYST),
)
async def generate(caller: AnyCaller, order: GenerateBody, request: Request) -> StreamingResponse:
    """Generate a table and stream it as a file; a model is trained first where none is there yet.

    Training takes about a minute; `/train` does it beforehand and shows its progress. A table that breaks
    a rule or repeats a protected value is never sent. The work stops when the client disconnects.
    """
    generation, export = await attend(caller, request, partial(_generate, caller.workbench, order))
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
