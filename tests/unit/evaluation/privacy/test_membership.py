from __future__ import annotations

import pytest

from pipeline.evaluation.privacy.membership import evaluate_membership
from pipeline.evaluation.results import Verdict
from tests.unit.evaluation.privacy.privacy_cases import draw_people, place_people


def test_fresh_rows_leave_the_attacker_guessing() -> None:
    found = evaluate_membership(*place_people(draw_people(1, 600), draw_people(2, 400), draw_people(3, 800)))
    assert found.value == pytest.approx(0.5, abs=0.05)
    assert found.verdict is Verdict.PASS


def test_training_rows_as_a_table_tell_who_was_a_member() -> None:
    training = draw_people(1, 300)
    found = evaluate_membership(*place_people(training, draw_people(2, 200), training))
    assert (found.verdict, found.value) == (Verdict.FAIL, 1.0)


def test_a_slight_advantage_asks_for_a_look() -> None:
    training, holdout = draw_people(1, 900), draw_people(2, 900)
    synthetic = draw_people(3, 800)
    synthetic.iloc[:120] = training.iloc[:120].to_numpy()
    found = evaluate_membership(*place_people(training, holdout, synthetic))
    assert found.verdict is Verdict.LOOK
    assert 0.5 < found.low < 0.6


def test_equal_rows_are_a_coin_toss() -> None:
    one = draw_people(1, 1)
    same = one.loc[one.index.repeat(50)]
    assert evaluate_membership(*place_people(same, same, same)).value == 0.5
