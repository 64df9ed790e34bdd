"""A number by category: boxes of the middle half, drawn from quantiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipeline.reports.charts.binning import LEAST_DRAWN_ROWS, as_numbers, fold_categories, name_others
from pipeline.reports.charts.chart import Chart
from pipeline.reports.charts.rounding import Steps, plan_steps
from pipeline.reports.charts.style import REAL_COLOUR, SYNTHETIC_COLOUR, apply_style, label, name_ticks

_MOST_BOXES = 12
_QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
_READING = (
    "The closer the two boxes of each category, the better: a box holds the middle half of the rows, its "
    "line the median, its whiskers end at 10% and 90%, all at round values."
)


def chart_boxes(
    real: pd.DataFrame,
    synthetic: pd.DataFrame,
    category: int,
    titles: tuple[str, str],
    in_order: bool,
    notes: str,
) -> Chart:
    """Boxes of the number in one column by the category in the other (columns 0 and 1, nothing missing).

    Categories of fewer than LEAST_DRAWN_ROWS real rows are drawn as one, since quantiles of a few
    rows are those people's values.
    """
    places = _place(real[category], synthetic[category], in_order)
    is_time = real[1 - category].dtype.kind == "M"
    steps = _plan_steps(real[1 - category])
    groups = (
        _group(real, category, places.kept, LEAST_DRAWN_ROWS, steps),
        _group(synthetic, category, places.kept, 1, steps),
    )
    figure = _draw_boxes(places.labels, groups, is_time)
    apply_style(figure, f"{titles[1]} by {titles[0]}", titles[0], titles[1], height=420)
    others = (
        f" Values of fewer than {LEAST_DRAWN_ROWS} real rows are drawn as one." if places.is_folded else ""
    )
    return Chart(figure, f"{_READING}{others}{notes}")


@dataclass(frozen=True)
class _Places:
    """The categories that are drawn by themselves, and all labels: the last stands for the others, if any."""

    kept: pd.Index
    labels: list[str]

    @property
    def is_folded(self) -> bool:
        return len(self.labels) > len(self.kept)


def _place(real: pd.Series, synthetic: pd.Series, in_order: bool) -> _Places:
    table, is_folded = fold_categories(real, synthetic, _MOST_BOXES, least=LEAST_DRAWN_ROWS)
    kept = table.index[~is_folded]
    kept = kept.sort_values() if in_order else kept
    others = [name_others(int(is_folded.sum()))] if is_folded.any() else []
    return _Places(kept, [*(str(value) for value in kept), *others])


def _draw_boxes(
    labels: list[str], groups: tuple[list[np.ndarray | None], list[np.ndarray | None]], is_time: bool
) -> Any:
    from plotly import graph_objects as go

    real = _box("Real", REAL_COLOUR, labels, groups[0], is_time)
    figure = go.Figure([real, _box("Synthetic", SYNTHETIC_COLOUR, labels, groups[1], is_time)])
    figure.update_layout(boxmode="group", boxgap=0.3, boxgroupgap=0.15)
    figure.update_xaxes(name_ticks(labels))
    return figure.update_yaxes(type="date") if is_time else figure


def _plan_steps(real: pd.Series) -> Steps:
    numbers = as_numbers(real)
    return plan_steps(numbers, float(np.quantile(numbers, 0.01)), float(np.quantile(numbers, 0.99)))


def _group(
    table: pd.DataFrame, category: int, kept: pd.Index, least: int, steps: Steps
) -> list[np.ndarray | None]:
    """Quantiles of each group, the others behind those kept; None for groups of fewer than `least` rows.

    They are rounded, since a quantile of a small group is the value of one of its rows.
    """
    codes = kept.get_indexer(pd.Index(table[category]))
    numbers = as_numbers(table[1 - category])
    groups = [numbers[codes == place] for place in (*range(len(kept)), -1)]
    return [steps.snap(np.quantile(group, _QUANTILES)) if len(group) >= least else None for group in groups]


def _box(title: str, colour: str, labels: list[str], groups: list[np.ndarray | None], is_time: bool) -> Any:
    from plotly import graph_objects as go

    found = [(text, group) for text, group in zip(labels, groups, strict=False) if group is not None]
    quantiles = np.array([group for _, group in found]).reshape(-1, len(_QUANTILES))
    low, first, middle, third, high = (_as_axis(part, is_time) for part in quantiles.T)
    return go.Box(
        name=title, x=[label(text) for text, _ in found], lowerfence=low, q1=first, median=middle, q3=third,
        upperfence=high, line={"color": colour, "width": 2},
        fillcolor=f"{colour}55",
    )  # fmt: skip


def _as_axis(values: np.ndarray, is_time: bool) -> np.ndarray:
    return values.astype("int64").astype("datetime64[ns]") if is_time else values
