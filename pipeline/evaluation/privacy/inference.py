"""Attribute inference: can an attacker with all but one value of a person's row read the last off the table?

As in Anonymeter (Giomi et al., arXiv:2211.10459): the attacker takes the synthetic row nearest to
the known values and guesses its value for the secret. What also succeeds on holdout rows is knowledge
about people in general; only what succeeds more often on training rows is a leak.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pipeline.evaluation.privacy.distances import measure_numbers, sum_blocks
from pipeline.evaluation.privacy.intervals import Interval, bound_excess, bound_share, errors_for
from pipeline.evaluation.privacy.space import MISSING, Points
from pipeline.evaluation.privacy.verdicts import conclude_excess, not_measured
from pipeline.evaluation.results import PrivacyFinding

TARGETS = 1000
"""People attacked in each group."""

SECRETS = 20
"""Columns attacked at most: the first ones that vary."""

CLOSE_ENOUGH = 0.1
"""A number is guessed when it lies within this share of the column's standard deviation."""


class _Attack(NamedTuple):
    column: str
    excess: Interval
    main: Interval
    control: Interval


def evaluate_inference(training: Points, holdout: Points, synthetic: Points) -> PrivacyFinding:
    """The column that training rows reveal most, against the same guesses about holdout rows."""
    name, what = "attribute_inference", "Attribute inference"
    secrets = [at for at in range(training.columns) if _varies(training, at)][:SECRETS]
    if training.columns < 2 or not secrets:
        return not_measured(name, what, "it takes two columns, one of them with several values")
    targets = [points.take(slice(TARGETS)) for points in (training, holdout)]
    guessed, controls = (_guess(points, synthetic, training, secrets) for points in targets)
    errors = errors_for(len(secrets))
    attacks = [
        _compare(training.names[secret], hits, controlled, errors)
        for secret, hits, controlled in zip(secrets, guessed, controls, strict=True)
    ]
    # The column with the surest excess is reported: the largest one may be noise.
    found = max(attacks, key=lambda attack: attack.excess.low)
    sentence = (
        f'An attacker who knows all other values of a person guesses "{found.column}" correctly for '
        f"{found.main.value:.1%} of {len(targets[0]):,} training rows and {found.control.value:.1%} of "
        f"{len(targets[1]):,} holdout rows, the surest excess among {len(secrets)} of "
        f"{training.columns} columns."
    )
    return conclude_excess(name, found.excess, found.control, sentence)


def _varies(points: Points, at: int) -> bool:
    values = _column(points, at)
    return len(values) > 0 and bool((values != values[0]).any())


def _column(points: Points, at: int) -> np.ndarray:
    numbers = len(points.numbers)
    return points.numbers[at] if at < numbers else points.codes[at - numbers]


def _compare(column: str, hits: np.ndarray, controlled: np.ndarray, errors: float) -> _Attack:
    main = bound_share(int(hits.sum()), len(hits), errors)
    control = bound_share(int(controlled.sum()), len(controlled), errors)
    return _Attack(column, bound_excess(main, control), main, control)


def _guess(targets: Points, synthetic: Points, training: Points, secrets: list[int]) -> np.ndarray:
    """Which guesses are right, booleans of shape (secrets, targets)."""
    right = np.zeros((len(secrets), len(targets)), dtype=bool)
    for start, sums in sum_blocks(targets, synthetic):
        part = targets.take(slice(start, start + len(sums)))
        for row, secret in enumerate(secrets):
            values, others = _column(part, secret), _column(synthetic, secret)
            # Without the secret's own distance, what is left is the distance over the attacker's columns.
            guesses = others[(sums - _differ(values[:, None], others)).argmin(axis=1)]
            allowed = _allowance(_column(training, secret))
            right[row, start : start + len(sums)] = _differ(values, guesses) <= allowed
    return right


def _differ(values: np.ndarray, others: np.ndarray) -> np.ndarray:
    if values.dtype == np.int32:
        return (values != others).astype(np.float32)
    return measure_numbers(values, others, np.empty(np.broadcast(values, others).shape, dtype=np.float32))


def _allowance(values: np.ndarray) -> float:
    if values.dtype == np.int32:
        return 0.0
    return CLOSE_ENOUGH * float(values[values < MISSING].std(dtype=float))
