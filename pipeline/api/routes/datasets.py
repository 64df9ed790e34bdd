"""`/datasets`: list, show, register, remove."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Path, Query, Request, Response, UploadFile

from pipeline.access.accounts import AccountRole
from pipeline.api.access import AnyCaller, at_least
from pipeline.api.attending import attend_reading
from pipeline.api.documents import describe_failures
from pipeline.api.rule_schemas import DatasetRules, RowRulesBody, RowRulesQuery
from pipeline.api.schemas import Dataset, Datasets, Preview
from pipeline.api.uploads import read_options, take
from pipeline.datasets.source import ReadOptions
from pipeline.errors import DataError
from pipeline.workbench.uploads import saved_uploads

if TYPE_CHECKING:
    from pipeline.datasets.rules.editing import RuleInfo
    from pipeline.datasets.spec import DatasetSpec
    from pipeline.workbench.workbench import Workbench

router = APIRouter(tags=["datasets"])
_OPTIONS = Depends(read_options)
Name = Annotated[str, Path(min_length=1, max_length=64, examples=["employee"])]


@router.get("/datasets", **at_least(AccountRole.VIEWER))
async def list_datasets(caller: AnyCaller) -> Datasets:
    """List the datasets that can be used."""
    specs = await caller.threads.run_quick(caller.workbench.datasets.list)
    return Datasets(datasets=[Dataset.read(spec) for spec in specs])


@router.get("/datasets/{name}", responses=describe_failures(404), **at_least(AccountRole.VIEWER))
async def get_dataset(caller: AnyCaller, name: Name) -> Dataset:
    """Describe one dataset: its columns, and what happens to each."""
    return Dataset.read(await caller.threads.run_quick(partial(caller.workbench.datasets.get, name)))


@router.post("/datasets", status_code=201, **at_least(AccountRole.ANALYST))
async def add_dataset(
    caller: AnyCaller,
    request: Request,
    response: Response,
    name: Annotated[str, Form(min_length=1, max_length=64, examples=["bank"])],
    file: Annotated[UploadFile, File(description="One table: CSV, Excel (.xlsx) or Parquet.")],
    metadata: Annotated[
        UploadFile | None, File(description="Metadata in SDV's JSON format; detected where it is absent.")
    ] = None,
    options: ReadOptions = _OPTIONS,
) -> Dataset:
    """Register one table as a dataset; what its columns are is detected, or read from `metadata`."""
    work = partial(_add, caller.workbench, name, file, metadata, options)
    spec = await attend_reading(caller, request, work)
    response.headers["Location"] = f"{request.scope['root_path']}/datasets/{spec.name}"
    return Dataset.read(spec)


@router.get("/datasets/{name}/rules", responses=describe_failures(404), **at_least(AccountRole.VIEWER))
async def list_rules(
    caller: AnyCaller, name: Name, wanted: Annotated[RowRulesQuery, Query()]
) -> DatasetRules:
    """List the rules that every generated row keeps, with the rows of the sample that speak for each."""
    datasets = caller.workbench.datasets
    work = partial(datasets.propose_rules if wanted.propose else datasets.list_rules, name)
    return DatasetRules.read(name, await caller.threads.run_slow(caller.token.account, work))


@router.post("/datasets/{name}/rules", responses=describe_failures(404), **at_least(AccountRole.ANALYST))
async def change_dataset_rules(caller: AnyCaller, name: Name, changes: RowRulesBody) -> DatasetRules:
    """Add, remove and accept rules; one that the sample breaks is refused with the counts."""
    work = partial(_change_rules, caller.workbench, name, changes)
    return DatasetRules.read(name, await caller.threads.run_slow(caller.token.account, work))


@router.post("/previews", **at_least(AccountRole.ANALYST))
async def preview_table(
    caller: AnyCaller,
    request: Request,
    file: Annotated[UploadFile, File(description="One table: CSV, Excel (.xlsx) or Parquet.")],
    options: ReadOptions = _OPTIONS,
) -> Preview:
    """Show how a file would be read, and its first rows; nothing is registered."""
    work = partial(_preview, caller.workbench, file, options)
    return Preview.model_validate(await attend_reading(caller, request, work))


@router.delete(
    "/datasets/{name}",
    status_code=204,
    response_class=Response,
    responses=describe_failures(404),
    **at_least(AccountRole.ANALYST),
)
async def remove_dataset(caller: AnyCaller, name: Name) -> None:
    """Remove a registered dataset and its sample."""
    await caller.threads.run_quick(partial(caller.workbench.datasets.remove, name))


def _change_rules(workbench: Workbench, name: str, changes: RowRulesBody) -> tuple[RuleInfo, ...]:
    datasets = workbench.datasets
    if changes.add or changes.remove:
        datasets.change_rules(name, changes.add, changes.remove)
    return datasets.accept_rules(name) if changes.accept else datasets.list_rules(name)


def _preview(workbench: Workbench, file: UploadFile, options: ReadOptions) -> dict[str, Any]:
    with saved_uploads(take(file)) as (table,):
        if table is None:
            raise DataError("No file was sent.", "send a CSV, Excel or Parquet file.")
        return workbench.datasets.preview(table, options).as_dict()


def _add(
    workbench: Workbench, name: str, file: UploadFile, metadata: UploadFile | None, options: ReadOptions
) -> DatasetSpec:
    with saved_uploads(take(file), take(metadata)) as (table, description):
        return workbench.datasets.add(name, [table] if table else [], description, options)
