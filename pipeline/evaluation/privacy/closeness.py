"""Distances of synthetic rows to training rows, compared with distances among real rows.

Both are alarms, never proof: a table can pass them and still reveal people, and one that
favours common rows can set them off (Yao et al., arXiv:2505.01524). So neither fails a table.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.evaluation.privacy.distances import TIE, find_nearest
from pipeline.evaluation.privacy.intervals import bound_share, most_by_chance
from pipeline.evaluation.privacy.space import Points
from pipeline.evaluation.privacy.verdicts import (
    FISHER,
    NEAR_QUANTILE,
    RATIO_QUANTILE,
    not_measured,
    tell_shares,
)
from pipeline.evaluation.results import PrivacyFinding, Verdict


@dataclass(frozen=True)
class Closeness:
    """Distances to the nearest and second nearest training row, float32 of shape (rows, 2).

    Those of `training` are distances to the other training rows. They set the limits, and the holdout
    rows the rate at which real rows keep them, so that neither is fitted to the other.
    """

    training: np.ndarray
    holdout: np.ndarray
    synthetic: np.ndarray


def measure_closeness(training: Points, holdout: Points, synthetic: Points) -> Closeness:
    """Look up every row among the training rows, training rows among the others."""
    return Closeness(
        find_nearest(training, training, 3).distances[:, 1:],
        find_nearest(holdout, training, 2).distances,
        find_nearest(synthetic, training, 2).distances,
    )


def evaluate_near_copies(closeness: Closeness) -> PrivacyFinding:
    """Rows as close to a training row as 1 % of the training rows that repeat no other are to one."""
    nearest = closeness.training[:, 0]
    apart = nearest[nearest > TIE]
    if not len(apart):
        reason = "every training row equals another one"
        return not_measured("near_copies", "The share of near copies", reason)
    limit = float(np.quantile(apart, NEAR_QUANTILE)) + TIE
    return _evaluate_share(
        "near_copies",
        f"as near to a training row as only {NEAR_QUANTILE:.0%} of training rows that repeat no other are to "
        "one another",
        f"distance up to {limit:.4f}, where 0 is a copy and 1 differs in everything",
        closeness.synthetic[:, 0] <= limit,
        closeness.holdout[:, 0] <= limit,
    )


def evaluate_distance_ratios(closeness: Closeness) -> PrivacyFinding:
    """Rows much nearer to one training row than to the next: nearest-neighbour distance ratio (NNDR)."""
    limit = float(np.quantile(_ratios(closeness.training), RATIO_QUANTILE)) + TIE
    return _evaluate_share(
        "nearest_neighbour_ratio",
        "much nearer to one training row than to the next, as if they followed that row rather than many",
        f"nearest-neighbour distance ratio up to {limit:.3f}",
        _ratios(closeness.synthetic) <= limit,
        _ratios(closeness.holdout) <= limit,
    )


def _evaluate_share(
    name: str, what: str, measure: str, is_synthetic: np.ndarray, is_real: np.ndarray
) -> PrivacyFinding:
    """How many rows lie `what`, as `measure` defines it, against holdout rows."""
    hits, rows, real_hits = int(is_synthetic.sum()), len(is_synthetic), int(is_real.sum())
    limit = most_by_chance(rows, real_hits, len(is_real))
    verdict = Verdict.LOOK if hits > limit else Verdict.PASS
    words = "more" if verdict is Verdict.LOOK else "no more"
    share, baseline = bound_share(hits, rows), real_hits / len(is_real)
    sentence = (
        f"{tell_shares(share)} of the rows lie {what}, against {baseline:.1%} of the holdout rows: {words} "
        "than chance explains."
    )
    return PrivacyFinding(
        name, verdict, *share, baseline, limit / rows, sentence, method=f"{measure}; {FISHER}"
    )


def _ratios(distances: np.ndarray) -> np.ndarray:
    """Nearest over second nearest distance, 0–1; 1 where even the second is a copy."""
    first, second = distances[:, 0], distances[:, 1]
    return np.where(second > TIE, first / np.maximum(second, TIE), 1.0)
