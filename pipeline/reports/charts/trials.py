"""Several trainings in one chart: their curves, and what each has reached for its time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.progress import Progress
from pipeline.reports.charts.chart import Chart
from pipeline.reports.charts.style import apply_style, empty_figure, label

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

# Okabe and Ito's colours that stand out on light and on dark pages; dashes and symbols differ too.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
_SYMBOLS = ("circle", "square", "diamond", "cross", "x", "triangle-up")
_MOST_LABELS = 12
_CURVES = (
    "Each colour is one training: above, the quality on rows that training never sees, where higher is "
    "better; below, its losses, which compare only within one synthesizer and need not fall for a GAN. Both "
    "are of the synthesizer alone: the quality in the table is measured after refinement, where there is one."
)
_QUALITY = (
    "Each mark is one training, and the star the one to take: the higher, the more alike the rows are to "
    "real ones that training has not seen; the further left, the "
)
_LESS = {True: "fewer epochs it took.", False: "quicker."}
_NUMBERS = {
    True: " The number below a mark is its seconds.",
    False: " The number below a mark is its epochs.",
}


@dataclass(frozen=True)
class Curve:
    """The epochs of one training under its name."""

    name: str
    history: tuple[Progress, ...]


@dataclass(frozen=True)
class TrialPoint:
    """What one training has reached: `quality` 0–1 after `seconds` of work and `epochs`."""

    group: str
    name: str
    seconds: float
    epochs: int
    quality: float | None
    is_taken: bool = False


def plot_curves(curves: Sequence[Curve]) -> Chart:
    """Quality (0–1) and losses by epoch of several trainings, a colour each."""
    from plotly.subplots import make_subplots

    trained = [curve for curve in curves if curve.history]
    if not trained:
        return Chart(empty_figure("Trainings by epoch: none yet"), "No epoch has been trained.")
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.08)
    for number, curve in enumerate(trained):
        _add_curve(figure, curve, _COLOURS[number % len(_COLOURS)])
    apply_style(figure, "Trainings by epoch", height=560 + 22 * len(trained))
    # One line each: names of trainings are long, and a phone is narrow.
    figure.update_layout(
        legend={"orientation": "v", "y": -0.12, "yanchor": "top"}, margin={"t": 48}, uirevision="trainings"
    )
    qualities = [step.quality for curve in trained for step in curve.history if step.quality is not None]
    figure.update_yaxes(title_text="Quality (0–1)", range=_frame(qualities), row=1, col=1)
    figure.update_yaxes(title_text="Loss (no unit)", row=2, col=1)
    figure.update_xaxes(title_text="Epoch", row=2, col=1)
    return Chart(figure, _CURVES)


def plot_quality(points: Sequence[TrialPoint], by_epochs: bool = False) -> Chart:
    """Quality (0–1) of trainings against their seconds, or against their epochs, with the best marked."""
    axis = "epochs" if by_epochs else "time"
    if not points:
        return Chart(empty_figure(f"Quality against {axis}: none yet"), "No training has ended.")
    from plotly import graph_objects as go

    figure = go.Figure()
    for number, group in enumerate(dict.fromkeys(point.group for point in points)):
        members = sorted((point for point in points if point.group == group), key=lambda one: one.seconds)
        figure.add_trace(_add_marks(members, group, number, by_epochs, len(points) <= _MOST_LABELS))
    _add_star(figure, points, by_epochs)
    apply_style(
        figure,
        f"Quality against {axis}",
        "Epochs trained" if by_epochs else "Training time (seconds)",
        "Quality on the holdout (0–1)",
    )
    figure.update_layout(uirevision=axis)
    figure.update_xaxes(rangemode="tozero")
    figure.update_yaxes(range=_frame([point.quality for point in points if point.quality is not None]))
    note = _NUMBERS[by_epochs] if len(points) <= _MOST_LABELS else ""
    return Chart(figure, f"{_QUALITY}{_LESS[by_epochs]}{note}")


def _add_curve(figure: Figure, curve: Curve, colour: str) -> None:
    from plotly import graph_objects as go

    measured = [(step.epoch, step.quality) for step in curve.history if step.quality is not None]
    quality = go.Scatter(
        name=label(curve.name), x=[x for x, _ in measured], y=[y for _, y in measured],
        mode="lines+markers", line={"color": colour, "width": 2.5}, legendgroup=curve.name,
    )  # fmt: skip
    figure.add_trace(quality, row=1, col=1)
    names = list(dict.fromkeys(name for step in curve.history for name in step.losses))
    for number, name in enumerate(names):
        points = [(step.epoch, step.losses[name]) for step in curve.history if name in step.losses]
        # Plotly leaves a line without points out of the legend: before a measurement a loss stands in.
        is_named = not measured and number == 0
        loss = go.Scatter(
            name=label(curve.name if is_named else f"{name} loss of {curve.name}"),
            x=[x for x, _ in points], y=[y for _, y in points], mode="lines",
            line={"color": colour, "dash": _DASHES[number % len(_DASHES)], "width": 1.5},
            showlegend=is_named, legendgroup=curve.name,
        )  # fmt: skip
        figure.add_trace(loss, row=2, col=1)


def _add_marks(
    points: Sequence[TrialPoint], group: str, number: int, by_epochs: bool, is_labelled: bool
) -> Any:
    from plotly import graph_objects as go

    return go.Scatter(
        name=label(group),
        x=[_place(point, by_epochs) for point in points],
        y=[point.quality for point in points],
        mode="markers+text" if is_labelled else "markers",
        text=[_tell_other(point, by_epochs) for point in points],
        textposition="bottom center",
        hovertext=[label(point.name) for point in points],
        marker={
            "color": _COLOURS[number % len(_COLOURS)],
            "symbol": _SYMBOLS[number % len(_SYMBOLS)],
            "size": 10,
        },
        cliponaxis=False,
    )


def _add_star(figure: Figure, points: Sequence[TrialPoint], by_epochs: bool) -> None:
    from plotly import graph_objects as go

    taken = [point for point in points if point.is_taken]
    figure.add_trace(
        go.Scatter(
            name="take this one",
            x=[_place(point, by_epochs) for point in taken],
            y=[point.quality for point in taken],
            mode="markers",
            hovertext=[label(point.name) for point in taken],
            marker={"symbol": "star-open", "size": 20, "color": "#E69F00", "line": {"width": 2}},
        )
    )


def _frame(qualities: Sequence[float]) -> tuple[float, float]:
    """The ends of the axis: room around the marks, for a single one too, within 0–1 above."""
    low, high = min(qualities, default=0.0), max(qualities, default=1.0)
    room = max(0.2 * (high - low), 0.02)
    return low - room, min(high + room, 1.005)


def _place(point: TrialPoint, by_epochs: bool) -> float:
    return point.epochs if by_epochs else point.seconds


def _tell_other(point: TrialPoint, by_epochs: bool) -> str:
    effort = f"{point.seconds:.0f} s" if by_epochs else f"{point.epochs:,}"
    # A line lower, clear of the star.
    return f"<br>{effort}" if point.is_taken else effort
