"""Columns of dates and times of day in a pattern that a user gave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pipeline.datasets.forms import Form, Learned, form_from_dict, is_missing_word, is_sentinel_date
from pipeline.datasets.forms.patterns import directives
from pipeline.datasets.spec import ModelledType
from pipeline.errors import DataError

_MOST_OTHERS = 0.2


def read_in_pattern(name: str, texts: pd.Series, kind: str, fields: Mapping[str, Any]) -> Learned:
    """The column read in the pattern; DataError names the first cell that does not fit, by its row.

    Words for missing and dates that stand for "never" are odd cells; of others a fifth may be odd.
    """
    form = _form(name, kind, fields)
    reading = form.read(texts)
    others = reading.odd & ~texts.map(_is_known, na_action="ignore").fillna(False).to_numpy(dtype=bool)
    fitting = int(texts.notna().sum()) - int(reading.odd.sum())
    if not fitting or others.sum() > _MOST_OTHERS * (fitting + others.sum()):
        place = others.argmax() if others.any() else reading.odd.argmax()
        raise DataError(
            f'Column "{name}" is not written as {fields["pattern"]}: {int(others.sum()):,} of {len(texts):,} '
            f"cells do not fit, the first in row {place + 1}.",
            "correct the pattern.",
        )
    share = fitting / max(1, int(texts.notna().sum()))
    return Learned(form, reading.values, reading.odd, share, f"the pattern is given as {fields['pattern']}")


def _form(name: str, kind: str, fields: Mapping[str, Any]) -> Form:
    """The form with the pattern; DataError where the kind cannot have it."""
    pattern = str(fields["pattern"])
    form = _kind_of(pattern)
    if form == "time" and kind != ModelledType.NUMERICAL:
        raise DataError(
            f'Column "{name}": {pattern} is a time of day, which is of the kind numerical.',
            f"set {name}.kind=numerical, or give a pattern with a day.",
        )
    if form != "time" and kind == ModelledType.NUMERICAL:
        raise DataError(
            f'Column "{name}": {pattern} is a date, which is of the kind datetime.',
            f"set {name}.kind=datetime as well.",
        )
    return form_from_dict({"kind": form, **fields})


def _kind_of(pattern: str) -> str:
    """The kind of form that a pattern belongs to; words such as "excel" count days."""
    names = set(directives(pattern))
    if not names or names & set("dojO"):
        return "date"
    return "period" if names & set("Yy") else "time"


def _is_known(text: str) -> bool:
    return is_missing_word(text) or is_sentinel_date(text)
