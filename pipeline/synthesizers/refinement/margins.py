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
_BEYOND_CHANCE = 1.5
"""Columns are raked where the shares of one differ by so many times what chance lets expect."""


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
        columns, is_different = [], is_certain
        for place, is_code in enumerate(is_categorical):
            edges = np.empty(0) if is_code else _find_edges(real[:, place])
            cells = [_find_cells(side[:, place], edges, bool(is_code)) for side in (real, drawn)]
            size = 1 + max(int(one.max()) for one in cells)
            target = np.bincount(cells[0], minlength=size) / len(real)
            present = np.bincount(cells[1], weights, size) / weights.sum()
            is_different |= _differs(target, present, len(real), effective)
            columns.append((place, edges, target, cells[1]))
        if not is_different:
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


def _differs(target: np.ndarray, present: np.ndarray, real_rows: int, drawn_rows: float) -> bool:
    spread = target * (1 - target) * (1 / real_rows + 1 / drawn_rows)
    # The mean of |N(0, s²)| is s √(2 / π).
    expected = np.sqrt(2 * spread / np.pi).sum()
    return bool(np.abs(target - present).sum() > _BEYOND_CHANCE * expected)


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
