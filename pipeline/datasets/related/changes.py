"""Changes to a registered set of tables, checked in its tables before anything is kept."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline.datasets.content import settle
from pipeline.datasets.kept_changes import keep_changes
from pipeline.datasets.related.columns import KeyColumns
from pipeline.datasets.related.completing import complete_schema
from pipeline.datasets.related.dataset import TABLES_FOLDER, RelatedDataset, find_table_folder
from pipeline.datasets.related.editing import SetEdits
from pipeline.datasets.related.own_columns import (
    OwnColumns,
    PlannedSet,
    Request,
    check_public_tables,
    check_rows,
    describe_own,
    doubt_table,
    note_former_keys,
)
from pipeline.datasets.related.schema import SCHEMA_FILE, RelatedSchema
from pipeline.datasets.related.splitting import hold_out_roots
from pipeline.datasets.related.storing import write_keys, write_table
from pipeline.datasets.source import ReadOptions, SourceFormat
from pipeline.datasets.spec import METADATA_FILE, SPEC_FILE, DatasetSpec, Role
from pipeline.errors import DataError

if TYPE_CHECKING:
    from pipeline.datasets.doubts import FindDoubts

VERSIONS_FOLDER = "versions"


def plan_schema(
    dataset: RelatedDataset, draft: RelatedSchema, find_doubts: FindDoubts | None = None
) -> PlannedSet:
    """A changed schema as it would be kept: verified in the tables, and completed; writes nothing.

    Tables whose own columns or keys change are described anew; what was set by hand of their columns stays.
    """
    return _doubt(_plan_keys(dataset, draft), find_doubts)


def plan_edits(
    dataset: RelatedDataset, wanted: SetEdits, find_doubts: FindDoubts | None = None
) -> PlannedSet:
    """The set after changes of keys, relations and columns, all checked in the tables; writes nothing.

    DataError where a change is wrong, its sample contradicts it, or a key would no longer be one.
    """
    draft = wanted.draft(dataset.schema)
    planned = PlannedSet(dataset.schema, _load_links(dataset), {})
    if draft != dataset.schema:
        planned = _plan_keys(dataset, draft)
        wanted.check_owners(draft, planned.schema)
    columns = wanted.list_columns(planned.schema)
    changed = {name: _change_columns(dataset, planned, name, texts) for name, texts in columns.items()}
    found = _doubt(replace(planned, own={**planned.own, **changed}), find_doubts)
    return note_former_keys(found, {text.strip() for text in wanted.dropped})


def write_changes(folder: Path, planned: PlannedSet) -> None:
    """Write another schema, and the tables that are described anew, into a copy of a set."""
    keep_set_version(folder)
    for name in planned.schema.by_name:
        if name in planned.own or not planned.schema.list_own_columns(name):
            shutil.rmtree(find_table_folder(folder, name), ignore_errors=True)
    for name, own in planned.own.items():
        write_table(folder, name, own)
    write_keys(folder, planned)
    settle(path for path in folder.rglob("*") if path.is_file())


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


def _plan_keys(dataset: RelatedDataset, draft: RelatedSchema) -> PlannedSet:
    cells = dataset.load_cells()
    described = complete_schema(draft, KeyColumns(cells))
    schema = described.schema
    for table in schema.tables:
        check_rows(schema, table.name, len(cells[table.name]))
    own = {
        name: _describe_again(dataset, schema, name, cells[name])
        for name in schema.by_name
        if schema.list_own_columns(name) and not _is_same(dataset.schema, schema, name)
    }
    return PlannedSet(schema, described.links, own)


def _describe_again(
    dataset: RelatedDataset, schema: RelatedSchema, name: str, cells: pd.DataFrame
) -> OwnColumns:
    before = dataset.table(name)
    request = Request(_repeat_options({} if before is None else before.spec.source))
    own = describe_own(schema, name, cells[list(schema.list_own_columns(name))], request)
    if before is None:
        return own
    return replace(own, spec=keep_changes(before.spec, own.spec, own.cells, _list_single_keys(schema, name)))


def _change_columns(
    dataset: RelatedDataset, planned: PlannedSet, name: str, texts: Sequence[str]
) -> OwnColumns:
    """The own columns of a table after changes such as "amount.minimum=0"."""
    from pipeline.datasets.changes import apply_changes, parse_changes
    from pipeline.datasets.shared_categories import require_shared_categories

    own, single = planned.own.get(name), dataset.table(name)
    if own is None and single is not None:
        own = OwnColumns(single.spec, single.load_cells())
    if own is None:
        raise DataError(f'Table "{name}" has no columns but keys.', "change its keys instead.")
    wanted = parse_changes(own.spec, texts)
    spec = apply_changes(own.spec, own.cells, wanted)
    _check_keys(planned.schema, name, own.spec, spec)
    if not planned.schema.get(name).is_public:
        # Every category of a public one may be reproduced.
        require_shared_categories(spec, wanted, lambda: own.cells[~_split(dataset, planned)[name]])
    return replace(own, spec=spec)


def _split(dataset: RelatedDataset, planned: PlannedSet) -> dict[str, np.ndarray]:
    """Which rows of each table would be held out (bool) with the planned keys."""
    rows = {name: dataset.count_rows(name) for name in planned.schema.by_name}
    links = {
        name: {one.id: planned.links[one.id] for one in planned.schema.list_relations(name)} for name in rows
    }
    return hold_out_roots(planned.schema, dataset.data_fingerprint, rows, links.__getitem__)


def _doubt(planned: PlannedSet, find_doubts: FindDoubts | None) -> PlannedSet:
    """The set with doubts on the tables that are described anew; public ones are kept as they are."""
    own = {
        name: one
        if planned.schema.get(name).is_public
        else doubt_table(name, one, find_doubts, planned.schema.get(name).types)
        for name, one in planned.own.items()
    }
    return check_public_tables(replace(planned, own=own))


def _load_links(dataset: RelatedDataset) -> dict[str, np.ndarray]:
    return {key: rows for name in dataset.schema.by_name for key, rows in dataset.load_links(name).items()}


def _repeat_options(source: Mapping[str, object]) -> ReadOptions:
    """What was said about a table when it was registered, as far as it concerns the values."""
    said = SourceFormat.from_dict(source)
    return ReadOptions(
        decimal=said.decimal or None, day_first=said.day_first, missing=said.missing, public=said.public
    )


def _check_keys(schema: RelatedSchema, table: str, before: DatasetSpec, after: DatasetSpec) -> None:
    """Raise DataError where a key of one column would be learned, and so could repeat."""
    single = _list_single_keys(schema, table)
    roles = {one.name: one.role for one in after.columns}
    for one in before.columns:
        if one.name in single and one.role is Role.IDENTITY and roles[one.name] is not Role.IDENTITY:
            raise DataError(
                f'Column "{one.name}" is a key of "{table}", so it stays an identity.',
                "name another key of the table first.",
            )


def _list_single_keys(schema: RelatedSchema, table: str) -> set[str]:
    """The columns of a table that are a key by themselves."""
    described = schema.get(table)
    return {key[0] for key in (described.primary_key, *described.unique) if len(key) == 1}
