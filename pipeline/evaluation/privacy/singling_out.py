"""Singling out: does a description made from the table fit exactly one real person?

As in Anonymeter (Giomi et al., arXiv:2211.10459): the attacker writes predicates that fit one
synthetic row and hopes that they fit one real row. Here the real rows are training and holdout rows
together, so that tables of unequal size need no correction: under a random split, the person found is
a training row as often as training rows are among all, and only more than that is a leak.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pipeline.evaluation.privacy.intervals import Interval, bound_excess, bound_share
from pipeline.evaluation.privacy.space import MISSING, Points
from pipeline.evaluation.privacy.verdicts import conclude_excess, not_measured
from pipeline.evaluation.results import PrivacyFinding

PREDICATES = 500
"""Descriptions tried in each attack."""

MINIMUM_PREDICATES = 50
"""Fewer descriptions than this say nothing about a rate."""

CONDITIONS = 5
"""Columns that one description of the multivariate attack combines."""

_ATTEMPTS = 20


class Condition(NamedTuple):
    """One column of a description: its value equals, is at least, or is at most `value`."""

    column: int
    comparison: str
    value: float

    def fits(self, points: Points) -> np.ndarray:
        """Which rows it fits; a missing value fits only a condition that asks for one."""
        if self.column >= len(points.numbers):
            return points.codes[self.column - len(points.numbers)] == self.value
        numbers = points.numbers[self.column]
        if self.comparison == "equals":
            return numbers == self.value
        return (
            (numbers >= self.value) & (numbers < MISSING)
            if self.comparison == "from"
            else numbers <= self.value
        )


Predicate = tuple[Condition, ...]


def evaluate_singling_out(
    training: Points, holdout: Points, synthetic: Points, rng: np.random.Generator
) -> tuple[PrivacyFinding, PrivacyFinding]:
    """The attack with one column per description, and with several."""
    single = _evaluate(
        "singling_out_one_column", "one value", _describe_values(synthetic, rng), training, holdout
    )
    several = _evaluate(
        "singling_out_several_columns",
        f"{min(CONDITIONS, max(2, synthetic.columns))} values",
        _describe_rows(synthetic, rng),
        training,
        holdout,
    )
    return single, several


def _evaluate(
    name: str, of_what: str, predicates: Sequence[Predicate], training: Points, holdout: Points
) -> PrivacyFinding:
    """Evaluate descriptions by the people they find; the control is scaled to as many people."""
    if len(predicates) < MINIMUM_PREDICATES:
        reason = (
            f"{MINIMUM_PREDICATES} descriptions of {of_what} that fit one synthetic row alone are needed and "
            f"{len(predicates)} were found"
        )
        return not_measured(name, f"Singling out by {of_what}", reason)
    found = _find_people(predicates, training, holdout)
    people = len(found)
    members = int((found < len(training)).sum())
    tries, scale = len(predicates), len(training) / len(holdout)
    main, outsiders = bound_share(members, tries), bound_share(people - members, tries)
    control = Interval(*(min(1.0, share * scale) for share in outsiders))
    sentence = (
        f"{tries:,} descriptions of {of_what}, each true of one synthetic row, single out {members:,} of "
        f"{len(training):,} training rows and {people - members:,} of {len(holdout):,} holdout rows."
    )
    return conclude_excess(name, bound_excess(main, control), control, sentence)


def _find_people(predicates: Sequence[Predicate], training: Points, holdout: Points) -> np.ndarray:
    """Positions of distinct real rows that a description fits alone, training rows first."""
    found = set()
    for predicate in predicates:
        rows = np.flatnonzero(np.concatenate([_fits(predicate, training), _fits(predicate, holdout)]))
        if len(rows) == 1:
            found.add(int(rows[0]))
    return np.array(sorted(found), dtype=np.int64)


def _fits(predicate: Predicate, points: Points) -> np.ndarray:
    fits = np.ones(len(points), dtype=bool)
    for condition in predicate:
        fits &= condition.fits(points)
    return fits


def _describe_values(synthetic: Points, rng: np.random.Generator) -> list[Predicate]:
    """Values that one synthetic row has alone, and the ends of ranges, up to PREDICATES by chance."""
    predicates: list[Predicate] = []
    for column, values in enumerate([*synthetic.numbers, *synthetic.codes]):
        distinct, counts = np.unique(values, return_counts=True)
        alone = distinct[counts == 1]
        predicates += [(Condition(column, "equals", value),) for value in alone]
        if column < len(synthetic.numbers):
            present = alone[alone < MISSING]
            predicates += [(Condition(column, "to", value),) for value in present[:1] if value == distinct[0]]
            last = distinct[distinct < MISSING][-1:]
            predicates += [(Condition(column, "from", value),) for value in present[-1:] if value == last]
    chosen = rng.permutation(len(predicates))[:PREDICATES]
    return [predicates[at] for at in chosen]


def _describe_rows(synthetic: Points, rng: np.random.Generator) -> list[Predicate]:
    """Random rows by some of their columns, kept where no other synthetic row fits."""
    if synthetic.columns < 2:
        return []
    middles = [
        float(np.median(values[values < MISSING])) if (values < MISSING).any() else 0.0
        for values in synthetic.numbers
    ]
    kept: dict[Predicate, None] = {}
    for _ in range(_ATTEMPTS * PREDICATES):
        if len(kept) == PREDICATES:
            break
        predicate = _describe(synthetic, middles, rng)
        if _fits(predicate, synthetic).sum() == 1:
            kept[predicate] = None
    return list(kept)


def _describe(synthetic: Points, middles: Sequence[float], rng: np.random.Generator) -> Predicate:
    row = int(rng.integers(len(synthetic)))
    columns = rng.choice(synthetic.columns, min(CONDITIONS, synthetic.columns), replace=False)
    return tuple(_describe_cell(synthetic, middles, row, int(column)) for column in np.sort(columns))


def _describe_cell(synthetic: Points, middles: Sequence[float], row: int, column: int) -> Condition:
    numbers = len(synthetic.numbers)
    if column >= numbers:
        return Condition(column, "equals", float(synthetic.codes[column - numbers, row]))
    value = float(synthetic.numbers[column, row])
    if value >= MISSING:
        return Condition(column, "equals", value)
    return Condition(column, "from" if value >= middles[column] else "to", value)
