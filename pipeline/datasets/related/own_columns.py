"""The own columns of each table of a set: described as those of one table, with what the keys decide."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd

from pipeline.datasets.commands import columns_command
from pipeline.datasets.related.calendars import tell_calendars
from pipeline.datasets.related.columns import RelatedTables
from pipeline.datasets.related.completing import Described
from pipeline.datasets.related.lengths import limit_identities
from pipeline.datasets.related.overview import SetOverview, describe_set
from pipeline.datasets.related.public_tables import note_identifiers, refuse_people
from pipeline.datasets.related.schema import RelatedSchema, SqlType
from pipeline.datasets.related.shared_people import tell_shared_people
from pipeline.datasets.source import ReadOptions, with_doubts
from pipeline.datasets.spec import DatasetSpec, Role
from pipeline.datasets.storing import as_stored, decide_doubts, find_hints
from pipeline.errors import DataError, MetadataError

if TYPE_CHECKING:
    from pipeline.datasets.doubts import FindDoubts

Result = TypeVar("Result")

_NUMBERS = re.compile(r"number|u?int\d+|double|float|SMALLINT|INTEGER|BIGINT|NUMERIC")
"""Types of workbooks, of Arrow and of databases."""

FEWEST_ROWS = 25
"""Rows of a table that has no children: others, such as stores and districts, may be smaller."""


@dataclass(frozen=True)
class Request:
    """How tables are described: options of reading, sdtypes by table where metadata gives them, doubts."""

    options: ReadOptions = field(default_factory=ReadOptions)
    metadata: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    find_doubts: FindDoubts | None = None


@dataclass(frozen=True, eq=False)
class OwnColumns:
    """The description of a table's own columns, and these as they are stored."""

    spec: DatasetSpec
    cells: pd.DataFrame


@dataclass(frozen=True, eq=False)
class PlannedSet:
    """A set as it would be kept: schema, positions of parents by relation id, and own columns by table.

    Tables without columns of their own are not in `own`; for a change, nor are those that stay as they are.
    """

    schema: RelatedSchema
    links: Mapping[str, np.ndarray]
    own: Mapping[str, OwnColumns]

    def describe(self, before: Mapping[str, DatasetSpec] = MappingProxyType({})) -> SetOverview:
        """What readers are told of the set; `before` are the descriptions of tables as they were."""
        return describe_set(self.schema, {**before, **{name: one.spec for name, one in self.own.items()}})


def plan_set(
    described: Described, tables: RelatedTables, request: Request, names: Collection[str] | None = None
) -> PlannedSet:
    """The set with the own columns of its tables, or of those in `names`; writes nothing.

    Raises DataError or MetadataError, with the name of the table, where one cannot be described.
    """
    schema = described.schema
    own = {}
    for name in schema.by_name:
        columns = list(schema.list_own_columns(name))
        if columns and (names is None or name in names):
            own[name] = describe_own(schema, name, tables[name][columns], request)
    return check_public_tables(PlannedSet(schema, described.links, _note_shared(schema, own)))


def _note_shared(schema: RelatedSchema, own: Mapping[str, OwnColumns]) -> dict[str, OwnColumns]:
    """The own columns with findings on calendars, and on people whom an unrelated table names as well."""
    known = {name: (one.spec, one.cells) for name, one in own.items()}
    told = {**tell_calendars(schema, known), **tell_shared_people(schema, known)}
    noted = dict(own)
    for name, sentences in told.items():
        source = dict(own[name].spec.source)
        source["findings"] = [*source.get("findings", ()), *sentences]
        noted[name] = replace(own[name], spec=replace(own[name].spec, source=source))
    return noted


def describe_own(schema: RelatedSchema, name: str, cells: pd.DataFrame, request: Request) -> OwnColumns:
    """The own columns of one table; those of a public one are kept as they are, so that none is doubted."""
    spec, texts = _in_table(name, lambda: _detect(schema, name, cells, request))
    source = dict(schema.source.get("tables", {}).get(name, {}))
    spec = replace(spec, name=_name_dataset(schema.name, name), part_of=schema.name, source=source)
    own, types = OwnColumns(spec, texts), schema.get(name).types
    return own if schema.get(name).is_public else doubt_table(name, own, request.find_doubts, types)


def note_former_keys(planned: PlannedSet, omitted: Collection[str]) -> PlannedSet:
    """The set with a doubt on each column that is said to be no foreign key and is learned from now on.

    `omitted` are ids of relations. Learned values of a key are real ones that may belong to somebody.
    """
    own = dict(planned.own)
    for name, one in planned.own.items():
        said = [
            f'Column "{column.name}" is no foreign key any more and is learned, so that its values are real '
            f"ones; if they are identifiers: "
            f"{columns_command(planned.schema.name, f'{name}.{column.name}.role=identity')}."
            for column in one.spec.columns
            if column.role is Role.MODELLED and f"{name}.{column.name}" in omitted and not column.is_public
        ]
        if said and not planned.schema.get(name).is_public:
            doubts = [*one.spec.source.get("doubts", ()), *said]
            own[name] = replace(one, spec=replace(one.spec, source=with_doubts(one.spec.source, doubts)))
    return replace(planned, own=own)


def check_public_tables(planned: PlannedSet) -> PlannedSet:
    """The set with what its public tables hand out said of them; DataError where that is data of people."""
    own = dict(planned.own)
    for name, one in planned.own.items():
        table = planned.schema.get(name)
        if table.is_public:
            refuse_people(table, one.spec)
            own[name] = replace(one, spec=note_identifiers(table, one.spec))
    return replace(planned, own=own)


def doubt_table(
    name: str, own: OwnColumns, find_doubts: FindDoubts | None, types: Mapping[str, SqlType]
) -> OwnColumns:
    """The own columns with what needs a decision; errors have the name of the table.

    `types` are those of the database that the columns came from, into which all values must fit.
    """

    def find(rows: pd.DataFrame, spec: DatasetSpec) -> Sequence[str]:
        return find_doubts(rows, limit_identities(spec, types)) if find_doubts else ()

    wanted = find if find_doubts else None
    return replace(own, spec=_in_table(name, lambda: decide_doubts(own.spec, own.cells, wanted)))


def _detect(
    schema: RelatedSchema, name: str, cells: pd.DataFrame, request: Request
) -> tuple[DatasetSpec, pd.DataFrame]:
    from pipeline.datasets.detection.detect import adopt, detect
    from pipeline.datasets.detection.typing import type_table
    from pipeline.datasets.related.roles import decide_by_keys, list_wide

    separator = str(schema.source.get("tables", {}).get(name, {}).get("separator", ""))
    hints = find_hints(request.options, separator)
    given = request.metadata.get(name)
    decide = decide_by_keys(schema.get(name), given is not None, list_wide(schema, name))
    if given is not None:
        content = {"tables": {name: {"columns": {column: given["columns"][column] for column in cells}}}}
        return adopt(cells, name, content, schema.as_of, decide, hints)
    public = [column for column in _list_public(name, request.options) if column in cells]
    typed = type_table(cells, hints, schema.name, name, _list_numbers(schema, name, cells))
    spec, _ = detect(typed.table, name, schema.as_of, public=public, typed=typed, decide=decide)
    return spec, as_stored(spec, cells, typed.table)


def _list_numbers(schema: RelatedSchema, name: str, cells: pd.DataFrame) -> list[str]:
    """The columns that their file or database holds as numbers."""
    declared = {column: one.name for column, one in schema.get(name).types.items()}
    types = {**schema.source.get("tables", {}).get(name, {}).get("types", {}), **declared}
    return [column for column in map(str, cells) if _NUMBERS.fullmatch(str(types.get(column, "")))]


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
            f'No table has a column "{absent[0]}" that could be public.',
            f"use one of {', '.join(sorted(known))}.",
        )


def _list_public(table: str, options: ReadOptions) -> list[str]:
    """The public columns of a table, which may be named with it or without."""
    return [name.removeprefix(f"{table}.") for name in options.public]


def _in_table(table: str, describe: Callable[[], Result]) -> Result:
    """What describing a table gives; its errors with the name of the table."""
    try:
        return describe()
    except (DataError, MetadataError) as error:
        if f'"{table}"' in error.message:
            raise
        raise type(error)(f'Table "{table}": {error.message}', error.hint) from error


def _name_dataset(schema: str, table: str) -> str:
    """The name that stands in a table's `dataset.yaml`: that of the set and that of the table."""
    return re.sub(r"[^a-z0-9_-]", "_", f"{schema}-{table}".lower())[:64]
