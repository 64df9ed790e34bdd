"""How large numbers in text are beside the numbers of their column: 70 % is 0.7, and 1.234 may be 1234."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.datasets.forms import Learned, NumberForm
from pipeline.errors import DataError

_DIVISORS = {"%": 100, "‰": 1_000, "‱": 10_000}
_CLEARLY_NEARER = 0.6  # powers of ten

Size = tuple[NumberForm, int]
"""A form of text, and by what its numbers are divided."""


def choose_size(written: Learned, texts: pd.Series, numbers: pd.Series, shows_percent: bool) -> Size:
    """Form and divisor under which numbers in text are of the size of the others in their column.

    `shows_percent` says that the workbook shows the others as percentages. DataError where two are as likely.
    """
    forms = [one for one in (written.form, *written.alternatives) if isinstance(one, NumberForm)]
    forms = [replace(one, literals=()) for one in (forms if written.is_ambiguous else forms[:1])]
    divisor = _DIVISORS.get(forms[0].unit, 1)
    if divisor > 1 and shows_percent:
        sizes = [(one, divisor) for one in forms]
    else:
        divisors = {1, divisor, 100 if shows_percent else 1}
        sizes = [(one, by) for one in forms for by in sorted(divisors)]
    return sizes[0] if len(sizes) == 1 else _choose(sizes, texts, numbers)


def _choose(sizes: Sequence[Size], texts: pd.Series, numbers: pd.Series) -> Size:
    usual = _find_usual(numbers)
    distances = [abs(_find_usual(form.read(texts).values / by) - usual) for form, by in sizes]
    if np.isnan(distances).any():  # zeros alone, which are as large under each
        return sizes[0]
    nearest, next_one = sorted(distances)[:2]
    if next_one - nearest < _CLEARLY_NEARER:
        _refuse(str(texts.name), any(by > 1 for _, by in sizes))
    return sizes[distances.index(nearest)]


def _find_usual(numbers: pd.Series) -> float:
    """The usual size of numbers, in powers of ten."""
    sizes = numbers.abs()
    return float(np.log10(sizes[sizes > 0].median()))


def _refuse(name: str, is_percent: bool) -> None:
    if is_percent:
        raise DataError(
            f'Column "{name}" holds percentages in text beside numbers that may be fractions (0.5 is 50 %) '
            "or percentages.",
            "give the numbers the format 0% in the workbook, or hold all values as numbers.",
        )
    raise DataError(
        f'Thousands and decimals cannot be told apart in the text of column "{name}": a number like 1,234 '
        "may be more than a thousand, or one and a fraction.",
        "say `--decimal .` (it is more than a thousand) or `--decimal ,` (a fraction).",
    )
