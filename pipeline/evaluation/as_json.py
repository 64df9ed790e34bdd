"""An evaluation as plain values, for `--json`, the API and manifests."""

from __future__ import annotations

import math
from typing import Any

from pipeline.evaluation.headline import compute_headline
from pipeline.evaluation.results import (
    Diagnostic,
    Evaluation,
    Privacy,
    PrivacyFinding,
    Quality,
    RuleResult,
    Validity,
)
from pipeline.evaluation.results_fidelity import Baselines
from pipeline.evaluation.summary_fidelity import fidelity_as_dict


def as_dict(evaluation: Evaluation) -> dict[str, Any]:
    """JSON-able values of every part; scores are 0–1 and None (never NaN) where nothing was measured."""
    return {
        **compute_headline(evaluation).as_dict(),
        "rows": evaluation.rows,
        "quality": {**_quality(evaluation.quality), **_place(evaluation.baselines)},
        "diagnostic": _diagnostic(evaluation.diagnostic),
        "validity": _validity(evaluation.validity),
        "privacy": _privacy(evaluation.privacy),
        **fidelity_as_dict(evaluation),
    }


def _quality(quality: Quality) -> dict[str, Any]:
    return {
        "score": _number(quality.score),
        "column_shapes": _number(quality.column_shapes),
        "column_pair_trends": _number(quality.column_pair_trends),
        "strong_pair_trends": _number(quality.strong_pair_trends),
        "measured": quality.measured,
        "total": quality.total,
        "skipped": [{"item": skip.item, "reason": skip.reason} for skip in quality.skipped],
        "columns": [
            {"column": found.column, "metric": found.metric, "score": _number(found.score)}
            for found in quality.columns
        ],
        "pairs": [
            {
                "columns": [pair.first, pair.second],
                "metric": pair.metric,
                "score": _number(pair.score),
                "score_on_real_bins": _number(pair.on_real_bins),
                "comparable": _number(pair.comparable),
                "is_strong": pair.is_strong,
            }
            for pair in quality.pairs
        ],
        "thresholds": dict(quality.thresholds),
        "sdmetrics_version": quality.sdmetrics_version,
    }


def _place(baselines: Baselines | None) -> dict[str, Any]:
    """The overall score with its ends, all three from as many rows, and what they mean."""
    if baselines is None:
        return {"floor": None, "ceiling": None, "score_at_equal_rows": None, "finding": ""}
    overall = baselines.overall
    return {
        "floor": _number(overall.floor),
        "ceiling": _number(overall.ceiling),
        "score_at_equal_rows": _number(overall.score),
        "finding": baselines.finding,
    }


def _diagnostic(diagnostic: Diagnostic | None) -> dict[str, Any] | None:
    if diagnostic is None:
        return None
    return {
        "score": _number(diagnostic.score),
        "data_validity": _number(diagnostic.data_validity),
        "data_structure": _number(diagnostic.data_structure),
    }


def _validity(validity: Validity) -> dict[str, Any]:
    return {
        "is_valid": validity.is_valid,
        "score": _number(validity.score),
        "rules": [_rule(result) for result in validity.rules],
    }


def _rule(result: RuleResult) -> dict[str, Any]:
    return {
        "column": result.column,
        "rule": result.rule,
        "description": result.description,
        "checked": result.checked,
        "failed": result.failed,
        "share_valid": _number(result.share_valid),
        "examples": list(result.examples),
    }


def _privacy(privacy: Privacy) -> dict[str, Any]:
    return {
        "verdict": privacy.verdict.value,
        "overlap": dict(privacy.overlap),
        "coincidences": dict(privacy.coincidences),
        "copies_share": _number(privacy.copies_share),
        "baseline_share": _number(privacy.baseline_share),
        "findings": list(privacy.findings),
        "measures": [_privacy_finding(found) for found in privacy.measures],
        "depth": privacy.depth,
    }


def _privacy_finding(found: PrivacyFinding) -> dict[str, Any]:
    return {
        "name": found.name,
        "verdict": None if found.verdict is None else found.verdict.value,
        "value": _number(found.value),
        "low": _number(found.low),
        "high": _number(found.high),
        "baseline": _number(found.baseline),
        "look_from": _number(found.look_from),
        "fail_from": _number(found.fail_from),
        "judged_by": found.limit_on,
        "method": found.method,
        "sentence": found.sentence,
    }


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
