"""Trends between a child's and its parent's columns, as quality measures those inside a table."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pipeline.evaluation.quality.baselines import draw_rows
from pipeline.evaluation.quality.columns import align_columns
from pipeline.evaluation.quality.metrics import mean_score
from pipeline.evaluation.quality.pair_trends import measure_pairs_between
from pipeline.evaluation.related.joining import join_parent, name_parent_columns
from pipeline.evaluation.related.sides import Side, Sides, shuffle_side
from pipeline.evaluation.results_fidelity import Baseline

LEAST_ROWS = 20
MOST_ROWS = 20_000
_ITEM = "column pair trends"


class Trends(NamedTuple):
    """The mean score beside its ends, how many pairs it is over, and why there is none."""

    baseline: Baseline
    pairs: int
    reason: str = ""


def compare_trends(sides: Sides, seed: int) -> Trends:
    """Mean of the scores of all pairs of a child's and a parent's column, all three from as many rows."""
    if not sides.child_columns or not sides.parent_columns:
        return Trends(Baseline(_ITEM, None, None, None), 0, "One of the tables has no modelled column.")
    rng = np.random.default_rng(np.random.SeedSequence([seed, 12]))
    shuffled = shuffle_side(sides.second, rng)
    every = (sides.real, sides.synthetic, sides.first, sides.second)
    rows = min(MOST_ROWS, *(int((side.places >= 0).sum()) for side in every))
    if rows < LEAST_ROWS:
        reason = f"{rows} children with a parent can be compared; {LEAST_ROWS} are needed."
        return Trends(Baseline(_ITEM, None, None, None), 0, reason)
    (score, pairs), (ceiling, _), (floor, _) = (
        _score(sides, real, other, rows, rng)
        for real, other in (
            (sides.real, sides.synthetic),
            (sides.first, sides.second),
            (sides.first, shuffled),
        )
    )
    reason = "" if pairs else "No pair of columns can be measured."
    return Trends(Baseline(_ITEM, score, ceiling, floor), pairs, reason)


def _score(
    sides: Sides, real: Side, other: Side, rows: int, rng: np.random.Generator
) -> tuple[float | None, int]:
    tables = [draw_rows(join_parent(sides, side), rows, rng) for side in (real, other)]
    children = align_columns(tables[0], tables[1], sides.child_columns)
    parents = align_columns(tables[0], tables[1], name_parent_columns(sides))
    scores = [pair.comparable for pair, _ in measure_pairs_between(children, parents)]
    return mean_score(scores), sum(score is not None for score in scores)
