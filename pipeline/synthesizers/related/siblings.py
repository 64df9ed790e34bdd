"""What a row knows of the siblings before it: its place, the last of them, and their running means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pipeline.synthesizers.related.attributes import Columns


@dataclass(frozen=True)
class Siblings:
    """For each row: its `place` (from 0), how many are `left` with it, and the siblings before it.

    `previous` is the sibling before, `last` the last known value and `first` the first known one, `means`
    run over all before; NaN where there is none.
    """

    place: np.ndarray
    left: np.ndarray
    previous: Columns = field(default_factory=dict)
    last: Columns = field(default_factory=dict)
    first: Columns = field(default_factory=dict)
    means: Columns = field(default_factory=dict)

    @classmethod
    def of_rows(cls, values: Columns, groups: np.ndarray, numbers: Sequence[str]) -> Siblings:
        """Those of all rows of a table whose siblings stand together, in order."""
        table = pd.DataFrame(values, index=np.arange(len(groups)))
        by = table.groupby(groups, sort=False)
        place = pd.Series(groups).groupby(groups, sort=False).cumcount().to_numpy()
        size = pd.Series(groups).groupby(groups, sort=False).transform("size").to_numpy()
        last = by.ffill().groupby(groups, sort=False).shift(1)
        first = table.where(last.isna()).groupby(groups, sort=False).ffill()
        own = table[list(numbers)]
        seen = own.notna().groupby(groups, sort=False).cumsum() - own.notna()
        sums = own.fillna(0.0).groupby(groups, sort=False).cumsum() - own.fillna(0.0)
        return cls(
            place,
            size - place,
            _split(by.shift(1)),
            _split(last),
            _split(first.where(last.notna())),
            _split(sums / seen.where(seen > 0)),
        )


class RunningSiblings:
    """The siblings written so far of each parent, one place at a time."""

    def __init__(self, names: Sequence[str], parents: int) -> None:
        self._names = tuple(names)
        shape = (len(self._names), parents)
        self._previous, self._last, self._first = (np.full(shape, np.nan) for _ in range(3))
        self._sums, self._seen = np.zeros(shape), np.zeros(shape)

    def look(self, parents: np.ndarray, place: np.ndarray, left: np.ndarray) -> Siblings:
        """What the next row of each of these parents knows."""
        seen = self._seen[:, parents]
        means = self._sums[:, parents] / np.where(seen > 0, seen, np.nan)
        parts = (self._previous[:, parents], self._last[:, parents], self._first[:, parents], means)
        return Siblings(
            place,
            left,
            *(dict(zip(self._names, part, strict=True)) for part in parts),
        )

    def add(self, parents: np.ndarray, row: Columns) -> None:
        """Take note of a row of each of these parents."""
        for place, name in enumerate(self._names):
            values = row[name]
            known, where = ~np.isnan(values), parents[~np.isnan(values)]
            self._previous[place, parents] = values
            self._first[place, where] = np.where(
                self._seen[place, where] > 0, self._first[place, where], values[known]
            )
            self._last[place, where] = values[known]
            self._sums[place, where] += values[known]
            self._seen[place, where] += 1


def _split(table: pd.DataFrame) -> Columns:
    return {str(name): table[name].to_numpy(np.float64) for name in table}
