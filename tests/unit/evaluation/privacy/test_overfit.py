from __future__ import annotations

import pandas as pd
import pytest
from sdmetrics.single_table import DCROverfittingProtection

from pipeline.evaluation.privacy.overfit import ClosestRecords, compare_closest, evaluate_overfit
from pipeline.evaluation.results import Verdict
from tests.unit.evaluation.privacy.privacy_cases import COLUMNS, draw_people, place_people


def with_equal_ranges(table: pd.DataFrame) -> pd.DataFrame:
    """Two rows with the ends of every range, so that sdmetrics scales both real tables alike."""
    ends = pd.DataFrame(
        {
            "group": ["a", "b"],
            "member": [True, False],
            "age": [0.0, 120.0],
            "balance": [0.0, 1e5],
            "joined": pd.to_datetime(["2010-01-01", "2030-01-01"]),
        }
    )
    return pd.concat([table, ends], ignore_index=True)


def test_score_is_that_of_sdmetrics() -> None:
    training, holdout = with_equal_ranges(draw_people(1, 40)), with_equal_ranges(draw_people(2, 40))
    synthetic = pd.concat([draw_people(3, 20), training.head(20)], ignore_index=True)
    columns = {column.name: {"sdtype": column.kind.value} for column in COLUMNS}
    expected = DCROverfittingProtection.compute_breakdown(
        training, synthetic, holdout, {"tables": {"t": {"columns": columns}}}, "t"
    )
    found = compare_closest(*place_people(training, holdout, synthetic))
    assert found.protection == pytest.approx(expected["score"])
    shares = expected["synthetic_data_percentages"]
    assert found.closer / len(synthetic) == pytest.approx(shares["closer_to_training"])


def test_fresh_rows_lie_as_near_to_either_side() -> None:
    found = evaluate_overfit(
        compare_closest(*place_people(draw_people(1, 600), draw_people(2, 300), draw_people(3, 900)))
    )
    assert found.verdict is Verdict.PASS
    assert found.low < 0.5 < found.high


def test_training_rows_raise_the_alarm_but_never_fail() -> None:
    training = draw_people(1, 300)
    found = evaluate_overfit(compare_closest(*place_people(training, draw_people(2, 300), training)))
    assert (found.verdict, found.value) == (Verdict.LOOK, 1.0)
    assert found.sentence.endswith("surely more than half. This alone is weak evidence.")
    assert found.method.startswith("distance to the closest record (DCR)")


def test_rows_with_one_nearest_neighbour_count_as_one() -> None:
    training, holdout = draw_people(1, 100), draw_people(2, 100)
    synthetic = pd.concat([training.head(1)] * 500)
    found = compare_closest(*place_people(training, holdout, synthetic))
    assert (found.closer, found.independent_rows) == (500, 1.0)
    assert evaluate_overfit(found).verdict is Verdict.PASS


def test_sides_are_compared_at_equal_sizes() -> None:
    training, holdout = draw_people(1, 100), draw_people(2, 30)
    found = compare_closest(*place_people(training, holdout, training.tail(70)))
    assert found.closer < 70


def test_ties_alone_are_not_measured() -> None:
    found = evaluate_overfit(ClosestRecords(0, 0, 10, 0.0))
    assert found.verdict is None
    assert "as near to training rows as to holdout rows" in found.sentence
