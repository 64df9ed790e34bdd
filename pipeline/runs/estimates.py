"""How long an order takes, before it is given: by earlier runs, else by a short calibration.

The size of a training is its cells: training rows times learned columns. An earlier training with the same
synthesizer and stages tells the seconds of one epoch and of all else; both grow with the cells. Where there
is none, the numbers below do, times how much slower this machine sorts numbers than theirs did.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from pipeline.synthesizers.recipe import Recipe, has_epochs

CALIBRATED_CELLS = 10_000
_REFERENCE_S = 0.013
"""What `_time_sorting` took where the numbers below were measured: two cores of a server."""
_SLOWEST = 4.0
"""A machine that seems slower than this was busy with something else when it was measured."""

_CALIBRATION: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "ctgan": (0.5, 8.0),
        "autoregressive": (0.05, 2.0),
        "tvae": (0.25, 8.0),
        "copulagan": (0.6, 10.0),
        "gaussian_copula": (0.0, 3.0),
        "auto": (0.3, 40.0),
    }
)
"""Seconds of an epoch, and of all else, for CALIBRATED_CELLS."""
_TABLE_S = (2.5, 0.5)
"""Seconds of a table: in any case, and for each 1,000 rows."""


@dataclass(frozen=True)
class Estimate:
    """Seconds that an order takes: no training where the model is there.

    `is_measured` where earlier runs told them.
    """

    training_s: float
    table_s: float
    is_measured: bool

    @property
    def total_s(self) -> float:
        """All of it."""
        return self.training_s + self.table_s


@dataclass(frozen=True)
class PastTraining:
    """A training that ended: what one epoch took, and all else, in seconds, for so many cells."""

    recipe: Recipe
    cells: int
    epoch_s: float
    rest_s: float


@dataclass(frozen=True)
class PastTable:
    """A table that was made and measured of a fitted model."""

    rows: int
    seconds: float


def estimate_training_s(recipe: Recipe, cells: int, past: Sequence[PastTraining]) -> tuple[float, bool]:
    """Seconds of a training, and whether an earlier one told them."""
    epochs = recipe.epochs if has_epochs(recipe.synthesizer) else 0
    alike = [one for one in past if _name_stages(one.recipe) == _name_stages(recipe) and one.cells]
    if alike:
        nearest = min(alike, key=lambda one: abs(math.log(max(cells, 1) / one.cells)))
        return (nearest.rest_s + nearest.epoch_s * epochs) * cells / nearest.cells, True
    epoch_s, rest_s = _CALIBRATION.get(recipe.synthesizer, _CALIBRATION["ctgan"])
    return (rest_s + epoch_s * epochs) * cells / CALIBRATED_CELLS * compare_speed(), False


def estimate_table_s(rows: int, past: Sequence[PastTable]) -> float:
    """Seconds of a table of a fitted model; half of what an earlier one took grew with its rows."""
    if past:
        nearest = min(past, key=lambda one: abs(math.log(max(rows, 1) / max(one.rows, 1))))
        return nearest.seconds * (0.5 + 0.5 * rows / max(nearest.rows, 1))
    base_s, of_thousand_s = _TABLE_S
    return (base_s + of_thousand_s * rows / 1_000) * compare_speed()


@cache
def compare_speed() -> float:
    """How many times slower this machine is than that of the calibration; measured once, in milliseconds."""
    return min(max(min(_time_sorting() for _ in range(5)) / _REFERENCE_S, 0.25), _SLOWEST)


def _time_sorting() -> float:
    import numpy as np

    # One thread does it: products of matrices would measure who else wants the other cores.
    values = np.random.default_rng(0).random(200_000)
    began = time.perf_counter()
    np.sort(values)
    return time.perf_counter() - began


def _name_stages(recipe: Recipe) -> tuple[str, bool, bool]:
    return recipe.synthesizer, bool(recipe.use_hma), bool(recipe.refine)
