"""How numbers, dates, times, periods and booleans are written in a source: learned, read, written, stored."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pipeline.datasets.forms.booleans import BooleanForm
from pipeline.datasets.forms.dates import DateForm
from pipeline.datasets.forms.durations import DurationForm
from pipeline.datasets.forms.form import Form, Reading
from pipeline.datasets.forms.hints import Hints, Learned
from pipeline.datasets.forms.numbers import NumberForm
from pipeline.datasets.forms.periods import PeriodForm
from pipeline.datasets.forms.stored import FORMS, form_from_dict
from pipeline.datasets.forms.times import TimeForm
from pipeline.datasets.forms.words import find_missing_words, is_missing_word, is_sentinel_date

if TYPE_CHECKING:
    from pipeline.datasets.forms.learning import is_open, learn_form, vote_day_first, vote_decimal

__all__ = [
    "FORMS",
    "BooleanForm",
    "DateForm",
    "DurationForm",
    "Form",
    "Hints",
    "Learned",
    "NumberForm",
    "PeriodForm",
    "Reading",
    "TimeForm",
    "find_missing_words",
    "form_from_dict",
    "is_missing_word",
    "is_open",
    "is_sentinel_date",
    "learn_form",
    "vote_day_first",
    "vote_decimal",
]

_LEARNING = frozenset({"is_open", "learn_form", "vote_day_first", "vote_decimal"})


def __getattr__(name: str) -> Any:
    # Loaded when first used: a table whose forms are known needs to learn none.
    if name not in _LEARNING:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.learning"), name)
