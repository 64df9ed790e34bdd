"""Rows exchanged for spare ones until every column has its real shares, as far as spare rows allow.

A drawn sample differs from the shares it was drawn with by chance, and so do real rows from those of the
population: a table that has both is further from other real rows than a real table of that size. Rows are
therefore chosen like a balanced sample (Deville and Tillé, Biometrika 91, 2004), by exchanges as in the
construction of designs (Fedorov 1972): each brings the counts of all columns together nearer to those wanted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_MOST_EXCHANGES = 5_000
_SPARE_PART = 0.25
"""Spare rows that are considered, per row chosen: those further behind are less like real ones."""
_PASSES = 3


@dataclass(frozen=True, eq=False)
class Shares:
    """One column of all rows at hand: the category of each (whole numbers from 0), and the rows wanted."""

    codes: np.ndarray
    wanted: np.ndarray


def balance(
    is_chosen: np.ndarray, keys: np.ndarray, groups: np.ndarray, columns: Sequence[Shares]
) -> np.ndarray:
    """Which rows are chosen after the exchanges: as many in each of `groups` as before.

    Of equally good exchanges the one with the largest key (float, one for each row) is made. At most
    `_MOST_EXCHANGES` are tried in a pass: the larger a table, the less chance there is in its shares.
    """
    if not columns or is_chosen.all():
        return is_chosen
    exchange = _Exchange(is_chosen.copy(), keys, groups, columns)
    for _ in range(_PASSES):
        if not exchange.improve():
            break
    return exchange.is_chosen


class _Exchange:
    """Counts of every column, beside those wanted, while rows are exchanged."""

    def __init__(
        self, is_chosen: np.ndarray, keys: np.ndarray, groups: np.ndarray, columns: Sequence[Shares]
    ) -> None:
        self.is_chosen, self._keys, self._groups = is_chosen, keys, groups
        sizes = [len(one.wanted) for one in columns]
        starts = np.cumsum([0, *sizes[:-1]])
        # One long array of all categories, so that a row's places in it are looked up at once.
        self._places = np.column_stack(
            [one.codes + start for one, start in zip(columns, starts, strict=True)]
        )
        wanted = np.concatenate([one.wanted for one in columns])
        counts = np.bincount(self._places[is_chosen].ravel(), minlength=len(wanted))
        self._surplus = counts - wanted
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
