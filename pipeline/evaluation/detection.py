"""Can a classifier tell synthetic rows from real ones? A two-sample test that also says by what.

Boosted trees learn to tell equally many real and synthetic rows apart and are judged by rows that
they have not seen (Lopez-Paz and Oquab, ICLR 2017). The columns that give synthetic rows away are
those whose values, shuffled, cost the most AUC (Breiman, Machine Learning 45, 2001); of two columns
that say the same, neither shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline.dataset import ModelledColumn
from pipeline.evaluation.baselines import draw_rows
from pipeline.evaluation.boosting import Predict, fit_classifier
from pipeline.evaluation.feature_matrix import FeatureMatrix, encode_tables
from pipeline.evaluation.intervals import Statistic, compute_auc, estimate_share, join_folds
from pipeline.evaluation.results import Detection
from pipeline.evaluation.results_likeness import Estimate, TellingColumn

LEAST_ROWS = 50
MOST_ROWS = 5_000
MOST_CELLS = 300_000
"""Rows are capped, so that wide tables take as long as narrow ones."""
FOLDS = 3
TELLING_LOSS = 0.005
"""AUC that a column has to carry before it counts as telling; less is noise."""
_TELLING_COLUMNS = 5
_PROBED_ROWS = 1_000


class _Outcome(NamedTuple):
    auc: Estimate | None
    rows: int
    telling: tuple[TellingColumn, ...]
    reason: str
    skipped: dict[str, str]


def compute_detection(
    training: pd.DataFrame,
    synthetic: pd.DataFrame,
    holdout: pd.DataFrame,
    columns: Sequence[ModelledColumn],
    seed: int = 0,
) -> Detection:
    """AUC of synthetic against training rows, beside that of holdout against training rows.

    All modelled tables; the same seed gives the same numbers. Below `LEAST_ROWS` rows nothing is
    measured. Raises EvaluationError where a table lacks a column.
    """
    found = _tell_apart(training, synthetic, columns, "synthetic", seed)
    ceiling = _tell_apart(training, holdout, columns, "holdout", seed)
    return Detection(
        auc=found.auc,
        ceiling=ceiling.auc,
        rows=found.rows,
        ceiling_rows=ceiling.rows,
        telling=found.telling,
        finding=found.reason if found.auc is None else _interpret(found.auc),
        ceiling_reason=ceiling.reason,
        skipped=found.skipped,
    )


def _tell_apart(
    real: pd.DataFrame, other: pd.DataFrame, columns: Sequence[ModelledColumn], title: str, seed: int
) -> _Outcome:
    rows = min(len(real), len(other), MOST_ROWS, max(LEAST_ROWS, MOST_CELLS // max(1, len(columns))))
    if rows < LEAST_ROWS:
        short, count = (title, len(other)) if len(other) < LEAST_ROWS else ("training", len(real))
        return _Outcome(None, rows, (), f"The {short} table has {count} rows; {LEAST_ROWS} are needed.", {})
    rng = np.random.default_rng(np.random.SeedSequence([seed, 2]))
    matrix = encode_tables(columns, draw_rows(real, rows, rng), draw_rows(other, rows, rng))
    if not matrix.names:
        return _Outcome(None, rows, (), "No column can be read by a classifier.", dict(matrix.skipped))
    folds, losses = _cross_validate(matrix, rows, rng, seed)
    auc = estimate_share(join_folds(folds), trials=rows)
    telling = _find_telling(matrix.names, losses) if auc.low > 0.5 else ()
    return _Outcome(auc, rows, telling, "", dict(matrix.skipped))


def _cross_validate(
    matrix: FeatureMatrix, rows: int, rng: np.random.Generator, seed: int
) -> tuple[list[Statistic], np.ndarray]:
    """AUC by fold, and the mean AUC that each column is worth, shape (columns,)."""
    features, is_synthetic = np.concatenate(matrix.tables), np.repeat([False, True], rows)
    # Each half gets the folds in its own order, so that every fold holds equally many of both.
    fold_of = np.concatenate([rng.permutation(np.arange(rows) % FOLDS) for _ in range(2)])
    statistics, losses = [], []
    for fold in range(FOLDS):
        is_test = fold_of == fold
        predict = fit_classifier(
            features[~is_test], matrix.is_categorical, is_synthetic[~is_test].astype(int), seed
        )
        tested, truth = features[is_test], is_synthetic[is_test]
        statistics.append(compute_auc(truth, predict(tested)[:, 1]))
        losses.append(_compute_losses(predict, tested, truth, rng))
    return statistics, np.mean(losses, axis=0)


def _compute_losses(
    predict: Predict, features: np.ndarray, truth: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    probed = np.sort(rng.permutation(len(features))[:_PROBED_ROWS])
    features, truth = features[probed], truth[probed]
    whole = compute_auc(truth, predict(features)[:, 1]).value
    losses = np.zeros(features.shape[1])
    for column in range(features.shape[1]):
        shuffled = features.copy()
        shuffled[:, column] = rng.permutation(shuffled[:, column])
        losses[column] = whole - compute_auc(truth, predict(shuffled)[:, 1]).value
    return losses


def _find_telling(names: Sequence[str], losses: np.ndarray) -> tuple[TellingColumn, ...]:
    order = np.argsort(-losses, kind="stable")[:_TELLING_COLUMNS]
    return tuple(
        TellingColumn(names[place], float(losses[place])) for place in order if losses[place] >= TELLING_LOSS
    )


def _interpret(auc: Estimate) -> str:
    interval = f"AUC {auc.value:.2f}, 95 % interval {auc.low:.2f} to {auc.high:.2f}"
    if auc.high < 0.5:
        return (
            f"A classifier does worse than guessing ({interval}), as it does where synthetic rows repeat "
            "real ones: look at the copies under privacy."
        )
    if auc.low <= 0.5:
        return f"A classifier cannot tell synthetic rows from real ones ({interval}; 0.5 is guessing)."
    return f"A classifier tells synthetic rows from real ones better than by guessing ({interval})."
