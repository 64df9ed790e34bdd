"""Results as plotly figures, each with a sentence on how to read it."""

from pipeline.charts.associations import MOST_PAIR_ROWS, plot_pair_associations
from pipeline.charts.chart import MOST_ROWS, Bars, Chart, Grid, Maps
from pipeline.charts.columns import plot_column
from pipeline.charts.coverage import CoveredColumn, plot_coverage
from pipeline.charts.cumulative import plot_cumulative
from pipeline.charts.embedding import load_script, to_embedded_json
from pipeline.charts.missing import plot_missing
from pipeline.charts.pairs import plot_pair
from pipeline.charts.scores import ScoreRange, plot_scores
from pipeline.charts.training import plot_losses
from pipeline.charts.trials import Curve, TrialPoint, plot_curves, plot_quality

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
    "plot_coverage",
    "plot_cumulative",
    "plot_curves",
    "plot_losses",
    "plot_missing",
    "plot_pair",
    "plot_pair_associations",
    "plot_quality",
    "plot_scores",
    "to_embedded_json",
]
