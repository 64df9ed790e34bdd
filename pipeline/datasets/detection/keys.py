"""Whether a column tells rows apart: by its name, or by whole numbers that are codes and no measure."""

from __future__ import annotations

import pandas as pd

from pipeline.datasets.parsing import parse_dates

_MANY = 50
_CODE_ROWS = 20  # tell whether whole numbers are codes
_COUNTER_ROWS = 150  # more than there are ages, and than there are years in most tables
_CODE_DIGITS = 5
_ROUND_SHARE = 0.25  # of amounts end in 0 where people round, of codes a tenth
_EPOCHS = ((631_152_000, 2_208_988_800), (631_152_000_000, 2_208_988_800_000))  # 1990 to 2040, in s and ms

_ID_WORDS = frozenset({"id", "key", "index", "idx", "uuid", "guid", "rowid"})
_NUMBER_WORDS = frozenset(
    {"no", "nr", "num", "number", "code", "ref", "reference", "account", "acct", "serial"}
)
_MEASURE_WORDS = frozenset(
    (
        "amount", "amt", "assets", "balance", "budget", "capital", "charge", "cost", "credit", "debit",
        "debt", "deposit", "distance", "epoch", "exposure", "fee", "income", "km", "limit", "loan", "loss",
        "mileage", "miles", "mortgage", "paid", "pay", "payment", "population", "premium", "price",
        "principal", "profit", "rent", "revenue", "salary", "sales", "size", "spend", "sum", "tax", "time",
        "timestamp", "total", "turnover", "value", "volume", "wage", "wealth",
    )
)  # fmt: skip


def is_key(words: tuple[str, ...], values: pd.Series) -> bool:
    """Whether a column tells rows apart: an id by name, numbers of a code's form, a row counter."""
    present = values.dropna()
    is_number = pd.api.types.is_numeric_dtype(values)
    if is_number and not (present == present.round()).all():
        return False
    distinct = present.nunique()
    is_unique = distinct == len(present)
    if words and (words[-1] in _ID_WORDS or words[0] in _ID_WORDS):
        return is_unique or (distinct > _MANY and distinct / len(present) > 0.1)
    if words and words[-1] in _NUMBER_WORDS:
        return is_unique
    return is_number and is_unique and _has_code_form(words, present.astype("int64"))


def _has_code_form(words: tuple[str, ...], numbers: pd.Series) -> bool:
    """Whether whole numbers without repeats are codes: counted up, or of one length and no measure.

    A measure has a name that says so, or values that are rounded, or that read as points in time.
    """
    low, high, rows = int(numbers.min()), int(numbers.max()), len(numbers)
    if low in (0, 1) and rows > 2 and (numbers.diff().dropna() == 1).all():
        return True
    if rows < _CODE_ROWS or _MEASURE_WORDS & set(words):
        return False
    if rows >= _COUNTER_ROWS and high - low < 2 * rows:
        return True
    is_one_length = low > 0 and len(str(low)) == len(str(high)) >= _CODE_DIGITS
    is_rounded = (numbers % 10 == 0).mean() > _ROUND_SHARE
    return is_one_length and not is_rounded and not _are_times(numbers, low, high)


def _are_times(numbers: pd.Series, low: int, high: int) -> bool:
    """Whether whole numbers read as seconds or milliseconds since 1970, or as dates like 20240131."""
    if any(first <= low and high <= last for first, last in _EPOCHS):
        return True
    return len(str(low)) == 8 and bool(parse_dates(numbers.astype(str), "%Y%m%d").notna().all())
