"""Two reports beside each other, as one table of scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.report.content import Report, Table
from pipeline.report.wording import NOT_MEASURED

_SCORES = (
    ("Quality, 0–1", ("quality", "score")),
    ("Column shapes, 0–1", ("quality", "column_shapes")),
    ("Pair trends, 0–1", ("quality", "column_pair_trends")),
    ("Strong pairs only, 0–1", ("quality", "strong_pair_trends")),
    ("Coverage, 0–1", ("coverage", "score")),
    ("Detection AUC, 0.5 is best", ("detection", "auc", "value")),
    ("Validity, 0–1", ("validity", "score")),
    ("Rows that equal a training row, 0–1", ("privacy", "copies_share")),
)


def compare_reports(left: Report, right: Report) -> Table:
    """The main scores of both, and how much the second has more than the first."""
    rows = []
    for title, path in _SCORES:
        first, second = _find(left, path), _find(right, path)
        gain = "–" if first is None or second is None else f"{second - first:+.3f}"
        rows.append((title, _tell(first), _tell(second), gain))
    verdicts = left.evidence["privacy"]["verdict"], right.evidence["privacy"]["verdict"]
    rows.append(("Privacy", *verdicts, "same" if verdicts[0] == verdicts[1] else "differs"))
    return Table(("Measure", "First", "Second", "Second less first"), tuple(rows), numeric=(1, 2, 3))


def _find(report: Report, path: tuple[str, ...]) -> float | None:
    found: Any = report.evidence
    for step in path:
        found = found.get(step) if isinstance(found, Mapping) else None
    return found if isinstance(found, (int, float)) else None


def _tell(value: float | None) -> str:
    return NOT_MEASURED if value is None else f"{value:.3f}"
