"""Text into numbers and dates: whole columns at a time, and nothing guessed from a single cell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from pipeline.errors import DataError

MISSING_NUMBER_WORDS = frozenset({"na", "n/a", "#n/a", "nan", "null", "none", "?"})
"""Words that stand for "no value" in a column of numbers; in a column of text they are text."""

OLDEST_AGE = 120
"""Years: a greater age is no person's."""

ISO_DATE = "%Y-%m-%d"
ISO_SECOND = "%Y-%m-%d %H:%M:%S"

# Month first is before day first: where every date fits both, the reader is American.
_DATES = (
    ISO_DATE,
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%d.%m.%Y",
    "%Y/%m/%d",
    "%m-%d-%Y",
    "%d-%m-%Y",
    "%d-%b-%Y",
    "%d %b %Y",
    "%m/%d/%y",
    "%d/%m/%y",
)
_CLOCKS = (
    "",
    " %H:%M:%S",
    "T%H:%M:%S",
    " %H:%M",
    "T%H:%M",
    " %H:%M:%S.%f",
    "T%H:%M:%S.%f",
    "T%H:%M:%SZ",
    " %H:%M:%S%z",
    "T%H:%M:%S%z",
)
DATE_FORMATS = tuple(date + clock for clock in _CLOCKS for date in _DATES)

FIRST_CODE = 10**15
"""From here on, in digits and sign alike, a whole number is a code: a float would blur its last digits."""

_FIRST_LOOK = 100  # cells, which rule out numbers and dates for most columns of text
_NUMBER = re.compile(r"-?(\d+(?:\.\d*)?|\.\d+)([eE][+-]?\d+)?")  # one way only through each text
_CODE = re.compile(r"-?0\d+|-?\d{16,}")  # "007", and digits that a float cannot hold
_THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")
_DECIMAL_COMMA = re.compile(r"-?\d+,\d+")
_DATE_LIKE = re.compile(r"\d{1,4}[-/. ](\d{1,2}|[A-Za-z]{3})[-/. ]\d{1,4}([T ]\d{1,2}:\d{2}.*)?")


def parse_numbers(values: pd.Series) -> pd.Series | None:
    """Numbers of a text column, missing where a word says so; None when the column is not numeric.

    Codes such as "007" and runs of more than 15 digits are identifiers, not numbers. The result is
    int64, or float64 where something is missing or fractional. Raises DataError for a number such as
    1e400, which no float holds.
    """
    if not all(map(_may_be_number, values.head(_FIRST_LOOK).dropna())):
        return None
    codes, distinct = pd.factorize(values)
    words = [text.strip() for text in distinct]
    is_missing = [word.lower() in MISSING_NUMBER_WORDS for word in words]
    present = _without_commas([word for word, gone in zip(words, is_missing, strict=True) if not gone])
    if not present or not all(_NUMBER.fullmatch(word) and not _CODE.fullmatch(word) for word in present):
        return None
    numbers = np.full(len(distinct) + 1, np.nan)  # the last one answers code -1, an empty cell
    numbers[:-1][~np.array(is_missing)] = [float(word) for word in present]
    column = pd.Series(numbers[codes], index=values.index, name=values.name)
    refuse_infinite(values, column)
    return as_integers(column)


def to_numbers(values: pd.Series, where: str) -> pd.Series:
    """Numbers of a column (int64, or float64 where needed); DataError names the first cell that is none.

    `where` names table and column for the message.
    """
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return as_integers(values.astype(float))
    codes, distinct = pd.factorize(values)
    numbers = np.array([*(_number_or_nan(str(value).strip()) for value in distinct), np.nan])
    column = pd.Series(numbers[codes], index=values.index, name=values.name)
    refuse_bad_cells(values, column, where, "number")
    return as_integers(column)


def to_dates(values: pd.Series, where: str, date_format: str = ISO_DATE) -> pd.Series:
    """Dates (datetime64[ns]) of a column in `date_format` or ISO form; DataError names the first bad one."""
    dates = parse_dates(values, date_format)
    for fallback in (ISO_DATE, ISO_SECOND):
        if dates.notna().sum() < values.notna().sum():
            dates = dates.fillna(parse_dates(values, fallback))
    refuse_bad_cells(values, dates, where, f"date in the form {date_format}")
    return dates


def refuse_bad_cells(given: pd.Series, parsed: pd.Series, where: str, wanted: str) -> None:
    """Raise DataError when a cell that holds something was parsed to nothing (rows count from 1)."""
    bad = (given.notna() & parsed.isna()).to_numpy()
    if bad.any():
        row = int(bad.argmax())
        raise DataError(
            f"{where} holds no {wanted} in {int(bad.sum())} of {len(given)} rows, "
            f'the first is "{given.iloc[row]}" in row {row + 1}.',
            "correct those rows, or leave them empty.",
        )


def refuse_infinite(given: pd.Series, numbers: pd.Series) -> None:
    """Raise DataError for a number that is too large for a float, or infinite (rows count from 1)."""
    is_infinite = np.isinf(numbers.to_numpy(dtype=float))
    if is_infinite.any():
        row = int(is_infinite.argmax())
        raise DataError(
            f'Column "{given.name}" holds {given.iloc[row]} in row {row + 1}, a number that is too large.',
            "correct that cell, or leave it empty.",
        )


def as_integers(numbers: pd.Series) -> pd.Series:
    """The same numbers as int64 when all of them are whole and none is missing."""
    whole = (
        np.isfinite(numbers).all() and (numbers == numbers.round()).all() and (numbers.abs() < 2**53).all()
    )
    return numbers.astype("int64") if whole else numbers


def guess_date_format(values: pd.Series) -> str | None:
    """The first format that reads every non-missing text of a column, or None; four digits are no date."""
    if not all(_DATE_LIKE.fullmatch(text.strip()) for text in values.head(_FIRST_LOOK).dropna()):
        return None
    distinct = pd.Series(values.dropna().unique(), dtype=object)
    if distinct.empty or not all(_DATE_LIKE.fullmatch(text.strip()) for text in distinct):
        return None
    first = distinct.iloc[:1]
    candidates = (pattern for pattern in DATE_FORMATS if parse_dates(first, pattern).notna().all())
    return next((pattern for pattern in candidates if parse_dates(distinct, pattern).notna().all()), None)


def parse_dates(values: pd.Series, date_format: str) -> pd.Series:
    """Dates (datetime64[ns]) of a column written in `date_format`, missing where a text does not fit."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return _without_zone(values)
    parsed = pd.to_datetime(values, format=date_format, errors="coerce", utc="%z" in date_format)
    return _without_zone(parsed).astype("datetime64[ns]")


def compute_ages(births: np.ndarray, as_of: date) -> np.ndarray:
    """Completed years on `as_of` (float64, NaN for NaT) of birth dates (datetime64)."""
    days = births.astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    years = days.astype("datetime64[Y]").astype(float) + 1970
    month = (months - days.astype("datetime64[Y]").astype("datetime64[M]")).astype(float) + 1
    day = (days - months.astype("datetime64[D]")).astype(float) + 1
    before_birthday = (month > as_of.month) | ((month == as_of.month) & (day > as_of.day))
    return np.where(np.isnat(days), np.nan, as_of.year - years - before_birthday)


def keeps_form(date_format: str) -> bool:
    """Whether dates in this format are written as text again; those in ISO form are real dates."""
    return date_format not in (ISO_DATE, ISO_SECOND) and not any(part in date_format for part in ("%f", "%z"))


def sample_distinct(texts: Sequence[str] | pd.Series, most: int) -> list[str]:
    """Distinct texts without blanks around them, evenly taken from all: about `most` of them."""
    series = texts if isinstance(texts, pd.Series) else pd.Series(list(texts), dtype=object)
    found = [str(text).strip() for text in series.dropna().unique()]
    return [text for text in found if text][:: max(1, len(found) // most)]


def as_text(values: pd.Series) -> pd.Series:
    """A column as text (dtype object): whole numbers without ".0", dates in ISO form, missing cells None."""
    if values.dtype == object and pd.api.types.infer_dtype(values, skipna=True) in ("string", "empty"):
        texts = values
    elif pd.api.types.is_datetime64_any_dtype(values):
        texts = _date_texts(values)
    elif pd.api.types.is_float_dtype(values) and _is_whole(values):
        texts = values.astype("Int64").astype(str)
    else:
        texts = values.astype(str)
    texts, is_missing = texts.astype(object), values.isna()
    return texts.mask(is_missing, None) if is_missing.any() else texts


def _is_whole(numbers: pd.Series) -> bool:
    present = numbers.dropna().to_numpy(dtype=float)
    return bool(
        np.isfinite(present).all() and (present == present.round()).all() and (abs(present) < 2**53).all()
    )


def _date_texts(values: pd.Series) -> pd.Series:
    present = values.dropna()
    has_clock = bool((present != present.dt.normalize()).any())
    return values.dt.strftime(ISO_SECOND if has_clock else ISO_DATE)


def _without_zone(values: pd.Series) -> pd.Series:
    return values.dt.tz_convert("UTC").dt.tz_localize(None) if values.dt.tz is not None else values


def _may_be_number(text: str) -> bool:
    """Whether a cell leaves open that its column is one of numbers; commas take a look at all cells."""
    word = text.strip()
    is_number = _NUMBER.fullmatch(word) and not _CODE.fullmatch(word)
    return bool(is_number or "," in word or word.lower() in MISSING_NUMBER_WORDS)


def _number_or_nan(text: str) -> float:
    number = float(text) if _NUMBER.fullmatch(text) else float("nan")
    return number if np.isfinite(number) else float("nan")


def _without_commas(words: list[str]) -> list[str]:
    """Read 1,234.5 and 1234,5 as numbers when the whole column is written that way."""
    with_comma = [word for word in words if "," in word]
    if not with_comma:
        return words
    if all(_THOUSANDS.fullmatch(word) for word in with_comma):
        return [word.replace(",", "") for word in words]
    if all(_DECIMAL_COMMA.fullmatch(word) for word in with_comma):
        return [word.replace(",", ".") for word in words]
    return words
