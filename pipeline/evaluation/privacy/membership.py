"""Membership inference: can an attacker with a person's row find out that it was among the training rows?

The attacker says yes the sooner, the nearer the row lies to a synthetic one. Candidates are training
rows and, as a control, holdout rows, which differ in nothing but membership.
"""

from __future__ import annotations

import numpy as np

from pipeline.evaluation.privacy.distances import TIE, find_nearest
from pipeline.evaluation.privacy.intervals import bound_auc
from pipeline.evaluation.privacy.space import Points
from pipeline.evaluation.privacy.verdicts import AUC_LIMIT, LOWER_BOUND, decide_verdict, withhold_guess
from pipeline.evaluation.results import PrivacyFinding, Verdict


def evaluate_membership(training: Points, holdout: Points, synthetic: Points) -> PrivacyFinding:
    """Area under the attack's curve: 0.5 is guessing, 1 is certainty; LOOK surely above 0.5."""
    members, others = (_nearness(points, synthetic) for points in (training, holdout))
    area = bound_auc(members, others)
    verdict = decide_verdict(area.low, 0.5, AUC_LIMIT)
    sentence = (
        "An attacker takes a row for one of the training rows the sooner, the nearer it lies to the table: "
        f"{_WORDS[verdict]}."
    )
    method = (
        f"area under the curve {area.value:.3f} ({area.low:.3f} to {area.high:.3f}) against "
        f"{len(holdout):,} holdout rows; 0.5 is guessing"
    )
    found = PrivacyFinding(
        "membership_inference", verdict, *area, 0.5, 0.5, sentence, AUC_LIMIT, LOWER_BOUND, method
    )
    return withhold_guess(found)


def _nearness(candidates: Points, synthetic: Points) -> np.ndarray:
    """Higher is nearer; in steps of a tie, so that rounding decides nothing."""
    return -np.round(find_nearest(candidates, synthetic).distances[:, 0] / TIE)


_WORDS = {
    Verdict.PASS: "the attack does no better than guessing",
    Verdict.LOOK: "the attack beats guessing",
    Verdict.FAIL: "the attack is much better than guessing",
}
