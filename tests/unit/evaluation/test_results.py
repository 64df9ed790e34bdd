from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, replace

import pytest

from pipeline.evaluation.as_json import as_dict
from pipeline.evaluation.results import (
    ColumnScore,
    Diagnostic,
    Evaluation,
    PairScore,
    Privacy,
    PrivacyFinding,
    Quality,
    RuleResult,
    Skipped,
    Validity,
    Verdict,
)

QUALITY = Quality(
    score=0.9,
    column_shapes=0.95,
    column_pair_trends=0.85,
    strong_pair_trends=None,
    measured=2,
    total=3,
    columns=(ColumnScore("age", "KSComplement", 0.95), ColumnScore("group", "TVComplement", None)),
    pairs=(PairScore("age", "group", "ContingencySimilarity", 0.85, False),),
    skipped=(Skipped("group", "the real column holds no values"),),
    thresholds={"real_correlation": 0.5},
    sdmetrics_version="0.32.0",
)
RULES = (
    RuleResult("ssn", "ssn_form", "", 10, 0),
    RuleResult("ssn", "unique", "", 10, 5, ("123-45-6789",)),
    RuleResult("ssn", "not_real", "", 0, 0),
)
EVALUATION = Evaluation(
    rows=10,
    quality=QUALITY,
    diagnostic=Diagnostic(1.0, 1.0, 1.0),
    validity=Validity(RULES),
    privacy=Privacy(Verdict.LOOK, {"ssn": 0}, 0.2, 0.1, ("Look.",)),
)


def test_share_of_valid_rows_and_score_follow_the_counts() -> None:
    assert [rule.share_valid for rule in RULES] == [1.0, 0.5, 1.0]
    assert EVALUATION.validity.score == pytest.approx(2.5 / 3)
    assert EVALUATION.validity.failures == (RULES[1],)
    assert not EVALUATION.validity.is_valid


def test_dataset_without_rules_is_valid_and_has_no_score() -> None:
    assert Validity(()).is_valid
    assert Validity(()).score is None


def test_results_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError, match="score"):
        QUALITY.score = 1.0


def test_summary_has_the_promised_keys() -> None:
    summary = as_dict(EVALUATION)
    said = {"verdict", "reason", "next_step", "figure", "findings"}
    assert set(summary) == {*said, "rows", "quality", "diagnostic", "validity", "privacy"}
    promised = {"score", "column_shapes", "column_pair_trends", "measured", "total", "skipped"}
    assert promised <= set(summary["quality"])
    assert summary["quality"]["skipped"] == [{"item": "group", "reason": "the real column holds no values"}]
    assert summary["privacy"]["verdict"] == "look"
    assert summary["validity"]["rules"][1]["failed"] == 5


def test_summary_survives_json_unchanged() -> None:
    summary = as_dict(EVALUATION)
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary


def test_summary_shows_none_where_nothing_was_measured() -> None:
    hollow = replace(QUALITY, score=float("nan"), column_pair_trends=None)
    summary = as_dict(replace(EVALUATION, quality=hollow, diagnostic=None))
    assert summary["quality"]["score"] is None
    assert summary["quality"]["column_pair_trends"] is None
    assert summary["diagnostic"] is None
    json.dumps(summary, allow_nan=False)


def test_a_pair_is_told_by_the_report_on_the_real_bins_and_by_what_compares() -> None:
    uncut = replace(QUALITY.pairs[0], metric="CorrelationSimilarity")
    cut = replace(QUALITY.pairs[0], on_real_bins=0.97)
    told = as_dict(replace(EVALUATION, quality=replace(QUALITY, pairs=(uncut, cut))))["quality"]["pairs"]
    assert [pair["score"] for pair in told] == [0.85, 0.85]
    assert [pair["score_on_real_bins"] for pair in told] == [None, 0.97]
    assert [pair["comparable"] for pair in told] == [0.85, 0.97]


def test_privacy_measures_are_told_in_full() -> None:
    found = PrivacyFinding("near_copies", None, float("nan"), None, None, None, None, "Not measured.")
    privacy = replace(EVALUATION.privacy, measures=(found,), depth="full")
    told = as_dict(replace(EVALUATION, privacy=privacy))["privacy"]
    assert told["depth"] == "full"
    assert told["measures"] == [
        {
            "name": "near_copies",
            "verdict": None,
            "value": None,
            "low": None,
            "high": None,
            "baseline": None,
            "look_from": None,
            "fail_from": None,
            "judged_by": "value",
            "method": "",
            "sentence": "Not measured.",
        }
    ]
