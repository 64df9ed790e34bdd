"""A table without an owner and of few rows: a Gaussian copula over ranks, which fifty rows can support.

HMA's own idea, with ranks for its fitted families. The correlations are shrunk as far as the rows ask for it
(Ledoit and Wolf 2004). A number comes from stretches of ten rows or more with round ends, so that no value
of a single row shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from pipeline.synthesizers.cells import Cells, bend, learn_cells
from pipeline.synthesizers.ends import FEWEST_SHARING
from pipeline.synthesizers.related.attributes import Attribute, Columns

_JITTER = 1e-6


@dataclass(frozen=True)
class Quantiles:
    """The values of one column over 0–1: `ends` are the cumulative shares of the pieces, up to 1.

    A piece goes from `lows` to `highs`, leaning as its `tilts` say (`Cells`); it is one value where they are
    equal, a code of a category among them. Missing cells come first and have the share `missing`.
    """

    ends: np.ndarray
    lows: np.ndarray
    highs: np.ndarray
    tilts: np.ndarray
    missing: float

    @classmethod
    def learn(cls, attribute: Attribute, values: np.ndarray) -> Self:
        """The quantiles of a column; a rare category counts for none."""
        is_known = ~np.isnan(values) if not attribute.is_category else values >= 0
        known = values[is_known]
        missing = 0.0 if attribute.is_category else 1 - len(known) / max(len(values), 1)
        if attribute.is_category:
            found, counts = np.unique(known, return_counts=True)
            return cls(np.cumsum(counts) / counts.sum(), found, found, np.zeros(len(found)), missing)
        cells, codes = learn_cells(known, attribute.step, max(1, len(known) // FEWEST_SHARING))
        return cls(*_list_pieces(cells, codes), missing)

    def at(self, ranks: np.ndarray) -> np.ndarray:
        """The values at `ranks` in 0–1."""
        if not len(self.ends):
            return np.full(len(ranks), np.nan)
        known = np.clip((ranks - self.missing) / max(1 - self.missing, 1e-12), 0, 1)
        picks = np.minimum(np.searchsorted(self.ends, known, side="right"), len(self.ends) - 1)
        starts = np.append(0.0, self.ends[:-1])
        share = np.clip((known - starts[picks]) / (self.ends - starts)[picks], 0, 1)
        values = self.lows[picks] + bend(share, self.tilts[picks]) * (self.highs - self.lows)[picks]
        return np.where(ranks < self.missing, np.nan, values)


def _list_pieces(cells: Cells, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The ends, lows, highs and tilts of the pieces that the cells of a column make up."""
    if not len(cells):
        return np.empty(0), np.empty(0), np.empty(0), np.empty(0)
    owner = np.ceil(cells.spots - 1e-9).astype(np.int64) - 1
    starts = np.append(0.0, cells.spots[:-1])
    rows = (cells.spots - np.maximum(starts, owner)) * np.bincount(codes, minlength=len(cells))[owner]
    order = np.lexsort([cells.highs, cells.lows])
    ends = np.cumsum(rows[order])
    return ends / ends[-1], cells.lows[order], cells.highs[order], cells.tilts[order]


@dataclass(frozen=True)
class Copula:
    """Quantiles of each column by name, and the factor of their correlations."""

    quantiles: Mapping[str, Quantiles]
    factor: np.ndarray

    @classmethod
    def learn(cls, attributes: Mapping[str, Attribute], values: Columns) -> Self:
        """Learn the columns of a table."""
        from sklearn.covariance import ledoit_wolf

        names = list(attributes)
        scores = np.stack([_score(values[name]) for name in names], axis=1)
        matrix = ledoit_wolf(scores)[0] if len(scores) > 1 else np.eye(len(names))
        factor = np.linalg.cholesky(matrix + _JITTER * np.eye(len(names)))
        factor /= np.sqrt((factor**2).sum(axis=1, keepdims=True))
        return cls({name: Quantiles.learn(attributes[name], values[name]) for name in names}, factor)

    def draw(self, rows: int, rng: np.random.Generator) -> Columns:
        """`rows` rows."""
        from scipy.special import ndtr

        ranks = ndtr(rng.normal(size=(rows, len(self.factor))) @ self.factor.T)
        return {
            name: one.at(column) for (name, one), column in zip(self.quantiles.items(), ranks.T, strict=True)
        }

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """All arrays by name."""
        parts = {
            f"{place}.{part}": np.asarray(getattr(one, part))
            for place, one in enumerate(self.quantiles.values())
            for part in ("ends", "lows", "highs", "tilts", "missing")
        }
        return {"factor": self.factor, **parts}

    @classmethod
    def from_arrays(cls, names: list[str], arrays: Mapping[str, np.ndarray]) -> Self:
        """The copula again; `names` are its columns in order."""
        quantiles = {
            name: Quantiles(
                arrays[f"{place}.ends"],
                arrays[f"{place}.lows"],
                arrays[f"{place}.highs"],
                # Earlier versions had none.
                arrays.get(f"{place}.tilts", np.zeros(len(arrays[f"{place}.lows"]))),
                float(arrays[f"{place}.missing"]),
            )
            for place, name in enumerate(names)
        }
        return cls(quantiles, arrays["factor"])


def _score(values: np.ndarray) -> np.ndarray:
    """Normal scores of the mid-ranks, missing cells first; deviation 1, or constant 0."""
    from scipy.special import ndtri

    filled = pd.Series(np.where(np.isnan(values), -np.inf, values))
    scores = ndtri((filled.rank(method="average").to_numpy() - 0.5) / len(values))
    return (scores - scores.mean()) / (scores.std() or 1.0)
