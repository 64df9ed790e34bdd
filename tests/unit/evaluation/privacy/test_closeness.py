from __future__ import annotations

import numpy as np
import pytest

from pipeline.evaluation.privacy.closeness import (
    Closeness,
    evaluate_distance_ratios,
    evaluate_near_copies,
    measure_closeness,
)
from pipeline.evaluation.results import Verdict
from tests.unit.evaluation.privacy.privacy_cases import draw_people, place_people


def test_fresh_rows_are_no_nearer_than_the_holdout() -> None:
    closeness = measure_closeness(
        *place_people(draw_people(1, 400), draw_people(2, 300), draw_people(3, 400))
    )
    assert evaluate_near_copies(closeness).verdict is Verdict.PASS
    assert evaluate_distance_ratios(closeness).verdict is Verdict.PASS


def test_slightly_changed_training_rows_are_near_copies_that_follow_one_row() -> None:
    training = draw_people(1, 400)
    changed = training.assign(balance=training["balance"] + 0.01)
    closeness = measure_closeness(*place_people(training, draw_people(2, 300), changed))
    near, ratio = evaluate_near_copies(closeness), evaluate_distance_ratios(closeness)
    assert (near.verdict, near.value) == (Verdict.LOOK, 1.0)
    assert ratio.verdict is Verdict.LOOK
    assert near.baseline == pytest.approx(0.01, abs=0.02)


def test_training_rows_are_compared_with_the_others() -> None:
    closeness = measure_closeness(*place_people(draw_people(1, 50), draw_people(2, 50), draw_people(3, 50)))
    assert closeness.training[:, 0].min() > 0
    assert closeness.training.shape == (50, 2)


def test_table_of_repeated_rows_has_no_near_copies_to_measure() -> None:
    zeros = np.zeros((30, 2), dtype=np.float32)
    found = evaluate_near_copies(Closeness(zeros, zeros, zeros))
    assert found.verdict is None
    assert "every training row equals another one" in found.sentence


def test_ratio_of_repeated_rows_is_one() -> None:
    zeros = np.zeros((30, 2), dtype=np.float32)
    found = evaluate_distance_ratios(Closeness(zeros, zeros, zeros))
    assert (found.verdict, found.value, found.baseline) == (Verdict.PASS, 1.0, 1.0)
