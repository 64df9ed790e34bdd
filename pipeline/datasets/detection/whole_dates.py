"""Columns of whole numbers that are dates, times or periods of digits, as files with types hold them.

They are learned as text of the same digits is, so that a table means the same in every kind of file.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from pipeline.datasets.forms import Learned
from pipeline.datasets.forms.digits import are_digits, pad, restore_zeros
from pipeline.datasets.parsing import as_text

_SAMPLE = 4_000
_WIDTHS = range(4, 11)  # digits of times of day, and of days with an hour
_PADDED = (4, 6, 8)  # digits of what may begin with a zero that a number has lost
_FEWEST_LONG = 40  # distinct numbers that lack one digit at most: chance makes no times of so many
_FEWEST = 6

Learn = Callable[[pd.Series], Learned | None]


def find_dates_in_numbers(table: pd.DataFrame, learn: Learn) -> dict[str, pd.Series]:
    """The columns of whole numbers that are dates, times or periods, as the texts that they are learned from.

    What would begin with a zero as text begins with it. `learn` gives the form of a column of text.
    """
    found = {str(name): _find_texts(table[name], learn) for name in table if _is_whole(table[name])}
    return {name: texts for name, texts in found.items() if texts is not None}


def _is_whole(values: pd.Series) -> bool:
    """Whether a column is of whole numbers, none of them below zero, most as long as dates or times are."""
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return False
    numbers = _take(values).dropna().to_numpy(dtype=float)
    if not len(numbers) or not np.isfinite(numbers).all() or (numbers % 1 != 0).any() or numbers.min() < 0:
        return False
    return len(np.unique(numbers)) >= _FEWEST and len(f"{np.median(numbers):.0f}") in _WIDTHS


def _find_texts(values: pd.Series, learn: Learn) -> pd.Series | None:
    """The whole numbers as texts, None where a sample or all of them have no form of digits."""
    sample = as_text(_take(values))
    for width in _list_widths(sample):
        one = learn(pad(sample, width))
        if one is not None and are_digits(one.form):
            texts = as_text(values)
            return restore_zeros(texts, one.form)
    return None


def _list_widths(texts: pd.Series) -> tuple[int, ...]:
    """To how many digits numbers are filled up: to none, or to those that most have where enough do."""
    lengths = pd.Series(texts.dropna().unique()).str.len()
    longest = int(lengths.median())
    longest += longest % 2
    is_enough = int((lengths.isin((longest - 1, longest))).sum()) >= _FEWEST_LONG
    return (0, longest) if longest in _PADDED and is_enough else (0,)


def _take(values: pd.Series) -> pd.Series:
    return values.iloc[:: max(1, len(values) // _SAMPLE)]
