"""Training by sampling: frequencies of conditions, and real rows that meet them."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.synthesizers.ctgan.conditions import ConditionOdds, RowLookup, count_conditions
from pipeline.synthesizers.ctgan.layout import Layout

LAYOUT = Layout((3, 2), ())
CODES = np.column_stack([np.repeat([0, 1, 2], [900, 90, 10]), np.tile([0, 1, 1, 1], 250)])
COUNTS = np.array([900, 90, 10, 250, 750])
DRAWS = 200_000


def test_counts_of_every_category():
    assert count_conditions(CODES, LAYOUT).tolist() == COUNTS.tolist()


@pytest.mark.parametrize("logarithmic", [True, False])
def test_conditions_follow_the_frequencies_of_a_field_drawn_evenly(logarithmic):
    odds = ConditionOdds.of_counts(COUNTS, LAYOUT, logarithmic)
    drawn = np.bincount(odds.draw(np.random.default_rng(0), DRAWS), minlength=5) / DRAWS
    weights = np.log(COUNTS + 1) if logarithmic else COUNTS
    expected = np.concatenate([weights[:3] / weights[:3].sum(), weights[3:] / weights[3:].sum()]) / 2
    assert drawn == pytest.approx(expected, abs=0.004)


def test_a_category_without_rows_is_never_a_condition():
    odds = ConditionOdds.of_counts(np.array([5, 0, 5]), Layout((3,), ()), logarithmic=True)
    assert set(odds.draw(np.random.default_rng(0), 10_000).tolist()) == {0, 2}


def test_rows_meet_their_conditions_and_are_drawn_evenly():
    lookup = RowLookup(CODES, LAYOUT)
    conditions = np.repeat(np.arange(5), 20_000).reshape(5, 20_000)
    rows = lookup.draw(np.random.default_rng(1), conditions)
    for condition, field, code in [(0, 0, 0), (1, 0, 1), (2, 0, 2), (3, 1, 0), (4, 1, 1)]:
        assert (CODES[rows[condition], field] == code).all()
    rare = np.bincount(rows[2] - 990, minlength=10) / 20_000
    assert rare == pytest.approx(np.full(10, 0.1), abs=0.01)


def test_a_table_without_categories_has_no_odds():
    layout = Layout((), (4,))
    counts = count_conditions(np.zeros((5, 1), dtype=np.int64), layout)
    assert counts.size == 0
    assert ConditionOdds.of_counts(counts, layout, logarithmic=True).cumulative.size == 0
