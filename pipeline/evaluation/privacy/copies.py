"""Exact copies: synthetic rows that equal a training row in every modelled column.

Rows repeat by chance, the more so the fewer values the columns have. What chance does is read off
the holdout rows, which no model trained on and which were looked up in the same training rows. Where
they repeat none, training rows that repeat one another show whether rows of this table repeat at all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.errors import EvaluationError
from pipeline.evaluation.privacy.chance_pairs import bound_chance_pairs
from pipeline.evaluation.privacy.intervals import bound_share, most_by_chance
from pipeline.evaluation.privacy.verdicts import FISHER, not_measured
from pipeline.evaluation.quality.columns import code_jointly
from pipeline.evaluation.results import PrivacyFinding, Verdict


@dataclass(frozen=True)
class RowKeys:
    """Integers of shape (rows,), equal where whole rows are equal across the three tables.

    `chance_pairs` is how many equal pairs of real rows chance explains at most (`chance_pairs.py`);
    infinite where that was not measured.
    """

    training: np.ndarray
    holdout: np.ndarray
    synthetic: np.ndarray
    chance_pairs: float = math.inf

    @property
    def real(self) -> np.ndarray:
        """Training and holdout rows."""
        return np.concatenate([self.training, self.holdout])

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
    real: list[np.ndarray] = []
    for name in training:
        codes = np.concatenate(code_jointly(*(table[name] for table in tables))) + 1
        # Keys are numbered anew for each column, so that no number of columns overflows.
        keys, _ = pd.factorize(keys * (int(codes.max(initial=0)) + 1) + codes)
        real.append(codes[: ends[1]])
    training_keys, holdout_keys, synthetic_keys = np.split(keys, ends)
    return RowKeys(training_keys, holdout_keys, synthetic_keys, bound_chance_pairs(real))


def require_columns(training: pd.DataFrame, **tables: pd.DataFrame) -> None:
    """Raise EvaluationError naming the first column of the training table that another table lacks."""
    for title, table in tables.items():
        missing = [name for name in training if name not in table]
        if missing:
            raise EvaluationError(
                f'The {title} table lacks the modelled column "{missing[0]}".',
                "give all tables the modelled columns of the dataset.",
            )


def evaluate_copies(keys: RowKeys) -> PrivacyFinding:
    """LOOK above what chance explains; where no real row repeats another, at the first copy.

    FAIL where no real row repeats another and the copies exceed chance all the same: then the
    model memorised rows. Elsewhere `repeats` decides, which common rows do not mislead.
    """
    rows, copies = len(keys.synthetic), int(keys.copied.sum())
    if not rows or not len(keys.training):
        return not_measured("exact_copies", "The share of exact copies", "there are no rows to compare")
    chance = _find_chance(keys)
    limit = most_by_chance(rows, chance.hits, chance.rows)
    sentence = (
        f"{copies:,} of {rows:,} rows ({copies / rows:.1%}) equal a training row in every modelled column; "
        f"{chance.words}: {_explain(copies, limit, chance)}."
    )
    return PrivacyFinding(
        "exact_copies",
        _decide(copies, limit, chance),
        *bound_share(copies, rows),
        chance.hits / chance.rows if chance.rows else None,
        0.0 if chance.is_none else limit / rows,
        sentence,
        limit / rows if chance.is_none else None,
        method=f"at most {limit:,} rows by chance, {FISHER}",
    )


@dataclass(frozen=True)
class _Chance:
    """How many of how many independent real rows repeat a training row; `is_none` where no real row does."""

    hits: int
    rows: int
    is_none: bool
    words: str


def _find_chance(keys: RowKeys) -> _Chance:
    hits, rows = int(keys.repeating_holdout.sum()), len(keys.holdout)
    if hits or keys.repeating_training.any():
        share = f" ({hits / rows:.1%})" if rows else ""
        return _Chance(hits, rows, False, f"{hits:,} of {rows:,} holdout rows{share} do")
    # Training rows repeat one another in pairs, so that they count half.
    words = f"no two of {rows + len(keys.training):,} real rows are equal across or within training rows"
    return _Chance(0, rows + len(keys.training) // 2, True, words)


def _decide(copies: int, limit: int, chance: _Chance) -> Verdict:
    if copies > limit:
        return Verdict.FAIL if chance.is_none else Verdict.LOOK
    return Verdict.LOOK if copies and chance.is_none else Verdict.PASS


def _explain(copies: int, limit: int, chance: _Chance) -> str:
    if copies > limit:
        return "more than chance explains"
    if copies and chance.is_none:
        return "too few to rule out chance, yet worth a look"
    return "no more than chance explains"
