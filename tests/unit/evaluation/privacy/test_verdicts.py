from __future__ import annotations

import pytest

from pipeline.evaluation.privacy.intervals import Interval
from pipeline.evaluation.privacy.verdicts import conclude_excess, decide_verdict, not_measured, worst
from pipeline.evaluation.results import Verdict


@pytest.mark.parametrize(
    ("low", "verdict"), [(-0.1, Verdict.PASS), (0.05, Verdict.LOOK), (0.2, Verdict.FAIL)]
)
def test_verdict_rests_on_the_lower_bound(low: float, verdict: Verdict) -> None:
    assert decide_verdict(low, 0.0, 0.1) is verdict
    found = conclude_excess("attack", Interval(0.3, low, max(low, 0.1)), Interval(0.1, 0.0, 0.2), "It.")
    assert found.verdict is verdict


def test_interval_beyond_the_fail_limit_passes_nothing() -> None:
    control = Interval(0.1, 0.0, 0.2)
    wide = conclude_excess("attack", Interval(-0.269, -1.31, 0.689), control, "It.")
    assert wide.verdict is None
    assert wide.sentence.startswith("The data are inconclusive, since the interval extends beyond 0.1. It.")
    narrow = conclude_excess("attack", Interval(0.004, -0.05, 0.06), control, "It.")
    assert (narrow.verdict, narrow.look_from, narrow.fail_from) == (Verdict.PASS, 0.0, 0.1)
    assert narrow.limit_on == "lower bound"


def test_worst_finding_decides_and_missing_ones_do_not_count() -> None:
    missing = not_measured("a", "This", "there is nothing")
    look = conclude_excess("b", Interval(0.3, 0.05, 0.4), Interval(0.1, 0.0, 0.2), "It.")
    assert worst([missing, look]) is Verdict.LOOK
    assert worst([missing]) is Verdict.PASS


def test_finding_without_a_number_says_why() -> None:
    assert (
        not_measured("a", "This", "there is nothing").sentence
        == "This was not measured, since there is nothing."
    )
