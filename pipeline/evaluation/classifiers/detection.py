"""Can a classifier distinguish synthetic rows from real ones? A two-sample test with its reasons.

Boosted trees learn to separate equally many real and synthetic rows and are evaluated on rows that
they have not seen (Lopez-Paz and Oquab, ICLR 2017). The columns that give synthetic rows away are
those whose values, shuffled, cost the most AUC (Breiman, Machine Learning 45, 2001); of two columns
that say the same, neither shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledColumn
from pipeline.evaluation.classifiers.boosting import Predict, fit_classifier
from pipeline.evaluation.classifiers.feature_matrix import FeatureMatrix, encode_tables
from pipeline.evaluation.classifiers.intervals import compute_auc, estimate_share, join_folds
from pipeline.evaluation.quality.baselines import draw_rows
from pipeline.evaluation.results import Detection
from pipeline.evaluation.results_fidelity import Estimate, TellingColumn

LEAST_ROWS = 50
MOST_ROWS = 5_000
MOST_CELLS = 300_000
"""Rows are capped, so that wide tables take as long as narrow ones."""
FOLDS = 3
TELLING_LOSS = 0.005
"""AUC that a column has to carry before it counts as telling; less is noise."""
_TELLING_COLUMNS = 5
_PROBED_ROWS = 1_000
_PROBED_CELLS = 60_000
_CALLED_CELLS = 2_000_000


class _Fold(NamedTuple):
    """A classifier with the rows that it has not seen, and whether each of them is synthetic."""

    predict: Predict
    features: np.ndarray
    truth: np.ndarray


class _Trial(NamedTuple):
    """What came of telling two tables apart; `reason` where nothing did."""

    auc: Estimate | None
    rows: int
    matrix: FeatureMatrix
    folds: tuple[_Fold, ...] = ()
    reason: str = ""


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
    is_told = found.auc is not None and found.auc.low > 0.5
    return Detection(
        auc=found.auc,
        ceiling=ceiling.auc,
        rows=found.rows,
        ceiling_rows=ceiling.rows,
        telling=_find_telling(found, seed) if is_told else (),
        finding=found.reason if found.auc is None else _interpret(found.auc),
        ceiling_reason=ceiling.reason,
        skipped=found.matrix.skipped,
    )


def estimate_detection(
    training: pd.DataFrame, synthetic: pd.DataFrame, columns: Sequence[ModelledColumn], seed: int = 0
) -> Estimate | None:
    """The AUC of `compute_detection` alone; None where it cannot be measured."""
    return _tell_apart(training, synthetic, columns, "synthetic", seed).auc


def count_judged_rows(rows: int, columns: int) -> int:
    """How many rows of each table the classifier gets where the shorter one has `rows`."""
    return min(rows, MOST_ROWS, max(LEAST_ROWS, MOST_CELLS // max(1, columns)))


def _tell_apart(
    real: pd.DataFrame, other: pd.DataFrame, columns: Sequence[ModelledColumn], title: str, seed: int
) -> _Trial:
    rows = count_judged_rows(min(len(real), len(other)), len(columns))
    rng = np.random.default_rng(np.random.SeedSequence([seed, 2]))
    matrix = encode_tables(columns, draw_rows(real, rows, rng), draw_rows(other, rows, rng))
    if rows < LEAST_ROWS:
        short, count = (title, len(other)) if len(other) < LEAST_ROWS else ("training", len(real))
        reason = f"The {short} table has {count} rows; {LEAST_ROWS} are needed."
        return _Trial(None, rows, matrix, reason=reason)
    if not matrix.names:
        return _Trial(None, rows, matrix, reason="No column can be read by a classifier.")
    folds = tuple(_cross_validate(matrix, rows, rng, seed))
    statistics = [compute_auc(fold.truth, fold.predict(fold.features)[:, 1]) for fold in folds]
    return _Trial(estimate_share(join_folds(statistics), trials=rows), rows, matrix, folds)


def _cross_validate(matrix: FeatureMatrix, rows: int, rng: np.random.Generator, seed: int) -> Iterator[_Fold]:
    features, is_synthetic = np.concatenate(matrix.tables), np.repeat([False, True], rows)
    # Each half gets the folds in its own order, so that every fold holds equally many of both.
    fold_of = np.concatenate([rng.permutation(np.arange(rows) % FOLDS) for _ in range(2)])
    for fold in range(FOLDS):
        is_test = fold_of == fold
        labels = is_synthetic[~is_test].astype(int)
        predict = fit_classifier(features[~is_test], matrix.is_categorical, labels, seed)
        yield _Fold(predict, features[is_test], is_synthetic[is_test])


def _find_telling(trial: _Trial, seed: int) -> tuple[TellingColumn, ...]:
    rng = np.random.default_rng(np.random.SeedSequence([seed, 4]))
    losses = np.mean([_compute_losses(fold, rng) for fold in trial.folds], axis=0)
    worst = np.argsort(-losses, kind="stable")[:_TELLING_COLUMNS]
    return tuple(
        TellingColumn(trial.matrix.names[place], float(losses[place]))
        for place in worst
        if losses[place] >= TELLING_LOSS
    )


def _compute_losses(fold: _Fold, rng: np.random.Generator) -> np.ndarray:
    """AUC that is lost by shuffling each column, shape (columns,)."""
    width = fold.features.shape[1]
    most = min(_PROBED_ROWS, max(LEAST_ROWS, _PROBED_CELLS // width))
    probed = rng.permutation(len(fold.features))[:most]
    features, truth = fold.features[probed], fold.truth[probed]
    whole = compute_auc(truth, fold.predict(features)[:, 1]).value
    # Many columns go into one call, since a call costs more than its rows do.
    blocks = np.array_split(np.arange(width), -(-width * most * width // _CALLED_CELLS))
    aucs = [auc for block in blocks for auc in _shuffle_and_score(fold, features, truth, block, rng)]
    return whole - np.array(aucs)


def _shuffle_and_score(
    fold: _Fold, features: np.ndarray, truth: np.ndarray, columns: np.ndarray, rng: np.random.Generator
) -> list[float]:
    """AUC with each of `columns` shuffled in turn."""
    shuffled = np.tile(features, (len(columns), 1, 1))
    for place, column in enumerate(columns):
        shuffled[place, :, column] = rng.permutation(features[:, column])
    scores = fold.predict(shuffled.reshape(-1, features.shape[1]))[:, 1]
    return [compute_auc(truth, one).value for one in scores.reshape(len(columns), -1)]


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
