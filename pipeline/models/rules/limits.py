"""The range that a column keeps: its own limits, and those of rules."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pipeline.datasets.spec import ModelledType
from pipeline.models.rules.kept import KeptRules


def limit(kept: KeptRules, name: str, values: pd.Series) -> pd.Series:
    """The values within the range of a column, those outside moved to its nearer end."""
    low, high = find_limits(kept, name)
    return values.clip(low, high) if low is not None or high is not None else values


def find_limits(kept: KeptRules, name: str) -> tuple[Any, Any]:
    """The ends of a column, None where it is open."""
    column = next(one for one in kept.spec.columns if one.name == name)
    is_date = column.kind == ModelledType.DATETIME
    ranges = [rule.options for rule in kept.plan.rules if rule.kind == "range" and rule.columns[0] == name]
    lows, highs = ([one[end] for one in ranges if end in one] for end in ("low", "high"))
    if is_date:
        lows, highs = ([pd.Timestamp(one) for one in found] for found in (lows, highs))
    elif column.kind == ModelledType.NUMERICAL:
        lows += [column.options["minimum"]] if "minimum" in column.options else []
        highs += [column.options["maximum"]] if "maximum" in column.options else []
    return max(lows, default=None), min(highs, default=None)
