"""Which rows give a value to which others that have none, so that no value of the column is lost."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
import pandas as pd

_TELLING = 0.25


def code_groups(table: pd.DataFrame, alike: Sequence[str]) -> np.ndarray:
    """A number for each row that is equal where the columns are, numbers and dates only in being filled."""
    codes = {name: code_kind(table[name]) for name in alike if name in table}
    if not codes:
        return np.zeros(len(table), dtype=np.int64)
    return np.asarray(pd.DataFrame(codes).groupby(list(codes), sort=False).ngroup())


def code_kind(values: pd.Series) -> np.ndarray:
    """A number for each category, or for whether a number or date is filled."""
    kept = values if values.dtype.kind in "OUSb" else values.isna()
    return np.asarray(pd.factorize(kept, use_na_sentinel=False)[0])


def tells_filled(values: pd.Series, is_filled: np.ndarray) -> bool:
    """Whether a column says much of where another one is filled, as a status does of a closing date."""
    spread, rows = is_filled.var(), len(is_filled)
    codes = code_kind(values)
    counts = np.bincount(codes)
    if not spread or not 1 < len(counts) < rows:
        return False
    shares = np.bincount(codes, is_filled) / counts
    explained = (counts * (shares - is_filled.mean()) ** 2).sum() / rows / spread
    # Many categories explain something of anything.
    adjusted = 1 - (1 - explained) * (rows - 1) / (rows - len(counts))
    return bool(adjusted >= _TELLING)


def find_partners(
    values: np.ndarray,
    needs: np.ndarray,
    begins: np.ndarray | None,
    failing: np.ndarray,
    groups: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """The failing rows that find a partner, and their partners: rows of their group without a value.

    A partner needs no more than it is given. It begins nearest before the row that gives (`begins`), or
    as it needs where nothing begins. Values that are least find one first, since fewest rows can take them.
    """
    starts = np.where(np.isnan(needs), -np.inf, needs)
    targets = starts if begins is None else np.where(np.isnan(begins), -np.inf, begins)
    free: dict[int, list[tuple[float, int]]] = {}
    for row in np.flatnonzero(np.isnan(values)):
        free.setdefault(int(groups[row]), []).append((float(starts[row]), int(row)))
    for one in free.values():
        one.sort()
    givers, takers = [], []
    rows = np.flatnonzero(failing)
    for row in rows[np.argsort(values[rows], kind="stable")]:
        own = free.get(int(groups[row]), [])
        place = bisect_right(own, (min(float(targets[row]), float(values[row])), len(values))) - 1
        if own and own[max(place, 0)][0] <= values[row]:
            givers.append(int(row))
            takers.append(own.pop(max(place, 0))[1])
    return np.array(givers, dtype=np.int64), np.array(takers, dtype=np.int64)
