"""The paragraph for an auditor: plain sentences, also where something is wrong or was not measured."""

from __future__ import annotations

from dataclasses import replace

from pipeline.evaluation.headline import compute_headline
from pipeline.evaluation.results import PrivacyFinding, Verdict
from pipeline.reports import compute_report, explain_to_auditor
from tests.unit.reports.report_case import make_subject

SUBJECT = make_subject()
MEASURED = SUBJECT.evaluation
COPIES = PrivacyFinding("exact_copies", Verdict.PASS, 0.885, 0.87, 0.9, 0.984, 0.99, "Rows repeat.")


def explain(**privacy: object) -> str:
    evaluation = replace(MEASURED, privacy=replace(MEASURED.privacy, **privacy))
    return explain_to_auditor(evaluation, SUBJECT.learned, compute_headline(evaluation))


def test_rows_that_agree_by_chance_are_explained() -> None:
    text = explain(copies_share=0.885, baseline_share=0.984, measures=(COPIES,))
    assert "88.5% of the rows agree with a real one in all learned columns" in text
    assert "of other real rows, which the model never saw, 98.4% do" in text
    assert "a row that many people could have points at none" in text


def test_more_copies_than_chance_explains_are_not_excused() -> None:
    text = explain(copies_share=0.5, baseline_share=0.1, measures=(replace(COPIES, verdict=Verdict.LOOK),))
    assert "more than chance explains and has to be looked at" in text
    assert "points at none" not in text


def test_a_real_value_is_said_to_be_one() -> None:
    assert "In 3 cases an identifying value is that of a real person" in explain(overlap={"email": 3})
    assert "No value that identifies a person equals one of the real sample" in explain(overlap={"email": 0})


def test_what_was_not_measured_is_not_mentioned() -> None:
    text = explain(overlap={}, copies_share=None, baseline_share=None)
    assert "identifies a person equals" not in text
    assert "agree with a real one" not in text


def test_the_report_ends_with_the_paragraph() -> None:
    section = compute_report(SUBJECT).sections[-1]
    assert (section.key, section.title) == ("explained", "Explained to an auditor")
    assert section.lead == explain_to_auditor(MEASURED, SUBJECT.learned, compute_headline(MEASURED))
    for statistic in ("AUC", "Fisher", "limit", "TV", "Kolmogorov"):
        assert statistic not in section.lead.split("The verdict is")[0]
