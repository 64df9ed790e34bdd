from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.evaluation.classifiers.detection import compute_detection
from pipeline.evaluation.results_fidelity import Detection
from tests.unit.evaluation.fidelity_cases import COLUMNS, draw_table, shuffle_columns

TRAINING, HOLDOUT = draw_table(400, 1), draw_table(300, 2)


def detect(synthetic: pd.DataFrame, holdout: pd.DataFrame = HOLDOUT) -> Detection:
    return compute_detection(TRAINING, synthetic, holdout, COLUMNS)


def test_holdout_rows_cannot_be_told_from_training_rows() -> None:
    found = detect(HOLDOUT)
    assert found.auc == found.ceiling
    assert found.auc.low <= 0.5 <= found.auc.high
    assert found.auc.value == pytest.approx(0.5, abs=0.06)
    assert found.telling == ()
    assert "cannot tell" in found.finding
    assert (found.rows, found.ceiling_rows) == (300, 300)


def test_shuffled_columns_are_told_apart_by_the_columns_that_were_related() -> None:
    found = detect(shuffle_columns(TRAINING, 3))
    assert found.auc.low > 0.8
    assert {"age", "balance"} & {one.column for one in found.telling}
    assert found.telling[0].loss == max(one.loss for one in found.telling)
    assert "better than by guessing" in found.finding


def test_training_rows_as_synthetic_ones_point_to_the_copies() -> None:
    found = detect(TRAINING)
    assert found.auc.high < 0.5
    assert "repeat real ones" in found.finding


def test_a_shifted_column_is_named_first() -> None:
    fresh = draw_table(400, 4)
    found = detect(fresh.assign(balance=fresh["balance"].round(-3)))
    assert found.auc.low > 0.7
    assert found.telling[0].column == "balance"


@pytest.mark.parametrize(
    "spoilt",
    [
        {"balance": np.nan},
        {"group": "never seen"},
        {"opened": pd.NaT},
    ],
)
def test_column_without_values_or_with_unseen_categories_gives_rows_away(spoilt: dict) -> None:
    found = detect(draw_table(400, 5).assign(**spoilt))
    assert found.auc.low > 0.8
    assert found.telling[0].column == next(iter(spoilt))


def test_too_few_rows_are_a_sentence_and_the_ceiling_stands() -> None:
    found = detect(draw_table(2, 6))
    assert found.auc is None
    assert found.finding == "The synthetic table has 2 rows; 50 are needed."
    assert found.ceiling is not None


def test_without_holdout_there_is_no_ceiling_and_a_reason() -> None:
    found = detect(draw_table(400, 7), HOLDOUT.head(0))
    assert found.ceiling is None
    assert found.ceiling_reason == "The holdout table has 0 rows; 50 are needed."
    assert found.auc is not None


def test_table_of_constants_and_empty_columns_gives_guessing_or_a_sentence() -> None:
    columns = [
        ModelledColumn("same", ModelledType.CATEGORICAL),
        ModelledColumn("empty", ModelledType.NUMERICAL),
    ]
    table = pd.DataFrame({"same": ["a"] * 60, "empty": np.full(60, np.nan)})
    found = compute_detection(table, table, table, columns)
    assert found.auc.value == 0.5
    assert found.skipped == {"empty": "the column holds no values in any table"}
    found = compute_detection(table, table, table, columns[1:])
    assert found.auc is None
    assert found.finding == "No column can be read by a classifier."


def test_the_same_seed_gives_the_same_numbers() -> None:
    fresh = draw_table(150, 8)
    assert detect(fresh) == detect(fresh)
