"""What children are in sum, as columns of their parent: how many, their means and spans, what they share.

A parent is learned and drawn with these columns, and its children are written under them, so that siblings
make up a whole. They are dropped in the end, except those that all children of a parent share, which are
given to the children.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pipeline.synthesizers.related.attributes import Attribute
from pipeline.synthesizers.related.tables import COUNT, HELD, MEAN, OWN, SPAN, Frame

_FEWEST_CHILDREN = 1.5
"""With fewer children than this in the mean there is little to sum up."""
_MOST_SUMMED = 24


def lift_children(frames: Sequence[Frame]) -> None:
    """Add the sums of children to every parent that is generated, leaves first."""
    by_name = {frame.node.name: frame for frame in frames}
    for child in reversed(frames):
        owner = child.node.owner
        if owner and not by_name[owner].node.is_public:
            _lift(child, by_name[owner])


def list_held(attributes: Mapping[str, Attribute], child: str) -> dict[str, str]:
    """Column of the parent → column of the child that it holds."""
    prefix = f"{HELD}{child}/"
    return {key: OWN + key.removeprefix(prefix) for key in attributes if key.startswith(prefix)}


def _lift(child: Frame, parent: Frame) -> None:
    name, rows = child.node.name, parent.node.rows
    of_child = np.empty(0, dtype=np.int64) if child.owner is None else child.owner
    is_owned = of_child >= 0
    owner = of_child[is_owned]
    counts = np.bincount(owner, minlength=rows).astype(np.float64)
    parent.add(COUNT + name, Attribute.of_numbers(COUNT + name, counts), counts)
    if not len(owner) or counts[counts > 0].mean() < _FEWEST_CHILDREN:
        return
    _hold_constants(child, parent, owner, is_owned)
    keys = [key for key in child.attributes if _is_summed(child, key)]
    for key in keys[:_MOST_SUMMED]:
        _sum_up(child, parent, key, pd.Series(child.values[key][is_owned]).groupby(owner))


def _hold_constants(child: Frame, parent: Frame, owner: np.ndarray, is_owned: np.ndarray) -> None:
    for key in [key for key in child.attributes if key.startswith(OWN)]:
        if key in (child.node.natural, child.node.order) or not is_owned.all():
            continue
        values = child.values[key]
        by = pd.Series(values).groupby(owner)
        if bool((by.nunique(dropna=False) <= 1).all()):
            held = f"{HELD}{child.node.name}/{key.removeprefix(OWN)}"
            attribute, _ = child.drop(key)
            first = pd.Series(values).groupby(owner).head(1).index.to_numpy()
            parent.add(held, attribute, _place(owner[first], values[first], parent.node.rows))


def _is_summed(child: Frame, key: str) -> bool:
    is_code = child.attributes[key].is_category
    return (
        key.startswith((OWN, COUNT, MEAN))
        and not is_code
        and (key != child.node.natural or child.attributes[key].is_date)
    )


def _sum_up(child: Frame, parent: Frame, key: str, by: Any) -> None:
    is_date = child.attributes[key].is_date
    sums = (by.max() - by.min()).where(by.count() > 1) if is_date else by.mean()
    name = f"{SPAN if is_date else MEAN}{child.node.name}/{key}"
    values = _place(sums.index.to_numpy(), sums.to_numpy(np.float64), parent.node.rows)
    parent.add(name, Attribute.of_numbers(name, values), values)


def _place(rows: np.ndarray, values: np.ndarray, length: int) -> np.ndarray:
    placed = np.full(length, np.nan)
    placed[rows] = values
    return placed
