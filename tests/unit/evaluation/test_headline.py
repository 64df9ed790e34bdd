"""The one verdict of a table: which finding is said first, and what the figure tells."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.evaluation.figure import Figure, average
from pipeline.evaluation.headline import compute_headline, wait
from pipeline.evaluation.headline_words import advise_on_privacy
from pipeline.evaluation.results import Evaluation, PrivacyFinding, RuleResult, Validity, Verdict, find_worst
from pipeline.evaluation.results_fidelity import Baseline, Estimate, Heap, HeapPlace
from pipeline.reports.verdicts import compute_summary
from tests.unit.reports.report_case import make_evaluation


def set_score(score: float, floor: float, ceiling: float | None, rows: int = 1_000) -> Evaluation:
    measured = make_evaluation()
    assert measured.baselines is not None
    overall = Baseline("score", score, ceiling, floor)
    return replace(measured, baselines=replace(measured.baselines, overall=overall, rows=rows))


def warn(verdict: Verdict, name: str = "near_copies") -> Evaluation:
    measured = make_evaluation()
    found = PrivacyFinding(name, verdict, 0.1, 0.0, 0.2, 0.05, 0.08, "What was found.")
    return replace(measured, privacy=replace(measured.privacy, verdict=verdict, measures=(found,)))


HEAPED = replace(make_evaluation(), heaps=(Heap("age", HeapPlace.LOWEST, 0.143, 0.0008),))
BROKEN = replace(
    make_evaluation(), validity=Validity((RuleResult("ssn", "ssn_form", "Has its form.", 190, 2),))
)
LEAK = replace(make_evaluation(), privacy=replace(make_evaluation().privacy, overlap={"ssn": 1}))


def test_a_table_with_nothing_against_it_passes() -> None:
    said = compute_headline(make_evaluation())
    assert (said.verdict, said.findings) == (Verdict.PASS, ())
    assert said.reason == "No measure gives a reason not to share this table."
    assert said.figure.sentence == "0.900 (independent columns 0.700, other real rows 0.950)"


@pytest.mark.parametrize(
    ("measured", "verdict", "reason"),
    [
        (BROKEN, Verdict.FAIL, "Rows of this table break rules of the dataset."),
        (LEAK, Verdict.FAIL, "Identity values of real people are in this table."),
        (warn(Verdict.FAIL, "lone_rows_found"), Verdict.FAIL, "Rows of real people that no other real row"),
        (warn(Verdict.LOOK), Verdict.LOOK, "More rows lie close to a row that the model learned from"),
        (warn(Verdict.FAIL, "membership_inference"), Verdict.FAIL, "An attack learns more about real people"),
        (set_score(0.85, 0.871, 0.908), Verdict.LOOK, "The table is less like the real one than independent"),
        (set_score(0.8709, 0.871, 0.908), Verdict.LOOK, "The table is less like the real one than indep"),
        (set_score(0.80, 0.871, None), Verdict.LOOK, "The table is less like the real one than independent"),
        (HEAPED, Verdict.LOOK, '14.3% of the rows hold the lowest value of "age", which 0.08% of the real'),
    ],
)
def test_the_gravest_finding_decides(measured: Evaluation, verdict: Verdict, reason: str) -> None:
    said = compute_headline(measured)
    assert said.verdict is verdict
    assert said.reason.startswith(reason)
    assert said.next_step.endswith(".")
    assert said.findings


@pytest.mark.parametrize("rows", [10, 1_000])
def test_a_table_below_its_floor_never_passes(rows: int) -> None:
    measured = set_score(0.5, 0.871, 0.908, rows)
    assert compute_headline(measured).verdict is Verdict.LOOK


@pytest.mark.parametrize("measured", [make_evaluation(), BROKEN, LEAK, HEAPED, set_score(0.85, 0.871, 0.908)])
def test_the_summary_of_the_report_has_the_same_verdict(measured: Evaluation) -> None:
    if measured is LEAK:
        measured = replace(LEAK, privacy=replace(LEAK.privacy, verdict=Verdict.FAIL))
    summary = compute_summary(measured, "3 of 3 columns")
    assert find_worst(one.verdict for one in summary) is compute_headline(measured).verdict


def test_a_failure_is_said_before_a_look_and_every_finding_is_kept() -> None:
    both = replace(HEAPED, privacy=warn(Verdict.LOOK).privacy, validity=BROKEN.validity)
    said = compute_headline(both)
    assert said.reason == "Rows of this table break rules of the dataset."
    assert said.findings == (
        '"ssn" breaks the rule ssn_form in 2 of 190 rows.',
        "What was found.",
        '14.3% of the rows hold the lowest value of "age", which 0.08% of the real rows hold.',
    )


def test_a_range_below_the_spread_of_chance_cannot_be_told() -> None:
    said = compute_headline(set_score(0.901, 0.900, 0.902))
    assert said.verdict is Verdict.PASS
    assert said.reason == (
        "No measure gives a reason not to share this table; its quality cannot be told from independent "
        "columns here."
    )
    assert "cannot be told from independent columns here" in said.figure.sentence
    assert said.figure.place is None


def test_a_score_below_a_range_that_tells_nothing_is_below_all_the_same() -> None:
    said = compute_headline(set_score(0.863, 0.882, 0.884))
    assert said.verdict is Verdict.LOOK
    assert said.figure.sentence == "0.863, below independent columns (0.882); other real rows 0.884"


def test_striking_detection_and_lost_utility_deserve_a_look() -> None:
    measured = make_evaluation()
    assert measured.detection is not None
    found = replace(measured.detection, auc=Estimate(0.9, 0.85, 0.95))
    said = compute_headline(replace(measured, detection=found))
    assert said.reason == "A classifier tells the synthetic rows from real ones too easily."


def test_the_figure_of_several_tables_is_their_mean() -> None:
    found = average([Figure(0.9, 0.8, 0.95, 0.01), Figure(0.7, 0.6, 0.85, 0.03), Figure(None)])
    assert (found.score, found.floor, found.ceiling) == pytest.approx((0.8, 0.7, 0.9))
    assert average([Figure(0.9), Figure(0.7)]).sentence == "0.800"
    assert average([]).sentence == "not measured"


def test_a_table_without_a_floor_leaves_the_figure_of_several_to_the_others() -> None:
    single_column = Figure(0.7, None, 0.9)
    assert average([Figure(0.9, 0.8, 0.95, 0.01), single_column]).score == pytest.approx(0.9)


def test_place_lies_between_the_ends() -> None:
    assert Figure(0.8, 0.7, 0.9, 0.01).place == pytest.approx(0.5)
    assert Figure(0.6, 0.7, 0.9, 0.01).place == pytest.approx(-0.5)
    assert Figure(0.8).place is None


def test_codes_are_mended_by_a_declaration() -> None:
    assert advise_on_privacy("real_codes", Verdict.FAIL).next_step.startswith("Declare the column")


def test_a_table_that_waits_for_its_release_is_not_to_be_shared_yet() -> None:
    passed, looked = compute_headline(set_score(0.9, 0.5, 0.95)), compute_headline(warn(Verdict.LOOK))
    assert wait(passed, "ask for it.") == replace(passed, next_step="Ask for it.")
    assert wait(looked, "ask for it.") == looked
