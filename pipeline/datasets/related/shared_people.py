"""People that two tables name though no foreign key leads from one to the other: told, as they differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from pipeline.datasets.related.schema import RelatedSchema
from pipeline.datasets.spec import DatasetSpec, Role

_FEWEST = 10
_LEAST_SHARE = 0.5


@dataclass(frozen=True)
class _Column:
    table: str
    name: str
    kind: str
    values: frozenset[str]


def tell_shared_people(
    schema: RelatedSchema, own: Mapping[str, tuple[DatasetSpec, pd.DataFrame]]
) -> dict[str, list[str]]:
    """Sentences by table on identity columns whose values are in an unrelated table; no value is named."""
    columns = [one for name, (spec, cells) in own.items() for one in _list_columns(schema, name, spec, cells)]
    told: dict[str, list[str]] = {}
    for one in columns:
        others = [
            other for other in columns if _is_larger(other, one) and not _are_related(schema, one, other)
        ]
        best = max(others, key=lambda other: len(one.values & other.values), default=None)
        shared = len(one.values & best.values) if best else 0
        if best is None or shared < max(_FEWEST, _LEAST_SHARE * len(one.values)):
            continue
        told.setdefault(one.table, []).append(
            f'{shared:,} of {len(one.values):,} values of column "{one.name}" are in '
            f"{best.table}.{best.name}, but no foreign key leads from one table to the other, so that "
            "generated tables name different "
            f'people there: give the foreign key (`--relation "{one.table}.COLUMN -> {best.table}.COLUMN"`) '
            "where there is one."
        )
    return told


def _list_columns(
    schema: RelatedSchema, name: str, spec: DatasetSpec, cells: pd.DataFrame
) -> Iterator[_Column]:
    for column in () if schema.get(name).is_public else spec.columns:
        if column.role is Role.IDENTITY and not column.is_public and column.name in cells:
            values = frozenset(cells[column.name].dropna().astype(str))
            if len(values) >= _FEWEST and (column.name,) != schema.get(name).primary_key:
                yield _Column(name, column.name, str(column.kind), values)


def _is_larger(other: _Column, one: _Column) -> bool:
    """Whether a column may be where the people of another come from: the larger, or the first of equals."""
    if other.table == one.table or other.kind != one.kind:
        return False
    return (len(other.values), one.table) > (len(one.values), other.table)


def _are_related(schema: RelatedSchema, one: _Column, other: _Column) -> bool:
    return other.table in _list_above(schema, one.table) or one.table in _list_above(schema, other.table)


def _list_above(schema: RelatedSchema, name: str) -> set[str]:
    """The ancestors of a table by any foreign key."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for relation in schema.list_relations(waiting.pop()):
            if relation.parent not in found and not relation.is_self:
                found.add(relation.parent)
                waiting.append(relation.parent)
    return found
