from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.evaluation.privacy.singling_out import Condition, evaluate_singling_out
from pipeline.evaluation.privacy.space import MISSING, Points
from pipeline.evaluation.results import PrivacyFinding, Verdict
from tests.unit.evaluation.privacy.privacy_cases import draw_people, place_people

POINTS = Points(
    ("age", "group"),
    np.array([[0.0, 0.5, 1.0, MISSING]], dtype=np.float32),
    np.array([[0, 1, -1, 1]], dtype=np.int32),
)


def evaluate(
    training: pd.DataFrame, holdout: pd.DataFrame, synthetic: pd.DataFrame
) -> tuple[PrivacyFinding, ...]:
    return evaluate_singling_out(*place_people(training, holdout, synthetic), np.random.default_rng(0))


@pytest.mark.parametrize(
    ("condition", "fits"),
    [
        (Condition(0, "from", 0.5), [False, True, True, False]),
        (Condition(0, "to", 0.5), [True, True, False, False]),
        (Condition(0, "equals", 0.5), [False, True, False, False]),
        (Condition(0, "equals", float(MISSING)), [False, False, False, True]),
        (Condition(1, "equals", 1), [False, True, False, True]),
        (Condition(1, "equals", -1), [False, False, True, False]),
    ],
)
def test_missing_values_fit_only_a_condition_that_asks_for_them(
    condition: Condition, fits: list[bool]
) -> None:
    assert condition.fits(POINTS).tolist() == fits


def test_fresh_rows_single_out_holdout_rows_as_often() -> None:
    found = evaluate(draw_people(1, 600), draw_people(2, 300), draw_people(3, 600))
    assert [finding.verdict for finding in found] == [Verdict.PASS, Verdict.PASS]


def test_training_rows_as_a_table_single_out_their_people() -> None:
    training = draw_people(1, 600)
    single, several = evaluate(training, draw_people(2, 300), training)
    assert (single.verdict, several.verdict) == (Verdict.FAIL, Verdict.FAIL)
    assert single.value > 0.7


def test_the_same_seed_tries_the_same_descriptions() -> None:
    tables = draw_people(1, 200), draw_people(2, 100), draw_people(3, 200)
    assert evaluate(*tables) == evaluate(*tables)


def test_table_without_rare_values_is_not_measured() -> None:
    rng = np.random.default_rng(0)
    coarse = draw_people(1, 300).assign(
        balance=rng.integers(0, 3, 300), joined=pd.Timestamp("2020-01-01"), age=30
    )
    single, several = evaluate(coarse, coarse, coarse)
    assert (single.verdict, several.verdict) == (None, None)
    assert (
        "50 descriptions of one value that fit one synthetic row alone are needed and 0 were"
        in single.sentence
    )
