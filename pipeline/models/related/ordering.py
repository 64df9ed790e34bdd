"""Rows of one parent in the order of their table: what rules move may leave a later row with an earlier date.

The row moves as a whole and what refers to it follows. Keys that are numbered stay at their place, so that
they rise with the date as the rows do.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pipeline.datasets.related.schema import RelatedSchema
from pipeline.datasets.spec import DatasetSpec, Role

Links = Mapping[str, Mapping[str, np.ndarray]]
_KEY = "key"


def order_rows(
    schema: RelatedSchema,
    specs: Mapping[str, DatasetSpec],
    tables: Mapping[str, pd.DataFrame],
    links: Links,
) -> tuple[dict[str, pd.DataFrame], dict[str, dict[str, np.ndarray]]]:
    """The own columns of all tables and their links, the rows of each parent put in order."""
    ordered, moved = dict(tables), {name: dict(found) for name, found in links.items()}
    for table in schema.tables:
        owner = schema.find_owner(table.name)
        is_self = any(one.is_self for one in schema.list_relations(table.name))
        if table.is_public or is_self or owner is None or table.order not in tables[table.name]:
            continue
        rows = _sort(tables[table.name][table.order], moved[table.name][owner.id])
        if rows is None:
            continue
        ordered[table.name] = _take(tables[table.name], rows, specs[table.name])
        moved[table.name] = {relation: found[rows] for relation, found in moved[table.name].items()}
        places = np.empty(len(rows), dtype=np.int64)
        places[rows] = np.arange(len(rows))
        for one in schema.relations:
            if one.parent == table.name:
                moved[one.child][one.id] = np.append(places, -1)[moved[one.child][one.id]]
    return ordered, moved


def _sort(values: pd.Series, owners: np.ndarray) -> np.ndarray | None:
    """For each place the row that comes there; None where no row has to move.

    Only the rows of owners whose values fall move, and only among the places that these rows have.
    """
    ranks = values.rank(method="dense").to_numpy()
    by_owner = np.argsort(owners, kind="stable")
    by_owner = by_owner[(owners[by_owner] >= 0) & ~np.isnan(ranks[by_owner])]
    follows = owners[by_owner][1:] == owners[by_owner][:-1]
    falls = follows & (ranks[by_owner][1:] < ranks[by_owner][:-1])
    if not falls.any():
        return None
    places = by_owner[np.isin(owners[by_owner], owners[by_owner][1:][falls])]
    sorted_rows = places[np.lexsort([ranks[places], owners[places]])]
    rows = np.arange(len(owners))
    rows[places] = sorted_rows
    return rows


def _take(table: pd.DataFrame, rows: np.ndarray, spec: DatasetSpec) -> pd.DataFrame:
    numbered = [
        one.name
        for one in spec.columns
        if one.role is Role.IDENTITY and one.kind == _KEY and one.is_unique and not one.follows
    ]
    taken = table.iloc[rows].reset_index(drop=True)
    return taken.assign(**{name: table[name].to_numpy() for name in numbered if name in table})
