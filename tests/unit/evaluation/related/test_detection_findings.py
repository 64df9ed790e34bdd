from __future__ import annotations

from pipeline.evaluation.related.results import RelationDetection
from pipeline.evaluation.results_fidelity import Estimate


def detect(auc: float, ceiling: float, floor: float, reach: float = 0.2) -> RelationDetection:
    ends = (Estimate(one, max(0.0, one - reach), one + reach) for one in (auc, ceiling, floor))
    return RelationDetection("parent", *ends, 30, 182)


def test_an_auc_far_below_guessing_on_few_parents_is_to_be_looked_at() -> None:
    found = detect(0.307, 0.5, 0.7)
    assert (found.is_copying, found.may_be_copying, found.is_striking) == (False, True, True)
    assert "on too few parents to say whether synthetic rows repeat real ones" in found.finding


def test_an_auc_that_two_real_halves_have_as_well_is_no_sign_of_copies() -> None:
    assert not detect(0.307, 0.3, 0.7).is_striking


def test_a_floor_below_the_ceiling_is_said_to_make_the_auc_say_little() -> None:
    assert "(0.45 and 0.55), so that it says little here" in detect(0.52, 0.55, 0.45).finding
    assert "says little" not in detect(0.52, 0.5, 0.8).finding
