"""From likeness to verdicts: the limits of quality, detection and utility, and what falls short of them."""

from __future__ import annotations

from pipeline.evaluation.results import Evaluation, Verdict
from pipeline.evaluation.results_fidelity import Baseline, Baselines, Detection, Utility, UtilityScore

LEAST_OF_CEILING = 0.9
"""Below this share of the ceiling, shapes of columns deserve a look."""

LEAST_ROWS = 20
"""Likeness of fewer rows is decided by chance."""

LEAST_OF_WAY = 0.5
"""Below this part of the way from floor to ceiling, pairs deserve a look."""

HIGHEST_AUC = 0.75
"""A classifier that is surely better than this tells the tables apart too easily."""

GUESSING = 0.5
"""A classifier that is surely worse than this has learned from rows whose copies it is asked about."""

MOST_UTILITY_LOST = 0.5
"""Losing more than this share of what real rows teach deserves a look."""

_NARROWEST_RANGE = 0.02
_CHANCE_OF_PAIRS = 2.0
"""A mean of pairs differs by chance about so many times as much as the overall score, of which it is half."""


def decide_quality(evaluation: Evaluation) -> Verdict | None:
    """Look where shapes, pairs, the score or a heap falls short; None where nothing can be told."""
    if list_shortfalls(evaluation):
        return Verdict.LOOK
    return None if find_obstacle(evaluation.baselines) else Verdict.PASS


def find_obstacle(baselines: Baselines | None) -> str:
    """Why likeness cannot pass; empty where it can. A shortfall is one wherever the ends lie."""
    if baselines is None or baselines.overall.ceiling is None:
        return "without ceiling and floor"
    if baselines.rows < LEAST_ROWS:
        return f"below {LEAST_ROWS} rows, where chance decides the score"
    floor = baselines.overall.floor
    if _find_way(baselines) is None and floor is not None and baselines.overall.ceiling <= floor:
        return "where real rows score no higher than shuffled columns"
    return ""


def list_shortfalls(evaluation: Evaluation) -> list[str]:
    """What is worse than it should be, as parts of sentences."""
    baselines = evaluation.baselines
    found = [] if baselines is None else list_low_scores(baselines)
    if evaluation.heaps:
        named = ", ".join(f'"{one.column}"' for one in evaluation.heaps[:3])
        more = f" and {len(evaluation.heaps) - 3} more" if len(evaluation.heaps) > 3 else ""
        found.append(f"rows pile up at one value of {named}{more}")
    return found


def is_below_floor(baselines: Baselines) -> bool:
    """Whether the score says that relations are worse than none."""
    return baselines.is_below_floor or baselines.is_no_better


def _are_pairs_below_floor(baselines: Baselines) -> bool:
    """Whether means of pairs lie below both ends by more than chance."""
    if baselines.rows < LEAST_ROWS:
        return False
    means = (baselines.column_pair_trends, baselines.strong_pair_trends)
    ends = [(one.score, [end for end in (one.floor, one.ceiling) if end is not None]) for one in means]
    chance = max(_NARROWEST_RANGE, _CHANCE_OF_PAIRS * baselines.chance)
    return any(reached is not None and low and reached < min(low) - chance for reached, low in ends)


def decide_detection(detection: Detection) -> Verdict | None:
    """Look where a classifier is surely better than HIGHEST_AUC, or surely worse than guessing: copies."""
    if detection.auc is None:
        return None
    is_striking = detection.auc.low > HIGHEST_AUC or detection.auc.high < GUESSING
    return Verdict.LOOK if is_striking else Verdict.PASS


def decide_utility(utility: Utility) -> Verdict | None:
    """Look where synthetic rows surely teach less than half of what real rows teach."""
    return _decide_gain(utility.scores[0]) if utility.scores else None


def place_between(baseline: Baseline) -> float | None:
    """How far a score has come from floor (0) to ceiling (1); None where the two are too close."""
    if baseline.score is None or baseline.ceiling is None or baseline.floor is None:
        return None
    width = baseline.ceiling - baseline.floor
    return None if width < _NARROWEST_RANGE else (baseline.score - baseline.floor) / width


def list_low_scores(baselines: Baselines) -> list[str]:
    """What baselines say is too low, as parts of sentences."""
    found = []
    shapes, way = baselines.column_shapes.share_of_ceiling, _find_way(baselines)
    is_enough = baselines.rows >= LEAST_ROWS
    if is_enough and shapes is not None and shapes < LEAST_OF_CEILING:
        found.append(f"column shapes reach {shapes:.0%} of their ceiling")
    if is_enough and way is not None and way < LEAST_OF_WAY:
        found.append(f"pair trends come {max(way, 0.0):.0%} of the way from floor to ceiling")
    if is_below_floor(baselines):
        found.append("scores lie below those of shuffled columns")
    elif _are_pairs_below_floor(baselines):
        found.append("pair trends lie below those of shuffled columns")
    return found


def _find_way(baselines: Baselines) -> float | None:
    """How far pairs have come: strong ones, since shuffling leaves weak ones as they are, else all."""
    way = place_between(baselines.strong_pair_trends)
    return place_between(baselines.column_pair_trends) if way is None else way


def tell_quality_limits(baselines: Baselines) -> str:
    """What decides on quality here, in words: pairs can be placed only where floor and ceiling are apart."""
    pairs = (
        "pairs not surely below shuffled columns (floor and ceiling are too close to place them)"
        if _find_way(baselines) is None
        else f"pairs at least {LEAST_OF_WAY:.0%} of the way from floor to ceiling"
    )
    return f"shapes at {LEAST_OF_CEILING:.0%} of their ceiling, {pairs}, no heap of rows at one value"


def _decide_gain(found: UtilityScore) -> Verdict | None:
    """None where it says nothing; look where more than MOST_UTILITY_LOST of the gain is surely lost."""
    if not found.tells:
        return None
    sign = 1.0 if found.is_higher_better else -1.0
    gain, lost = sign * (found.real.value - found.chance), -sign * found.difference.value
    is_certain = found.difference.low > 0 or found.difference.high < 0
    return Verdict.LOOK if is_certain and lost > MOST_UTILITY_LOST * gain else Verdict.PASS
