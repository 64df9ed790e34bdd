"""Identity values of the real sample that a table repeats."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from pipeline.datasets.spec import DatasetSpec, Role
from pipeline.evaluation.results import PrivacyFinding, Verdict
from pipeline.evaluation.text import as_text, repeats_any


def count_overlap(real: pd.DataFrame, synthetic: pd.DataFrame, spec: DatasetSpec) -> dict[str, int]:
    """Rows that repeat a real value in each identity column that may not, whatever case and separators."""
    return _count_columns(real, synthetic, spec, may_equal_real=False)


def count_coincidences(real: pd.DataFrame, synthetic: pd.DataFrame, spec: DatasetSpec) -> dict[str, int]:
    """The same in each identity column that may equal a real value, since chance alone repeats some."""
    return _count_columns(real, synthetic, spec, may_equal_real=True)


def evaluate_overlap(overlap: Mapping[str, int], rows: int) -> PrivacyFinding:
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


def _count_columns(
    real: pd.DataFrame, synthetic: pd.DataFrame, spec: DatasetSpec, may_equal_real: bool
) -> dict[str, int]:
    identity = [column for column in spec.columns if column.role is Role.IDENTITY]
    return {
        column.name: _count_repeated(real[column.name], synthetic[column.name])
        for column in identity
        if column.may_equal_real is may_equal_real and column.name in real and column.name in synthetic
    }


def _count_repeated(real: pd.Series, synthetic: pd.Series) -> int:
    return int(repeats_any(as_text(synthetic), as_text(real)).sum())


def _name_columns(count: int) -> str:
    return "1 column" if count == 1 else f"{count} columns"


def _tell(overlap: Mapping[str, int], hits: Mapping[str, int]) -> str:
    if not hits:
        return f"No protected identity value equals a real one, in {_name_columns(len(overlap))}."
    return " ".join(f'{count:,} rows repeat a real value in column "{name}".' for name, count in hits.items())
