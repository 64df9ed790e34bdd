"""Is a model that learned from synthetic rows as good on real ones as a model that learned from real rows?

Train on synthetic, test on real (Esteban et al., arXiv:1706.02633): two equal models predict a target
column of the holdout, one learned from training rows, one from as many synthetic rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledColumn, ModelledType
from pipeline.errors import DataError
from pipeline.evaluation.classifiers.feature_matrix import encode_tables
from pipeline.evaluation.classifiers.scores import (
    LEAST_OF_CLASS,
    Examples,
    find_tested_classes,
    score_classification,
    score_regression,
)
from pipeline.evaluation.quality.columns import CONTINUOUS, align_columns, code_jointly
from pipeline.evaluation.results import Utility
from pipeline.evaluation.results_fidelity import UtilityScore

LEAST_TRAINING_ROWS = 50
LEAST_TEST_ROWS = 30
MOST_ROWS = 10_000
MOST_CELLS = 600_000
"""Rows are capped, so that wide tables take as long as narrow ones."""
MOST_CLASSES = 20
MOST_REPEATED = 0.1
"""Share of holdout rows that synthetic rows may repeat more than training rows do."""
_DAY_NS = 86_400_000_000_000
_TITLES = ("training", "synthetic", "holdout")
_LEAST_ROWS = (LEAST_TRAINING_ROWS, LEAST_TRAINING_ROWS, LEAST_TEST_ROWS)


class _Obstacle(Exception):
    """Why a target cannot be predicted; it becomes the finding and never leaves this module."""


def require_target(target: str, columns: Sequence[ModelledColumn]) -> ModelledColumn:
    """The target among the modelled columns; DataError where there is none of that name."""
    for column in columns:
        if column.name == target:
            return column
    raise DataError(
        f'There is no modelled column "{target}" to predict.',
        f"choose one of {', '.join(column.name for column in columns)}.",
    )


def compute_utility(
    training: pd.DataFrame,
    synthetic: pd.DataFrame,
    holdout: pd.DataFrame,
    columns: Sequence[ModelledColumn],
    target: str,
    seed: int = 0,
) -> Utility:
    """Predict `target` on holdout rows: a number or date by regression, all else by classification.

    All modelled tables; rows without a target are left out. Where it is impossible, `scores` is
    empty and `finding` says why. Raises DataError for an unknown target, EvaluationError for a missing
    column.
    """
    column = require_target(target, columns)
    is_number = column.kind in CONTINUOUS
    task = "regression" if is_number else "classification"
    try:
        examples, skipped = _prepare((training, synthetic, holdout), columns, column, seed)
    except _Obstacle as obstacle:
        return Utility(target, task, (), 0, 0, str(obstacle))
    scores = (score_regression if is_number else score_classification)(examples)
    learned, _, tested = map(len, examples.targets)
    return Utility(target, task, scores, learned, tested, _interpret(target, scores[0]), skipped)


def _prepare(
    tables: tuple[pd.DataFrame, ...], columns: Sequence[ModelledColumn], column: ModelledColumn, seed: int
) -> tuple[Examples, Mapping[str, str]]:
    values = _read_target(tables, column)
    chosen = _choose_rows(values, len(columns), np.random.default_rng(np.random.SeedSequence([seed, 3])))
    kept = [part.iloc[rows] for part, rows in zip(values, chosen, strict=True)]
    targets = _as_numbers(kept, column) if column.kind in CONTINUOUS else _as_classes(kept)
    for title, part in zip(_TITLES, targets, strict=True):
        if part.min() == part.max():
            raise _Obstacle(f'"{column.name}" holds a single value in the {title} table.')
    others = [one for one in columns if one.name != column.name]
    matrix = encode_tables(others, *(table.iloc[rows] for table, rows in zip(tables, chosen, strict=True)))
    if not matrix.names:
        raise _Obstacle("There is no other column that a model can read.")
    examples = Examples(matrix.tables, targets, matrix.is_categorical, seed)
    _require_unseen(examples)
    return examples, matrix.skipped


def _require_unseen(examples: Examples) -> None:
    """A test on rows that were learned is no test: repeats beyond those in real rows are refused."""
    real, synthetic, tested = (
        pd.util.hash_pandas_object(pd.DataFrame(features).assign(target=target), index=False)
        for features, target in zip(examples.features, examples.targets, strict=True)
    )
    repeated, usual = (float(tested.isin(learned).mean()) for learned in (synthetic, real))
    if repeated > usual + MOST_REPEATED:
        raise _Obstacle(
            f"{repeated:.0%} of the holdout rows are in the synthetic table, against {usual:.0%} in the "
            "training table, so that the test would not be independent."
        )


def _read_target(tables: tuple[pd.DataFrame, ...], column: ModelledColumn) -> list[pd.Series]:
    pairs = [align_columns(tables[0], other, [column])[0] for other in tables[1:]]
    for pair in pairs:
        if not pair.is_readable:
            raise _Obstacle(f'"{column.name}" cannot be predicted: {pair.problem}.')
    return [pairs[0].real, *(pair.synthetic for pair in pairs)]


def _choose_rows(values: Sequence[pd.Series], width: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Positions of rows with a target: equally many to learn from in both tables, and those to test."""
    present = [np.flatnonzero(part.notna()) for part in values]
    for title, rows, least in zip(_TITLES, present, _LEAST_ROWS, strict=True):
        if len(rows) < least:
            raise _Obstacle(f"The {title} table has {len(rows)} rows with a target; {least} are needed.")
    most = min(MOST_ROWS, max(LEAST_TRAINING_ROWS, MOST_CELLS // width))
    learned = min(most, len(present[0]), len(present[1]))
    sizes = (learned, learned, min(most, len(present[2])))
    return [np.sort(rng.choice(rows, size, replace=False)) for rows, size in zip(present, sizes, strict=True)]


def _as_numbers(values: Sequence[pd.Series], column: ModelledColumn) -> tuple[np.ndarray, ...]:
    """Numbers as they are, dates as days, so that errors have a familiar unit."""
    unit = _DAY_NS if column.kind is ModelledType.DATETIME else 1
    targets = tuple(
        (part.astype("int64") if part.dtype.kind == "M" else part).to_numpy(dtype=float) / unit
        for part in values
    )
    if not all(np.isfinite(part).all() for part in targets):
        raise _Obstacle(f'"{column.name}" holds infinite values.')
    return targets


def _as_classes(values: Sequence[pd.Series]) -> tuple[np.ndarray, ...]:
    codes = tuple(code_jointly(*values))
    classes = 1 + max(int(part.max()) for part in codes)
    if classes > MOST_CLASSES:
        raise _Obstacle(f"The target has {classes} classes; at most {MOST_CLASSES} can be predicted.")
    if len(find_tested_classes(codes[2])) < 2:
        raise _Obstacle(f"Fewer than two classes of the target have {LEAST_OF_CLASS} holdout rows.")
    return codes


def _interpret(target: str, score: UtilityScore) -> str:
    name = {"roc_auc": "ROC AUC", "r2": "R²"}[score.metric]
    values = f"{name} {score.synthetic.value:.2f} against {score.real.value:.2f}"
    if not score.tells:
        return (
            f'Not even real rows allow predicting "{target}" ({values}), so that this says nothing '
            "about the synthetic ones."
        )
    learned = f'A model of "{target}" that learned from synthetic rows'
    if score.difference.high < 0.0:
        return f"{learned} does worse on real rows than one that learned from real rows ({values})."
    if score.difference.low > 0.0:
        return f"{learned} does better on real rows than one that learned from real rows ({values})."
    return (
        f"{learned} does as well on real rows as one that learned from real rows, within chance ({values})."
    )
