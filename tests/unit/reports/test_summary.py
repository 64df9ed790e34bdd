"""What a report says of each part of the evidence, and by which yardstick."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.evaluation.headline import compute_headline
from pipeline.evaluation.privacy.evaluate import add_measure
from pipeline.evaluation.results import Evaluation, PrivacyFinding, RuleResult, Validity, Verdict
from pipeline.evaluation.results_fidelity import Baseline, Estimate
from pipeline.reports import ReportFormat, compute_report, render_report
from pipeline.reports.content import Table
from pipeline.reports.method import describe_method
from pipeline.reports.safety import describe_privacy
from pipeline.reports.verdicts import compute_summary
from tests.unit.reports.rendered_report import find
from tests.unit.reports.report_case import make_evaluation, make_subject

LEARNED = "5 of 9 columns"


def test_a_broken_rule_fails_the_table_and_is_named() -> None:
    rules = (RuleResult("ssn", "ssn_form", "", 190, 12, ("000-00-0000",)),)
    broken = replace(make_evaluation(), validity=Validity(rules))
    said = compute_headline(broken)
    assert (said.verdict, said.reason) == (Verdict.FAIL, "Rows of this table break rules of the dataset.")
    assert "ssn_form of ssn in 12 rows" in find(compute_summary(broken, LEARNED), "Validity").meaning
    html = render_report(compute_report(make_subject(broken)), ReportFormat.HTML).decode("utf-8")
    assert "000-00-0000" in html


def change_baselines(**changes: Baseline) -> Evaluation:
    evaluation = make_evaluation()
    assert evaluation.baselines is not None
    return replace(evaluation, baselines=replace(evaluation.baselines, **changes))


@pytest.mark.parametrize(
    ("evaluation", "verdict", "words"),
    [
        (make_evaluation(), Verdict.PASS, "0.900 (floor 0.700, ceiling 0.950)"),
        (
            change_baselines(strong_pair_trends=Baseline("strong pair trends", 0.52, 0.93, 0.5)),
            Verdict.LOOK,
            "pair trends come 5% of the way from floor to ceiling",
        ),
        (
            change_baselines(column_shapes=Baseline("column shapes", 0.6, 0.97, 0.96)),
            Verdict.LOOK,
            "column shapes reach 62% of their ceiling",
        ),
    ],
)
def test_quality_depends_on_ceiling_and_floor(evaluation: Evaluation, verdict: Verdict, words: str) -> None:
    conclusion = find(compute_summary(evaluation, LEARNED), "Quality")
    assert conclusion.verdict is verdict
    assert words in conclusion.meaning
    assert "5 of 9 columns are learned" in conclusion.meaning


@pytest.mark.parametrize(("low", "verdict"), [(0.75, Verdict.PASS), (0.76, Verdict.LOOK)])
def test_detection_depends_on_the_lower_end_of_its_interval(low: float, verdict: Verdict) -> None:
    evaluation = make_evaluation()
    assert evaluation.detection is not None
    detection = replace(evaluation.detection, auc=Estimate(0.8, low, 0.9))
    conclusion = find(compute_summary(replace(evaluation, detection=detection), LEARNED), "Detection")
    assert conclusion.verdict is verdict


@pytest.mark.parametrize(
    ("metric", "real", "synthetic", "chance", "verdict"),
    [
        ("roc_auc", 0.9, 0.85, 0.5, Verdict.PASS),
        ("roc_auc", 0.9, 0.6, 0.5, Verdict.LOOK),
        ("roc_auc", 0.5, 0.3, 0.5, None),
        ("mae", 40.0, 45.0, 30.0, None),
        ("mae", 10.0, 12.0, 30.0, Verdict.PASS),
        ("mae", 10.0, 25.0, 30.0, Verdict.LOOK),
    ],
)
def test_utility_depends_on_what_is_lost_of_the_gain(
    metric: str, real: float, synthetic: float, chance: float, verdict: Verdict | None
) -> None:
    evaluation = make_evaluation()
    assert evaluation.utility is not None
    lost = synthetic - real
    score = replace(
        evaluation.utility.scores[0],
        metric=metric,
        chance=chance,
        real=Estimate(real, real, real),
        synthetic=Estimate(synthetic, synthetic, synthetic),
        difference=Estimate(lost, lost - 0.01, lost + 0.01),
    )
    utility = replace(evaluation.utility, scores=(score,))
    assert find(compute_summary(replace(evaluation, utility=utility), LEARNED), "Utility").verdict is verdict


def test_utility_has_no_verdict_where_its_sentence_says_that_it_tells_nothing() -> None:
    evaluation = make_evaluation()
    assert evaluation.utility is not None
    unsure = replace(evaluation.utility.scores[0], real=Estimate(0.56, 0.48, 0.64), chance=0.5)
    utility = replace(evaluation.utility, scores=(unsure,))
    assert not unsure.tells
    assert find(compute_summary(replace(evaluation, utility=utility), LEARNED), "Utility").verdict is None


def test_method_tells_of_attacks_and_of_other_exports_where_they_were_measured() -> None:
    full = make_evaluation()
    together = add_measure(
        replace(full.privacy, depth="export"),
        PrivacyFinding("repeated_exports", Verdict.LOOK, 0.2, 0.1, 0.3, 0.1, 0.15, "3 exports together."),
    )
    method = " ".join(describe_method(full))
    assert "Gower" in method
    assert "Repeated exports" not in method
    method = " ".join(describe_method(replace(full, privacy=together)))
    assert "Gower" not in method
    assert "Repeated exports: the real rows" in method


def test_headline_names_what_nobody_measured() -> None:
    full = make_evaluation()
    assert "Not measured" not in compute_report(make_subject(full)).headline
    quick = replace(full, baselines=None, detection=None, privacy=replace(full.privacy, depth="export"))
    assert compute_report(make_subject(quick)).headline == (
        "No measure gives a reason not to share this table. Share it together with its evidence. Not "
        "measured: ceiling and floor of the scores, detection and attacks. Learned: 3 of 3 columns."
    )


def test_identity_columns_that_may_coincide_are_counted_and_forbidden_nothing() -> None:
    measured = make_evaluation()
    privacy = replace(measured.privacy, overlap={"ssn": 0}, coincidences={"name": 40, "born": 109})
    (table,) = [
        block
        for block in describe_privacy(make_subject(replace(measured, privacy=privacy))).blocks
        if isinstance(block, Table)
    ]
    assert table.rows == (("ssn", "0", "0"), ("name", "40", "by chance"), ("born", "109", "by chance"))
    assert "repeat by chance; one alone identifies no one" in table.note
