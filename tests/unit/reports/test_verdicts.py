"""Judgements of likeness and detection where numbers alone would mislead."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.evaluation.results import PrivacyFinding, Verdict
from pipeline.evaluation.results_likeness import Baseline, Estimate
from pipeline.reports.safety import describe_privacy
from pipeline.reports.verdicts import judge_detection, judge_quality
from tests.unit.reports.report_case import make_evaluation, make_subject

MEASURED = make_evaluation()
UNRELATED = {
    "column_pair_trends": Baseline("column pair trends", 0.90, 0.90, 0.91),
    "strong_pair_trends": Baseline("strong pair trends", None, None, None),
}


def judge(**baselines: object) -> tuple[Verdict | None, str]:
    found = judge_quality(
        replace(MEASURED, baselines=replace(MEASURED.baselines, **baselines)), "5 of 9 columns"
    )
    return found.verdict, found.yardstick


def test_likeness_of_two_rows_is_not_judged() -> None:
    assert judge(rows=2) == (None, "not judged below 20 rows, where chance decides the score")
    assert judge(rows=50)[0] is Verdict.PASS


def test_likeness_without_room_above_the_floor_is_not_judged() -> None:
    verdict, yardstick = judge(overall=Baseline("score", 0.93, 0.92, 0.93), **UNRELATED)
    assert verdict is None
    assert yardstick == "not judged where real rows score no higher than shuffled columns"


def test_a_table_of_half_the_ceiling_is_judged_also_where_the_floor_is_as_high() -> None:
    low = Baseline("score", 0.42, 0.89, 0.90)
    assert judge(overall=low, **UNRELATED)[0] is Verdict.LOOK


def test_related_pairs_are_judged_also_where_the_mean_of_all_scores_leaves_no_room() -> None:
    assert judge(overall=Baseline("score", 0.91, 0.91, 0.92))[0] is Verdict.PASS


@pytest.mark.parametrize("part", ["overall", "column_pair_trends", "strong_pair_trends"])
def test_score_below_its_floor_never_passes(part: str) -> None:
    assert judge(**{part: Baseline(part, 0.66, 0.71, 0.70)})[0] is Verdict.LOOK


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.2, 0.4, Verdict.LOOK), (0.4, 0.55, Verdict.PASS), (0.8, 0.9, Verdict.LOOK)],
)
def test_detection_surely_away_from_guessing_asks_for_a_look(
    low: float, high: float, verdict: Verdict
) -> None:
    detection = replace(MEASURED.detection, auc=Estimate((low + high) / 2, low, high))
    assert judge_detection(detection).verdict is verdict


def test_report_shows_both_limits_and_what_is_held_against_them() -> None:
    found = PrivacyFinding(
        "singling_out", Verdict.PASS, 0.004, -0.05, 0.06, 0.1, 0.0, "It.", 0.1, "lower bound"
    )
    privacy = replace(MEASURED.privacy, measures=(found,))
    section = describe_privacy(make_subject(replace(MEASURED, privacy=privacy)))
    judged = section.blocks[0].rows[0]
    assert judged.yardstick == "look above 0.000, fail above 0.100 (lower bound), baseline 0.100"
