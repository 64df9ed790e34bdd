"""Columns of text as numbers, dates and spans by their form, with the cells that are neither kept apart.

A column with odd cells among its values is *mixed*: it is text, its values in plain form (ISO dates, plain
numbers), its odd cells as they are written. An odd cell that looks like a plain value ("-999" among "5.5%")
has a mark before it, which `unmark` takes off again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd

from pipeline.datasets.calendar import to_spans
from pipeline.datasets.forms import DateForm, Form, NumberForm, Reading, TimeForm, form_from_dict
from pipeline.datasets.forms.number_shapes import PERCENT_SIGNS
from pipeline.datasets.kinds import is_birth_date
from pipeline.datasets.parsing import ISO_DATE, as_integers, as_text, parse_dates, to_dates, to_numbers
from pipeline.datasets.spec import ColumnSpec, ModelledType, Role

VALUE = "a value"
"""What stands in place of the values of a mixed column where only its odd cells matter."""

_MARK = "\u2060"
"""Word joiner: is before an odd cell that would otherwise be taken for a value."""

_LIKE_GROUP = r"\s*-?\d{1,3}\.\d{3}\s*"

CELLS, NUMBERS = "cells", "numbers"
"""The option of columns of dates whose digits are whole numbers in files with types, and its value."""

SPANS = ("time", "duration")
"""Kinds of forms whose values are lengths of time."""
_PLAIN: Mapping[str, Form] = {"numerical": NumberForm(), "datetime": DateForm()}
_PLAIN_OF: Mapping[str, Form] = {
    "number": NumberForm(),
    "date": DateForm(),
    "period": DateForm(),
    "time": TimeForm(),
}


def form_of(column: ColumnSpec) -> Form | None:
    """The form of a column; None where numbers are plain and dates in ISO form."""
    return form_from_dict(column.form) if column.form else None


def _plain_form(column: ColumnSpec) -> Form:
    return DateForm() if is_birth_date(column.kind) else _PLAIN[column.kind]


def are_whole(column: ColumnSpec) -> bool:
    """Whether a column holds dates or times whose digits are whole numbers in files with types."""
    if column.options.get(CELLS) != NUMBERS or not has_values(column):
        return False
    # Most tables have no such column.
    from pipeline.datasets.forms.digits import are_digits

    return are_digits(form_of(column))


def has_values(column: ColumnSpec) -> bool:
    """Whether a column holds numbers or dates, whatever their form, rather than text."""
    if column.role is Role.MODELLED:
        return column.kind in (ModelledType.NUMERICAL, ModelledType.DATETIME)
    return bool(column.form) and is_birth_date(column.kind)


def is_tolerant(column: ColumnSpec) -> bool:
    """Whether odd cells are expected in files with this column, as in all that are read by a form."""
    return bool(column.form) or "odd_words" in column.options


def conform(values: pd.Series, column: ColumnSpec, where: str) -> pd.Series:
    """A column of a file as its description requires: numbers and dates typed, all else text.

    DataError, with `where` in its message, for numbers or dates of a plain column that cannot be read.
    """
    where = f'{where}: column "{column.name}"'
    form = form_of(column)
    if has_values(column) and is_tolerant(column):
        return _read_typed(values, form or _plain_form(column), column.options.get("odd_words", ()))
    if column.role is Role.MODELLED and column.kind == ModelledType.NUMERICAL:
        return to_numbers(values, where)
    if column.role is Role.MODELLED and column.kind == ModelledType.DATETIME:
        return to_dates(values, where, column.options.get("format", ISO_DATE))
    texts = as_text(values)
    words = list_words_for_missing(column.options)
    return texts.mask(texts.str.strip().isin(words), None) if words else texts


def list_words_for_missing(options: Mapping[str, Any]) -> tuple[str, ...]:
    """The words that are in an identity column where it holds no identity."""
    word = options.get("missing_word")
    return (*([str(word)] if word is not None else []), *map(str, options.get("odd_cells", ())))


def _read_typed(values: pd.Series, form: Form, words: Collection[str]) -> pd.Series:
    """A column of text by its form; a column that has a type already keeps it, without the odd words."""
    if pd.api.types.is_numeric_dtype(values) and (numbers := _read_numbers(values, form)) is not None:
        return numbers
    if pd.api.types.is_datetime64_any_dtype(values) and form.kind in ("date", "period"):
        return parse_dates(values, ISO_DATE)
    texts = as_text(values)
    reading = form.read(texts)
    if reading.odd.any() and form.kind in _PLAIN_OF:
        # A file that was written plainly, as --plain does, is in no source's form.
        plain = _without_texts(_PLAIN_OF[form.kind].read(texts), texts, words)
        if plain.odd.sum() < reading.odd.sum():
            reading = plain
        elif getattr(form, "unit", "") in PERCENT_SIGNS:
            return _combine(reading, texts, form)  # beside 70 %, 0.29 may be 29 %: as odd as at registration
        reading = _read_rest(reading, _without_groups(texts.where(~texts.isin(list(words))), form), form.kind)
    return _combine(reading, texts, form)


def _read_numbers(values: pd.Series, form: Form) -> pd.Series | None:
    """A column of numbers by its form, None where that reads texts alone."""
    from pipeline.datasets.forms.digits import are_digits, restore_zeros

    if are_digits(form):
        texts = restore_zeros(as_text(values), form)
        return _combine(form.read(texts), texts, form)
    return as_integers(values.astype(float)) if form.kind in ("number", *SPANS) else None


def read_column(texts: pd.Series, form: Form) -> pd.Series:
    """A column by its form: numbers, dates (datetime64[ns]) or seconds; mixed where cells are odd."""
    return _combine(form.read(texts), texts, form)


def _read_rest(reading: Reading, texts: pd.Series, kind: str) -> Reading:
    """What was read, with the odd cells that are plain numbers or dates nevertheless, however large."""
    values = _parse(texts.where(reading.odd), "number" if kind == "number" else "date")
    is_read = values.notna().to_numpy(dtype=bool)
    return Reading(reading.values.mask(is_read, values), reading.odd & ~is_read) if is_read.any() else reading


def _without_groups(texts: pd.Series, form: Form) -> pd.Series:
    """The texts without those that a form leaves odd because they may be thousands as well: 1.803."""
    if not isinstance(form, NumberForm) or (form.decimal == "." and not form.is_whole):
        return texts
    return texts.where(~texts.str.fullmatch(_LIKE_GROUP, na=False))


def _without_texts(reading: Reading, texts: pd.Series, words: Collection[str]) -> Reading:
    """What was read, with cells that hold one of the words odd."""
    is_word = texts.isin(list(words)).to_numpy()
    return Reading(reading.values.mask(is_word), reading.odd | is_word) if is_word.any() else reading


def _combine(reading: Reading, texts: pd.Series, form: Form) -> pd.Series:
    values = to_model(reading.values, form)
    return mix(values, texts.where(reading.odd, None)) if reading.odd.any() else values


def write_column(values: pd.Series, form: Form) -> pd.Series:
    """A column as its source writes it: the inverse of `read_column`."""
    if not is_mixed(values):
        return form.write(_from_model(values, form))
    numbers, words = split_mixed(values, "date" if form.kind in ("date", "period") else "number")
    return form.write(_from_model(numbers, form)).where(words.isna(), words)


def to_periods(dates: pd.Series, column: ColumnSpec) -> pd.Series:
    """Dates as the first days of the months, quarters or years that the column's form writes."""
    form = form_from_dict(column.form)
    return form.read(form.write(dates)).values


def without_words(values: pd.Series, column: ColumnSpec) -> pd.Series:
    """A column of values with its odd cells missing."""
    if not has_values(column) or not is_mixed(values):
        return values
    kind = "number" if column.kind == ModelledType.NUMERICAL else "date"
    return split_mixed(values, kind)[0]


def is_mixed(values: pd.Series) -> bool:
    """Whether a column of values is text, because some of its cells are odd."""
    return bool(pd.api.types.is_object_dtype(values))


def mix(values: pd.Series, words: pd.Series) -> pd.Series:
    """A mixed column of values and words (text, None where there is none)."""
    return _plain_texts(values).where(words.isna(), mark(words)).astype(object)


def unmark(values: pd.Series) -> pd.Series:
    """A mixed column as readers see it: odd cells as they are written."""
    return values.map(lambda text: text.removeprefix(_MARK) if isinstance(text, str) else text)


def mark(words: pd.Series) -> pd.Series:
    """Odd cells with a mark before those that read as a plain number or date."""
    distinct = pd.Series(words.dropna().unique(), dtype=object)
    is_like = (_parse(distinct, "number").notna() | _parse(distinct, "date").notna()).to_numpy(dtype=bool)
    marked = {word: _MARK + word for word in distinct[is_like]}
    return words.map(lambda word: marked.get(word, word)) if marked else words


def _plain_texts(values: pd.Series) -> pd.Series:
    if (
        not pd.api.types.is_datetime64_any_dtype(values)
        or (values.dropna() == values.dropna().dt.floor("s")).all()
    ):
        return as_text(values)
    return values.dt.strftime("%Y-%m-%d %H:%M:%S.%f").astype(object).where(values.notna(), None)


def split_mixed(values: pd.Series, kind: str) -> tuple[pd.Series, pd.Series]:
    """The values of a mixed column, missing where a cell is odd, and its odd cells, None elsewhere.

    `kind` is "date" or "number".
    """
    texts = as_text(values)
    codes, distinct = pd.factorize(texts)
    parsed = _parse(pd.Series(distinct, dtype=object), kind)
    empty = np.datetime64("NaT") if kind == "date" else np.nan
    column = pd.Series(np.append(parsed.to_numpy(), empty)[codes], index=values.index, name=values.name)
    words = unmark(texts.where(texts.notna() & column.isna(), None))
    return (column if kind == "date" else as_integers(column)), words


def describe_form(form: Form | None) -> Mapping[str, object]:
    """The form as `dataset.yaml` keeps it: nothing where it is the plain one of its kind."""
    if form is None:
        return {}
    values = form.as_dict()
    is_plain = form.kind in ("number", "date") and len(values) == 1
    return {} if is_plain else values


def to_model(values: pd.Series, form: Form) -> pd.Series:
    """Values as they are modelled: times of day and durations are seconds."""
    return as_integers(values.dt.total_seconds()) if form.kind in SPANS else values


def _from_model(values: pd.Series, form: Form) -> pd.Series:
    if form.kind not in SPANS:
        return values
    return to_spans((values.astype(float) * 1e9).round(), "ns")


def _parse(distinct: pd.Series, kind: str) -> pd.Series:
    if kind == "date":
        return pd.to_datetime(distinct, format="ISO8601", errors="coerce").astype("datetime64[ns]")
    return pd.to_numeric(distinct, errors="coerce").astype(float)
