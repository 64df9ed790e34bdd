from __future__ import annotations

from pipeline.evaluation.related.results import ChildCounts, RelationDetection, RelationEvidence
from pipeline.evaluation.results_fidelity import Baseline, Estimate


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


def _relate(without: float, children: ChildCounts) -> list[str]:
    nothing = RelationDetection("parent", None, None, None, 0, 0)
    trends = Baseline("trends", None, None, None)
    found = RelationEvidence(
        "staff.manager", "staff", "staff", 169, 1.0, 0.105, without, children, trends, 0, nothing, nothing
    )
    return list(found.list_unlike_counts())


def test_a_relation_that_is_empty_far_more_often_than_in_the_sample_is_to_be_looked_at() -> None:
    alike = ChildCounts(0.9, 0.9, 0.4, 0.4, 0.03, 0.04)
    assert _relate(0.5775, alike) == [
        "staff.manager: 57.8% of the rows have no parent, 10.5% of the real ones."
    ]
    assert _relate(0.13, alike) == []


def test_numbers_of_children_farther_apart_than_two_halves_are_to_be_looked_at() -> None:
    found = _relate(0.1, ChildCounts(0.9, 0.4, 0.38, 0.67, 0.29, 0.04))
    assert found == [
        "staff.manager: parents have 0.40 rows on average and 67.0% have none; real ones have 0.90, "
        "and 38.0% none."
    ]
    assert _relate(0.1, ChildCounts(12.0, 11.9, 0.0, 0.0, 0.29, 0.2)) == []
