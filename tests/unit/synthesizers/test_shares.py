"""Shares of categories: what is refused, and counts that are exact in every column."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import SamplingError
from pipeline.synthesizers.columns import CategoryEncoding
from pipeline.synthesizers.shares import apportion, plan_cells, resolve_shares

GENDER = CategoryEncoding("gender", "object", ("Female", "Male"))
BLOOD = CategoryEncoding("blood", "object", ("A", "AB", "B", "O"))
CATEGORIES = {"gender": GENDER, "blood": BLOOD}
COLUMNS = ("gender", "blood", "age")


def _targets(shares):
    return resolve_shares(shares, CATEGORIES, COLUMNS)


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ({"gendre": {"Female": 0.5}}, 'no modelled column "gendre"'),
        ({"age": {30: 0.5}}, 'Column "age" is not categorical'),
        ({"gender": {"Femal": 0.5}}, "no category 'Femal'"),
        ({"gender": {"Female": 0.7, "Male": 0.5}}, "shares add up to 120%"),
        ({"gender": {"Female": 0.5, "Male": 0.4}}, "all its values add up to 90%"),
        ({"gender": {"Female": -0.1}}, "share of 'Female' is -0.1"),
        ({"gender": {"Female": float("nan")}}, "share of 'Female' is nan"),
        ({"gender": {"Female": "half"}}, "share of 'Female' is 'half'"),
    ],
)
def test_resolve_refuses_with_the_reason(shares, message):
    with pytest.raises(SamplingError, match=message):
        _targets(shares)


def test_resolve_keeps_the_rest_as_one_group():
    (target,) = _targets({"blood": {"O": 0.4, "A": 0.1}})
    assert target.fractions.tolist() == [0.4, 0.1, 0.5]
    assert target.group_of_code.tolist() == [1, 2, 2, 0]
    assert target.codes_of(2).tolist() == [1, 2]


def test_resolve_ignores_a_column_without_shares():
    assert _targets({"blood": {}}) == ()


@pytest.mark.parametrize(
    ("fractions", "rows", "counts"),
    [
        ([0.5, 0.5], 1001, [501, 500]),
        ([1 / 3, 1 / 3, 1 / 3], 100, [34, 33, 33]),
        ([0.29, 0.71], 100, [29, 71]),
        ([1.0], 7, [7]),
        ([0.0, 1.0], 3, [0, 3]),
    ],
)
def test_apportion_by_largest_remainder(fractions, rows, counts):
    assert apportion(np.array(fractions), rows).tolist() == counts


@given(
    female=st.floats(0, 1),
    named=st.lists(st.floats(0, 1), min_size=2, max_size=2),
    rows=st.integers(1, 500),
    seed=st.integers(0, 9),
)
def test_plan_meets_every_margin_exactly(female, named, rows, seed):
    total = sum(named)
    first, second = (share / max(total, 1) for share in named)
    targets = _targets({"gender": {"Female": female}, "blood": {"A": first, "O": second}})
    rng = np.random.default_rng(seed)
    observed = (rng.integers(0, 2, 200), rng.integers(0, 2, 200))
    plan = plan_cells(targets, observed, rows)
    assert (plan >= 0).all()
    assert plan.sum(axis=1).tolist() == apportion(targets[0].fractions, rows).tolist()
    assert plan.sum(axis=0).tolist() == apportion(targets[1].fractions, rows).tolist()


def test_plan_keeps_the_dependence_of_the_columns():
    targets = _targets({"gender": {"Female": 0.5}, "blood": {"A": 0.5}})
    gender = np.repeat([0, 1], [300, 700])
    plan = plan_cells(targets, (gender, gender), 1000)
    assert plan.tolist() == [[500, 0], [0, 500]]


def test_plan_of_three_columns_is_exact():
    third = CategoryEncoding("plan", "object", ("basic", "gold", "plus"))
    shares = {"gender": {"Female": 0.37}, "blood": {"AB": 0.11, "O": 0.3}, "plan": {"gold": 0.07}}
    targets = resolve_shares(shares, {**CATEGORIES, "plan": third}, COLUMNS)
    rng = np.random.default_rng(0)
    observed = (rng.integers(0, 2, 500), rng.integers(0, 3, 500), rng.integers(0, 2, 500))
    plan = plan_cells(targets, observed, 997)
    for axis, target in enumerate(targets):
        others = tuple(other for other in range(3) if other != axis)
        assert plan.sum(axis=others).tolist() == apportion(target.fractions, 997).tolist()


@pytest.mark.parametrize(
    ("shares", "groups", "rows"),
    [
        # One unit a cell does not use up what the floors leave: no plan here is exact without free pairing.
        ([(0.6, 0.4)] * 4, [[0] * 12] * 4, 7),
        ([(0.2, 0.3, 0.5), (0.25, 0.25, 0.25, 0.25)], [[0, 1, 2] * 4, [0, 1, 2, 3] * 3], 10),
        ([(0.3, 0.7), (0.3, 0.3, 0.4), (0.25, 0.25, 0.5)], [[0] * 12] * 3, 19),
    ],
)
def test_plan_pairs_what_the_fractions_leave_over(shares, groups, rows):
    names = [f"column {place}" for place in range(len(shares))]
    encodings = {
        name: CategoryEncoding(name, "object", tuple("abcd"[: len(fractions)]))
        for name, fractions in zip(names, shares, strict=True)
    }
    wanted = {
        name: dict(zip("abcd", fractions, strict=False))
        for name, fractions in zip(names, shares, strict=True)
    }
    targets = resolve_shares(wanted, encodings, tuple(names))
    plan = plan_cells(targets, tuple(map(np.array, groups)), rows)
    assert (plan >= 0).all()
    for axis, target in enumerate(targets):
        others = tuple(other for other in range(plan.ndim) if other != axis)
        assert plan.sum(axis=others).tolist() == apportion(target.fractions, rows).tolist()
