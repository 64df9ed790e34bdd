"""Children with their parent's columns, and with sums over their siblings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.datasets.spec import CONTINUOUS, ModelledColumn, ModelledType
from pipeline.evaluation.quality.columns import canonicalise
from pipeline.evaluation.related.sides import Side, Sides

_NS_A_DAY = 86_400 * 10**9
SIBLINGS = "rows of the parent"


def name_parent_columns(sides: Sides) -> list[ModelledColumn]:
    """The parent's columns as they stand beside a child's, "accounts.opened"."""
    return [
        ModelledColumn(f"{sides.relation.parent}.{column.name}", column.kind)
        for column in sides.parent_columns
    ]


def join_parent(sides: Sides, side: Side) -> pd.DataFrame:
    """The columns of every child that has a parent, and its parent's columns."""
    rows = np.flatnonzero(side.places >= 0)
    children = (
        side.children[[column.name for column in sides.child_columns]].iloc[rows].reset_index(drop=True)
    )
    parents = side.parents[[column.name for column in sides.parent_columns]].iloc[side.places[rows]]
    parents = parents.reset_index(drop=True).set_axis(
        [column.name for column in name_parent_columns(sides)], axis=1
    )
    return pd.concat([children, parents], axis=1)


def list_sums(columns: Sequence[ModelledColumn]) -> list[ModelledColumn]:
    """What `add_sums` adds to the columns of a child."""
    names = [SIBLINGS]
    for column in columns:
        names.append(f"distinct {column.name}")
        if column.kind in CONTINUOUS:
            names += [f"mean {column.name}", f"{_last_sum(column)} {column.name}"]
    return [ModelledColumn(name, ModelledType.NUMERICAL) for name in names]


def _last_sum(column: ModelledColumn) -> str:
    return "span" if column.kind is ModelledType.DATETIME else "sum"


def add_sums(sides: Sides, side: Side, joined: pd.DataFrame) -> pd.DataFrame:
    """The joined rows with the number of siblings and, by column, distinct values, mean and sum.

    A row is its own sibling. Dates have a span (in days) in place of a sum.
    """
    places = side.places[side.places >= 0]
    groups = pd.factorize(places)[0]
    sums: dict[str, np.ndarray] = {SIBLINGS: np.bincount(groups)[groups].astype(float)}
    for column in sides.child_columns:
        values = canonicalise(column.kind, joined[column.name])
        sums[f"distinct {column.name}"] = values.groupby(groups).transform("nunique").to_numpy(dtype=float)
        if column.kind in CONTINUOUS:
            by_parent = _as_floats(values).groupby(groups)
            sums[f"mean {column.name}"] = by_parent.transform("mean").to_numpy()
            last = _last_sum(column)
            sums[f"{last} {column.name}"] = (
                (by_parent.transform("max") - by_parent.transform("min"))
                if last == "span"
                else by_parent.transform("sum")
            ).to_numpy()
    return pd.concat([joined, pd.DataFrame(sums)], axis=1)


def _as_floats(values: pd.Series) -> pd.Series:
    """Numbers, and dates as days."""
    if values.dtype.kind != "M":
        return values.astype(float)
    days = values.astype("int64").to_numpy(dtype=float) / _NS_A_DAY
    return pd.Series(np.where(values.isna(), np.nan, days))
