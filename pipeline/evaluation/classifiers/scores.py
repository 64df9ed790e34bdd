"""Scores of two models on the same real rows, with intervals for each and for their difference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.evaluation.classifiers.boosting import fit_classifier, fit_regressor
from pipeline.evaluation.classifiers.intervals import (
    Statistic,
    average,
    compute_auc,
    estimate,
    estimate_share,
)
from pipeline.evaluation.results_fidelity import UtilityScore

LEAST_OF_CLASS = 10
"""Test rows that a class needs to count in ROC AUC and balanced accuracy; with fewer, chance decides."""


@dataclass(frozen=True)
class Examples:
    """Features (rows, columns) and targets (rows,) of three tables: to learn real, synthetic; to test real.

    Targets are class codes or numbers.
    """

    features: tuple[np.ndarray, ...]
    targets: tuple[np.ndarray, ...]
    is_categorical: np.ndarray
    seed: int


def find_tested_classes(truth: np.ndarray) -> np.ndarray:
    """The classes with enough test rows."""
    return np.flatnonzero(np.bincount(truth) >= LEAST_OF_CLASS)


def score_classification(examples: Examples) -> tuple[UtilityScore, ...]:
    """ROC AUC (one class against the rest, mean over classes), balanced accuracy and accuracy.

    At least two classes must have enough test rows.
    """
    learned, _, truth = examples.targets
    classes = find_tested_classes(truth)
    likely = [_predict_classes(examples, source) for source in (0, 1)]
    chosen = [shares.argmax(axis=1) for shares in likely]
    rarest = int(np.bincount(truth)[classes].min())
    usual = float((truth == np.bincount(learned).argmax()).mean())
    areas = [_mean_auc(truth, shares, classes) for shares in likely]
    balanced = [_balanced_accuracy(truth, classed, classes) for classed in chosen]
    correct = [_mean(truth == classed) for classed in chosen]
    return (
        _compare_shares("roc_auc", areas[0], areas[1], 0.5, rarest),
        _compare_shares("balanced_accuracy", balanced[0], balanced[1], 1.0 / len(classes), rarest),
        _compare_shares("accuracy", correct[0], correct[1], usual, len(truth)),
    )


def score_regression(examples: Examples) -> tuple[UtilityScore, ...]:
    """R² (1 perfect, 0 no better than the mean, any negative number worse) and mean absolute error."""
    learned, _, truth = examples.targets
    real, synthetic = (_predict_numbers(examples, source) for source in (0, 1))
    chance = float(np.abs(truth - np.median(learned)).mean())
    errors = [_mean(np.abs(truth - predicted)) for predicted in (real, synthetic)]
    return (
        _compare_numbers("r2", _r_squared(truth, real), _r_squared(truth, synthetic), 0.0),
        _compare_numbers("mae", errors[0], errors[1], chance),
    )


def _predict_classes(examples: Examples, source: int) -> np.ndarray:
    """Probabilities of shape (test rows, classes); 0 for a class that the source never showed."""
    labels = examples.targets[source]
    predict = fit_classifier(examples.features[source], examples.is_categorical, labels, examples.seed)
    known = np.unique(labels)
    probabilities = np.zeros(
        (len(examples.targets[2]), 1 + max(int(part.max()) for part in examples.targets))
    )
    probabilities[:, known] = predict(examples.features[2])
    return probabilities


def _predict_numbers(examples: Examples, source: int) -> np.ndarray:
    predict = fit_regressor(
        examples.features[source], examples.is_categorical, examples.targets[source], examples.seed
    )
    return predict(examples.features[2])


def _mean_auc(truth: np.ndarray, probabilities: np.ndarray, classes: np.ndarray) -> Statistic:
    return average([compute_auc(truth == one, probabilities[:, one]) for one in classes])


def _balanced_accuracy(truth: np.ndarray, predicted: np.ndarray, classes: np.ndarray) -> Statistic:
    """Mean share of right answers over the classes."""
    return average([_recall(truth == one, predicted == one) for one in classes])


def _recall(is_class: np.ndarray, is_predicted: np.ndarray) -> Statistic:
    value = float(is_predicted[is_class].mean())
    return Statistic(value, np.where(is_class, (is_predicted - value) / is_class.mean(), 0.0))


def _r_squared(truth: np.ndarray, predicted: np.ndarray) -> Statistic:
    """1 − mean squared error / variance; the influence is its delta method."""
    squares, spreads = (truth - predicted) ** 2, (truth - truth.mean()) ** 2
    error, variance = squares.mean(), spreads.mean()
    influence = -(squares - error) / variance + error / variance**2 * (spreads - variance)
    return Statistic(float(1.0 - error / variance), influence)


def _mean(values: np.ndarray) -> Statistic:
    return Statistic(float(values.mean()), values - values.mean())


def _compare_shares(
    metric: str, real: Statistic, synthetic: Statistic, chance: float, trials: int
) -> UtilityScore:
    difference = estimate(_subtract(synthetic, real), -1.0, 1.0)
    return UtilityScore(
        metric, estimate_share(real, trials), estimate_share(synthetic, trials), difference, chance
    )


def _compare_numbers(metric: str, real: Statistic, synthetic: Statistic, chance: float) -> UtilityScore:
    difference = estimate(_subtract(synthetic, real))
    return UtilityScore(metric, estimate(real), estimate(synthetic), difference, chance)


def _subtract(one: Statistic, other: Statistic) -> Statistic:
    return Statistic(one.value - other.value, one.influence - other.influence)
