"""Identity values that may coincide with real ones one by one: do they repeat together?

Common names and birth dates coincide whatever one does. A name and a birth date of one real row are
that person. Such columns are drawn independently of the sample and of one another, so that what each
of two columns repeats by itself gives how often chance repeats both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from pipeline.datasets.kinds import find_kind
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, Role
from pipeline.evaluation.privacy.intervals import most_expected
from pipeline.evaluation.privacy.verdicts import CHANCE_WORDS
from pipeline.evaluation.results import PrivacyFinding, Verdict
from pipeline.evaluation.text import code_alike

NAME = "identity_combinations"

_FAVOUR = 2.0
"""Two columns that follow modelled ones may go together so many times more often than independent ones."""


@dataclass(frozen=True)
class _Repeated:
    """How many rows repeat both values of one real row, and how many chance explains."""

    columns: tuple[str, str]
    rows: int
    limit: int

    @property
    def verdict(self) -> Verdict:
        if self.rows <= self.limit:
            return Verdict.PASS
        return Verdict.FAIL if self.rows > max(1, self.limit) else Verdict.LOOK


def evaluate_combinations(
    real: pd.DataFrame, synthetic: pd.DataFrame, spec: DatasetSpec, tests: int = 1
) -> PrivacyFinding | None:
    """FAIL where rows repeat two identity values of one real row more often than chance does.

    Looks at pairs of columns that may equal a real value and describe different facts; None where there is
    no such pair. One row beyond chance asks for a look, two fail. `tests` is how many tables are
    evaluated of which none should fail by chance.
    """
    columns = [one for one in list_exempt(spec) if one.name in real and one.name in synthetic]
    pairs = [pair for pair in combinations(columns, 2) if _fact(pair[0]) != _fact(pair[1])]
    if not pairs or real.empty or synthetic.empty:
        return None
    codes = {one.name: code_alike(real[one.name], synthetic[one.name]) for one in columns}
    found = [_count(first.name, second.name, codes, tests * len(pairs)) for first, second in pairs]
    return _tell(max(found, key=lambda one: one.rows / max(1, one.limit)), len(pairs), len(synthetic))


def list_exempt(spec: DatasetSpec) -> list[ColumnSpec]:
    """The identity columns that may equal a real value, in table order."""
    return [one for one in spec.columns if one.role is Role.IDENTITY and one.may_equal_real]


def _fact(column: ColumnSpec) -> str:
    """The fact of a column: a first and a last name are both a name, which may coincide as a whole."""
    kind = find_kind(column.kind)
    return kind.fact if kind is not None and kind.fact else column.kind


def _count(
    first: str, second: str, codes: Mapping[str, tuple[np.ndarray, np.ndarray]], tests: int
) -> _Repeated:
    real, synthetic = (
        _drop_missing(np.column_stack([codes[first][side], codes[second][side]])) for side in (0, 1)
    )
    # A person with several rows is one person, who can be matched by chance once.
    real = np.unique(real, axis=0)
    # Codes fit into 32 bits, so that two of them fit into one number.
    rows = int(np.isin(_join(synthetic), _join(real)).sum())
    equal = [_count_equal_pairs(real[:, place], synthetic[:, place]) for place in (0, 1)]
    expected = equal[0] * equal[1] / max(1, len(real) * len(synthetic))
    return _Repeated((first, second), rows, most_expected(_FAVOUR * expected, tests))


def _drop_missing(codes: np.ndarray) -> np.ndarray:
    return codes[(codes >= 0).all(axis=1)]


def _join(codes: np.ndarray) -> np.ndarray:
    return (codes[:, 0].astype(np.int64) << 32) + codes[:, 1]


def _count_equal_pairs(real: np.ndarray, synthetic: np.ndarray) -> float:
    """Pairs of a real and a synthetic value that are equal."""
    size = int(max(real.max(initial=0), synthetic.max(initial=0))) + 1
    return float(np.bincount(real, minlength=size) @ np.bincount(synthetic, minlength=size))


def _tell(worst: _Repeated, pairs: int, rows: int) -> PrivacyFinding:
    first, second = worst.columns
    others = f"; of {pairs:,} pairs of columns this is the worst" if pairs > 1 else ""
    sentence = (
        f'{worst.rows:,} of {rows:,} rows repeat both "{first}" and "{second}" of one real row: '
        f"{CHANCE_WORDS[worst.verdict]} (limit {worst.limit:,}{others})."
    )
    limits = worst.limit / rows, max(1, worst.limit) / rows
    return PrivacyFinding(
        NAME, worst.verdict, worst.rows / rows, None, None, None, limits[0], sentence, limits[1]
    )
