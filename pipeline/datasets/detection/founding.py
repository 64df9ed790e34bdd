"""Whether whole numbers stand for somebody: another column has one value for each of them.

A band or a price that is computed from a number has one value for each number as well. Such a column goes up,
or changes seldom, along the numbers; what describes people does neither.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd

from pipeline.datasets.entity_codes import Codes, code, determines, find_usual

_FEWEST_CHANGES = 0.5  # as many changes from number to number as chance would make
_MOST_CORRELATED = 0.8  # of ranks
_FEWEST = 10  # numbers with a value each


def find_founders(table: pd.DataFrame) -> Callable[[str], bool]:
    """A test whether a column of whole numbers has another column that is constant in each of its numbers."""

    @cache
    def code_of(column: str) -> Codes:
        return code(table[column])

    @cache
    def test(column: str) -> bool:
        numbers = code_of(column)
        order = np.argsort(np.asarray(pd.unique(table[column].dropna())))
        others = [str(name) for name in table.columns if name != column]
        return any(
            determines(numbers, code_of(other)) and _differs(numbers, order, table[other], code_of(other))
            for other in others
        )

    return test


def _differs(numbers: Codes, order: np.ndarray, values: pd.Series, codes: Codes) -> bool:
    """Whether what each number has neither changes seldom nor goes up or down along the numbers."""
    usual = find_usual(numbers, codes)[order]
    usual = usual[usual >= 0]
    if len(usual) < _FEWEST or codes.distinct < 2:
        return False
    shares = np.bincount(usual) / len(usual)
    expected = (1.0 - float(shares @ shares)) * (len(usual) - 1)
    if int((np.diff(usual) != 0).sum()) < _FEWEST_CHANGES * expected:
        return False
    distinct = pd.Series(pd.unique(values.dropna()))
    ranks = distinct.astype(str) if distinct.dtype == object else distinct
    places = ranks.rank().to_numpy()[usual]
    found = pd.Series(places).corr(pd.Series(np.arange(len(places))), method="spearman")
    return not abs(found) > _MOST_CORRELATED
