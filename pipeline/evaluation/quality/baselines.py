"""What a quality score is worth: the ceiling that real rows reach, and the floor of unrelated columns.

The ceiling scores the holdout against the training rows. The floor scores training rows whose
columns are shuffled independently, which keeps every column and destroys every relation. Scores
fall with the number of rows by chance alone, so that all tables are drawn in the same number. The
means are over `PairScore.comparable`, not those of `Quality`: with the bins of the QualityReport, one
far value moves the bins of its table, and shuffled rows, which keep that value, score above fresh ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledColumn
from pipeline.evaluation.figure import Figure, compute_chance
from pipeline.evaluation.quality.metrics import mean_score
from pipeline.evaluation.quality.score import compute_quality
from pipeline.evaluation.results import Baselines, Quality
from pipeline.evaluation.results_fidelity import Baseline

OVERALL = ("score", "column shapes", "column pair trends", "strong pair trends")


@dataclass(frozen=True)
class Bounds:
    """Ceiling and floor of a dataset from tables of `rows` rows; the same for every synthetic table.

    `ceiling` is None where the dataset has no holdout rows, `floor` where there is a single column: shuffling
    leaves it as it is.
    """

    rows: int
    ceiling: Quality | None
    floor: Quality | None


def count_comparable_rows(training: pd.DataFrame, holdout: pd.DataFrame, synthetic: pd.DataFrame) -> int:
    """The rows that every table can give; the holdout has no say where it is empty."""
    return min(len(table) for table in (training, holdout, synthetic) if len(table) or table is not holdout)


def compute_bounds(
    training: pd.DataFrame,
    holdout: pd.DataFrame,
    columns: Sequence[ModelledColumn],
    rows: int,
    seed: int = 0,
) -> Bounds:
    """Ceiling and floor of every score, from `rows` rows each; callers may keep them by dataset and rows.

    Raises EvaluationError where a table lacks a modelled column.
    """
    rng = np.random.default_rng(np.random.SeedSequence([seed, rows]))
    shuffled = _shuffle_columns(training[[column.name for column in columns]], rng).head(rows)
    ceiling = compute_quality(training, draw_rows(holdout, rows, rng), columns) if len(holdout) else None
    return Bounds(rows, ceiling, compute_quality(training, shuffled, columns) if len(columns) > 1 else None)


def compute_ends(
    real: pd.DataFrame, unseen: pd.DataFrame, columns: Sequence[ModelledColumn], rows: int, seed: int
) -> Figure:
    """What `rows` real rows score against unseen ones: as they are the ceiling, shuffled the floor.

    These are the ends of what a model scores that learned the real rows; the figure has no score. Nothing is
    measured where there are no unseen rows, and no floor of a single column: shuffling leaves it as it is.
    """
    if not len(unseen) or not len(real):
        return Figure(None)
    rng = np.random.default_rng(np.random.SeedSequence([seed, rows, 1]))
    drawn = draw_rows(real[[column.name for column in columns]], rows, rng)
    floor, ceiling = (
        score_comparable(compute_quality(unseen, table, columns))
        for table in (_shuffle_columns(drawn, rng), drawn)
    )
    ends = (floor if len(columns) > 1 else None, ceiling)
    return Figure(None, *ends, compute_chance(min(len(drawn), len(unseen))))


def score_comparable(quality: Quality) -> float | None:
    """The overall score that floor and ceiling are scores of: pairs on the real bins, 0–1."""
    return _list_scores(quality)[0]


def compute_baselines(
    training: pd.DataFrame,
    synthetic: pd.DataFrame,
    columns: Sequence[ModelledColumn],
    bounds: Bounds,
    seed: int = 0,
) -> Baselines:
    """Every score of `bounds.rows` synthetic rows, drawn by `seed`, beside its ceiling and floor."""
    drawn = draw_rows(synthetic, bounds.rows, np.random.default_rng(np.random.SeedSequence([seed, 1])))
    found = compute_quality(training, drawn, columns)
    ends = (_list_scores(end) if end else repeat(None) for end in (bounds.ceiling, bounds.floor))
    scored = zip(_list_items(found), _list_scores(found), *ends, strict=False)
    overall, shapes, trends, strong, *rest = (Baseline(*values) for values in scored)
    return Baselines(
        rows=bounds.rows,
        overall=overall,
        column_shapes=shapes,
        column_pair_trends=trends,
        strong_pair_trends=strong,
        columns=tuple(rest[: len(columns)]),
        pairs=tuple(rest[len(columns) :]),
        reason="" if bounds.ceiling else "there are no holdout rows, and so there is no ceiling",
    )


def _list_items(quality: Quality) -> list[str]:
    pairs = [f"{one.first} × {one.second}" for one in quality.pairs]
    return [*OVERALL, *(one.column for one in quality.columns), *pairs]


def _list_scores(quality: Quality) -> list[float | None]:
    shapes = quality.column_shapes
    trends = mean_score(one.comparable for one in quality.pairs)
    strong = mean_score(one.comparable for one in quality.pairs if one.is_strong)
    return [
        mean_score((shapes, trends)),
        shapes,
        trends,
        strong,
        *(one.score for one in quality.columns),
        *(one.comparable for one in quality.pairs),
    ]


def draw_rows(table: pd.DataFrame, rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """At most `rows` rows without repetition, in table order, numbered from 0."""
    if len(table) <= rows:
        return table.reset_index(drop=True)
    return table.iloc[np.sort(rng.choice(len(table), rows, replace=False))].reset_index(drop=True)


def _shuffle_columns(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    return pd.DataFrame({name: table[name].array[rng.permutation(len(table))] for name in table})
