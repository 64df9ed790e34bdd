"""Numbers with 95 % intervals from influence functions: no resampling, and exact about shared test rows.

The influence of a row is how far it moves a statistic from its value; a mean has value − mean, other
statistics have theirs by the delta method. The variance of the statistic is that of the mean
influence (Hampel, JASA 69, 1974). For the area under the ROC curve this is the interval of DeLong
et al. (Biometrics 44, 1988), and over folds that of LeDell et al. (Electronic J. of Statistics 9, 2015).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pipeline.evaluation.results_fidelity import Estimate

_NORMAL_975 = 1.959963984540054
_TAIL = 0.025


class Statistic(NamedTuple):
    """A value and the influence of each row on it, shape (rows,)."""

    value: float
    influence: np.ndarray


def estimate(statistic: Statistic, low: float = -np.inf, high: float = np.inf) -> Estimate:
    """The value with its 95 % normal interval, cut to the range of the statistic."""
    error = statistic.influence.std(ddof=1) / np.sqrt(len(statistic.influence))
    reach = _NORMAL_975 * float(error)
    value = statistic.value
    return Estimate(value, max(low, value - reach), min(high, value + reach))


def estimate_share(statistic: Statistic, trials: int) -> Estimate:
    """As `estimate` in 0–1; a perfect 0 or 1 gets the bound of Clopper and Pearson for `trials` trials.

    The normal interval of a perfect score has no width (Clopper and Pearson, Biometrika 26, 1934).
    """
    found = estimate(statistic, 0.0, 1.0)
    if found.low < found.high or 0.0 < found.value < 1.0:
        return found
    bound = float(_TAIL ** (1.0 / trials))
    return Estimate(1.0, bound, 1.0) if found.value == 1.0 else Estimate(0.0, 0.0, 1.0 - bound)


def compute_auc(is_positive: np.ndarray, scores: np.ndarray) -> Statistic:
    """Area under the ROC curve, ties counting half; both classes must occur.

    Placement values from midranks, as in Sun and Xu (IEEE Signal Processing Letters 21, 2014).
    """
    from scipy.stats import rankdata

    positives, negatives = scores[is_positive], scores[~is_positive]
    ranks = rankdata(scores)
    above = (ranks[is_positive] - rankdata(positives)) / len(negatives)
    below = 1.0 - (ranks[~is_positive] - rankdata(negatives)) / len(positives)
    value = float(above.mean())
    influence = np.empty(len(scores))
    influence[is_positive] = (above - value) * len(scores) / len(positives)
    influence[~is_positive] = (below - value) * len(scores) / len(negatives)
    return Statistic(value, influence)


def average(statistics: list[Statistic]) -> Statistic:
    """The mean of statistics of the same rows."""
    return Statistic(
        float(np.mean([one.value for one in statistics])),
        np.mean([one.influence for one in statistics], axis=0),
    )


def join_folds(folds: list[Statistic]) -> Statistic:
    """The mean of statistics of separate rows."""
    return Statistic(
        float(np.mean([fold.value for fold in folds])), np.concatenate([fold.influence for fold in folds])
    )
