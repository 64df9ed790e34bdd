"""Columns as normal scores, which keep how columns depend on each other and leave each one's own shape here.

A Gaussian copula needs normal columns. Fitted families of distributions bend the real ones to their own
shape; ranks do not. A row's score is the normal quantile of the middle rank of its code, where a code is a
category, a number that many rows share, or a bin of others. On the way back a score falls into the code
whose share of the ranks holds it, so that the marginals are those of the table by construction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from pipeline.synthesizers.cells import Cells, learn_cells
from pipeline.synthesizers.encoding import Field


@dataclass(frozen=True)
class Marginal:
    """One field of a clean table; `ends` are the cumulative shares of its codes, up to 1.

    A number has `cells`: a value of it is drawn among those that several rows share, or in a stretch of
    several rows, and never copied from a single row.
    """

    name: str
    ends: np.ndarray
    cells: Cells | None = None

    @classmethod
    def learn(cls, field: Field, values: np.ndarray, step: float) -> tuple[Self, np.ndarray]:
        """Give the marginal of a field and the scores of its rows (mean 0, deviation 1 or constant 0).

        `step` is the grid of a number (0: none); codes have none.
        """
        cells, codes = (None, values) if field.is_discrete else learn_cells(values, step)
        shares = np.bincount(codes) / len(codes)
        ends = np.cumsum(shares)
        ends[-1] = 1.0
        return cls(field.name, ends, cells), _score(codes, ends - shares / 2)

    def draw(self, scores: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Codes, or numbers inside their cells, for standard normal `scores`."""
        from scipy.special import ndtr

        last = int(np.searchsorted(self.ends, 1.0))
        codes = np.minimum(np.searchsorted(self.ends, ndtr(scores), side="right"), last)
        return codes if self.cells is None else self.cells.draw(codes, rng)


def _score(codes: np.ndarray, middles: np.ndarray) -> np.ndarray:
    from scipy.special import ndtri

    scores = ndtri(middles)[codes]
    # Ties take away variance, which the way back would miss.
    return (scores - scores.mean()) / (scores.std() or 1.0)
