"""Dates, times and periods of digits alone, which files with types hold as whole numbers: 20310512, 945.

As a number, what is written with zeros in front has lost them.
"""

from __future__ import annotations

import pandas as pd

from pipeline.datasets.forms.form import Form
from pipeline.datasets.forms.patterns import Token, parse_pattern

_KINDS = ("date", "period", "time")
_WIDTHS = {**dict.fromkeys("YG", 4), "j": 3, **dict.fromkeys("qhCu", 1), **dict.fromkeys("ymdHMSV", 2)}


def are_digits(form: Form | None) -> bool:
    """Whether a form of dates, times or periods writes digits and nothing else."""
    return count_digits(form) > 0


def count_digits(form: Form | None) -> int:
    """How many digits a form of dates, times or periods writes; 0 where it writes anything else."""
    if form is None or form.kind not in _KINDS or bool(getattr(form, "also", None)):
        return 0
    widths = [_width(token) for token in parse_pattern(getattr(form, "pattern", ""))]
    return sum(widths) if all(widths) else 0


def _width(token: Token) -> int:
    return _WIDTHS.get(token.name, 0) if token.is_padded else 0


def restore_zeros(texts: pd.Series, form: Form) -> pd.Series:
    """The texts of whole numbers with the zeros in front that a form needs, all others as they are."""
    padded = pad(texts, count_digits(form))
    return padded.where(~form.read(padded).odd, texts)


def pad(texts: pd.Series, width: int) -> pd.Series:
    """The texts that are digits with zeros in front up to a width; missing cells stay None."""
    padded = texts.where(~texts.str.fullmatch(r"\d+", na=False), texts.str.zfill(width))
    return padded.astype(object).where(texts.notna(), None)
