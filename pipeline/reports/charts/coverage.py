"""How much of the real categories and ranges a synthetic table reaches, and whether it stays inside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.evaluation.score_text import cut_score
from pipeline.reports.charts.chart import Bars, Chart
from pipeline.reports.charts.horizontal import draw_bars
from pipeline.reports.charts.style import QUALITY_COLOUR, empty_figure

_INSIDE_COLOUR = "#CC79A7"
_READING = (
    "The first bar says how much of the real categories or range comes back, the second how many synthetic "
    "rows stay inside them; full bars are best."
)


@dataclass(frozen=True)
class CoveredColumn:
    """Shares (0–1) of one column, None where unmeasured.

    `covered` is how much of the real categories or range comes back, `inside` how many synthetic rows
    stay inside them.
    """

    label: str
    covered: float | None
    inside: float | None


def plot_coverage(columns: Sequence[CoveredColumn]) -> Chart:
    """Coverage (%) of categories and ranges by column, the least covered first."""
    measured = [one for one in columns if one.covered is not None or one.inside is not None]
    if not measured:
        return Chart(empty_figure("Coverage: nothing measured"), "No coverage could be measured.")
    measured.sort(key=lambda one: min(value for value in (one.covered, one.inside) if value is not None))
    bars = Bars(
        "Column",
        tuple(one.label for one in measured),
        (
            ("Real values covered", tuple(_percent(one.covered) for one in measured)),
            ("Synthetic rows inside", tuple(_percent(one.inside) for one in measured)),
        ),
        (QUALITY_COLOUR, _INSIDE_COLOUR),
    )
    figure = draw_bars(bars, "Coverage of categories and ranges", "Share (%)")
    return Chart(figure, _READING, bars)


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * cut_score(share)
