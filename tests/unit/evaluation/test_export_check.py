"""What lets a table out, what holds it back, and what somebody must answer for."""

from __future__ import annotations

import pytest

from pipeline.errors import ExportError
from pipeline.evaluation.export_check import check_export, require_exportable
from pipeline.evaluation.results import (
    Evaluation,
    Privacy,
    PrivacyFinding,
    Quality,
    RuleResult,
    Validity,
    Verdict,
)

QUALITY = Quality(0.9, 0.9, 0.9, None, 3, 3, (), (), (), {}, "0.32.0")


def _finding(name: str, verdict: Verdict | None, sentence: str) -> PrivacyFinding:
    return PrivacyFinding(name, verdict, 0.1, 0.0, 0.2, 0.05, 0.08, sentence)


def _evaluation(failed: int = 0, overlap: int = 0, measures: tuple[PrivacyFinding, ...] = ()) -> Evaluation:
    rule = RuleResult(
        "ssn", "ssn_form", "Every SSN has its form.", 100, failed, ("000-12-3456",) * bool(failed)
    )
    privacy = Privacy(Verdict.PASS, {"ssn": overlap}, measures=measures)
    return Evaluation(100, QUALITY, None, Validity((rule,)), privacy)


def test_a_clean_table_may_leave_without_a_word() -> None:
    check = check_export(_evaluation(measures=(_finding("exact_copies", Verdict.PASS, "Few copies."),)))
    assert (check.is_open, check.obstacles, check.warnings) == (True, (), ())
    require_exportable(_evaluation())


def test_an_invalid_record_holds_the_table_back() -> None:
    check = check_export(_evaluation(failed=2))
    assert check.obstacles == ('"ssn" breaks the rule ssn_form in 2 of 100 rows.',)
    with pytest.raises(ExportError, match="ssn_form in 2 of 100 rows"):
        require_exportable(_evaluation(failed=2))


def test_a_real_identity_value_holds_the_table_back() -> None:
    with pytest.raises(ExportError, match='1 rows repeat a real value of "ssn"'):
        require_exportable(_evaluation(overlap=1))


@pytest.mark.parametrize("verdict", [Verdict.LOOK, Verdict.FAIL])
def test_other_findings_warn_and_do_not_hold_back(verdict: Verdict) -> None:
    evaluation = _evaluation(measures=(_finding("training_rows_repeated", verdict, "Too many rows."),))
    check = check_export(evaluation)
    assert (check.is_open, check.warnings) == (True, ("Too many rows.",))
    require_exportable(evaluation)


@pytest.mark.parametrize("name", ["exact_copies", "lone_rows_found", "identity_combinations"])
def test_copied_people_hold_the_table_back(name: str) -> None:
    evaluation = _evaluation(measures=(_finding(name, Verdict.FAIL, "Ten people are found."),))
    check = check_export(evaluation)
    assert (check.obstacles, check.warnings) == (("Ten people are found.",), ())
    with pytest.raises(ExportError, match="Ten people are found"):
        require_exportable(evaluation)


def test_copies_that_deserve_a_look_warn() -> None:
    evaluation = _evaluation(measures=(_finding("exact_copies", Verdict.LOOK, "One copy."),))
    assert check_export(evaluation).warnings == ("One copy.",)
    require_exportable(evaluation)


def test_what_could_not_be_measured_does_not_warn() -> None:
    assert (
        check_export(_evaluation(measures=(_finding("overfit_alarm", None, "Too few rows."),))).warnings == ()
    )
