"""Distances of synthetic rows to training rows, judged by distances among real rows.

Both are alarms, never proof: a table can pass them and still give people away, and one that
favours common rows can set them off (Yao et al., arXiv:2505.01524). So neither fails a table.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.evaluation.privacy.distances import TIE, find_nearest
from pipeline.evaluation.privacy.intervals import bound_share, most_by_chance
from pipeline.evaluation.privacy.judgement import NEAR_QUANTILE, RATIO_QUANTILE, not_measured, tell_shares
from pipeline.evaluation.privacy.space import Points
from pipeline.evaluation.results import PrivacyFinding, Verdict


@dataclass(frozen=True)
class Closeness:
    """Distances to the nearest and second nearest training row, float32 of shape (rows, 2).

    `real` are holdout rows against the training rows and training rows against one another, which
    is the same under a random split.
    """

    synthetic: np.ndarray
    real: np.ndarray


def measure_closeness(training: Points, holdout: Points, synthetic: Points) -> Closeness:
    """Look up every row among the training rows, training rows among the others."""
    among_others = find_nearest(training, training, 3).distances[:, 1:]
    real = np.concatenate([find_nearest(holdout, training, 2).distances, among_others])
    return Closeness(find_nearest(synthetic, training, 2).distances, real)


def judge_near_copies(closeness: Closeness) -> PrivacyFinding:
    """Rows as close to a training row as only 1 % of the real rows that repeat none are."""
    nearest = closeness.real[:, 0]
    apart = nearest[nearest > TIE]
    if not len(apart):
        reason = "every real row equals another one"
        return not_measured("near_copies", "The share of near copies", reason)
    limit = float(np.quantile(apart, NEAR_QUANTILE)) + TIE
    return _judge_share(
        "near_copies",
        f"nearer than {limit:.4f} to a training row (0 is a copy, 1 differs in everything; only "
        f"{NEAR_QUANTILE:.0%} of real rows that repeat no other are as near)",
        closeness.synthetic[:, 0] <= limit,
        nearest <= limit,
    )


def judge_distance_ratios(closeness: Closeness) -> PrivacyFinding:
    """Rows much nearer to one training row than to the next: nearest-neighbour distance ratio (NNDR)."""
    real = _ratios(closeness.real)
    limit = float(np.quantile(real, RATIO_QUANTILE))
    return _judge_share(
        "nearest_neighbour_ratio",
        f"with a nearest-neighbour distance ratio up to {limit:.3f} (small where a row follows one "
        "training row rather than many)",
        _ratios(closeness.synthetic) <= limit,
        real <= limit,
    )


def _judge_share(name: str, what: str, is_synthetic: np.ndarray, is_real: np.ndarray) -> PrivacyFinding:
    hits, rows, real_hits = int(is_synthetic.sum()), len(is_synthetic), int(is_real.sum())
    limit = most_by_chance(rows, real_hits, len(is_real))
    verdict = Verdict.LOOK if hits > limit else Verdict.PASS
    words = "more" if verdict is Verdict.LOOK else "no more"
    share, baseline = bound_share(hits, rows), real_hits / len(is_real)
    sentence = (
        f"{tell_shares(share)} of the rows lie {what}, against {baseline:.1%} of the real rows: {words} than "
        f"chance explains (limit {limit / rows:.1%}, Fisher's exact test)."
    )
    return PrivacyFinding(name, verdict, *share, baseline, limit / rows, sentence)


def _ratios(distances: np.ndarray) -> np.ndarray:
    """Nearest over second nearest distance, 0–1; 1 where even the second is a copy."""
    first, second = distances[:, 0], distances[:, 1]
    return np.where(second > TIE, first / np.maximum(second, TIE), 1.0)
