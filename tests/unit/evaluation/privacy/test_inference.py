from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.evaluation.privacy.inference import evaluate_inference
from pipeline.evaluation.privacy.space import place
from pipeline.evaluation.results import PrivacyFinding, Verdict
from tests.unit.evaluation.privacy.privacy_cases import draw_people, place_people

NUMBERS = tuple(ModelledColumn(name, ModelledType.NUMERICAL) for name in ("x", "y"))


def evaluate_numbers(*tables: pd.DataFrame) -> PrivacyFinding:
    training, holdout, synthetic = place(NUMBERS, tables)
    return evaluate_inference(training, holdout, synthetic)


def draw_line(seed: int, rows: int) -> pd.DataFrame:
    x = np.random.default_rng(seed).random(rows)
    return pd.DataFrame({"x": x, "y": 2 * x})


def test_fresh_rows_tell_no_more_about_training_rows() -> None:
    found = evaluate_inference(*place_people(draw_people(1, 600), draw_people(2, 400), draw_people(3, 600)))
    assert found.verdict is Verdict.PASS


def test_training_rows_as_a_table_give_their_values_away() -> None:
    training = draw_people(1, 500)
    found = evaluate_inference(*place_people(training, draw_people(2, 300), training))
    assert found.verdict is Verdict.FAIL
    assert found.low > 0.5


def test_what_holds_for_everybody_is_no_leak() -> None:
    found = evaluate_numbers(draw_line(1, 200), draw_line(2, 200), draw_line(3, 500))
    assert found.baseline == pytest.approx(1.0)
    assert found.verdict is Verdict.PASS


def test_the_column_that_leaks_is_named() -> None:
    rng = np.random.default_rng(0)
    tables = [pd.DataFrame({"x": rng.permutation(400), "y": rng.integers(0, 2, 400) * 50}) for _ in range(3)]
    found = evaluate_numbers(tables[0], tables[1], tables[0].assign(x=tables[0]["x"] + 0.25))
    assert found.verdict is Verdict.FAIL
    assert 'guesses "y" correctly for 100.0%' in found.sentence


@pytest.mark.parametrize("tables", [pd.DataFrame({"x": [1.0] * 30, "y": [2.0] * 30})])
def test_constant_columns_hold_no_secret(tables: pd.DataFrame) -> None:
    found = evaluate_numbers(tables, tables, tables)
    assert found.verdict is None
    assert "it takes two columns, one of them with several values" in found.sentence
