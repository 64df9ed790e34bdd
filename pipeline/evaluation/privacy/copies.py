"""Exact copies: synthetic rows that equal a training row in every modelled column.

Rows repeat by chance, the more so the fewer values the columns have. What chance does is read off
real rows: holdout rows against the training rows, and training rows against one another. The split
is random, so both are fresh draws; together they know the rate better than the holdout alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.errors import EvaluationError
from pipeline.evaluation.columns import code_jointly
from pipeline.evaluation.privacy.intervals import bound_share, most_by_chance
from pipeline.evaluation.privacy.judgement import not_measured
from pipeline.evaluation.results import PrivacyFinding, Verdict


@dataclass(frozen=True)
class RowKeys:
    """Integers of shape (rows,), equal where whole rows are equal across the three tables."""

    training: np.ndarray
    holdout: np.ndarray
    synthetic: np.ndarray

    @property
    def copied(self) -> np.ndarray:
        """Which synthetic rows equal a training row."""
        return np.isin(self.synthetic, self.training)

    @property
    def repeating_holdout(self) -> np.ndarray:
        """Which holdout rows equal a training row."""
        return np.isin(self.holdout, self.training)

    @property
    def repeating_training(self) -> np.ndarray:
        """Which training rows equal another training row."""
        _, inverse, counts = np.unique(self.training, return_inverse=True, return_counts=True)
        return counts[inverse] > 1


def compute_row_keys(training: pd.DataFrame, holdout: pd.DataFrame, synthetic: pd.DataFrame) -> RowKeys:
    """Number the rows by their values in the training table's columns; missing equals missing.

    Raises EvaluationError where a table lacks a column.
    """
    tables = (training, holdout, synthetic)
    require_columns(training, holdout=holdout, synthetic=synthetic)
    ends = np.cumsum([len(table) for table in tables])[:-1]
    keys = np.zeros(sum(map(len, tables)), dtype=np.int64)
    for name in training:
        codes = np.concatenate(code_jointly(*(table[name] for table in tables)))
        # Keys are numbered anew for each column, so that no number of columns overflows.
        keys, _ = pd.factorize(keys * (int(codes.max(initial=-1)) + 2) + codes + 1)
    return RowKeys(*np.split(keys, ends))


def require_columns(training: pd.DataFrame, **tables: pd.DataFrame) -> None:
    """Raise EvaluationError naming the first column of the training table that another table lacks."""
    for title, table in tables.items():
        missing = [name for name in training if name not in table]
        if missing:
            raise EvaluationError(
                f'The {title} table lacks the modelled column "{missing[0]}".',
                "give all tables the modelled columns of the dataset.",
            )


def judge_copies(keys: RowKeys) -> PrivacyFinding:
    """LOOK above what chance explains; where no real row repeats another, at the first copy.

    FAIL where no real row repeats another and the copies exceed chance all the same: then somebody's
    row was learned by heart. Elsewhere what fails a table is `repeats`, which common rows cannot fool.
    """
    copies, rows = int(keys.copied.sum()), len(keys.synthetic)
    chance = int(keys.repeating_holdout.sum() + keys.repeating_training.sum())
    chance_rows = len(keys.holdout) + len(keys.training)
    if not rows or not len(keys.training):
        return not_measured("exact_copies", "The share of exact copies", "there are no rows to compare")
    limit = most_by_chance(rows, chance, chance_rows)
    sentence = (
        f"{copies:,} of {rows:,} rows ({copies / rows:.1%}) equal a training row in every modelled column; "
        f"of {chance_rows:,} real rows {chance:,} ({chance / chance_rows:.1%}) repeat a training row: "
        f"{_explain(copies, limit, chance)} (limit {limit:,} rows, Fisher's exact test)."
    )
    return PrivacyFinding(
        "exact_copies",
        _judge(copies, limit, chance),
        *bound_share(copies, rows),
        chance / chance_rows,
        limit / rows if chance else 0.0,
        sentence,
    )


def _judge(copies: int, limit: int, chance: int) -> Verdict:
    if copies > limit:
        return Verdict.LOOK if chance else Verdict.FAIL
    return Verdict.LOOK if copies and not chance else Verdict.PASS


def _explain(copies: int, limit: int, chance: int) -> str:
    if copies > limit:
        return "more than chance explains"
    if copies and not chance:
        return "too few to prove more than chance, yet real rows do not repeat at all"
    return "no more than chance explains"
