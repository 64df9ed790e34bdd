"""Scores by column between what chance gives (floor) and what real data gives (ceiling)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.charts.chart import Bars, Chart
from pipeline.charts.horizontal import height_of
from pipeline.charts.style import BAND_COLOUR, QUALITY_COLOUR, apply_style, empty_figure, label, name_ticks

MOST_SHOWN = 25
_FLOOR_COLOUR, _CEILING_COLOUR = "#D55E00", "#0072B2"
_FLOOR, _CEILING = "Floor", "Ceiling"


@dataclass(frozen=True)
class ScoreRange:
    """One score with its floor and ceiling, all 0–1; None where nothing was measured."""

    label: str
    score: float | None
    floor: float | None = None
    ceiling: float | None = None


def plot_scores(scores: Sequence[ScoreRange], title: str, note: str = "") -> Chart:
    """Scores against their floors and ceilings, the widest gap to the ceiling first; `note` ends the "
    "caption."""
    from plotly import graph_objects as go

    measured = sorted((one for one in scores if one.score is not None), key=_find_gap, reverse=True)
    shown = measured[:MOST_SHOWN]
    if not shown:
        return Chart(empty_figure(f"{title}: nothing measured"), "No score could be measured.")
    labels = [label(one.label) for one in shown]
    figure = go.Figure()
    ranged = [one for one in shown if one.floor is not None and one.ceiling is not None]
    for one in ranged:
        ends, line = [one.floor, one.ceiling], {"color": BAND_COLOUR, "width": 10}
        at = [label(one.label)] * 2
        figure.add_trace(
            go.Scatter(x=ends, y=at, mode="lines", line=line, hoverinfo="skip", showlegend=False)
        )
    marks = (
        ("Score", "circle", QUALITY_COLOUR, [one.score for one in shown]),
        (_FLOOR, "line-ns-open", _FLOOR_COLOUR, [one.floor for one in shown]),
        (_CEILING, "diamond-open", _CEILING_COLOUR, [one.ceiling for one in shown]),
    )
    for name, symbol, colour, values in marks:
        if any(value is not None for value in values):
            mark = {"symbol": symbol, "size": 11, "color": colour, "line": {"width": 2.5, "color": colour}}
            point = go.Scatter(name=name, x=values, y=labels, mode="markers", marker=mark)
            figure.add_trace(point.update(hovertemplate="%{y}: %{x:.3f}"))
    apply_style(figure, title, "Score (0–1)", height=height_of(len(shown)))
    figure.update_yaxes({**name_ticks([one.label for one in shown]), "autorange": "reversed", "tickangle": 0})
    return Chart(figure, _read(len(ranged) > 0, len(shown), len(measured)) + note, _as_bars(shown))


def _find_gap(one: ScoreRange) -> float:
    return (1.0 if one.ceiling is None else one.ceiling) - (one.score or 0.0)


def _read(has_range: bool, shown: int, measured: int) -> str:
    reading = "Further right is better."
    if has_range:
        reading += (
            " A dot at the diamond (ceiling) is as good as real rows that training never saw, one at the bar "
            "(floor) no better than columns shuffled independently of each other."
        )
    return f"{reading} The {shown} worst of {measured} are shown." if shown < measured else reading


def _as_bars(shown: Sequence[ScoreRange]) -> Bars:
    series = (
        ("Score", QUALITY_COLOUR, [one.score for one in shown]),
        ("Floor", _FLOOR_COLOUR, [one.floor for one in shown]),
        ("Ceiling", _CEILING_COLOUR, [one.ceiling for one in shown]),
    )
    kept = [one for one in series if any(value is not None for value in one[2])]
    return Bars(
        "Item",
        tuple(one.label for one in shown),
        tuple(
            (name, tuple(None if value is None else 100 * value for value in values))
            for name, _, values in kept
        ),
        tuple(colour for _, colour, _ in kept),
    )
