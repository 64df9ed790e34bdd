"""Numbers that stand for "no value": -999 among ages, 9999 among scores, which are no amounts.

A number is one only where it repeats, reads like one (nines alone, -1, -9, 0) and lies far outside the rest.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.datasets.forms.hints import Learned
from pipeline.datasets.forms.numbers import NumberForm

_FEWEST_ROWS = 3  # in fewer a word for missing would never come back
_SAMPLE = 20_000  # rows, one of which holds a number that enough rows have
_FEWEST_OTHERS = 10  # distinct numbers show where the others lie
_NINES = re.compile(r"-?9{3,}(\.9+|\.0*)?|-9{1,2}(\.0*)?|-1(\.0*)?")
_FAR, _FAR_BELOW = 0.5, 0.1  # of the range of the others: above or below it, and below numbers above 0
_LONG = 6  # digits of numbers of one length, which are codes


def find_sentinels(numbers: pd.Series) -> list[float]:
    """The numbers of a column that stand for no value."""
    sample = numbers.iloc[:: max(1, len(numbers) // _SAMPLE)].dropna().unique()
    if not any(map(_may_be, sample.tolist())):
        return []
    counts = numbers.dropna().value_counts()
    repeated = counts[counts >= _FEWEST_ROWS].index.to_numpy(dtype=float)
    candidates = [number for number in repeated if _may_be(number)]
    others = counts.index.to_numpy(dtype=float)
    others = np.sort(others[~np.isin(others, candidates)])
    if not candidates or len(others) < _FEWEST_OTHERS or _are_codes(others):
        return []
    return [number for number in candidates if _is_far(number, others)]


def set_sentinels_apart(learned: Learned, texts: pd.Series) -> Learned:
    """The form with the texts of such numbers as odd cells; as it is where there are none."""
    if not isinstance(learned.form, NumberForm):
        return learned
    found = find_sentinels(learned.values)
    if not found:
        return learned
    stripped = texts.astype(str).str.strip()
    literals = stripped[learned.values.isin(found).to_numpy()].unique().tolist()
    form = replace(learned.form, literals=tuple(sorted({*learned.form.literals, *literals})))
    reading = form.read(texts)
    return replace(learned, form=form, values=reading.values, odd=reading.odd)


def _may_be(number: float) -> bool:
    return number == 0 or _NINES.fullmatch(f"{number:.10g}") is not None


def _is_far(number: float, others: np.ndarray) -> bool:
    """Whether a number lies outside the others, by a good part of their range."""
    low, high = float(others[0]), float(others[-1])
    spread = max(high - low, 1e-9)
    if number > high:
        return number - high >= _FAR * spread
    is_small = -10 < number <= 0 < low
    return number < low and low - number >= (_FAR_BELOW if is_small else _FAR) * spread


def _are_codes(others: np.ndarray) -> bool:
    is_whole = bool((others % 1 == 0).all())
    return (
        is_whole and others[0] >= 10 ** (_LONG - 1) and len(str(int(others[0]))) == len(str(int(others[-1])))
    )
