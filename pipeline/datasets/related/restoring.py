"""Whole tables from their own columns and their links: keys come back as the parents have them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pipeline.datasets.related.schema import RelatedSchema, Relation


def restore_tables(
    schema: RelatedSchema,
    own: Mapping[str, pd.DataFrame],
    links: Mapping[str, Mapping[str, np.ndarray]],
) -> dict[str, pd.DataFrame]:
    """All tables with all columns in their order, from the tables' own columns and their links by table.

    A foreign key and what is copied of a parent take the parent's value, None where there is no parent.
    Where two relations have a column in common, the owner's decides.
    """
    restored: dict[str, pd.DataFrame] = {}
    for table in schema.tables:
        columns = {str(name): own[table.name][name] for name in own.get(table.name, ())}
        rows = links.get(table.name, {})
        for one in sorted(schema.list_relations(table.name), key=lambda one: (one.is_owner, one.is_self)):
            parent = columns if one.is_self else restored[one.parent]
            columns |= _take_keys(one, parent, rows[one.id], columns)
        by_id = {one.id: one for one in schema.list_relations(table.name)}
        for name, relation, source in table.copied:
            columns[name] = take_rows(restored[by_id[relation].parent][source], rows[relation])
        restored[table.name] = pd.DataFrame({name: columns[name] for name in table.columns})
    return restored


def take_rows(values: pd.Series, positions: np.ndarray) -> pd.Series:
    """The values in these rows, missing (None for text) where the position is negative."""
    if pd.api.types.is_integer_dtype(values) and (positions < 0).any():
        values = values.astype("Int64")
    taken = values.reset_index(drop=True).reindex(pd.Index(positions).where(positions >= 0))
    taken.index = pd.RangeIndex(len(taken))
    return taken.where(taken.notna(), None) if taken.dtype == object else taken


def _take_keys(
    relation: Relation,
    parent: Mapping[str, pd.Series] | pd.DataFrame,
    positions: np.ndarray,
    known: Mapping[str, pd.Series],
) -> dict[str, pd.Series]:
    """The columns of a foreign key; where a row has no parent, what another relation said of it stays."""
    found = {}
    for name, source in zip(relation.columns, relation.parent_columns, strict=True):
        values = take_rows(parent[source], positions)
        found[name] = values.where(positions >= 0, known[name]) if name in known else values
    return found
