"""The rule for the shares of one column, from every surface."""

from __future__ import annotations

import pytest

from pipeline.datasets.shares import find_share_fault


@pytest.mark.parametrize(
    ("shares", "is_complete"),
    [
        ({}, False),
        ({"a": 0.0, "b": 1}, True),
        ({"a": 0.7, "b": 0.2}, False),
        (dict.fromkeys(range(10), 0.1), True),
        ({"a": 1 + 1e-12 - 1e-12, "b": 1e-10}, True),
    ],
)
def test_shares_that_can_be_met_have_no_fault(shares, is_complete):
    assert find_share_fault(shares, is_complete) is None


@pytest.mark.parametrize(
    ("shares", "is_complete", "message"),
    [
        ({"a": 0.7, "b": 0.5}, False, "the shares add up to 120% of the rows"),
        ({"a": 0.7, "b": 0.5}, True, "the shares add up to 120% of the rows"),
        ({"a": 0.5, "b": 0.4}, True, "the shares of all its values add up to 90% of the rows"),
        ({"a": -0.1, "b": 0.4}, False, "the share of 'a' is -0.1"),
        ({"a": 1.5}, False, "the share of 'a' is 1.5"),
        ({"a": float("nan")}, False, "the share of 'a' is nan"),
        ({3: "half"}, False, "the share of 3 is 'half'"),
        ({"a": None}, True, "the share of 'a' is None"),
    ],
)
def test_a_fault_says_which_share_or_which_sum(shares, is_complete, message):
    assert find_share_fault(shares, is_complete).message == message
