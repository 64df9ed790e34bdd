"""Conclusions of likeness and detection where numbers alone would mislead."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.evaluation.results import PrivacyFinding, Verdict
from pipeline.evaluation.results_fidelity import Baseline, Estimate
from pipeline.reports.safety import describe_privacy
from pipeline.reports.verdicts import conclude_detection, conclude_quality
from tests.unit.reports.report_case import make_evaluation, make_subject

MEASURED = make_evaluation()
UNRELATED = {
    "column_pair_trends": Baseline("column pair trends", 0.90, 0.90, 0.91),
    "strong_pair_trends": Baseline("strong pair trends", None, None, None),
}


def conclude(**baselines: object) -> tuple[Verdict | None, str]:
    found = conclude_quality(
        replace(MEASURED, baselines=replace(MEASURED.baselines, **baselines)), "5 of 9 columns"
    )
    return found.verdict, found.yardstick


def test_likeness_of_two_rows_has_no_verdict() -> None:
    assert conclude(rows=2) == (None, "no verdict below 20 rows, where chance decides the score")
    assert conclude(rows=50)[0] is Verdict.PASS


def test_likeness_without_room_above_the_floor_has_no_verdict() -> None:
    verdict, yardstick = conclude(overall=Baseline("score", 0.93, 0.92, 0.93), **UNRELATED)
    assert verdict is None
    assert yardstick == "no verdict where real rows score no higher than shuffled columns"


def test_a_table_of_half_the_ceiling_has_a_verdict_also_where_the_floor_is_as_high() -> None:
    low = Baseline("score", 0.42, 0.89, 0.90)
    assert conclude(overall=low, **UNRELATED)[0] is Verdict.LOOK


def test_related_pairs_have_a_verdict_also_where_the_mean_of_all_scores_leaves_no_room() -> None:
    assert conclude(overall=Baseline("score", 0.91, 0.91, 0.92))[0] is Verdict.PASS


def test_the_limits_that_are_named_are_those_that_decide() -> None:
    assert "pairs at least 50% of the way from floor to ceiling" in conclude()[1]
    verdict, yardstick = conclude(overall=Baseline("score", 0.93, 0.95, 0.90), **UNRELATED)
    assert verdict is Verdict.PASS
    assert "pairs not surely below shuffled columns (floor and ceiling are too close" in yardstick


@pytest.mark.parametrize("part", ["overall", "column_pair_trends", "strong_pair_trends"])
def test_score_below_its_floor_never_passes(part: str) -> None:
    assert conclude(**{part: Baseline(part, 0.60, 0.71, 0.70)})[0] is Verdict.LOOK


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.2, 0.4, Verdict.LOOK), (0.4, 0.55, Verdict.PASS), (0.8, 0.9, Verdict.LOOK)],
)
def test_detection_surely_away_from_guessing_asks_for_a_look(
    low: float, high: float, verdict: Verdict
) -> None:
    detection = replace(MEASURED.detection, auc=Estimate((low + high) / 2, low, high))
    assert conclude_detection(detection).verdict is verdict


def test_report_shows_both_limits_and_what_is_held_against_them() -> None:
    found = PrivacyFinding(
        "singling_out", Verdict.PASS, 0.004, -0.05, 0.06, 0.1, 0.0, "It.", 0.1, "lower bound"
    )
    privacy = replace(MEASURED.privacy, measures=(found,))
    section = describe_privacy(make_subject(replace(MEASURED, privacy=privacy)))
    conclusion = section.blocks[0].rows[0]
    assert conclusion.yardstick == "look above 0.000, fail above 0.100 (lower bound), baseline 0.100"


def test_a_score_as_high_as_that_of_other_real_rows_is_never_below_the_floor() -> None:
    reached = Baseline("score", 0.90, 0.96, 0.91)
    baselines = replace(MEASURED.baselines, rows=500, overall=reached)
    assert not baselines.is_below_floor
    assert replace(baselines, overall=Baseline("score", 0.88, 0.96, 0.91)).is_below_floor
