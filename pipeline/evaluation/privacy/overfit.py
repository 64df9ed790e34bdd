"""Distance to closest record (DCR): is a table nearer to its training rows than to other real rows?

An alarm for overfitting and nothing more: tables that pass it have been attacked with success (Yao
et al., arXiv:2505.01524), so it never fails a table. The score is that of sdmetrics'
`DCROverfittingProtection`, on equal sizes and in blocks, since sdmetrics takes 50 s for 3,000 rows
of 15 columns and reads 0.33 where the sizes differ.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.evaluation.privacy.distances import TIE, find_nearest
from pipeline.evaluation.privacy.intervals import bound_share
from pipeline.evaluation.privacy.space import Points
from pipeline.evaluation.privacy.verdicts import LOWER_BOUND, decide_verdict, not_measured
from pipeline.evaluation.results import PrivacyFinding, Verdict


@dataclass(frozen=True)
class ClosestRecords:
    """How many synthetic rows lie closer to training than to holdout rows, farther, or as near.

    `independent_rows` is the number of rows that the decided ones amount to: rows with the same
    nearest real row say the same thing, so that it is n² / Σ c² with c rows for each real one.
    """

    closer: int
    farther: int
    tied: int
    independent_rows: float

    @property
    def protection(self) -> float:
        """sdmetrics' score, 0–1: 1 where at most half of the rows are closer to training rows."""
        return min(1.0, 2.0 * (1.0 - self.closer / (self.closer + self.farther + self.tied)))


def compare_closest(training: Points, holdout: Points, synthetic: Points) -> ClosestRecords:
    """Measure synthetic rows against as many training as holdout rows, the first of either."""
    size = min(len(training), len(holdout))
    near_training = find_nearest(synthetic, training.take(slice(size)))
    near_holdout = find_nearest(synthetic, holdout.take(slice(size)))
    gap = (near_holdout.distances - near_training.distances)[:, 0]
    closer, farther = gap > TIE, gap < -TIE
    owners = np.concatenate([near_training.rows[closer, 0], size + near_holdout.rows[farther, 0]])
    counts = np.bincount(owners).astype(float)
    independent = len(owners) ** 2 / (counts**2).sum() if len(owners) else 0.0
    return ClosestRecords(
        int(closer.sum()), int(farther.sum()), len(synthetic) - len(owners), float(independent)
    )


def evaluate_overfit(found: ClosestRecords) -> PrivacyFinding:
    """LOOK where surely more than half of the decided rows are closer to training rows."""
    decided = found.closer + found.farther
    if not decided:
        reason = "every synthetic row is as near to training rows as to holdout rows"
        return not_measured("overfit_alarm", "The overfit alarm (DCR)", reason)
    independent = found.independent_rows
    share = bound_share(found.closer / decided * independent, independent)
    verdict = decide_verdict(share.low, 0.5, 1.0)
    words = "surely more than half" if verdict is Verdict.LOOK else "no more than half, which is chance"
    sentence = (
        f"{share.value:.1%} of {decided:,} rows lie closer to training than to as many holdout rows, "
        f"{found.tied:,} as near to both: {words}. This alone is weak evidence."
    )
    method = f"distance to the closest record (DCR); sdmetrics' overfitting protection {found.protection:.3f}"
    return PrivacyFinding(
        "overfit_alarm", verdict, *share, 0.5, 0.5, sentence, limit_on=LOWER_BOUND, method=method
    )
