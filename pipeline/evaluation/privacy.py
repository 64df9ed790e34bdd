"""Does a table give anybody away? Identity values that come back, and copies of real modelled rows.

Small and exact. Copies are judged against the holdout: rows that nobody trained on repeat training
rows by chance, the more so the fewer values the columns have. Both tables are looked up in the
same training rows, so that their shares compare whatever their sizes are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from pipeline.dataset import DatasetSpec, Role
from pipeline.errors import EvaluationError
from pipeline.evaluation.columns import code_jointly
from pipeline.evaluation.results import Privacy, Verdict
from pipeline.evaluation.text import as_text, is_among, normalise

NOISE_ERRORS = 3.0
"""How many standard errors above the holdout's share the copies may lie before somebody should look."""


def compute_privacy(
    real_raw: pd.DataFrame,
    synthetic_raw: pd.DataFrame,
    spec: DatasetSpec,
    real_modelled_training: pd.DataFrame,
    holdout_modelled: pd.DataFrame,
    synthetic_modelled: pd.DataFrame,
) -> Privacy:
    """Judge a table: FAIL when a protected identity value comes back, LOOK when rows are copied too often.

    Copies are too frequent when their share exceeds that of the holdout by more than `NOISE_ERRORS`
    standard errors of the difference of two shares (pooled). Raises EvaluationError where a
    modelled table lacks a column.
    """
    overlap = _count_overlap(real_raw, synthetic_raw, spec)
    copies, baseline = _copied_shares(real_modelled_training, synthetic_modelled, holdout_modelled)
    limit = _noise_limit(copies, len(synthetic_modelled), baseline, len(holdout_modelled))
    is_copying = copies is not None and copies > limit
    findings = (*_overlap_findings(overlap), _copy_finding(copies, baseline, limit))
    if any(overlap.values()):
        return Privacy(Verdict.FAIL, overlap, copies, baseline, findings)
    return Privacy(Verdict.LOOK if is_copying else Verdict.PASS, overlap, copies, baseline, findings)


def _count_overlap(real: pd.DataFrame, synthetic: pd.DataFrame, spec: DatasetSpec) -> dict[str, int]:
    protected = [
        column.name for column in spec.columns if column.role is Role.IDENTITY and not column.may_equal_real
    ]
    return {
        name: _count_repeated(real[name], synthetic[name])
        for name in protected
        if name in real and name in synthetic
    }


def _count_repeated(real: pd.Series, synthetic: pd.Series) -> int:
    known = normalise(as_text(real))
    return int(is_among(normalise(as_text(synthetic)), known.filter(pc.not_equal(known, ""))).sum())


def _copied_shares(
    training: pd.DataFrame, synthetic: pd.DataFrame, holdout: pd.DataFrame
) -> tuple[float | None, float | None]:
    """Shares of synthetic and of holdout rows that equal a training row in every column."""
    if training.empty:
        return None, None
    for title, table in (("synthetic", synthetic), ("holdout", holdout)):
        missing = [name for name in training if name not in table]
        if missing:
            raise EvaluationError(
                f'The {title} table lacks the modelled column "{missing[0]}".',
                "give all tables the modelled columns of the dataset.",
            )
    known, *others = _row_keys(training, synthetic, holdout)
    shares = [float(np.isin(keys, known).mean()) if len(keys) else None for keys in others]
    return shares[0], shares[1]


def _row_keys(first: pd.DataFrame, *others: pd.DataFrame) -> list[np.ndarray]:
    """Integers that are equal where whole rows are equal, across all tables; missing equals missing."""
    tables = (first, *others)
    keys = [np.zeros(len(table), dtype=np.int64) for table in tables]
    for name in first:
        codes = code_jointly(*(table[name] for table in tables))
        combined = np.concatenate(keys) * (max(map(_highest, codes)) + 2) + np.concatenate(codes) + 1
        # Keys are numbered anew for each column, so that no number of columns overflows.
        numbered, _ = pd.factorize(combined)
        keys = np.split(numbered, np.cumsum([len(table) for table in tables])[:-1])
    return keys


def _highest(codes: np.ndarray) -> int:
    return int(codes.max(initial=-1))


def _noise_limit(copies: float | None, rows: int, baseline: float | None, holdout_rows: int) -> float:
    """The share above which copies are more than chance; without a holdout any copy is."""
    if copies is None or baseline is None:
        return 0.0
    pooled = (copies * rows + baseline * holdout_rows) / (rows + holdout_rows)
    error = math.sqrt(pooled * (1.0 - pooled) * (1.0 / rows + 1.0 / holdout_rows))
    return baseline + NOISE_ERRORS * error


def _overlap_findings(overlap: Mapping[str, int]) -> tuple[str, ...]:
    hits = {name: count for name, count in overlap.items() if count}
    if not overlap:
        return ("No identity column is protected in this dataset.",)
    if not hits:
        return (f"No value of {len(overlap)} protected identity columns equals a real one.",)
    return tuple(f'{count:,} rows repeat a real value in column "{name}".' for name, count in hits.items())


def _copy_finding(copies: float | None, baseline: float | None, limit: float) -> str:
    if copies is None:
        return "Copies of training rows were not measured, since there were no rows to compare."
    if baseline is None:
        return f"{copies:.1%} of the rows equal a training row; there is no holdout to judge this by."
    verdict = "more than chance explains" if copies > limit else "no more than chance explains"
    return (
        f"{copies:.1%} of the rows equal a training row in every modelled column, against "
        f"{baseline:.1%} of the holdout rows: {verdict} (limit {limit:.1%}, {NOISE_ERRORS:g} standard "
        "errors above the holdout)."
    )
