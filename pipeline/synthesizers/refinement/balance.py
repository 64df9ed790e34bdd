"""Rows exchanged for spare ones until every column has its real shares, as far as spare rows allow.

A drawn sample differs from the shares it was drawn with by chance, and so do real rows from those of the
population: a table that has both is further from other real rows than a real table of that size. Rows are
therefore chosen like a balanced sample (Deville and Tillé, Biometrika 91, 2004), by exchanges as in the
construction of designs (Fedorov 1972): each brings the counts of all columns together nearer to those wanted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from pipeline.synthesizers.refinement.margins import find_cells, find_edges

_MOST_EXCHANGES = 5_000
_SPARE_PART = 0.25
"""Spare rows that are considered, per row chosen: those further behind are less like real ones."""
_PASSES = 3


@dataclass(frozen=True)
class RealShares:
    """The shares (0–1) of training rows in each column of a feature matrix.

    A code, a missing cell or a stretch of numbers is a cell; `edges` are the inner ends of stretches, empty
    for codes.
    """

    edges: tuple[np.ndarray, ...]
    shares: tuple[np.ndarray, ...]

    @classmethod
    def learn(cls, real: np.ndarray, is_categorical: np.ndarray) -> Self:
        """The shares of training rows; those of stretches that hold about equally many rows."""
        edges = find_edges(real, is_categorical)
        cells = [find_cells(real[:, place], ends) for place, ends in enumerate(edges)]
        return cls(edges, tuple(np.bincount(one) / len(real) for one in cells))

    def read(self, features: np.ndarray) -> list[np.ndarray]:
        """The cell of each row of a feature matrix, one array for each column."""
        cells = (find_cells(features[:, place], edges) for place, edges in enumerate(self.edges))
        # A cell that no training row has counts with the last.
        return [np.minimum(one, len(shares) - 1) for one, shares in zip(cells, self.shares, strict=True)]

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """Everything by name, for `from_arrays`."""
        parts = {"edges": self.edges, "shares": self.shares}
        return {f"{part}.{place}": one for part, ones in parts.items() for place, one in enumerate(ones)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """The shares again from `arrays`; models of earlier versions have none, and their rows stay."""
        places = range(len(arrays) // 2)
        edges, shares = (tuple(arrays[f"{part}.{one}"] for one in places) for part in ("edges", "shares"))
        return cls(edges, shares)


def balance(
    is_chosen: np.ndarray,
    keys: np.ndarray,
    groups: np.ndarray,
    cells: Sequence[np.ndarray],
    wanted: Sequence[np.ndarray],
) -> np.ndarray:
    """Which rows are chosen after the exchanges: as many in each of `groups` as before.

    `cells` has the cell of each row, one array for each column, `wanted` the rows that each cell is to have.
    Of equally good exchanges the one with the largest key (float, one for each row) is made. At most
    `_MOST_EXCHANGES` are tried in a pass: the larger a table, the less chance there is in its shares.
    """
    if not cells or is_chosen.all():
        return is_chosen
    exchange = _Exchange(is_chosen.copy(), keys, groups, cells, wanted)
    for _ in range(_PASSES):
        if not exchange.improve():
            break
    return exchange.is_chosen


class _Exchange:
    """Counts of every column, beside those wanted, while rows are exchanged."""

    def __init__(
        self,
        is_chosen: np.ndarray,
        keys: np.ndarray,
        groups: np.ndarray,
        cells: Sequence[np.ndarray],
        wanted: Sequence[np.ndarray],
    ) -> None:
        self.is_chosen, self._keys, self._groups = is_chosen, keys, groups
        starts = np.cumsum([0, *map(len, wanted[:-1])])
        # One long array of all categories, so that a row's places in it are looked up at once.
        self._places = np.column_stack([one + start for one, start in zip(cells, starts, strict=True)])
        counts = np.bincount(self._places[is_chosen].ravel(), minlength=sum(map(len, wanted)))
        self._surplus = counts - np.concatenate(wanted)
        spare = np.flatnonzero(~is_chosen)
        spare = spare[np.argsort(-keys[spare], kind="stable")[: math.ceil(_SPARE_PART * is_chosen.sum())]]
        self._spare = dict(_split(spare, groups)) if len(spare) else {}

    def improve(self) -> bool:
        """One pass over the rows whose loss helps most; whether any was exchanged."""
        chosen = np.flatnonzero(self.is_chosen)
        gains = np.where(self._surplus > 0, 1, -1)[self._places[chosen]].sum(axis=1)
        order = np.lexsort((self._keys[chosen], -gains))
        order = order[gains[order] > -self._places.shape[1]][:_MOST_EXCHANGES]
        return sum(self._exchange(row) for row in chosen[order].tolist()) > 0

    def _exchange(self, row: int) -> bool:
        """Put the best spare row of the same group in the place of `row`, if that is better."""
        spare = self._spare.get(int(self._groups[row]))
        if spare is None or not len(spare):
            return False
        own, others = self._places[row], self._places[spare]
        differs = others != own
        lost = np.where(self._surplus[own] > 0, 1, -1)
        won = np.where(self._surplus[others] < 0, 1, -1)
        gains = ((won + lost) * differs).sum(axis=1)
        best = int(np.argmax(gains))
        if gains[best] <= 0:
            return False
        taken = int(spare[best])
        self._surplus[own] -= 1
        self._surplus[self._places[taken]] += 1
        self.is_chosen[row], self.is_chosen[taken] = False, True
        spare[best] = row
        return True


def _split(rows: np.ndarray, groups: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """The rows of each group, in the order in which they are given."""
    order = rows[np.argsort(groups[rows], kind="stable")]
    names, starts = np.unique(groups[order], return_index=True)
    return list(zip(names.tolist(), np.split(order, starts[1:]), strict=True))
