"""`/related`: several tables registered, described, given rules and generated; their files by run."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, File, Form, Path, Query, Request, Response, UploadFile
from fastapi.responses import StreamingResponse

from pipeline.access.accounts import AccountRole
from pipeline.api.access import AnyCaller, at_least
from pipeline.api.attending import attend_reading
from pipeline.api.documents import RELATED_FILES, describe_failures
from pipeline.api.related_schemas import (
    DescribedSet,
    DownloadQuery,
    KeysBody,
    RelatedBody,
    RelatedBulkBody,
    RelatedSet,
    RelatedSets,
    RulesBody,
    read_bulk_order,
    read_keys,
    read_related_order,
)
from pipeline.api.routes.runs import RunId, tell_ordered
from pipeline.api.schemas import RunState
from pipeline.api.sending import stream, tell_headline
from pipeline.api.uploads import read_options, take
from pipeline.datasets.related.editing import SaidKeys
from pipeline.datasets.source import ReadOptions
from pipeline.workbench.uploads import saved_uploads

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path as FilePath

    from pipeline.datasets.related.overview import SetOverview
    from pipeline.datasets.related.schema import RelatedSchema
    from pipeline.runs.records import Run
    from pipeline.workbench.workbench import Workbench

router = APIRouter(tags=["related"])
_OPTIONS = Depends(read_options)
_KEYS = Depends(read_keys)
SetName = Annotated[str, Path(min_length=1, max_length=64, examples=["bank"])]
MOST_FILES = 100


@router.get("/related", **at_least(AccountRole.VIEWER))
async def list_related(caller: AnyCaller) -> RelatedSets:
    """List the datasets of several tables."""
    schemas = await caller.threads.run_quick(caller.workbench.related.list)
    return RelatedSets(datasets=[RelatedSet.read(schema) for schema in schemas])


@router.get("/related/{name}", responses=describe_failures(404), **at_least(AccountRole.VIEWER))
async def get_related(caller: AnyCaller, name: SetName) -> DescribedSet:
    """Describe one: its tables, keys, relations and rules, what is learned, and what needs a decision."""
    return DescribedSet.tell(await caller.threads.run_quick(partial(caller.workbench.related.describe, name)))


@router.post("/related", status_code=201, **at_least(AccountRole.ANALYST))
async def add_related(
    caller: AnyCaller,
    request: Request,
    response: Response,
    name: Annotated[str, Form(min_length=1, max_length=64, examples=["shop"])],
    files: Annotated[
        list[UploadFile],
        File(max_length=MOST_FILES, description="One file for each table, a workbook or a ZIP."),
    ],
    metadata: Annotated[
        UploadFile | None,
        File(description="SDV metadata with relationships; keys are found where it is absent."),
    ] = None,
    options: ReadOptions = _OPTIONS,
    keys: SaidKeys = _KEYS,
) -> DescribedSet:
    """Register several tables; their keys and relations are found, said, or read from `metadata`."""
    work = partial(_add, caller.workbench.related.add, name, files, metadata, options, keys)
    overview = await attend_reading(caller, request, work)
    response.headers["Location"] = f"{request.scope['root_path']}/related/{overview.schema.name}"
    return DescribedSet.tell(overview)


@router.post("/related/previews", **at_least(AccountRole.ANALYST))
async def preview_related(
    caller: AnyCaller,
    request: Request,
    files: Annotated[
        list[UploadFile],
        File(max_length=MOST_FILES, description="One file for each table, a workbook or a ZIP."),
    ],
    metadata: Annotated[
        UploadFile | None,
        File(description="SDV metadata with relationships; keys are found where it is absent."),
    ] = None,
    options: ReadOptions = _OPTIONS,
    keys: SaidKeys = _KEYS,
) -> DescribedSet:
    """Show what would be registered: keys, relations and doubts; nothing is kept."""
    work = partial(_add, caller.workbench.related.plan, "preview", files, metadata, options, keys)
    return DescribedSet.tell(await attend_reading(caller, request, work))


@router.delete(
    "/related/{name}",
    status_code=204,
    response_class=Response,
    responses=describe_failures(404),
    **at_least(AccountRole.ANALYST),
)
async def remove_related(caller: AnyCaller, name: SetName) -> None:
    """Remove a registered dataset of several tables and its sample."""
    await caller.threads.run_quick(partial(caller.workbench.related.remove, name))


@router.post("/related/{name}/keys", responses=describe_failures(404), **at_least(AccountRole.ANALYST))
async def change_keys(caller: AnyCaller, name: SetName, changes: KeysBody) -> DescribedSet:
    """Change keys, relations and columns; what does not hold in the sample is refused with the counts."""
    work = partial(caller.workbench.related.edit, name, changes.read(), changes.dry_run)
    return DescribedSet.tell(await caller.threads.run_slow(caller.token.account, work))


@router.post("/related/{name}/rules", responses=describe_failures(404), **at_least(AccountRole.ANALYST))
async def change_rules(caller: AnyCaller, name: SetName, changes: RulesBody) -> RelatedSet:
    """Add, remove and accept rules; a rule that the sample breaks is refused with the counts."""
    work = partial(_change_rules, caller.workbench, name, changes)
    return RelatedSet.read(await caller.threads.run_slow(caller.token.account, work))


@router.post(
    "/related/{name}/generate",
    status_code=202,
    responses=describe_failures(404, 409),
    **at_least(AccountRole.ANALYST),
)
async def generate_related(
    caller: AnyCaller, name: SetName, order: RelatedBody, request: Request, response: Response
) -> RunState:
    """Generate several tables in the background, trained first where needed; follow the run."""
    run = await caller.threads.run_quick(partial(_order, caller.workbench, name, order))
    return tell_ordered(run, request, response)


@router.post(
    "/related/{name}/bulk",
    status_code=202,
    responses=describe_failures(404, 409),
    **at_least(AccountRole.ANALYST),
)
async def generate_related_in_bulk(
    caller: AnyCaller, name: SetName, order: RelatedBulkBody, request: Request, response: Response
) -> RunState:
    """Generate several tables of any size in parts, in the background; the run then lists their files."""
    run = await caller.threads.run_quick(partial(_order_bulk, caller.workbench, name, order))
    return tell_ordered(run, request, response)


@router.get(
    "/runs/{id}/tables",
    response_class=StreamingResponse,
    responses={**RELATED_FILES, **describe_failures(404, 409)},
    **at_least(AccountRole.VIEWER),
)
async def get_tables(
    caller: AnyCaller, id: RunId, wanted: Annotated[DownloadQuery, Query()]
) -> StreamingResponse:
    """The tables of a finished run as a file, with manifest and report in a ZIP of several files.

    They are sampled again from the run's own model. Tables that break a key or a rule are never sent.
    """
    work = partial(caller.workbench.answers.open_set, id, wanted.format, wanted.dialect)
    answer = await caller.threads.run_slow(caller.token.account, work)
    headers = {
        "X-Model": answer.model,
        "X-As-Of": answer.as_of.isoformat(),
        **tell_headline(answer.headline),
    }
    return stream(answer.file.content, answer.file.filename, answer.file.mime, headers)


def _add(
    register: Callable[[str, list[FilePath], FilePath | None, ReadOptions, SaidKeys], SetOverview],
    name: str,
    files: list[UploadFile],
    metadata: UploadFile | None,
    options: ReadOptions,
    keys: SaidKeys,
) -> SetOverview:
    with saved_uploads(take(metadata), *map(take, files)) as (description, *tables):
        paths = [table for table in tables if table is not None]
        return register(name, paths, description, options, keys)


def _change_rules(workbench: Workbench, name: str, changes: RulesBody) -> RelatedSchema:
    related = workbench.related
    if changes.add or changes.remove:
        changed = related.change_rules(name, changes.add, changes.remove)
        return related.accept_rules(name) if changes.accept else changed
    return related.accept_rules(name) if changes.accept else related.get(name)


def _order(workbench: Workbench, name: str, order: RelatedBody) -> Run:
    return workbench.runs.submit(read_related_order(workbench, name, order))


def _order_bulk(workbench: Workbench, name: str, order: RelatedBulkBody) -> Run:
    return workbench.runs.submit(read_bulk_order(workbench, name, order))
