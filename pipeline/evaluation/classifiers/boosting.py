"""Gradient-boosted trees for detection and utility: one seam to scikit-learn.

Histogram trees take categories and missing values as they are and need no tuning, which makes them
a fair baseline for tables of any kind (Grinsztajn et al., NeurIPS 2022).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

_ITERATIONS = 100
_LEAST_ITERATIONS = 30
_MOST_TREES = 300

Predict = Callable[[np.ndarray], np.ndarray]


def fit_classifier(
    features: np.ndarray, is_categorical: np.ndarray, labels: np.ndarray, seed: int
) -> Predict:
    """Learn labels 0 to k − 1 from features of shape (rows, columns).

    The result maps features to probabilities of shape (rows, k) for the k labels that occur, in
    their order. Several classes cost a tree each per iteration and get fewer iterations.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier

    trees = max(1, len(np.unique(labels)))
    is_empty = np.isnan(features).all(axis=0)
    model = HistGradientBoostingClassifier(
        max_iter=_ITERATIONS if trees <= 2 else max(_LEAST_ITERATIONS, _MOST_TREES // trees),
        categorical_features=is_categorical,
        early_stopping=False,
        random_state=seed,
    )
    _in_one_thread(model.fit, _fill(features, is_empty), labels)
    return lambda rows: _in_one_thread(model.predict_proba, _fill(rows, is_empty))


def fit_regressor(features: np.ndarray, is_categorical: np.ndarray, values: np.ndarray, seed: int) -> Predict:
    """Learn numbers from features of shape (rows, columns); the result maps features to numbers."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    is_empty = np.isnan(features).all(axis=0)
    model = HistGradientBoostingRegressor(
        max_iter=_ITERATIONS,
        categorical_features=is_categorical,
        early_stopping=False,
        random_state=seed,
    )
    _in_one_thread(model.fit, _fill(features, is_empty), values)
    return lambda rows: _in_one_thread(model.predict, _fill(rows, is_empty))


def _in_one_thread(call: Callable[..., Any], *arrays: np.ndarray) -> np.ndarray:
    """The result of a call without OpenMP's threads, which wait for each other in busy loops.

    Trees of a few thousand rows gain little from them, and where other work takes a core, each of the many
    short loops waits for it: fits of 600 to 20,000 rows took 10 to 40 times the CPU seconds of one thread.
    """
    with _find_pools().limit(limits=1, user_api="openmp"):
        return np.asarray(call(*arrays))


@cache
def _find_pools() -> Any:
    """The thread pools of the loaded libraries; finding them takes milliseconds, and fits are many."""
    import sklearn.ensemble  # noqa: F401 - loads the library of its loops, which is to be found
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def _fill(features: np.ndarray, is_empty: np.ndarray) -> np.ndarray:
    """Features with zeros in columns that taught nothing: scikit-learn 1.9 fails on one without values."""
    return np.where(is_empty, 0.0, features)
