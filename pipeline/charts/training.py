"""How a training went, epoch by epoch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline.charts.chart import Chart
from pipeline.charts.style import QUALITY_COLOUR, apply_style, empty_figure, label
from pipeline.synthesizers.protocol import Progress

_LINES = (("#0072B2", "solid"), ("#D55E00", "dash"), ("#CC79A7", "dot"), ("#56B4E9", "dashdot"))
_READING = (
    "Losses that level off mean that training has settled; those of a GAN need not fall. What counts is "
    "the quality on rows that training never sees, where it is shown."
)


def plot_losses(history: Sequence[Progress]) -> Chart:
    """Losses of a training by epoch and, where it was measured, the quality against the holdout (0–1)."""
    from plotly.subplots import make_subplots

    if not history:
        return Chart(empty_figure("Training by epoch: not known"), "No epoch of the training was recorded.")
    measured = [step for step in history if step.quality is not None]
    figure = make_subplots(rows=2 if measured else 1, cols=1, shared_xaxes=True, vertical_spacing=0.08)
    names = list(dict.fromkeys(name for step in history for name in step.losses))
    for number, name in enumerate(names):
        points = [(step.epoch, step.losses[name]) for step in history if name in step.losses]
        colour, dash = _LINES[number % len(_LINES)]
        figure.add_trace(_line(name, points, colour, dash), row=1, col=1)
    if measured:
        quality = [(step.epoch, step.quality) for step in measured]
        figure.add_trace(_line("quality", quality, QUALITY_COLOUR, "solid", "lines+markers"), row=2, col=1)
    apply_style(figure, "Training by epoch", height=520 if measured else 380)
    if measured:
        figure.update_yaxes(title_text="Quality (0–1)", row=2, col=1)
    figure.update_yaxes(title_text="Loss (no unit)", row=1, col=1)
    figure.update_xaxes(title_text="Epoch", row=2 if measured else 1, col=1)
    return Chart(figure, _READING)


def _line(
    name: str, points: Sequence[tuple[int, float | None]], colour: str, dash: str, mode: str = "lines"
) -> Any:
    from plotly import graph_objects as go

    epochs, values = [point[0] for point in points], [point[1] for point in points]
    line = {"color": colour, "dash": dash, "width": 2.5}
    return go.Scatter(name=label(name), x=epochs, y=values, mode=mode, line=line)
