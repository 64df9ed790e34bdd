"""Changes to a registered set of tables, checked in its tables before anything is kept."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from pipeline.datasets.content import settle
from pipeline.datasets.dataset import Dataset
from pipeline.datasets.related.columns import KeyColumns
from pipeline.datasets.related.dataset import TABLES_FOLDER, RelatedDataset, find_table_folder
from pipeline.datasets.related.describe import Described, complete_schema
from pipeline.datasets.related.links import LINKS_FOLDER, find_links_path, save_links
from pipeline.datasets.related.schema import SCHEMA_FILE, RelatedSchema
from pipeline.datasets.related.storing import Request, check_rows, write_schema, write_table
from pipeline.datasets.source import ReadOptions, SourceFormat
from pipeline.datasets.spec import METADATA_FILE, SPEC_FILE, DatasetSpec, Role
from pipeline.datasets.storing import write_description
from pipeline.errors import DataError

if TYPE_CHECKING:
    from pipeline.datasets.doubts import FindDoubts

VERSIONS_FOLDER = "versions"


def plan_schema(dataset: RelatedDataset, draft: RelatedSchema) -> Described:
    """A changed schema as it would be kept: verified in the tables, and completed; writes nothing."""
    described = complete_schema(draft, KeyColumns(dataset.load_cells()))
    for table in described.schema.tables:
        check_rows(described.schema, table.name, dataset.count_rows(table.name))
    return described


def plan_table(
    dataset: RelatedDataset, table: str, changes: Sequence[str], find_doubts: FindDoubts | None = None
) -> DatasetSpec:
    """The description of a table's own columns after changes such as "amount.minimum=0"; writes nothing.

    DataError where a change is wrong, its sample contradicts it, or a key would no longer be one.
    """
    from pipeline.datasets.changes import apply_changes, parse_changes
    from pipeline.datasets.storing import decide_doubts

    own = dataset.table(table)
    if own is None:
        raise DataError(f'Table "{table}" has no columns but keys.', "change its keys instead.")
    cells = own.load_cells()
    spec = apply_changes(own.spec, cells, parse_changes(own.spec, changes))
    _check_keys(dataset, table, own.spec, spec)
    return decide_doubts(spec, cells, find_doubts)


def write_schema_change(folder: Path, before: RelatedDataset, described: Described) -> None:
    """Write another schema into a copy of a set.

    Tables whose own columns or keys changed are described anew.
    """
    schema, cells = described.schema, before.load_cells()
    keep_set_version(folder)
    for table in schema.tables:
        if not _is_same(before.schema, schema, table.name):
            own = before.table(table.name)
            options = _repeat_options({} if own is None else own.spec.source)
            _write_again(folder, schema, table.name, cells[table.name], Request(options))
    shutil.rmtree(folder / LINKS_FOLDER, ignore_errors=True)
    for name in schema.by_name:
        links = {one.id: described.links[one.id] for one in schema.list_relations(name)}
        if links:
            save_links(find_links_path(folder, name), links)
    write_schema(folder, schema)
    settle(path for path in folder.rglob("*") if path.is_file())


def write_table_change(folder: Path, table: str, spec: DatasetSpec) -> None:
    """Write another description of a table into a copy of a set."""
    from pipeline.datasets.detection.detect import describe_metadata

    keep_set_version(folder)
    target = find_table_folder(folder, table)
    write_description(Dataset(spec, target), describe_metadata(spec))
    settle(target.glob("*.*"))


def keep_set_version(folder: Path) -> None:
    """Copy schema and descriptions to the next number among the versions."""
    versions = folder / VERSIONS_FOLDER
    kept = versions / f"{len(list(versions.glob('*'))) + 1:03d}"
    kept.mkdir(parents=True)
    shutil.copy2(folder / SCHEMA_FILE, kept / SCHEMA_FILE)
    for path in (folder / TABLES_FOLDER).glob(f"*/{SPEC_FILE}"):
        target = kept / TABLES_FOLDER / path.parent.name
        target.mkdir(parents=True)
        for name in (SPEC_FILE, METADATA_FILE):
            shutil.copy2(path.parent / name, target / name)


def _is_same(before: RelatedSchema, after: RelatedSchema, table: str) -> bool:
    """Whether the description of a table's own columns still holds."""
    old, new = before.get(table), after.get(table)
    return before.list_own_columns(table) == after.list_own_columns(table) and (
        old.primary_key,
        old.unique,
        old.is_public,
    ) == (new.primary_key, new.unique, new.is_public)


def _write_again(
    folder: Path, schema: RelatedSchema, name: str, cells: pd.DataFrame, request: Request
) -> None:
    shutil.rmtree(find_table_folder(folder, name), ignore_errors=True)
    write_table(folder, schema, name, cells, request)


def _repeat_options(source: Mapping[str, object]) -> ReadOptions:
    """What was said about a table when it was registered, as far as it concerns the values."""
    said = SourceFormat.from_dict(source)
    return ReadOptions(
        decimal=said.decimal or None, day_first=said.day_first, missing=said.missing, public=said.public
    )


def _check_keys(dataset: RelatedDataset, table: str, before: DatasetSpec, after: DatasetSpec) -> None:
    """Raise DataError where a key of one column would be learned, and so could repeat."""
    described = dataset.schema.get(table)
    single = {key[0] for key in (described.primary_key, *described.unique) if len(key) == 1}
    roles = {one.name: one.role for one in after.columns}
    for one in before.columns:
        if one.name in single and one.role is Role.IDENTITY and roles[one.name] is not Role.IDENTITY:
            raise DataError(
                f'Column "{one.name}" is a key of "{table}", so it stays an identity.',
                "name another key of the table first.",
            )
