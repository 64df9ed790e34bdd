"""What the bench of `auto` says of scores that reach its goals, and of those that do not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.benchmarks.bench_auto import Found, check_goals, combine_seeds, print_beside, print_detected
from tests.benchmarks.judges import Detected, Likeness, Risk


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


def test_the_aucs_stand_beside_what_columns_and_dependence_give_away(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_detected(Detected(0.49, 0.5), Detected(0.55, 0.52))
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        ["against", "AUC", "columns", "dependence"],
        ["training", "rows", "0.490", "0.500", "-0.010"],
        ["unseen", "rows", "0.550", "0.520", "+0.030"],
    ]


def test_upstream_stands_beside_auto(capsys: pytest.CaptureFixture[str]) -> None:
    risk = Risk(None, None, None, None, 0.0, 0.0)
    likeness = Likeness(0.98, 0.5, quality=0.985, floor=0.975, ceiling=0.99)
    auto = Found(likeness, risk, Detected(0.49, 0.5), Detected(0.55, 0.5), 21.04)
    upstream = Found(replace(likeness, quality=0.9), risk, Detected(0.97, 0.9), Detected(0.98, 0.9), 28.0)
    print_beside({"auto": auto, "ctgan upstream": upstream})
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    ends = [f"{one:.3f}" for one in (likeness.floor, likeness.ceiling)]
    assert lines[1] == ["auto", f"{likeness.quality:.3f}", *ends, "0.980", "0.490", "0.550", "21.0"]
    assert lines[2] == ["ctgan", "upstream", "0.900", *ends, "0.980", "0.970", "0.980", "28.0"]


def test_seeds_are_combined_by_their_medians() -> None:
    likeness, risk = Likeness(0.98, 0.5), Risk(None, None, None, None, 0.0, 0.0)
    seeds = [
        Found(likeness, risk, Detected(rows, 0.5), Detected(0.5, None), rows) for rows in (0.5, 0.6, 0.9)
    ]
    found = combine_seeds(seeds)
    assert (found.training, found.unseen, found.seconds) == (Detected(0.6, 0.5), Detected(0.5, None), 0.6)
