"""Two reports beside each other, as one table of scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.evaluation.score_text import NOT_MEASURED, format_score
from pipeline.reports.content import Report, Table
from pipeline.reports.wording import number

_SCORES: tuple[tuple[str, tuple[str | int, ...]], ...] = (
    ("Quality, equal rows, 0–1", ("baselines", "scores", 0, "score")),
    ("Column shapes, equal rows, 0–1", ("baselines", "scores", 1, "score")),
    ("Pair trends, equal rows, 0–1", ("baselines", "scores", 2, "score")),
    ("Strong pairs only, equal rows, 0–1", ("baselines", "scores", 3, "score")),
    ("QualityReport, all rows, 0–1", ("quality", "score")),
    ("Coverage, 0–1", ("coverage", "score")),
    ("Detection AUC, 0.5 is best", ("detection", "auc", "value")),
    ("Validity, 0–1", ("validity", "score")),
    ("Rows that equal a training row, 0–1", ("privacy", "copies_share")),
)

_NUMBERS = frozenset({("detection", "auc", "value"), ("privacy", "copies_share")})
"""What is no score, so that more of it is not better."""

_CEILINGS: Mapping[tuple[str | int, ...], tuple[str | int, ...]] = {
    **{("baselines", "scores", n, "score"): ("baselines", "scores", n, "ceiling") for n in range(4)},
    ("detection", "auc", "value"): ("detection", "ceiling", "value"),
}


def compare_reports(left: Report, right: Report, names: tuple[str, str] = ("First", "Second")) -> Table:
    """The main scores of both under their names, how much the second has more, and what can be reached."""
    rows = []
    for title, path in _SCORES:
        first, second = _find(left, path), _find(right, path)
        gain = "–" if first is None or second is None else f"{second - first:+.3f}"
        rows.append((title, _tell(first, path), _tell(second, path), gain, _find_ceiling(left, right, path)))
    for title, verdicts in {
        "Privacy": (left.evidence["privacy"]["verdict"], right.evidence["privacy"]["verdict"]),
        "Verdict": (left.verdict.value, right.verdict.value),
    }.items():
        rows.append((title, *verdicts, "same" if verdicts[0] == verdicts[1] else "differs", "–"))
    headings = ("Measure", *tell_apart(names), "Difference (B − A)", "Ceiling")
    note = "Ceiling: what real rows that training never saw reach."
    return Table(headings, tuple(rows), numeric=(1, 2, 3, 4), note=note)


def tell_apart(names: tuple[str, str]) -> tuple[str, str]:
    """The names, numbered where they are the same."""
    return names if names[0] != names[1] else (f"{names[0]} (1)", f"{names[1]} (2)")


def _find_ceiling(left: Report, right: Report, path: tuple[str | int, ...]) -> str:
    """The ceiling of a score in the report that has one; both measure the same real rows."""
    place = _CEILINGS.get(path)
    found = [value for report in (left, right) if place and (value := _find(report, place)) is not None]
    return _tell(found[0], path) if found else "–"


def _find(report: Report, path: tuple[str | int, ...]) -> float | None:
    found: Any = report.evidence
    for step in path:
        if isinstance(step, int):
            found = found[step] if isinstance(found, list) else None
        else:
            found = found.get(step) if isinstance(found, Mapping) else None
    return found if isinstance(found, (int, float)) else None


def _tell(value: float | None, path: tuple[str | int, ...]) -> str:
    """As in the sections of each report."""
    if value is None:
        return NOT_MEASURED
    return number(value) if path in _NUMBERS else format_score(value)
