"""Can a classifier tell synthetic children from real ones by what they share with parent and siblings?

The exact values of a parent name it, and are known from its other children: with folds over rows even real
children are told from real ones. Folds therefore keep the children of a parent together (of a public
parent, which is the same on both sides, those of a root entity), and intervals count parents, not rows
(Cameron and Miller, Journal of Human Resources 50, 2015).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledColumn
from pipeline.evaluation.classifiers.boosting import fit_classifier
from pipeline.evaluation.classifiers.feature_matrix import encode_tables
from pipeline.evaluation.classifiers.intervals import Statistic, compute_auc, join_folds
from pipeline.evaluation.related.joining import add_sums, join_parent, list_sums, name_parent_columns
from pipeline.evaluation.related.results import RelationDetection
from pipeline.evaluation.related.sides import Side, Sides, shuffle_side
from pipeline.evaluation.results_fidelity import Estimate

LEAST_PARENTS = 15
LEAST_ROWS = 50
MOST_ROWS = 5_000
FOLDS = 3
_NORMAL_975 = 1.959963984540054
_RETRAINED = (1.0 + FOLDS / (FOLDS - 1)) ** 0.5
"""By how much folds that learn from the same rows widen an interval.

Nadeau and Bengio, Machine Learning 52, 2003.
"""


class _Rows(NamedTuple):
    """Joined rows of one side, and what each belongs to: its parent, or its root entity."""

    table: pd.DataFrame
    groups: np.ndarray


def detect_children(sides: Sides, with_siblings: bool, seed: int) -> RelationDetection:
    """AUC of synthetic against real children, beside ceiling and floor; a seed gives the same numbers."""
    item = "siblings" if with_siblings else "parent"
    columns = [*sides.child_columns, *name_parent_columns(sides)]
    columns += list_sums(sides.child_columns) if with_siblings else []
    every = (sides.real, sides.synthetic, sides.first, sides.second)
    parents = min(_count_parents(side) for side in every)
    reason = _find_reason(sides, every, parents, with_siblings, columns)
    if reason:
        return RelationDetection(item, None, None, None, parents, 0, reason)
    rng = np.random.default_rng(np.random.SeedSequence([seed, 13, int(with_siblings)]))
    shuffled = shuffle_side(sides.second, rng)
    drawn = {
        name: _draw(sides, side, parents, with_siblings, rng)
        for name, side in zip(("real", "synthetic", "first", "second"), every, strict=True)
    }
    drawn["shuffled"] = _draw(sides, shuffled, parents, with_siblings, rng)
    auc, ceiling, floor = (
        _tell_apart(drawn[real], drawn[other], columns, rng, seed)
        for real, other in (("real", "synthetic"), ("first", "second"), ("first", "shuffled"))
    )
    reason = "" if auc else "No column can be read by a classifier."
    return RelationDetection(item, auc, ceiling, floor, parents, len(drawn["synthetic"].table), reason)


def _count_parents(side: Side) -> int:
    """Parents that have children; of a public table, root entities that have them."""
    return len(np.unique(side.groups[side.places >= 0]))


def _find_reason(
    sides: Sides,
    every: tuple[Side, ...],
    parents: int,
    with_siblings: bool,
    columns: list[ModelledColumn],
) -> str:
    rows = min(int((side.places >= 0).sum()) for side in every)
    if not columns:
        return "Neither table has a modelled column."
    if with_siblings and sides.relation.is_one_to_one:
        return "No parent has two rows, so that there are no siblings."
    if parents < LEAST_PARENTS:
        return f"{parents} parents with children can be compared; {LEAST_PARENTS} are needed."
    if with_siblings and sides.is_shared:
        return f'"{sides.relation.parent}" is public: sums over its rows grow with the table.'
    return (
        f"{rows} children with a parent can be compared; {LEAST_ROWS} are needed."
        if rows < LEAST_ROWS
        else ""
    )


def _draw(sides: Sides, side: Side, parents: int, with_siblings: bool, rng: np.random.Generator) -> _Rows:
    """Joined rows of so many parents at most, whole as long as `MOST_ROWS` allow it.

    Sums are over all siblings, also where few parents have so many rows that some are left out.
    """
    joined = join_parent(sides, side)
    if with_siblings:
        joined = add_sums(sides, side, joined)
    groups = side.groups[side.places >= 0]
    rows = _choose_groups(groups, parents, rng)
    if len(rows) > MOST_ROWS:
        rows = np.sort(rng.permutation(rows)[:MOST_ROWS])
    return _Rows(joined.iloc[rows].reset_index(drop=True), groups[rows])


def _choose_groups(groups: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    """Rows of random groups: until there are enough rows, but of `LEAST_PARENTS` at least."""
    found, counts = np.unique(groups, return_counts=True)
    order = rng.permutation(len(found))[:most]
    enough = int(np.searchsorted(np.cumsum(counts[order]), MOST_ROWS, side="right"))
    chosen = found[order[: max(LEAST_PARENTS, enough)]]
    return np.flatnonzero(np.isin(groups, chosen))


def _tell_apart(
    real: _Rows,
    other: _Rows,
    columns: list[ModelledColumn],
    rng: np.random.Generator,
    seed: int,
) -> Estimate | None:
    matrix = encode_tables(columns, real.table, other.table)
    if not matrix.names:
        return None
    features = np.concatenate(matrix.tables)
    is_other = np.repeat([False, True], [len(real.groups), len(other.groups)])
    # The same number is another parent on the other side.
    groups = np.concatenate([real.groups, other.groups + int(real.groups.max()) + 1])
    order, statistics = [], []
    for is_test in _split(groups, is_other, rng):
        predict = fit_classifier(
            features[~is_test], matrix.is_categorical, is_other[~is_test].astype(int), seed
        )
        statistics.append(compute_auc(is_other[is_test], predict(features[is_test])[:, 1]))
        order.append(groups[is_test])
    return _estimate(join_folds(statistics), np.concatenate(order)) if statistics else None


def _split(groups: np.ndarray, is_other: np.ndarray, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Rows to test in each fold: whole parents, equally many of both sides; none where one lacks."""
    fold_of = np.empty(int(groups.max()) + 1, dtype=np.int64)
    for side in (False, True):
        found = np.unique(groups[is_other == side])
        fold_of[found] = rng.permutation(np.arange(len(found)) % FOLDS)
    for fold in range(FOLDS):
        is_test = fold_of[groups] == fold
        if all(len(np.unique(is_other[part])) == 2 for part in (is_test, ~is_test)):
            yield is_test


def _estimate(statistic: Statistic, groups: np.ndarray) -> Estimate:
    """The value with a 95 % interval over parents, whose children move together."""
    sums = np.bincount(pd.factorize(groups)[0], statistic.influence)
    reach = _NORMAL_975 * _RETRAINED * float(np.sqrt((sums**2).sum())) / len(groups)
    return Estimate(statistic.value, max(0.0, statistic.value - reach), min(1.0, statistic.value + reach))
