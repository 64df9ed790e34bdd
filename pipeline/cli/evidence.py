"""Evidence as a few lines of text."""

from __future__ import annotations

from typing import Any

from pipeline.evaluation.score_text import format_percent


def shorten_evidence(measured: dict[str, Any]) -> dict[str, str]:
    """Every part of an evaluation, as `as_dict` gives it, in a line each."""
    quality, validity, privacy = measured["quality"], measured["validity"], measured["privacy"]
    shapes, trends = (format_percent(quality[part]) for part in ("column_shapes", "column_pair_trends"))
    return {
        "quality": f"{format_percent(quality['score'])} (column shapes {shapes}, pair trends {trends}; "
        f"{quality['measured']} of {quality['total']} measured)",
        "validity": f"{format_percent(validity['score'])} of {len(validity['rules'])} rules' checks pass",
        "privacy": f"{privacy['verdict']} (identity overlap {sum(privacy['overlap'].values())})",
        **_brief_likeness(measured),
    }


def _brief_likeness(measured: dict[str, Any]) -> dict[str, str]:
    """What only a full evaluation holds."""
    brief = {}
    if "baselines" in measured:
        scores = measured["baselines"]["scores"]
        brief["baselines"] = "; ".join(f"{one['item']} {one['sentence']}" for one in scores)
    for part in ("detection", "utility"):
        if part in measured:
            brief[part] = measured[part]["finding"]
    if "coverage" in measured:
        brief["coverage"] = format_percent(measured["coverage"]["score"])
    return brief
