"""People that a table repeats from an ancestor in some of its rows: the payer who is the account's customer.

A column that repeats its parent's in every row is no column of its own (`RelatedTable.copied`). One that is
empty elsewhere, holds others elsewhere, or repeats a grandparent's is derived by itself first. Then as large
a share of its cells as in the sample takes the ancestor's value, so that a person is the same everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import pandas as pd

from pipeline.datasets.related.schema import RelatedSchema
from pipeline.datasets.rules.given import RuleTables
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, Role

_DEEPEST = 4
_FEWEST_ROWS = 5
_FEWEST_VALUES = 10
_LEAST_SHARE = 0.02
_TIMES_CHANCE = 10.0
_OF_FORMS = frozenset({"key", "code"})
"""Kinds whose values have the form of their own column."""


@dataclass(frozen=True)
class Echo:
    """A column that repeats `source` of the ancestor at the end of `path` (relation ids).

    `share` is the part of its filled cells that do.
    """

    table: str
    column: str
    path: tuple[str, ...]
    ancestor: str
    source: str
    share: float


def find_echoes(
    schema: RelatedSchema, given: RuleTables, specs: Mapping[str, DatasetSpec]
) -> tuple[Echo, ...]:
    """The echoes of a sample, by tables and columns."""
    found = [
        echo
        for table in schema.tables
        if not table.is_public and table.name in specs
        for echo in _find_in_table(schema, given, specs, table.name)
    ]
    return tuple(one for one in found if _is_free(one, found, specs[one.table]))


def repeat_values(echoes: Sequence[Echo], given: RuleTables, seed: int) -> dict[str, pd.DataFrame]:
    """Generated tables with the ancestors' values where echoes are; each column from a seed of its own."""
    tables = dict(given.tables)
    for echo in echoes:
        own = tables[echo.table][echo.column].reset_index(drop=True).astype(object)
        positions = _follow(given, echo.path)
        above = _take(tables[echo.ancestor][echo.source], positions)
        # One draw for each row of a path, so that a name and its address go together.
        rng = np.random.default_rng([seed, crc32("/".join((echo.table, *echo.path)).encode())])
        is_chosen = rng.random(len(own)) < echo.share
        is_filled = own.notna() & above.notna()
        tables[echo.table] = tables[echo.table].assign(
            **{echo.column: own.where(~(is_filled & is_chosen), above).to_numpy()}
        )
    return tables


def _find_in_table(
    schema: RelatedSchema, given: RuleTables, specs: Mapping[str, DatasetSpec], name: str
) -> Iterator[Echo]:
    table = schema.get(name)
    keys = {column for key in (table.primary_key, *table.unique) for column in key}
    paths = list(_list_paths(schema, name, ()))
    for column in specs[name].columns:
        values = given.table(name)[column.name].reset_index(drop=True)
        if not _may_repeat(column) or column.name in keys or values.nunique() < _FEWEST_VALUES:
            continue
        echoes = [
            Echo(name, column.name, path, ancestor, source.name, share)
            for path, ancestor in paths
            if ancestor in specs
            for source in specs[ancestor].columns
            if _are_alike(column, source)
            and (share := _measure(values, given, path, ancestor, source.name)) > 0
        ]
        if echoes:
            yield max(echoes, key=lambda one: (one.share, -len(one.path)))


def _list_paths(
    schema: RelatedSchema, name: str, passed: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], str]]:
    """The ancestors of a table that are generated, and the relations that lead to each."""
    for one in schema.list_relations(name) if len(passed) < _DEEPEST else ():
        if one.is_self or schema.get(one.parent).is_public:
            continue
        path = (*passed, one.id)
        yield path, one.parent
        yield from _list_paths(schema, one.parent, path)


def _measure(
    values: pd.Series, given: RuleTables, path: tuple[str, ...], ancestor: str, source: str
) -> float:
    """The share of filled cells that hold the ancestor's value; 0 where that may be chance."""
    column = given.table(ancestor)[source]
    above = _take(column, _follow(given, path))
    both = (values.notna() & above.notna()).to_numpy()
    rows = int(both.sum())
    if not rows:
        return 0.0
    same = int((values[both].astype(str) == above[both].astype(str)).sum())
    shares = values[both].astype(str).value_counts(normalize=True)
    chance = float((shares * column.astype(str).value_counts(normalize=True)).fillna(0).sum())
    is_sure = same >= _FEWEST_ROWS and same / rows >= max(_LEAST_SHARE, min(0.5, _TIMES_CHANCE * chance))
    return same / rows if is_sure else 0.0


def _follow(given: RuleTables, path: Sequence[str]) -> np.ndarray:
    """The rows of the ancestor at the end of a path, -1 where there is none."""
    positions = np.asarray(given.links[path[0]])
    for relation in path[1:]:
        positions = np.append(given.links[relation], -1)[positions]
    return positions


def _take(column: pd.Series, positions: np.ndarray) -> pd.Series:
    values = np.concatenate([column.to_numpy(dtype=object), np.array([None], dtype=object)])
    return pd.Series(values[positions], dtype=object)


def _may_repeat(column: ColumnSpec) -> bool:
    return column.role is Role.IDENTITY and not column.is_unique and not column.is_public


def _are_alike(column: ColumnSpec, source: ColumnSpec) -> bool:
    """Whether the values of one column are valid in the other."""
    if source.role is not Role.IDENTITY or source.kind != column.kind or source.is_public:
        return False
    return column.kind not in _OF_FORMS or _list_forms(column) == _list_forms(source)


def _list_forms(column: ColumnSpec) -> dict[str, object]:
    return {key: value for key, value in column.options.items() if key != "missing_share"}


def _is_free(echo: Echo, echoes: Sequence[Echo], spec: DatasetSpec) -> bool:
    """Whether nothing else in the row hangs on the column: an address that follows the name goes with it."""
    together = {
        one.column
        for one in echoes
        if (one.table, one.path) == (echo.table, echo.path) and abs(one.share - echo.share) < _LEAST_SHARE
    }
    known = {one.name: one for one in spec.columns}
    bound = {*known[echo.column].follows}
    bound |= {one.name for one in spec.columns if echo.column in one.follows}
    for entity in spec.entities:
        if echo.column in entity.columns:
            bound |= {*entity.columns, *entity.constant}
    return bound <= together
