"""Scores by column between what chance gives (floor) and what real data gives (ceiling)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.evaluation.score_text import cut_score, format_score
from pipeline.reports.charts.chart import Bars, Chart
from pipeline.reports.charts.horizontal import height_of
from pipeline.reports.charts.style import (
    BAND_COLOUR,
    QUALITY_COLOUR,
    SYNTHETIC_COLOUR,
    apply_style,
    empty_figure,
    label,
    name_ticks,
)

MOST_SHOWN = 25
_FLOOR_COLOUR, _CEILING_COLOUR = "#D55E00", "#0072B2"
# How to read the figure, and how to read the bars of a document.
_SCORES_ALONE = ("Further right is better.", "The longer the bar, the better.")
_RANGES = (
    "Further right is better. A dot at the diamond (ceiling) is as good as real rows that training never "
    "saw, one at the bar (floor) no better than columns shuffled independently of each other.",
    "The longer the bar of the score, the better. One as long as its ceiling is as good as real rows that "
    "training never saw, one as short as its floor no better than columns shuffled independently.",
)
_BESIDE = (("circle", SYNTHETIC_COLOUR), ("x", QUALITY_COLOUR))

Series = tuple[str, str, str, list[float | None]]
"""Name, symbol, colour and values."""


@dataclass(frozen=True)
class ScoreRange:
    """One score with its floor and ceiling, all 0–1; None where nothing was measured."""

    label: str
    score: float | None
    floor: float | None = None
    ceiling: float | None = None

    @property
    def has_range(self) -> bool:
        """Whether both ends are known."""
        return self.floor is not None and self.ceiling is not None


def plot_scores(scores: Sequence[ScoreRange], title: str, note: str = "") -> Chart:
    """Scores against their floors and ceilings, the widest gap to the ceiling first.

    `note` ends the caption.
    """
    measured = sorted((one for one in scores if one.score is not None), key=_find_gap, reverse=True)
    shown = measured[:MOST_SHOWN]
    if not shown:
        return Chart(empty_figure(f"{title}: nothing measured"), "No score could be measured.")
    figure = _draw_ranges(shown)
    apply_style(figure, title, "Score (0–1)", height=height_of(len(shown)))
    figure.update_yaxes({**name_ticks([one.label for one in shown]), "autorange": "reversed", "tickangle": 0})
    has_range = any(one.has_range for one in shown)
    rest = f" The {len(shown)} worst of {len(measured)} are shown." if len(shown) < len(measured) else ""
    texts = [f"{text}{rest}{note}" for text in (_RANGES if has_range else _SCORES_ALONE)]
    return Chart(figure, texts[0], _as_bars(shown), listing=texts[1])


def plot_scores_beside(tables: Mapping[str, Mapping[str, float | None]], title: str) -> Chart:
    """Scores (0–1) of two tables on one axis, by the table's name and the item's; the lowest first."""
    items = dict.fromkeys(item for scores in tables.values() for item in scores)
    lowest = {item: min(_list_known(tables, item), default=None) for item in items}
    measured = sorted((score, item) for item, score in lowest.items() if score is not None)
    shown = [item for _, item in measured[:MOST_SHOWN]]
    if not shown:
        return Chart(empty_figure(f"{title}: nothing measured"), "No score could be measured.")
    series = [
        (name, symbol, colour, [scores.get(item) for item in shown])
        for (name, scores), (symbol, colour) in zip(tables.items(), _BESIDE, strict=False)
    ]
    from plotly import graph_objects as go

    figure = go.Figure(_mark_series(shown, series))
    # Room for a line of the legend to each table: names are long, and a phone is narrow.
    apply_style(figure, title, "Score (0–1)", height=height_of(len(shown)) + 40)
    figure.update_layout(margin={"t": 110})
    figure.update_yaxes({**name_ticks(shown), "autorange": "reversed", "tickangle": 0})
    rest = f" The {len(shown)} lowest of {len(measured)} are shown." if len(shown) < len(measured) else ""
    return Chart(figure, f"Further right is better.{rest}")


def _list_known(tables: Mapping[str, Mapping[str, float | None]], item: str) -> list[float]:
    return [score for scores in tables.values() if (score := scores.get(item)) is not None]


def _mark_series(items: Sequence[str], series: Sequence[Series]) -> list[Any]:
    """Points at the values of each series that has any."""
    from plotly import graph_objects as go

    points, labels = [], [label(item) for item in items]
    for name, symbol, colour, values in series:
        if any(value is not None for value in values):
            mark = {"symbol": symbol, "size": 11, "color": colour, "line": {"width": 2.5, "color": colour}}
            point = go.Scatter(name=label(name), x=values, y=labels, mode="markers", marker=mark)
            texts = [format_score(value) for value in values]
            points.append(point.update(customdata=texts, hovertemplate="%{y}: %{customdata}"))
    return points


def _draw_ranges(shown: Sequence[ScoreRange]) -> Any:
    """A grey band from floor to ceiling for each score, and their marks on it."""
    from plotly import graph_objects as go

    figure = go.Figure([_band(one) for one in shown if one.has_range])
    figure.add_traces(_mark_series([one.label for one in shown], _list_marks(shown)))
    return figure


def _band(one: ScoreRange) -> Any:
    from plotly import graph_objects as go

    ends, line = [one.floor, one.ceiling], {"color": BAND_COLOUR, "width": 10}
    at = [label(one.label)] * 2
    return go.Scatter(x=ends, y=at, mode="lines", line=line, hoverinfo="skip", showlegend=False)


def _list_marks(shown: Sequence[ScoreRange]) -> tuple[Series, ...]:
    return (
        ("Score", "circle", QUALITY_COLOUR, [one.score for one in shown]),
        ("Floor", "line-ns-open", _FLOOR_COLOUR, [one.floor for one in shown]),
        ("Ceiling", "diamond-open", _CEILING_COLOUR, [one.ceiling for one in shown]),
    )


def _find_gap(one: ScoreRange) -> float:
    return (1.0 if one.ceiling is None else one.ceiling) - (one.score or 0.0)


def _as_bars(shown: Sequence[ScoreRange]) -> Bars:
    series = [(name, colour, values) for name, _, colour, values in _list_marks(shown)]
    kept = [one for one in series if any(value is not None for value in one[2])]
    return Bars(
        "Item",
        tuple(one.label for one in shown),
        tuple(
            (name, tuple(None if value is None else 100 * cut_score(value) for value in values))
            for name, _, values in kept
        ),
        tuple(colour for _, colour, _ in kept),
    )
