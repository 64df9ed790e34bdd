"""The report for programs: the evaluation with its verdicts, method and versions."""

from __future__ import annotations

import json
from typing import Any

from pipeline.reports.content import Conclusion, Report


def render_json(report: Report) -> bytes:
    """UTF-8 JSON with a final line feed: everything but the charts and their numbers."""
    return (json.dumps(as_values(report), indent=2, ensure_ascii=False) + "\n").encode(
        "utf-8", errors="replace"
    )


def as_values(report: Report) -> dict[str, Any]:
    """JSON-able values of a report."""
    return {
        "title": report.title,
        "dataset": report.dataset,
        "as_of": report.as_of.isoformat(),
        "facts": dict(report.facts),
        **report.answer.as_dict(),
        "headline": report.headline,
        "summary": [_as_values(one) for one in report.summary],
        "evaluation": dict(report.evidence),
        "method": list(report.method),
        "limits": list(report.limits),
        "versions": dict(report.versions),
    }


def _as_values(one: Conclusion) -> dict[str, str | None]:
    return {
        "subject": one.subject,
        "verdict": None if one.verdict is None else one.verdict.value,
        "value": one.value,
        "judged_by": one.yardstick,
        "meaning": one.meaning,
    }
