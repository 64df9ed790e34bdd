"""How long an order takes, before it is given: by earlier runs, else by a short calibration.

The size of a training is its cells: training rows times learned columns. An earlier training with the same
synthesizer and stages tells the seconds of one epoch and of all else; both grow with the cells. Of those of
about this size the quickest tells: what made the others slower was other work on this machine. Where there
is none, the numbers below do, times how much slower a core of this machine is than theirs.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TypeVar

from pipeline.models.related.recipe import RelatedRecipe
from pipeline.synthesizers.recipe import Recipe, has_epochs

_Past = TypeVar("_Past")
CALIBRATED_CELLS = 10_000
_REFERENCE_S = 0.042
"""What `_time_work` took where the numbers below were measured: two cores of a server."""
_SLOWEST = 4.0
"""A machine that seems slower than this was busy with something else when it was measured."""

_CALIBRATION: Mapping[str, tuple[float, float, float, float]] = MappingProxyType(
    {
        "ctgan": (3.2, 2.3, 0.03, 0.0175),
        "autoregressive": (0.5, 0.05, 0.003, 0.015),
        "tvae": (2.5, 2.5, 0.08, 0.03),
        "copulagan": (3.0, 2.5, 0.17, 0.06),
        "gaussian_copula": (1.5, 2.3, 0.0, 0.0),
        "auto": (12.0, 0.5, 0.01, 0.015),
    }
)
"""Seconds of a training in any case and for CALIBRATED_CELLS, of an epoch in any case and for these."""
_SAME_SIZE, _MOST_TIMES, _LOADING_S = 3.0, 4.0, 10.0
"""A training of at most so many times as many cells tells by itself; one of another size is taken for at most
so many times the calibration, or for what loading libraries takes, in seconds."""
_TABLE_S = (0.6, 0.1)
"""Seconds of a table: in any case, and for each 1,000 rows."""
_BULK_ROWS_PER_S = 40_000.0
_RELATED_S = (0.12, 1.5)
"""Seconds of an epoch, and of all else, for 10,000 training rows of several tables."""
_RELATED_TABLES_S = (0.8, 2.5, 0.12)
"""Seconds of several tables: in any case, for each table but the first, and for each 1,000 rows of all."""
_RELATED_BULK_ROWS_PER_S = 10_000.0
"""Rows of several large tables in a second, all drawn twice, beside the evaluation of the first ones."""
_EVALUATION_S = (3.0, 0.3)
"""Seconds of a full evaluation: in any case, and for each 1,000 rows of a column, up to the first number."""
_MOST_EVALUATED = 10_000
"""Rows from which a full evaluation takes samples."""
_MOST_RELATED = 20_000
"""Rows of several tables from which evaluations take samples."""


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
class PastRelated:
    """Several tables that were made, or their model alone.

    The seconds of the training, of which None where it was reused, and of the `rows` of all `tables`.
    """

    recipe: RelatedRecipe
    training_rows: int
    epochs_trained: int
    training_s: float | None
    rows: int = 0
    table_s: float = 0.0
    tables: int = 2


@dataclass(frozen=True)
class PastTable:
    """A table that was made and measured of a fitted model."""

    rows: int
    seconds: float


def estimate_training_s(recipe: Recipe, cells: int, past: Sequence[PastTraining]) -> tuple[float, bool]:
    """Seconds of a training, and whether an earlier one told them."""
    epochs = recipe.epochs if has_epochs(recipe.synthesizer) else 0
    alike = [one for one in past if _name_stages(one.recipe) == _name_stages(recipe) and one.cells]
    calibrated_s = _calibrate_training(recipe, epochs, cells)
    if not alike:
        return calibrated_s, False
    near = _keep_near(alike, [one.cells for one in alike], cells)
    seconds = min(_scale_training(epochs, cells, one) for one in near)
    if min(abs(math.log(max(cells, 1) / one.cells)) for one in near) <= math.log(_SAME_SIZE):
        return seconds, True
    # What other work on the machine, or libraries, took must not grow with the size.
    return min(seconds, max(_MOST_TIMES * calibrated_s, _LOADING_S)), True


def estimate_table_s(rows: int, past: Sequence[PastTable]) -> float:
    """Seconds of a table of a fitted model; half of what an earlier one took grew with its rows."""
    base_s, of_thousand_s = _TABLE_S
    calibrated_s = (base_s + of_thousand_s * rows / 1_000) * compare_speed()
    if not past:
        return calibrated_s
    seconds = _scale_table(rows, past)
    is_alike = any(rows <= _SAME_SIZE * one.rows for one in past)
    # The first table of a process loads libraries, which must not grow with the rows of another.
    return seconds if is_alike else min(seconds, _MOST_TIMES * calibrated_s)


def estimate_bulk_s(rows: int, rates: Sequence[float]) -> float:
    """Seconds of a large table, by the rates of earlier ones in rows a second."""
    return rows / max(rates) if rates else rows / _BULK_ROWS_PER_S * compare_speed()


def estimate_related_training_s(
    recipe: RelatedRecipe, training_rows: int, past: Sequence[PastRelated]
) -> tuple[float, bool]:
    """Seconds of a training of several tables, and whether an earlier one told them."""
    alike = [one for one in past if one.training_s and one.recipe.synthesizer == recipe.synthesizer]
    if alike:
        near = _keep_near(alike, [one.training_rows for one in alike], training_rows)
        return min(_scale_related(recipe, training_rows, one) for one in near), True
    epoch_s, rest_s = _RELATED_S
    return (rest_s + epoch_s * recipe.epochs) * training_rows / 10_000 * compare_speed(), False


def estimate_related_s(rows: int, tables: int, past: Sequence[PastRelated]) -> float:
    """Seconds of several tables of a fitted model, by how earlier ones compare with the calibration."""
    made = [one for one in past if one.rows]
    calibrated_s = _calibrate_related(rows, tables)
    if not made:
        return calibrated_s * compare_speed()
    near = _keep_near(made, [one.rows for one in made], rows)
    return min(one.table_s * calibrated_s / _calibrate_related(one.rows, one.tables) for one in near)


def estimate_related_bulk_s(rows: int, tables: int, rates: Sequence[float]) -> float:
    """Seconds of several large tables, by the rates of earlier ones in rows a second."""
    if rates:
        return rows / max(rates)
    return (_calibrate_related(rows, tables) + rows / _RELATED_BULK_ROWS_PER_S) * compare_speed()


def estimate_evaluation_s(rows: int, columns: int, past: Sequence[PastTable]) -> float:
    """Seconds of a full evaluation of so many learned columns, by earlier ones of the dataset."""
    rows = min(rows, _MOST_EVALUATED)
    if past:
        return _scale_table(rows, past)
    base_s, of_thousand_s = _EVALUATION_S
    return (base_s + of_thousand_s * columns * rows / 1_000) * compare_speed()


def _keep_near(past: Sequence[_Past], sizes: Sequence[int], wanted: int) -> list[_Past]:
    """What is about as near to the wanted size as the nearest is: at most twice as far from it."""
    gaps = [abs(math.log(max(wanted, 1) / max(size, 1))) for size in sizes]
    return [one for one, gap in zip(past, gaps, strict=True) if gap <= min(gaps) + math.log(2)]


def _scale_table(rows: int, past: Sequence[PastTable]) -> float:
    near = _keep_near(past, [one.rows for one in past], rows)
    return min(one.seconds * (0.5 + 0.5 * rows / max(one.rows, 1)) for one in near)


def _calibrate_related(rows: int, tables: int) -> float:
    base_s, of_table_s, of_thousand_s = _RELATED_TABLES_S
    return base_s + of_table_s * (tables - 1) + of_thousand_s * min(rows, _MOST_RELATED) / 1_000


def _calibrate_training(recipe: Recipe, epochs: int, cells: int) -> float:
    base_s, rest_s, epoch_base_s, epoch_s = _CALIBRATION.get(recipe.synthesizer, _CALIBRATION["ctgan"])
    size = cells / CALIBRATED_CELLS
    return (base_s + rest_s * size + epochs * (epoch_base_s + epoch_s * size)) * compare_speed()


def _scale_training(epochs: int, cells: int, past: PastTraining) -> float:
    """Seconds of a training of other size and length; half of what came beside epochs grew with the cells."""
    ratio = cells / past.cells
    return past.rest_s * (0.5 + 0.5 * ratio) + past.epoch_s * epochs * ratio


def _scale_related(recipe: RelatedRecipe, training_rows: int, past: PastRelated) -> float:
    """Seconds of a training of several tables, by one of other size and length."""
    seconds = (past.training_s or 0.0) * training_rows / max(past.training_rows, 1)
    return seconds * _compare_epochs(recipe, past)


def _compare_epochs(wanted: RelatedRecipe, past: PastRelated) -> float:
    """How many times longer so many epochs take: a training that ended by itself ends there again."""
    trained = max(past.epochs_trained, 1)
    most = trained if past.epochs_trained < past.recipe.epochs else wanted.epochs
    return min(wanted.epochs, most) / trained


@cache
def compare_speed() -> float:
    """How many times slower this machine is than that of the calibration; measured once, in a moment."""
    return min(max(min(_time_work() for _ in range(5)) / _REFERENCE_S, 0.25), _SLOWEST)


def _time_work() -> float:
    """Seconds of a core for what tables take: sorting and telling apart numbers, and texts of single rows."""
    import numpy as np

    values = np.random.default_rng(0).random(100_000)
    # Its own seconds count: those of the clock would measure who else wants the cores.
    began = time.thread_time()
    np.unique(np.exp(values))
    np.argsort(values, kind="stable")
    sorted(str(value) for value in values[:20_000].tolist())
    return time.thread_time() - began


def _name_stages(recipe: Recipe) -> tuple[str, bool, bool]:
    return recipe.synthesizer, bool(recipe.use_hma), bool(recipe.refine)
