"""What was set by hand about the columns of a table, set again after the table was described anew."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

import pandas as pd

from pipeline.datasets.changes import BY_HAND, OPTIONS, Change, apply_changes
from pipeline.datasets.spec import ColumnSpec, DatasetSpec


def keep_changes(
    before: DatasetSpec, after: DatasetSpec, cells: pd.DataFrame, fixed: Collection[str] = ()
) -> DatasetSpec:
    """The description `after` with the kinds, forms, limits and publicity that columns had `before`.

    `cells` is the table as text. Columns in `fixed` are what they are, such as keys.
    """
    known = {one.name: one for one in before.columns if one.name not in fixed}
    spec = _apply(after, cells, [one for column in after.columns for one in _list_kinds(known, column)])
    columns = tuple(
        replace(one, form=known[one.name].form) if _is_alike(known, one) else one for one in spec.columns
    )
    spec = replace(spec, columns=columns)
    return _apply(spec, cells, [one for column in columns for one in _list_values(known, column)])


def _apply(spec: DatasetSpec, cells: pd.DataFrame, changes: list[Change]) -> DatasetSpec:
    return apply_changes(spec, cells, changes) if changes else spec


def _is_alike(known: dict[str, ColumnSpec], column: ColumnSpec) -> bool:
    old = known.get(column.name)
    return old is not None and (old.role, old.kind) == (column.role, column.kind)


def _list_kinds(known: dict[str, ColumnSpec], column: ColumnSpec) -> Iterator[Change]:
    old = known.get(column.name)
    if old is not None and old.why == BY_HAND and not _is_alike(known, column):
        yield Change(column.name, "kind", str(old.kind))


def _list_values(known: dict[str, ColumnSpec], column: ColumnSpec) -> Iterator[Change]:
    if not _is_alike(known, column):
        return
    old = known[column.name]
    for key in OPTIONS:
        said = old.options.get(key)
        if said != column.options.get(key):
            yield Change(column.name, key, "" if said is None else str(said))
    if old.is_public and not column.is_public:
        yield Change(column.name, "public", "true")
