"""Results as plotly figures, each with a sentence on how to read it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.reports.charts.associations import MOST_PAIR_ROWS, plot_pair_associations
    from pipeline.reports.charts.beside import plot_column_beside, plot_pair_beside
    from pipeline.reports.charts.chart import MOST_ROWS, Bars, Chart, Grid, Maps
    from pipeline.reports.charts.columns import plot_column
    from pipeline.reports.charts.coverage import CoveredColumn, plot_coverage
    from pipeline.reports.charts.cumulative import plot_cumulative
    from pipeline.reports.charts.embedding import load_script, to_embedded_json
    from pipeline.reports.charts.missing import plot_missing
    from pipeline.reports.charts.pairs import plot_pair
    from pipeline.reports.charts.scores import ScoreRange, plot_scores, plot_scores_beside
    from pipeline.reports.charts.training import plot_losses
    from pipeline.reports.charts.trials import Curve, TrialPoint, plot_curves, plot_quality

__all__ = [
    "MOST_PAIR_ROWS",
    "MOST_ROWS",
    "Bars",
    "Chart",
    "CoveredColumn",
    "Curve",
    "Grid",
    "Maps",
    "ScoreRange",
    "TrialPoint",
    "load_script",
    "plot_column",
    "plot_column_beside",
    "plot_coverage",
    "plot_cumulative",
    "plot_curves",
    "plot_losses",
    "plot_missing",
    "plot_pair",
    "plot_pair_associations",
    "plot_pair_beside",
    "plot_quality",
    "plot_scores",
    "plot_scores_beside",
    "to_embedded_json",
]

_HOMES = {
    "Bars": "chart",
    "Chart": "chart",
    "CoveredColumn": "coverage",
    "Curve": "trials",
    "Grid": "chart",
    "MOST_PAIR_ROWS": "associations",
    "MOST_ROWS": "chart",
    "Maps": "chart",
    "ScoreRange": "scores",
    "TrialPoint": "trials",
    "load_script": "embedding",
    "plot_column": "columns",
    "plot_column_beside": "beside",
    "plot_coverage": "coverage",
    "plot_cumulative": "cumulative",
    "plot_curves": "trials",
    "plot_losses": "training",
    "plot_missing": "missing",
    "plot_pair": "pairs",
    "plot_pair_associations": "associations",
    "plot_pair_beside": "beside",
    "plot_quality": "trials",
    "plot_scores": "scores",
    "plot_scores_beside": "scores",
    "to_embedded_json": "embedding",
}
"""Name → the module of this package that it comes from."""


def __getattr__(name: str) -> Any:
    # Loaded when first used: the name of a format does not load everything else.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
