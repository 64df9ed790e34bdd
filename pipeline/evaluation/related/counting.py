"""How many children a parent has, and which foreign keys lead to one."""

from __future__ import annotations

import numpy as np

from pipeline.datasets.related.schema import Relation
from pipeline.evaluation.quality.rows_each import compute_distance
from pipeline.evaluation.related.results import ChildCounts
from pipeline.evaluation.related.sides import RelatedSample, Side, Sides


def count_broken(relation: Relation, sample: RelatedSample) -> tuple[int, int]:
    """Foreign keys of a sample, and how many lead to no parent; one that is needed may not be absent."""
    places = np.asarray(sample.links[relation.id], dtype=np.int64)
    is_key = np.ones(len(places), dtype=bool) if not relation.is_optional else places != -1
    is_there = (places >= 0) & (places < len(sample.rows[relation.parent]))
    return int(is_key.sum()), int((is_key & ~is_there).sum())


def share_without(side: Side) -> float:
    """Share of children that have no parent; 0 without children."""
    return float((side.places < 0).mean()) if len(side.places) else 0.0


def compare_counts(sides: Sides) -> ChildCounts:
    """Children per parent, synthetic against real."""
    if sides.is_shared:
        reason = (
            f'"{sides.relation.parent}" is public: its rows stay, so that their children grow with the table.'
        )
        return ChildCounts(None, None, None, None, None, None, reason)
    real, synthetic, first, second = (
        np.bincount(side.places[side.places >= 0], minlength=len(side.parents))
        for side in (sides.real, sides.synthetic, sides.first, sides.second)
    )
    if not len(real) or not len(synthetic):
        return ChildCounts(None, None, None, None, None, None, "One of the tables of parents is empty.")
    return ChildCounts(
        real_mean=float(real.mean()),
        synthetic_mean=float(synthetic.mean()),
        real_without=float((real == 0).mean()),
        synthetic_without=float((synthetic == 0).mean()),
        distance=compute_distance(real, synthetic),
        ceiling=compute_distance(first, second),
    )
