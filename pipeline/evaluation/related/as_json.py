"""Evidence for relations as plain values, for `--json`, the API and manifests."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from pipeline.evaluation.related.results import KeyCheck, RelationDetection, RelationEvidence
from pipeline.evaluation.results_fidelity import Estimate


def as_dict(evidence: Sequence[RelationEvidence], keys: Sequence[KeyCheck] = ()) -> dict[str, Any]:
    """JSON-able values of all relations and keys; None (never NaN) where nothing was measured."""
    return {
        "relations": [_relation(one) for one in evidence],
        "keys": [{**asdict(one), "columns": list(one.columns), "share_kept": one.share_kept} for one in keys],
    }


def _relation(one: RelationEvidence) -> dict[str, Any]:
    children = asdict(one.children)
    return {
        "relation": one.relation,
        "child": one.child,
        "parent": one.parent,
        "rows": one.rows,
        "integrity": one.integrity,
        "without_parent": {"real": one.real_without, "synthetic": one.synthetic_without},
        "children": {name: _number(value) for name, value in children.items()},
        "trends": {
            "score": _number(one.trends.score),
            "ceiling": _number(one.trends.ceiling),
            "floor": _number(one.trends.floor),
            "pairs": one.pairs,
            "reason": one.trends_reason,
        },
        "detection": [_detection(found) for found in (one.with_parent, one.with_siblings)],
    }


def _detection(found: RelationDetection) -> dict[str, Any]:
    return {
        "item": found.item,
        "auc": _estimate(found.auc),
        "ceiling": _estimate(found.ceiling),
        "floor": _estimate(found.floor),
        "parents": found.parents,
        "rows": found.rows,
        "is_copying": found.is_copying,
        "finding": found.finding,
    }


def _estimate(found: Estimate | None) -> dict[str, float] | None:
    return None if found is None else {"value": found.value, "low": found.low, "high": found.high}


def _number(value: float | str | None) -> float | str | None:
    return None if isinstance(value, float) and not math.isfinite(value) else value
