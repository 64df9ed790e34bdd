"""The shape of the network for one codebook: codes, units and coarse features of each variable."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import Self

import numpy as np

from pipeline.synthesizers.autoregressive.codebook import Codebook
from pipeline.synthesizers.width import ColumnPlan, Treatment

_UNITS = 48
_UNITS_OF_FEW_CODES = 24
_FEW_CODES = 4
_FEWEST_UNITS = 8
_MOST_UNITS_IN_ALL = 1_536
"""Bounds the hidden layer, whose weights grow with the square of the units, for tables of many columns."""
_KNOTS = (2, 4)
_FEWEST_ORDERED_CODES = 8


@dataclass(frozen=True)
class Layout:
    """Sizes in drawing order.

    `sizes` are codes and `units` hidden units of each variable; `coarse` holds for each variable a matrix,
    codes × features, of hat functions over the ranks of its values (no features for categories).
    """

    sizes: tuple[int, ...]
    units: tuple[int, ...]
    coarse: tuple[np.ndarray, ...]

    @classmethod
    def of_codebook(cls, codebook: Codebook, codes: np.ndarray) -> Self:
        """The layout for the training codes, shape rows × variables."""
        sizes, ordered = codebook.sizes, codebook.ordered_codes
        counts = [np.bincount(column, minlength=size) for column, size in zip(codes.T, sizes, strict=True)]
        coarse = (make_hats(count, length) for count, length in zip(counts, ordered, strict=True))
        return cls(sizes, _share_units(sizes), tuple(coarse))

    @property
    def code_starts(self) -> tuple[int, ...]:
        """Where the codes of each variable begin among all codes, and last how many there are."""
        return tuple(accumulate(self.sizes, initial=0))

    @property
    def unit_starts(self) -> tuple[int, ...]:
        """Where the units of each variable begin among all units, and last how many there are."""
        return tuple(accumulate(self.units, initial=0))

    @property
    def owner_of_code(self) -> np.ndarray:
        """The variable of each code."""
        return np.repeat(np.arange(len(self.sizes)), self.sizes)

    @property
    def owner_of_unit(self) -> np.ndarray:
        """The variable of each unit."""
        return np.repeat(np.arange(len(self.units)), self.units)


def count_most_units(plans: tuple[ColumnPlan, ...]) -> int:
    """An upper bound for the units of all variables of a table whose columns are treated like this."""
    variables = sum(2 if plan.treatment is Treatment.SPLIT else 1 for plan in plans)
    return variables * min(_UNITS, _share_of_each(variables))


def _share_of_each(variables: int) -> int:
    return max(_FEWEST_UNITS, _MOST_UNITS_IN_ALL // variables)


def _share_units(sizes: tuple[int, ...]) -> tuple[int, ...]:
    share = _share_of_each(len(sizes))
    return tuple(min(share, _UNITS if size > _FEW_CODES else _UNITS_OF_FEW_CODES) for size in sizes)


def make_hats(counts: np.ndarray, ordered: int) -> np.ndarray:
    """Hat functions with 2 and with 4 knots over the mid-ranks of the leading `ordered` codes.

    They let neighbouring values share what is learned about them, which one-hot codes alone do not: the
    likelihood gained 0.06 nats a row on bank marketing, and a detector's AUC fell from 0.56 to 0.55.
    """
    if ordered < _FEWEST_ORDERED_CODES:
        return np.zeros((len(counts), 0), dtype=np.float32)
    observed = counts[:ordered]
    ranks = (np.cumsum(observed) - observed / 2) / max(observed.sum(), 1)
    features = [
        np.maximum(0, 1 - np.abs(ranks[:, None] * (knots - 1) - np.arange(knots))) for knots in _KNOTS
    ]
    hats = np.zeros((len(counts), sum(_KNOTS)), dtype=np.float32)
    hats[:ordered] = np.concatenate(features, axis=1)
    return hats
