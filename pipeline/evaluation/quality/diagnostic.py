"""Is a table well formed? The numbers of sdmetrics' DiagnosticReport on modelled columns."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import pandas as pd

from pipeline.datasets.spec import ModelledColumn
from pipeline.evaluation.quality.columns import ColumnPair, align_columns
from pipeline.evaluation.quality.metrics import mean_score, measure
from pipeline.evaluation.results import Diagnostic


def compute_diagnostic(
    real: pd.DataFrame, synthetic: pd.DataFrame, columns: Sequence[ModelledColumn]
) -> Diagnostic:
    """Share of synthetic values inside the real range or categories, and likeness of names and types.

    Raises EvaluationError where a table lacks a modelled column.
    """
    from sdmetrics.single_table import TableStructure

    aligned = align_columns(real, synthetic, columns)
    names = [column.name for column in columns]
    with warnings.catch_warnings():
        # pandas warns about type conversions inside sdmetrics.
        warnings.simplefilter("ignore")
        validity = mean_score(_adherence(pair) for pair in aligned)
        structure = measure(lambda: TableStructure.compute(real[names], synthetic[names])).score
    return Diagnostic(mean_score((validity, structure)), validity, structure)


def _adherence(pair: ColumnPair) -> float | None:
    from sdmetrics.single_column import BoundaryAdherence, CategoryAdherence

    if pair.problem:
        return None
    metric = BoundaryAdherence if pair.is_continuous else CategoryAdherence
    return measure(lambda: metric.compute(pair.real, pair.synthetic)).score
