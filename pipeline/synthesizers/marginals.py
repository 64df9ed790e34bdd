"""One column as codes with their shares, the ranks of these codes, and their normal scores.

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
    """One field of a clean table; `shares` are those of its codes.

    A number has `cells`: a value of it is drawn among those that several rows share, or in a stretch of
    several rows, and never copied from a single row.
    """

    name: str
    shares: np.ndarray
    cells: Cells | None = None

    @classmethod
    def learn(cls, field: Field, values: np.ndarray, step: float) -> tuple[Self, np.ndarray]:
        """Give the marginal of a field and the codes of its rows.

        `step` is the grid of a number (0: none); codes have none.
        """
        cells, codes = (None, values) if field.is_discrete else learn_cells(values, step)
        return cls(field.name, np.bincount(codes) / len(codes), cells), codes

    @property
    def is_discrete(self) -> bool:
        """Whether the field holds codes."""
        return self.cells is None

    def place(self, codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """The values of `codes`: themselves, or numbers inside their cells."""
        return codes if self.cells is None else self.cells.draw(codes, rng)


@dataclass(frozen=True)
class Ranks:
    """Codes on a line from 0 to 1, each as long as its share; a row for each bin of a parent, or one row.

    `ends` are cumulative shares, `middles` the middle ranks.
    """

    ends: np.ndarray
    middles: np.ndarray

    @classmethod
    def learn(cls, shares: np.ndarray) -> Self:
        """The ranks of codes of these shares, a row for each bin, in any unit."""
        sums = np.cumsum(shares, axis=1)
        ends, totals = sums / sums[:, -1:], shares.sum(axis=1, keepdims=True)
        return cls(ends, ends - shares / totals / 2)

    def score(self, codes: np.ndarray, bins: np.ndarray | None = None) -> np.ndarray:
        """The scores of rows (mean 0, deviation 1 or constant 0), given the bins of their parent."""
        from scipy.special import ndtri

        scores = ndtri(self.middles)[0 if bins is None else bins, codes]
        # Ties take away variance, which the way back would miss.
        return (scores - scores.mean()) / (scores.std() or 1.0)

    def find(self, scores: np.ndarray, bins: np.ndarray | None = None) -> np.ndarray:
        """The codes that hold standard normal `scores`, given the bins of their parent."""
        from scipy.special import ndtr

        rows, width = self.ends.shape
        given = np.zeros(len(scores), dtype=np.int64) if bins is None else bins
        line = (self.ends + np.arange(rows)[:, None]).ravel()
        found = np.searchsorted(line, given + ndtr(scores), side="right") - given * width
        # A score far out rounds up to the end of its bin.
        return np.minimum(found, np.argmax(self.ends >= 1.0, axis=1)[given])
