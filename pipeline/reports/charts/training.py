"""How a training went, epoch by epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.progress import Progress
from pipeline.reports.charts.chart import Chart
from pipeline.reports.charts.style import QUALITY_COLOUR, apply_style, empty_figure, label

_LINES = (("#0072B2", "solid"), ("#D55E00", "dash"), ("#CC79A7", "dot"), ("#56B4E9", "dashdot"))
_READING = (
    "Losses that level off mean that training has settled; those of a GAN need not fall. What counts is "
    "the quality on rows that training never sees, where it is shown: here that of the synthesizer alone, "
    "before refinement."
)
_READING_OF_QUALITY = (
    "The higher, the better: likeness to rows that training never sees, 1 at best; here that of the "
    "synthesizer alone, before refinement."
)


def plot_losses(history: Sequence[Progress]) -> Chart:
    """Losses of a training by epoch and, where they were measured, the quality against the holdout (0–1).

    One epoch makes no line, and an empty figure; losses or quality that were not recorded get no panel.
    """
    if len({step.epoch for step in history}) < 2:
        text = "Fewer than two epochs of the training were recorded, so that there is no course to draw."
        return Chart(empty_figure("Training by epoch: nothing to draw"), text)
    losses, quality = _list_losses(history), _list_quality(history)
    return _chart_panels([panel for panel in (losses, quality) if panel.traces])


@dataclass(frozen=True)
class _Panel:
    """Lines over the same epochs, with the title and, where it is fixed, the range of their axis."""

    traces: list[Any]
    title: str
    span: tuple[float, float] | None = None


def _list_losses(history: Sequence[Progress]) -> _Panel:
    names = dict.fromkeys(name for step in history for name in step.losses)
    lines = []
    for number, name in enumerate(names):
        points = [(step.epoch, step.losses[name]) for step in history if name in step.losses]
        lines.append(_line(name, points, *_LINES[number % len(_LINES)]))
    return _Panel(lines, "Loss (no unit)")


def _list_quality(history: Sequence[Progress]) -> _Panel:
    points = [(step.epoch, step.quality) for step in history if step.quality is not None]
    lines = [_line("quality", points, QUALITY_COLOUR, "solid", "lines+markers")] if points else []
    return _Panel(lines, "Quality (0–1)", (0.0, 1.02))


def _chart_panels(panels: Sequence[_Panel]) -> Chart:
    from plotly.subplots import make_subplots

    if not panels:
        text = "The training recorded neither losses nor quality."
        return Chart(empty_figure("Training by epoch: nothing to draw"), text)
    figure = make_subplots(rows=len(panels), cols=1, shared_xaxes=True, vertical_spacing=0.08)
    apply_style(figure, "Training by epoch", height=380 if len(panels) == 1 else 520)
    for row, panel in enumerate(panels, start=1):
        figure.add_traces(panel.traces, rows=row, cols=1)
        figure.update_yaxes(title_text=panel.title, range=panel.span, row=row, col=1)
    figure.update_xaxes(title_text="Epoch", row=len(panels), col=1)
    return Chart(figure, _READING if panels[0].span is None else _READING_OF_QUALITY)


def _line(
    name: str, points: Sequence[tuple[int, float | None]], colour: str, dash: str, mode: str = "lines"
) -> Any:
    from plotly import graph_objects as go

    epochs, values = [point[0] for point in points], [point[1] for point in points]
    line = {"color": colour, "dash": dash, "width": 2.5}
    return go.Scatter(name=label(name), x=epochs, y=values, mode=mode, line=line)
