"""The stages of a training, measured alike."""

from __future__ import annotations

import pytest

from pipeline.evaluation.quality.baselines import compute_ends
from pipeline.evaluation.stages import HMA, MOST_ROWS, PLAIN, REFINED, measure_stages
from tests.unit.evaluation.fidelity_cases import COLUMNS, draw_table, shuffle_columns

TRAINING, HOLDOUT = draw_table(1_200, 1), draw_table(400, 2)


def test_each_stage_is_scored_on_as_many_rows() -> None:
    like, shuffled = draw_table(3_000, 3), shuffle_columns(draw_table(800, 4), 5)
    plain, refined = measure_stages(TRAINING, HOLDOUT, COLUMNS, {PLAIN: shuffled, REFINED: like}, seed=0)
    assert [(one.stage, one.rows) for one in (plain, refined)] == [(PLAIN, 800), (REFINED, 800)]
    assert refined.quality > plain.quality
    assert refined.auc < 0.56 < plain.auc


def test_no_more_rows_are_measured_than_order_the_stages() -> None:
    (found,) = measure_stages(TRAINING, HOLDOUT, COLUMNS, {HMA: draw_table(5_000, 3)}, seed=0)
    assert found.rows == MOST_ROWS


def test_without_holdout_there_is_no_quality_and_too_few_rows_have_no_auc() -> None:
    (found,) = measure_stages(TRAINING, HOLDOUT.head(0), COLUMNS, {HMA: draw_table(20, 3)}, seed=0)
    assert (found.quality, found.auc, found.rows) == (None, None, 20)


def test_floor_and_ceiling_stand_beside_every_quality() -> None:
    like, shuffled = draw_table(800, 3), shuffle_columns(draw_table(800, 4), 5)
    ends = compute_ends(TRAINING, HOLDOUT, COLUMNS, 800, seed=0)
    tables = {PLAIN: shuffled, REFINED: like}
    plain, refined = measure_stages(TRAINING, HOLDOUT, COLUMNS, tables, 0, ends)
    assert all(
        (one.floor, one.ceiling) == (ends.floor, ends.ceiling) for one in (plain.figure, refined.figure)
    )
    assert plain.figure.score == pytest.approx(plain.figure.floor, abs=0.02)
    assert refined.figure.place == pytest.approx(1.0, abs=0.25)


def test_an_unrefined_fit_has_no_stages() -> None:
    assert measure_stages(TRAINING, HOLDOUT, COLUMNS, {}, seed=0) == ()
