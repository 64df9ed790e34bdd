"""Identity values of the real sample that come back in a table."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from pipeline.dataset import DatasetSpec, Role
from pipeline.evaluation.results import PrivacyFinding, Verdict
from pipeline.evaluation.text import as_text, repeats_any


def count_overlap(real: pd.DataFrame, synthetic: pd.DataFrame, spec: DatasetSpec) -> dict[str, int]:
    """Rows that repeat a real value in each identity column that may not, whatever case and separators."""
    protected = [
        column.name for column in spec.columns if column.role is Role.IDENTITY and not column.may_equal_real
    ]
    return {
        name: _count_repeated(real[name], synthetic[name])
        for name in protected
        if name in real and name in synthetic
    }


def judge_overlap(overlap: Mapping[str, int], rows: int) -> PrivacyFinding:
    """FAIL at the first repeated value; the value is the share of rows in the worst column."""
    if not overlap:
        sentence = "No identity column is protected in this dataset."
        return PrivacyFinding("identity_overlap", None, None, None, None, None, None, sentence)
    hits = {name: count for name, count in overlap.items() if count}
    share = max(hits.values(), default=0) / max(1, rows)
    verdict = Verdict.FAIL if hits else Verdict.PASS
    return PrivacyFinding(
        "identity_overlap", verdict, share, None, None, 0.0, None, _tell(overlap, hits), 0.0
    )


def _count_repeated(real: pd.Series, synthetic: pd.Series) -> int:
    return int(repeats_any(as_text(synthetic), as_text(real)).sum())


def _tell(overlap: Mapping[str, int], hits: Mapping[str, int]) -> str:
    if not hits:
        return f"No value of {len(overlap)} protected identity columns equals a real one."
    return " ".join(f'{count:,} rows repeat a real value in column "{name}".' for name, count in hits.items())
