"""Baselines, detection, utility, coverage, rows of each entity and heaps as plain values."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from pipeline.evaluation.results import Evaluation
from pipeline.evaluation.results_fidelity import Baseline, Baselines


def fidelity_as_dict(evaluation: Evaluation) -> dict[str, Any]:
    """JSON-able values of those parts that were measured; the others have no key."""
    parts: dict[str, Any] = {}
    if evaluation.baselines:
        parts["baselines"] = _baselines(evaluation.baselines)
    for name in ("detection", "utility", "coverage"):
        part = getattr(evaluation, name)
        if part:
            parts[name] = asdict(part)
    if evaluation.entities:
        parts["entities"] = [asdict(one) for one in evaluation.entities]
    if evaluation.heaps:
        parts["heaps"] = [{**asdict(one), "finding": one.finding} for one in evaluation.heaps]
    cleaned: dict[str, Any] = _clean(parts)
    return cleaned


def _baselines(baselines: Baselines) -> dict[str, Any]:
    return {
        "rows": baselines.rows,
        "reason": baselines.reason,
        "scores": [_baseline(one) for one in baselines.means],
        "columns": [_baseline(one) for one in baselines.columns],
        "pairs": [_baseline(one) for one in baselines.pairs],
        "worst_columns": [one.item for one in baselines.worst_columns],
        "worst_pairs": [one.item for one in baselines.worst_pairs],
    }


def _baseline(baseline: Baseline) -> dict[str, Any]:
    return {**asdict(baseline), "sentence": baseline.sentence}


def _clean(value: Any) -> Any:
    """The same without NaN, which JSON does not have, and without tuples."""
    if isinstance(value, dict):
        return {key: _clean(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
