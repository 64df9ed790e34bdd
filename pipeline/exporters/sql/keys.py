"""Keys of tables that are about to be written: whether they hold, and the order of rows that they need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.datasets.related.schema import RelatedSchema, Relation, SqlType
from pipeline.errors import ExportError

Columns = Mapping[str, Sequence[Any]]


def find_broken_keys(schema: RelatedSchema, tables: Mapping[str, Columns]) -> list[str]:
    """Keys that repeat and foreign keys without a parent, in sentences with their counts."""
    found = []
    for table in schema.tables:
        for key in (table.primary_key, *table.unique):
            rows = [row for row in _rows(tables[table.name], key) if None not in row] if key else []
            if repeats := len(rows) - len(set(rows)):
                found.append(f'Table "{table.name}": {repeats:,} rows repeat the key {", ".join(key)}.')
    for one in schema.relations:
        known = set(_rows(tables[one.parent], one.parent_columns))
        held = (row for row in _rows(tables[one.child], one.columns) if None not in row)
        if orphans := sum(row not in known for row in held):
            found.append(f'Table "{one.child}": {orphans:,} rows refer to no row of "{one.parent}".')
    return found


def order_tables(schema: RelatedSchema) -> list[str]:
    """The tables with parents before children; ExportError naming those of a circle."""
    rest, done = [table.name for table in schema.tables], []
    while rest:
        free = [
            name
            for name in rest
            if not any(one.parent in rest and not one.is_self for one in schema.list_relations(name))
        ]
        if not free:
            raise ExportError(
                f"The tables {', '.join(rest)} refer to each other in a circle.", "drop one of the relations."
            )
        done += free
        rest = [name for name in rest if name not in free]
    return done


@dataclass(frozen=True)
class RowOrder:
    """The rows of a table in an order in which no row comes before those of the table that it refers to.

    `later` are pairs of a row and a relation that can only be set when all rows are there.
    """

    rows: Sequence[int]
    later: tuple[tuple[int, Relation], ...] = ()


def order_rows(schema: RelatedSchema, name: str, columns: Columns, count: int) -> RowOrder:
    """The order for a table; the given one where it does not refer to itself."""
    own = [one for one in schema.list_relations(name) if one.is_self]
    if not own:
        return RowOrder(range(count))
    parents = [_find_rows(columns, one) for one in own]
    above = [
        [(one, found[row]) for one, found in zip(own, parents, strict=True) if found[row] not in (-1, row)]
        for row in range(count)
    ]
    return _climb(above)


def _climb(above: Sequence[Sequence[tuple[Relation, int]]]) -> RowOrder:
    """Each row behind those above it; a row that waits for itself is given up to `later`."""
    rows: list[int] = []
    is_waiting, is_placed = bytearray(len(above)), bytearray(len(above))
    later: list[tuple[int, Relation]] = []
    for start in range(len(above)):
        path = [] if is_placed[start] else [start]
        while path:
            row = path[-1]
            is_waiting[row] = True
            missing = next((parent for _, parent in above[row] if not is_waiting[parent]), None)
            if missing is not None:
                path.append(missing)
                continue
            later += [(row, one) for one, parent in above[row] if not is_placed[parent]]
            is_placed[row] = True
            rows.append(path.pop())
    return RowOrder(rows, tuple(later))


def check_later(
    schema: RelatedSchema, name: str, types: Mapping[str, SqlType], later: Sequence[tuple[int, Relation]]
) -> None:
    """Refuse rows that refer to each other in a circle where no cell of them may be empty for a moment."""
    has_key = bool(schema.get(name).primary_key)
    stuck = [
        one for _, one in later if not has_key or any(types[column].is_required for column in one.columns)
    ]
    if stuck:
        raise ExportError(
            f'Table "{name}": rows refer to each other in a circle by {", ".join(stuck[0].columns)}, '
            "which may not be empty.",
            "allow empty cells there, or export the tables as files.",
        )


def _find_rows(columns: Columns, relation: Relation) -> list[int]:
    """The row that each row refers to, -1 for none."""
    places = {key: place for place, key in enumerate(_rows(columns, relation.parent_columns))}
    return [places.get(key, -1) if None not in key else -1 for key in _rows(columns, relation.columns)]


def _rows(columns: Columns, names: Sequence[str]) -> list[tuple[Any, ...]]:
    return list(zip(*(columns[name] for name in names), strict=True))
