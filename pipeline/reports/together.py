"""Two measured tables and the real rows in the same charts, with the scores of both."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from pipeline.datasets.features import find_units
from pipeline.datasets.spec import ModelledColumn
from pipeline.evaluation.score_text import NOT_MEASURED, format_score
from pipeline.reports.beside import tell_apart
from pipeline.reports.charts import plot_column_beside, plot_pair_beside, plot_scores_beside
from pipeline.reports.content import Block, Conclusion, Drawing, Drawings, Report, Table
from pipeline.reports.subject import Subject
from pipeline.reports.verdicts import compute_summary
from pipeline.reports.wording import VERDICT_WORDS

MOST_PAIRS_DRAWN = 6
Scores = Mapping[str, float | None]


def draw_together(left: Report, right: Report, names: tuple[str, str], part: str) -> tuple[Block, ...]:
    """The `part` ("overview", "columns" or "pairs") of two reports on one dataset.

    Charts of a block share their axes.

    Nothing for other parts, and for reports without their subjects.
    """
    draw = _PARTS.get(part)
    if draw is None or left.subject is None or right.subject is None:
        return ()
    return draw(left.subject, right.subject, tell_apart(names))


def _draw_overview(left: Subject, right: Subject, names: tuple[str, str]) -> tuple[Block, ...]:
    """What was concluded of each, and the scores of all columns on one axis."""
    found = [
        {one.subject: _tell(one) for one in compute_summary(side.evaluation, side.learned.count)}
        for side in (left, right)
    ]
    subjects = dict.fromkeys((*found[0], *found[1]))
    rows = tuple((title, *(side.get(title, NOT_MEASURED) for side in found)) for title in subjects)
    scores = [_score_columns(side) for side in (left, right)]
    chart = plot_scores_beside(dict(zip(names, scores, strict=True)), "Column shapes")
    return Table(("Question", *names), rows), Drawings((Drawing(chart),))


def _tell(one: Conclusion) -> str:
    return f"{VERDICT_WORDS[one.verdict]}: {one.value}" if one.verdict else one.value


def _draw_columns(left: Subject, right: Subject, names: tuple[str, str]) -> tuple[Block, ...]:
    units, tables = find_units(left.reference.spec), _name_tables(left, right, names)
    scores = [_score_columns(side) for side in (left, right)]
    drawn = (
        Drawing(plot_column_beside(column, left.reference.training, tables, units.get(column.name, "")))
        for column in _list_shared(left, right)
    )
    return (_compare("Column", scores[0], scores[1], names), *(Drawings((one,)) for one in drawn))


def _draw_pairs(left: Subject, right: Subject, names: tuple[str, str]) -> tuple[Block, ...]:
    """The scores of the pairs, and maps of those that are least alike in one of the tables."""
    columns, tables = {one.name: one for one in _list_shared(left, right)}, _name_tables(left, right, names)
    scores = [
        {f"{one.first} × {one.second}": one.comparable for one in side.evaluation.quality.pairs}
        for side in (left, right)
    ]
    pairs = {
        f"{one.first} × {one.second}": (columns[one.first], columns[one.second])
        for one in left.evaluation.quality.pairs
        if one.first in columns and one.second in columns
    }
    worst = sorted(pairs, key=lambda title: min(_or_one(side.get(title)) for side in scores))
    blocks = (
        Drawings(
            tuple(map(Drawing, plot_pair_beside(pairs[title], left.reference.training, tables))),
            heading=title,
        )
        for title in worst[:MOST_PAIRS_DRAWN]
    )
    listed = [{title: side.get(title) for title in worst} for side in scores]
    return (_compare("Pair", listed[0], listed[1], names), *blocks)


_PARTS: Mapping[str, Callable[[Subject, Subject, tuple[str, str]], tuple[Block, ...]]] = {
    "overview": _draw_overview,
    "columns": _draw_columns,
    "pairs": _draw_pairs,
}


def _score_columns(side: Subject) -> Scores:
    return {one.column: one.score for one in side.evaluation.quality.columns}


def _or_one(score: float | None) -> float:
    return 1.0 if score is None else score


def _name_tables(left: Subject, right: Subject, names: tuple[str, str]) -> dict[str, pd.DataFrame]:
    return {names[0]: left.modelled, names[1]: right.modelled}


def _list_shared(left: Subject, right: Subject) -> list[ModelledColumn]:
    """The columns that both tables have, in the order of the dataset."""
    return [
        column
        for column in left.reference.columns
        if column.name in left.modelled and column.name in right.modelled
    ]


def _compare(title: str, first: Scores, second: Scores, names: tuple[str, str]) -> Table:
    rows = tuple(
        (item, format_score(score), format_score(second.get(item)), _subtract(score, second.get(item)))
        for item, score in first.items()
    )
    return Table(
        (title, *names, "Difference (B − A)"), rows, numeric=(1, 2, 3), note="Scores run from 0 to 1."
    )


def _subtract(first: float | None, second: float | None) -> str:
    return "–" if first is None or second is None else f"{second - first:+.3f}"
