"""The judges of every generator: likeness to real rows, and nearness to the rows that were learned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from statistics import mean, median
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from pipeline.evaluation.classifiers.detection import FOLDS, count_judged_rows, estimate_detection
from pipeline.evaluation.privacy.copies import compute_row_keys
from pipeline.evaluation.privacy.evaluate import MOST_ROWS
from pipeline.evaluation.privacy.membership import evaluate_membership
from pipeline.evaluation.privacy.overfit import compare_closest, evaluate_overfit
from pipeline.evaluation.privacy.space import Points, place
from pipeline.evaluation.privacy.verdicts import MINIMUM_ROWS
from pipeline.evaluation.quality.baselines import Bounds, compute_baselines, compute_bounds, draw_rows
from pipeline.evaluation.quality.score import compute_quality
from tests.benchmarks.subjects import Subject

_MOST_DRAWS, _DRAWN_IN_ALL = 10, 10_000
_AUC_DRAWS = 3
_SHUFFLE = 0x7368

Scores = TypeVar("Scores", bound="Likeness | Risk | Detected")


@dataclass(frozen=True)
class Likeness:
    """Quality (0–1) at equal rows beside its floor and ceiling, quality against unseen rows, and AUCs.

    `over_floor` is how much of the quality lies above the floor.
    """

    unseen_quality: float | None
    unseen_auc: float | None
    quality: float | None = None
    floor: float | None = None
    ceiling: float | None = None
    over_floor: float | None = None
    share_of_ceiling: float | None = None
    training_auc: float | None = None


@dataclass(frozen=True)
class Risk:
    """Nearness to the training rows, beside what unseen rows have.

    `nearer` of the rows lie closer to training than to unseen rows (0.5 is chance), between `nearer_low`
    and `nearer_high` at three standard errors. `membership` is the AUC of an attack (0.5 is guessing).
    `copies` of the rows, and `chance_copies` of the unseen rows, equal a training row.
    """

    nearer: float | None
    nearer_low: float | None
    nearer_high: float | None
    membership: float | None
    copies: float
    chance_copies: float


@dataclass(frozen=True)
class Detected:
    """AUC of whole rows, and of rows whose columns were shuffled one by one in either table."""

    rows: float | None
    columns: float | None

    @property
    def dependence(self) -> float | None:
        """What whole rows give away beyond single columns."""
        return None if self.rows is None or self.columns is None else self.rows - self.columns


def count_draws(rows: int) -> int:
    """How many draws of rows a score is averaged over: ten where it differs by chance, one of many rows."""
    return max(1, min(_MOST_DRAWS, _DRAWN_IN_ALL // rows))


def draw_bounds(subject: Subject, seed: int) -> tuple[Bounds, ...]:
    """Floor and ceiling at as many rows as are unseen, once for each draw."""
    rows = _count_equal_rows(subject)
    training, unseen, columns = subject.training, subject.unseen, subject.columns
    return tuple(compute_bounds(training, unseen, columns, rows, one) for one in _spawn_seeds(seed, rows))


def measure_likeness(
    subject: Subject, table: pd.DataFrame, bounds: Sequence[Bounds], seed: int = 0
) -> Likeness:
    """Score a table against training and unseen rows; qualities are means over one draw for each bound."""
    seeds = _spawn_seeds(seed, bounds[0].rows)
    pairs = zip(bounds, seeds, strict=True)
    found = [compute_baselines(subject.training, table, subject.columns, *pair).overall for pair in pairs]
    quality, floor, ceiling = (
        _average(getattr(one, name) for one in found) for name in ("score", "floor", "ceiling")
    )
    return replace(
        compare_with_unseen(subject, table, seed),
        quality=quality,
        floor=floor,
        ceiling=ceiling,
        over_floor=None if quality is None or floor is None else quality - floor,
        share_of_ceiling=quality / ceiling if quality is not None and ceiling else None,
        training_auc=compute_auc(subject, subject.training, table, seeds),
    )


def compare_with_unseen(subject: Subject, table: pd.DataFrame, seed: int = 0) -> Likeness:
    """Score a table against the unseen rows alone; the training rows are scored like any other table."""
    rows = _count_equal_rows(subject)
    seeds = _spawn_seeds(seed, rows)
    drawn = (draw_rows(table, rows, np.random.default_rng(one)) for one in seeds)
    return Likeness(
        _average(compute_quality(subject.unseen, one, subject.columns).score for one in drawn),
        compute_auc(subject, subject.unseen, table, seeds),
    )


def compute_auc(
    subject: Subject, real: pd.DataFrame, table: pd.DataFrame, seeds: Sequence[int]
) -> float | None:
    """AUC by which boosted trees tell the rows of a table from real ones, mean of at most three draws."""
    found = (estimate_detection(real, table, subject.columns, seed) for seed in seeds[:_AUC_DRAWS])
    return _average(None if one is None else one.value for one in found)


def detect(subject: Subject, real: pd.DataFrame, table: pd.DataFrame, seeds: Sequence[int]) -> Detected:
    """How well the judge tells a table from real rows, by whole rows and by single columns."""
    shuffled = (shuffle_columns(one, place) for place, one in enumerate((real, table)))
    return Detected(compute_auc(subject, real, table, seeds), compute_auc(subject, *shuffled, seeds))


def detect_both(subject: Subject, table: pd.DataFrame, seed: int = 0) -> tuple[Detected, Detected]:
    """What the judge tells from training rows and from unseen ones, on the draws of `measure_likeness`."""
    seeds = _spawn_seeds(seed, _count_equal_rows(subject))
    return detect(subject, subject.training, table, seeds), detect(subject, subject.unseen, table, seeds)


def describe_judge(rows: int, columns: int) -> str:
    """The judge of every AUC and how many rows it gets of tables of at least `rows` rows."""
    judged = count_judged_rows(rows, columns)
    return f"scikit-learn's histogram gradient boosting in {FOLDS} folds, {judged:,} rows of each side"


def measure_risk(subject: Subject, table: pd.DataFrame, seed: int = 0) -> Risk:
    """Measure the nearness of a table to its training rows, distances on at most 10,000 rows of each."""
    tables = (subject.training, subject.unseen, table)
    keys = compute_row_keys(*(one[list(table)] for one in tables))
    training, unseen, synthetic = _place(subject, tables, seed)
    nearer, member = (None, None, None), None
    if min(map(len, tables)) >= MINIMUM_ROWS:
        alarm = evaluate_overfit(compare_closest(training, unseen, synthetic))
        nearer = alarm.value, alarm.low, alarm.high
        member = evaluate_membership(training, unseen, synthetic).value
    return Risk(*nearer, member, float(keys.copied.mean()), float(keys.repeating_holdout.mean()))


def shuffle_columns(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The table with every column shuffled by itself: columns as they are, and nothing between them."""
    rng = np.random.default_rng([seed, _SHUFFLE])
    return pd.DataFrame({name: table[name].array[rng.permutation(len(table))] for name in table})


def take_medians(scores: Sequence[Scores]) -> Scores:
    """The median of each number over seeds; None where no seed has it."""
    columns: dict[str, list[Any]] = {
        field.name: [value for one in scores if (value := getattr(one, field.name)) is not None]
        for field in fields(scores[0])
    }
    return type(scores[0])(**{name: median(values) if values else None for name, values in columns.items()})


def _place(subject: Subject, tables: Sequence[pd.DataFrame], seed: int) -> tuple[Points, ...]:
    """Points of a random part of each table, in random order: the first rows are taken as such a part."""
    rng = np.random.default_rng(seed)
    return place(subject.columns, [one.iloc[rng.permutation(len(one))[:MOST_ROWS]] for one in tables])


def _count_equal_rows(subject: Subject) -> int:
    return min(len(subject.training), len(subject.unseen))


def _spawn_seeds(seed: int, rows: int) -> list[int]:
    return [seed * _MOST_DRAWS + number for number in range(count_draws(rows))]


def _average(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return mean(known) if known else None
