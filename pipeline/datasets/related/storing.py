"""A set of tables written to a folder: schema, a dataset for each table, and links."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from pipeline.datasets.content import settle
from pipeline.datasets.dataset import Dataset
from pipeline.datasets.related.columns import RelatedTables
from pipeline.datasets.related.dataset import RelatedDataset, find_table_folder
from pipeline.datasets.related.describe import Described
from pipeline.datasets.related.links import find_links_path, save_links
from pipeline.datasets.related.schema import SCHEMA_FILE, RelatedSchema
from pipeline.datasets.related.schema_file import format_schema
from pipeline.datasets.source import ReadOptions
from pipeline.datasets.spec import DatasetSpec
from pipeline.datasets.storing import as_stored, decide_doubts, find_hints, write_dataset
from pipeline.errors import DataError

if TYPE_CHECKING:
    from pipeline.datasets.detection.typing import TypedTable
    from pipeline.datasets.doubts import FindDoubts

FEWEST_ROWS = 25
"""Rows of a table that has no children: others, such as stores and districts, may be smaller."""


@dataclass(frozen=True)
class Request:
    """How tables are described: options of reading, sdtypes by table where metadata gives them, doubts."""

    options: ReadOptions = field(default_factory=ReadOptions)
    metadata: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    find_doubts: FindDoubts | None = None


def write_set(folder: Path, described: Described, tables: RelatedTables, request: Request) -> RelatedDataset:
    """Write a set of tables to a folder that does not exist yet, and check it.

    Raises DataError or MetadataError for a table that cannot be described, OSError as the folder does.
    """
    schema = described.schema
    folder.mkdir()
    for name in schema.by_name:
        check_rows(schema, name, len(tables[name]))
        write_table(folder, schema, name, tables[name], request)
        links = {one.id: described.links[one.id] for one in schema.list_relations(name)}
        if links:
            save_links(find_links_path(folder, name), links)
    write_schema(folder, schema)
    done = RelatedDataset(schema, folder)
    done.validate()
    settle(path for path in folder.rglob("*") if path.is_file())
    return done


def write_schema(folder: Path, schema: RelatedSchema) -> None:
    """Write `schema.yaml`."""
    (folder / SCHEMA_FILE).write_text(format_schema(schema), encoding="utf-8")


def write_table(
    folder: Path, schema: RelatedSchema, name: str, table: pd.DataFrame, request: Request
) -> None:
    """Write the dataset of a table's own columns; nothing where it has none."""
    from pipeline.datasets.detection.detect import describe_metadata

    own = list(schema.list_own_columns(name))
    if not own:
        return
    spec, texts = describe_own(schema, name, table[own], request)
    target = find_table_folder(folder, name)
    target.parent.mkdir(exist_ok=True)
    write_dataset(Dataset(spec, target), texts, describe_metadata(spec))


def describe_own(
    schema: RelatedSchema, name: str, cells: pd.DataFrame, request: Request
) -> tuple[DatasetSpec, pd.DataFrame]:
    """The description of a table's own columns, and these as they are stored."""
    from pipeline.datasets.detection.detect import adopt, detect
    from pipeline.datasets.detection.typing import type_table
    from pipeline.datasets.related.roles import decide_by_keys

    given = request.metadata.get(name)
    decide = decide_by_keys(schema.get(name), given is not None)
    if given is not None:
        content = {"tables": {name: {"columns": {column: given["columns"][column] for column in cells}}}}
        spec, texts = adopt(cells, name, content, schema.as_of, decide)
    else:
        public = [column for column in _list_public(name, request.options) if column in cells]
        typed = _in_table(name, lambda: type_table(cells, find_hints(request.options)))
        spec, _ = detect(typed.table, name, schema.as_of, public=public, typed=typed, decide=decide)
        texts = as_stored(spec, cells, typed.table)
    source = dict(schema.source.get("tables", {}).get(name, {}))
    spec = replace(spec, name=_name_dataset(schema.name, name), source=source)
    return decide_doubts(spec, texts, request.find_doubts), texts


def check_rows(schema: RelatedSchema, name: str, rows: int) -> None:
    """Raise DataError for a table that is too small to learn from, unless it is a parent or public."""
    is_parent = any(one.parent == name for one in schema.relations)
    if rows < FEWEST_ROWS and not is_parent and not schema.get(name).is_public:
        raise DataError(
            f'Table "{name}" has {rows} rows; at least {FEWEST_ROWS} are needed in a table without children.',
            "give a larger sample, leave the table out, or declare it public.",
        )


def check_public(options: ReadOptions, tables: RelatedTables) -> None:
    """Raise DataError for a public column that is in none of the tables."""
    known = {f"{name}.{column}" for name, cells in tables.items() for column in cells}
    known |= {str(column) for cells in tables.values() for column in cells}
    absent = [name for name in options.public if name not in known]
    if absent:
        raise DataError(
            f'No table has a column "{absent[0]}" that could be public.', "name it as TABLE.COLUMN or COLUMN."
        )


def _list_public(table: str, options: ReadOptions) -> list[str]:
    """The public columns of a table, which may be named with it or without."""
    return [name.removeprefix(f"{table}.") for name in options.public]


def _in_table(table: str, read: Callable[[], TypedTable]) -> TypedTable:
    """What reading the forms of a table gives; its errors with the name of the table."""
    try:
        return read()
    except DataError as error:
        raise DataError(f'Table "{table}": {error.message}', error.hint) from error


def _name_dataset(schema: str, table: str) -> str:
    """The name that stands in a table's `dataset.yaml`: that of the set and that of the table."""
    return re.sub(r"[^a-z0-9_-]", "_", f"{schema}-{table}".lower())[:64]
