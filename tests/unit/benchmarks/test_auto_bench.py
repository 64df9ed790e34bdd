"""What the bench of `auto` says of scores that reach its goals, and of those that do not."""

from __future__ import annotations

import pytest

from tests.benchmarks.bench_auto import check_goals
from tests.benchmarks.judges import Likeness, Risk


def score(unseen_quality: float | None, auc: float | None, low: float, high: float) -> list[bool]:
    likeness = Likeness(unseen_quality, auc, training_auc=None if auc is None else 0.5)
    risk = Risk((low + high) / 2, low, high, 0.5, 0.0, 0.0)
    return [goal.is_met for goal in check_goals(likeness, risk, 20.0, 0.97)]


@pytest.mark.parametrize(
    ("unseen_quality", "auc", "low", "high", "met"),
    [
        (0.98, 0.54, 0.49, 0.52, [True, True, True, True]),
        (0.96, 0.56, 0.51, 0.54, [False, False, False, True]),
        (None, None, 0.40, 0.49, [False, False, False, True]),
    ],
)
def test_each_goal_is_checked_against_its_own_number(
    unseen_quality: float | None, auc: float | None, low: float, high: float, met: list[bool]
) -> None:
    assert score(unseen_quality, auc, low, high) == met


def test_more_than_half_a_minute_misses_the_goal() -> None:
    goals = check_goals(Likeness(0.98, 0.5), Risk(None, None, None, None, 0.0, 0.0), 31.0, 0.97)
    assert [goal.is_met for goal in goals] == [True, False, False, False]
    assert goals[-1].reached == "31.0000"
