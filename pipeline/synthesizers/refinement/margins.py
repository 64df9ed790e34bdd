"""Weights under which every single column is distributed as in the training rows.

A ratio that trees learn is right on the whole and coarse in each of many small categories. Raking puts them
right: the weights of the rows of each category, or stretch of numbers, are scaled until all columns agree
with the real shares (iterative proportional fitting, Deming and Stephan 1940; calibration by raking ratios,
Deville and Särndal, JASA 87, 1992).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

_STRETCHES = 20
_SWEEPS = 20
_LARGEST_FACTOR = 20.0
_BY_CHANCE = 0.01
"""Columns are raked where chance explains the shares of all of them with a smaller probability than that."""
_LEAST_EXPECTED = 5.0
"""Cells of fewer rows are counted together: below, the statistic is no longer distributed as chi-squared."""


@dataclass(frozen=True)
class Margins:
    """Log factors by cell for each raked column of a feature matrix (`places`).

    A code or a missing cell is a cell; of a number, `edges` cut its range into cells (empty for codes).
    """

    places: tuple[int, ...]
    edges: tuple[np.ndarray, ...]
    logs: tuple[np.ndarray, ...]

    @classmethod
    def learn(
        cls,
        real: np.ndarray,
        drawn: np.ndarray,
        weights: np.ndarray,
        is_categorical: np.ndarray,
        is_certain: bool,
    ) -> Self:
        """Learn factors for drawn rows of `weights`.

        Unless `is_certain` that the rows differ, there are none where all columns agree within chance.
        """
        effective = count_effective(weights)
        columns, chances = [], []
        for place, is_code in enumerate(is_categorical):
            edges = np.empty(0) if is_code else _find_edges(real[:, place])
            cells = [_find_cells(side[:, place], edges, bool(is_code)) for side in (real, drawn)]
            size = 1 + max(int(one.max()) for one in cells)
            target = np.bincount(cells[0], minlength=size) / len(real)
            present = np.bincount(cells[1], weights, size) / weights.sum()
            chances.append(_compute_chance(target, present, len(real), effective))
            columns.append((place, edges, target, cells[1]))
        # Bonferroni: as many columns as there are may differ by chance.
        if not is_certain and min(chances) * len(chances) > _BY_CHANCE:
            return cls((), (), ())
        logs = _rake([column[2] for column in columns], [column[3] for column in columns], weights, len(real))
        return cls(tuple(column[0] for column in columns), tuple(column[1] for column in columns), logs)

    def log_factors(self, features: np.ndarray) -> np.ndarray:
        """The log factor of each row."""
        total = np.zeros(len(features))
        for place, edges, logs in zip(self.places, self.edges, self.logs, strict=True):
            cells = _find_cells(features[:, place], edges, not len(edges))
            # A cell that no row had when the factors were learned keeps its weight.
            total += np.append(logs, 0.0)[np.minimum(cells, len(logs))]
        return total

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """Everything by name, for `from_arrays`."""
        edges = {f"edges.{number}": one for number, one in enumerate(self.edges)}
        logs = {f"logs.{number}": one for number, one in enumerate(self.logs)}
        return {"places": np.array(self.places, dtype=np.int64), **edges, **logs}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """The margins again from `arrays`."""
        places = tuple(int(place) for place in arrays["places"])
        edges, logs = (
            tuple(arrays[f"{name}.{number}"] for number in range(len(places))) for name in ("edges", "logs")
        )
        return cls(places, edges, logs)


NO_MARGINS = Margins((), (), ())


def count_effective(weights: np.ndarray) -> float:
    """How many equally weighted rows these weights amount to (Kish 1965, Survey Sampling)."""
    return float(weights.sum() ** 2 / (weights**2).sum())


def _find_edges(numbers: np.ndarray) -> np.ndarray:
    """Inner ends of stretches with about equally many rows; at least one, which codes do not have."""
    known = numbers[~np.isnan(numbers)]
    if not len(known):
        return np.zeros(1)
    return np.unique(np.quantile(known, np.arange(1, _STRETCHES) / _STRETCHES))


def _find_cells(values: np.ndarray, edges: np.ndarray, is_code: bool) -> np.ndarray:
    """Cell 0 for missing cells; codes and stretches from 1 on."""
    missing = np.isnan(values)
    cells = np.where(missing, 0, values) if is_code else np.searchsorted(edges, values, side="left")
    return np.where(missing, 0, cells.astype(np.int64) + 1)


def _compute_chance(target: np.ndarray, present: np.ndarray, real_rows: int, drawn_rows: float) -> float:
    """The p-value of Pearson's chi-squared test that both shares are of one distribution, 0–1."""
    from scipy.special import chdtrc

    common = (target * real_rows + present * drawn_rows) / (real_rows + drawn_rows)
    is_small = common * min(real_rows, drawn_rows) < _LEAST_EXPECTED
    first, second, pooled = (
        np.append(one[~is_small], one[is_small].sum()) for one in (target, present, common)
    )
    held = pooled > 0
    if held.sum() < 2:
        return 1.0
    spread = pooled[held] * (1 / real_rows + 1 / drawn_rows)
    return float(chdtrc(held.sum() - 1, ((first - second)[held] ** 2 / spread).sum()))


def _rake(
    targets: list[np.ndarray], cells: list[np.ndarray], weights: np.ndarray, real_rows: int
) -> tuple[np.ndarray, ...]:
    logs = [np.zeros(len(target)) for target in targets]
    current, least, limit = weights / weights.sum(), 0.5 / real_rows, np.log(_LARGEST_FACTOR)
    for _ in range(_SWEEPS):
        for log, target, cell in zip(logs, targets, cells, strict=True):
            present = np.bincount(cell, current, len(target))
            wanted = np.clip(log + np.log((target + least) / (present + least)), -limit, limit)
            current = current * np.exp(wanted - log)[cell]
            current /= current.sum()
            log[:] = wanted
    return tuple(logs)
