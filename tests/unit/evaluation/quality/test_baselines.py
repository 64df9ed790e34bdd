from __future__ import annotations

import pandas as pd
import pytest

from pipeline.evaluation.quality.baselines import (
    compute_baselines,
    compute_bounds,
    compute_ends,
    count_comparable_rows,
)
from pipeline.evaluation.quality.score import compute_quality
from pipeline.evaluation.results_fidelity import Baseline, Baselines
from tests.unit.evaluation.fidelity_cases import (
    COLUMNS,
    INCOME_COLUMNS,
    draw_incomes,
    draw_table,
    shuffle_columns,
)

TRAINING, HOLDOUT = draw_table(800, 1), draw_table(400, 2)


def beside(synthetic: pd.DataFrame, holdout: pd.DataFrame = HOLDOUT) -> Baselines:
    rows = count_comparable_rows(TRAINING, holdout, synthetic)
    bounds = compute_bounds(TRAINING, holdout, COLUMNS, rows)
    return compute_baselines(TRAINING, synthetic, COLUMNS, bounds)


def test_holdout_as_synthetic_table_scores_its_own_ceiling_everywhere() -> None:
    found = beside(HOLDOUT)
    assert found.rows == 400
    assert found.overall.share_of_ceiling == 1.0
    assert {one.gap for one in (*found.columns, *found.pairs)} == {0.0}


def test_fresh_rows_of_the_population_come_close_to_the_ceiling_and_clear_the_floor() -> None:
    found = beside(draw_table(2000, 3))
    assert found.rows == 400
    assert found.overall.gap == pytest.approx(0.0, abs=0.02)
    assert found.strong_pair_trends.floor < found.strong_pair_trends.score - 0.2


def test_training_rows_as_synthetic_table_reach_the_ceiling_and_score_one_over_all_rows() -> None:
    assert compute_quality(TRAINING, TRAINING, COLUMNS).score == pytest.approx(1.0)
    assert beside(TRAINING).overall.share_of_ceiling >= 1.0


def test_shuffled_columns_keep_shapes_at_the_ceiling_and_pairs_at_the_floor() -> None:
    found = beside(shuffle_columns(TRAINING, 4))
    assert found.column_shapes.gap == pytest.approx(0.0, abs=0.02)
    assert found.strong_pair_trends.score == pytest.approx(found.strong_pair_trends.floor, abs=0.03)
    assert found.column_pair_trends.gap > 0.2
    assert found.worst_pairs[0].gap == max(pair.gap for pair in found.pairs)
    assert found.worst_pairs[0].item == "group × age"


def test_a_long_tail_leaves_the_floor_below_the_ceiling_and_fresh_rows_above_shuffled_ones() -> None:
    training, holdout, fresh = draw_incomes(1200, 1), draw_incomes(300, 2), draw_incomes(1200, 3)
    bounds = compute_bounds(training, holdout, INCOME_COLUMNS, 300)
    good = compute_baselines(training, fresh, INCOME_COLUMNS, bounds)
    poor = compute_baselines(training, shuffle_columns(training, 4), INCOME_COLUMNS, bounds)
    for one, other in zip(good.means, poor.means, strict=True):
        assert one.score > other.score or one is good.column_shapes
    assert good.overall.floor + 0.03 < good.overall.ceiling
    assert good.overall.score == pytest.approx(good.overall.ceiling, abs=0.02)
    assert poor.overall.score == pytest.approx(poor.overall.floor, abs=0.02)


def test_a_spoilt_column_ranks_first_among_columns_and_in_pairs() -> None:
    fresh = draw_table(400, 5)
    found = beside(fresh.assign(member=False))
    assert found.worst_columns[0].item == "member"
    assert "member" in found.worst_pairs[0].item


def test_the_same_seed_gives_the_same_bounds() -> None:
    assert compute_bounds(TRAINING, HOLDOUT, COLUMNS, 100) == compute_bounds(TRAINING, HOLDOUT, COLUMNS, 100)


def test_bounds_of_fewer_rows_are_lower() -> None:
    few, many = (compute_bounds(TRAINING, HOLDOUT, COLUMNS, rows).ceiling.score for rows in (20, 400))
    assert few < many - 0.05


def test_without_holdout_there_is_a_floor_and_a_reason_for_the_missing_ceiling() -> None:
    found = beside(draw_table(300, 6), holdout=HOLDOUT.head(0))
    assert found.rows == 300
    assert found.overall.ceiling is None
    assert found.overall.floor is not None
    assert "no holdout rows" in found.reason
    assert found.worst_columns == ()


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_tiny_tables_are_compared_with_equally_tiny_ones(rows: int) -> None:
    found = beside(draw_table(rows, 7))
    assert found.rows == rows
    every = (found.overall, *found.columns, *found.pairs)
    assert all(one.score is None or 0.0 <= one.score <= 1.0 for one in every)
    assert (found.overall.sentence == "not measured") == (rows == 0)


def test_sentence_sets_the_score_between_ceiling_and_floor() -> None:
    assert Baseline("score", 0.871, 0.97, 0.62).sentence == "0.871 (floor 0.620, ceiling 0.970)"
    assert Baseline("score", 0.871, None, 0.62).sentence == "0.871 (floor 0.620)"
    assert Baseline("score", None, 0.97, 0.62).sentence == "not measured"


def test_a_single_column_has_a_ceiling_and_no_floor_since_shuffling_changes_nothing() -> None:
    single, pair = (compute_ends(TRAINING, HOLDOUT, columns, 400, 0) for columns in (COLUMNS[:1], COLUMNS))
    assert single.floor is None
    assert 0.9 < single.ceiling <= 1.0
    assert pair.floor < pair.ceiling
    assert pair.chance == pytest.approx(0.29 / 20)


def test_share_of_a_ceiling_of_zero_is_undefined() -> None:
    assert Baseline("a × b", 0.0, 0.0, 0.0).share_of_ceiling is None
    assert Baseline("a × b", 0.5, 0.8, None).share_of_ceiling == 0.625


def place(score: float | None, floor: float | None, ceiling: float | None, rows: int = 10_000) -> Baselines:
    overall = Baseline("score", score, ceiling, floor)
    return Baselines(rows, overall, overall, overall, overall, (), ())


@pytest.mark.parametrize(
    ("score", "floor", "ceiling", "finding"),
    [
        (0.80, 0.88, 0.97, "Worse than independent columns, which score 0.880: train longer, or let auto"),
        (0.93, 0.88, 0.97, ""),
        (0.97, 0.88, 0.97, ""),
        (0.90, 0.899, 0.900, "Independent columns score 0.899 here and real rows 0.900, so that"),
        (0.80, 0.899, 0.900, "Worse than independent columns"),
        (0.80, 0.88, None, "Worse than independent columns"),
        (0.90, 0.88, None, ""),
        (None, 0.88, 0.97, ""),
        (0.90, None, 0.97, ""),
    ],
)
def test_a_score_that_is_not_what_it_seems_is_a_finding_in_words(
    score: float | None, floor: float | None, ceiling: float | None, finding: str
) -> None:
    found = place(score, floor, ceiling).finding
    assert found.startswith(finding)
    assert bool(found) == bool(finding)


def test_a_score_just_below_the_floor_of_few_rows_is_no_better_than_independent_columns() -> None:
    assert place(0.875, 0.88, 0.97, rows=500).finding.startswith("No better than independent columns")
    assert place(0.875, 0.88, 0.97, rows=10_000).finding.startswith("Worse")
    assert place(0.879, 0.88, 0.881, rows=500).finding.startswith("Independent columns score 0.880 here")


def test_a_single_column_has_a_ceiling_and_no_floor() -> None:
    bounds = compute_bounds(TRAINING, HOLDOUT, COLUMNS[:1], 400)
    found = compute_baselines(TRAINING, draw_table(800, 3), COLUMNS[:1], bounds)
    assert found.overall.floor is None
    assert found.overall.ceiling == pytest.approx(1.0, abs=0.05)
    assert not found.is_below_floor
