"""Whether the values of a column identify people: by the values alone, whatever detection said.

A code identifies a person where the values have one form with digits or of letters of one length, use a small
part of what that form could hold, and are many. Ordinary categories, counters, amounts, dates and times have
no such form.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from stdnum import bic, isin

from pipeline.evaluation.privacy.counted_forms import are_counted, are_run, may_be_days
from pipeline.evaluation.privacy.handle_forms import are_handles
from pipeline.evaluation.privacy.letter_forms import (
    SURE,
    are_full_names,
    are_last_names,
    are_scrambled,
    are_unknown_words,
    measure_letters,
)
from pipeline.evaluation.privacy.number_codes import (
    FEWEST_LONG_CODES,
    LONGEST,
    SMALLEST_SPACE,
    are_epochs,
    count_possible,
    measure_numbers,
    read_number,
    require_sparse,
)
from pipeline.evaluation.privacy.numbered_texts import find_numbered
from pipeline.evaluation.text import as_text

FEWEST_CONTACTS = 2
"""So few addresses or telephone numbers stand for somebody; a single one is that of the table's owner."""

FEWEST_SECURITIES, SECURITY_ROWS = 10, 50
"""Fewer securities or banks, in so many rows each on average, are what a portfolio holds, and no entities."""

FEWEST_SHARING = 5
"""A text that fewer rows share is one of few people's."""

FEWEST_TEXTS, TEXT_SHARE, FEWEST_ROWS = 100, 0.2, 200
"""So many distinct texts, in a table of so many rows and more than this share of them, are no categories."""

_FORM_SHARE = 0.85  # of the distinct values have the form
_NUMBER_SHARE = 0.95
_DIGITS_OF_FEW = 6  # of each of fewer than five codes
_MOST_MEASURES = 0.1
_HEAPED_SHARE = 0.5  # of the distinct numbers end in the same digit: prices and rounded amounts
_DATE_DIGITS = 8
_MOST_LOOKED_AT = 2_000
_YEAR, _MONTH, _DAY = r"(?:19|20|21)\d\d", r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_CLOCK = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:[.,]\d+)?(?: ?[AaPp][Mm])?(?: ?(?:Z|[+-]\d{2}:?\d{2}))?"
_WORD = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mär|mai|okt|dez)[a-zä]*"
_TIMES = re.compile(
    "|".join(
        (
            rf"{_YEAR}[-/. ]?{_MONTH}(?:[-/. ]?{_DAY})?(?:[T ,-]+{_CLOCK})?",
            rf"(?:{_DAY}[-/. ]?{_MONTH}|{_MONTH}[-/. ]?{_DAY})[-/. ]?(?:{_YEAR}|\d\d)(?:[T ,]+{_CLOCK})?",
            rf"{_MONTH}[-/. ]{_YEAR}",
            rf"(?:{_DAY}[-. /]*)?{_WORD}[-. ,/]*(?:{_DAY}[-. ,/]+)?(?:{_YEAR}|\d\d)?(?:[T ,]+{_CLOCK})?",
            rf"{_YEAR}[-/ ]?(?:Q|W|KW|H)[-/ ]?\d{{1,2}}|(?:Q|W|KW|H)[-/ ]?\d{{1,2}}[-/ ]?(?:{_YEAR}|\d\d)",
            rf"(?:-?\d+ days? ?,?\+?)?{_CLOCK}|P[\dTDHMSYW.]+",
        )
    ),
    re.IGNORECASE,
)
_CONTACTS = re.compile(
    r"[^@\s]+@[^@\s]+\.[^@\s]+|(?:\d{1,3}\.){3}\d{1,3}|(?:[0-9A-F]{2}[:-]){5}[0-9A-F]{2}"
    r"|\+\d[\d ()/.-]{6,}|[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}"
    r"|(?:[A-Z]:)?[\\/](?:users|home)[\\/][^\\/]+(?:[\\/].*)?",
    re.IGNORECASE,
)
_AMOUNT = re.compile(r"\D{0,4}\d{1,3}(?:[., '’]?\d{2,3})*(?:[.,]\d+)?(?:[eE][+-]?\d+)?\s?\D{0,4}")
_AMOUNT_SIGN = re.compile(r"[.,%$€£]|^[+-]|[+-]$|\d[eE][+-]?\d")


class Form(StrEnum):
    """Why the values of a column identify people."""

    CONTACT = "addresses, telephone or account numbers, or folders of persons"
    CODE = "codes of one form"
    LETTERS = "codes of letters of one length"
    SHORT_LETTERS = "codes of five letters"
    FEW = "long numbers, of which banks, branches and products have few as well"
    SCRAMBLED = "random codes of letters and digits"
    HANDLE = "user names or payment handles"
    WORDS = "words that are not known, of few rows each"
    NAMES = "last names, of few rows each"
    LIKE_NAMES = "words in the form of names of people"
    NUMBERED = "texts with a number of their own, such as addresses, of few rows each"
    TEXT = "texts of few rows each"
    COUNTED = "whole numbers from 1 on, as customers are counted"
    RUN = "whole numbers that follow on each other, as loans and accounts are numbered"
    PAIRED = "codes that go one to one with an identity column"
    PAIRED_WORDS = "words that go one to one with an identity column"
    OWN = "numbers that belong to single people and come back in their rows"
    DAYS = "whole numbers that follow on each other, as days or accounts are counted"


@dataclass(frozen=True)
class Telling:
    """A column whose values identify people.

    `values` are those that do, `distinct` how many there are, `space` how many the form could hold at least
    (infinite for texts), `is_single` whether most of them are in one row.
    """

    form: Form
    values: pa.Array
    distinct: int
    space: float
    is_single: bool


def find_telling(
    values: pd.Series, is_number: bool = False, is_written_as_measure: bool = False
) -> Telling | None:
    """What in a column of the real table identifies people, None where nothing does.

    `is_number` says that the column was taken for a measure, so that its texts are not looked at,
    `is_written_as_measure` that its numbers have groups of digits or a unit.
    """
    if _have_decimals(values):
        return None
    texts, counts = count_texts(values)
    looked = [text.strip() for text in texts.slice(0, _MOST_LOOKED_AT).to_pylist()]
    is_single = len(texts) > counts.sum() / 2
    if len(texts) < FEWEST_LONG_CODES:
        form = _find_few(looked) if not is_number else None
        return None if form is None else Telling(form, texts, len(texts), np.inf, is_single)
    if _are_securities(texts, counts):
        return None
    counted = _find_counted(texts, looked, counts)
    if _are_points_in_time(looked, counted, float(counts.mean())):
        return None
    if _share(looked, lambda text: bool(_CONTACTS.fullmatch(text))) >= _FORM_SHARE:
        return Telling(Form.CONTACT, texts, len(texts), np.inf, is_single)
    space = measure_space(looked, is_written_as_measure)
    if space is not None:
        codes = texts.filter(_are_formed(texts))
        return Telling(Form.CODE, codes, len(codes), space, is_single)
    if counted is not None:
        return Telling(counted, texts, len(texts), np.inf, is_single)
    is_measure = is_written_as_measure or _share(looked, _is_measure) > _MOST_MEASURES
    if not is_measure and (is_sure := find_numbered(looked, counts)) is not None:
        return Telling(Form.CODE if is_sure else Form.NUMBERED, texts, len(texts), np.inf, is_single)
    return None if is_number else _find_words(texts, looked, counts, is_single)


def _find_few(texts: Sequence[str]) -> Form | None:
    """What so few distinct values are that no form can be measured: contacts, or long numbers of somebody."""
    if len(texts) < FEWEST_CONTACTS:
        return None
    if all(map(_CONTACTS.fullmatch, texts)):
        return Form.CONTACT
    is_long = all(sum(map(str.isdigit, text)) >= _DIGITS_OF_FEW and len(text) <= LONGEST for text in texts)
    return Form.FEW if is_long and not any(_is_time(one) or _is_measure(one) for one in texts) else None


def _find_words(
    texts: pa.Array, looked: Sequence[str], counts: np.ndarray, is_single: bool
) -> Telling | None:
    """What identifies people in a column of text that has no codes with digits."""
    space = measure_letters(looked, counts)
    if space is not None:
        width = max(set(lengths := [len(text) for text in looked]), key=lengths.count)
        form = Form.LETTERS if width >= SURE else Form.SHORT_LETTERS
        return Telling(form, texts, len(texts), space, is_single)
    if are_scrambled(looked, counts):
        return Telling(Form.SCRAMBLED, texts, len(texts), np.inf, is_single)
    if are_handles(looked, counts):
        return Telling(Form.HANDLE, texts, len(texts), np.inf, is_single)
    if _are_thin(looked, counts):
        rare = texts.filter(pa.array(counts < FEWEST_SHARING))
        return Telling(Form.TEXT, rare, len(rare), np.inf, is_single)
    found = next((form for form, accepts in _WORDS if accepts(looked, counts)), None)
    return None if found is None else Telling(found, texts, len(texts), np.inf, is_single)


_WORDS = ((Form.NAMES, are_last_names), (Form.NAMES, are_full_names), (Form.WORDS, are_unknown_words))


def find_paired(values: pd.Series) -> Telling | None:
    """What identifies people in a category that goes one to one with an identity column."""
    texts, counts = count_texts(values)
    looked = texts.slice(0, _MOST_LOOKED_AT).to_pylist()
    form = Form.PAIRED if _share(looked, _has_digit) >= _FORM_SHARE else Form.PAIRED_WORDS
    return Telling(form, texts, len(texts), np.inf, is_single=len(texts) > counts.sum() / 2)


def find_like_names(values: pd.Series) -> Telling:
    """What identifies people in categories that detection could not tell from names."""
    texts, counts = count_texts(values)
    return Telling(Form.LIKE_NAMES, texts, len(texts), np.inf, is_single=len(texts) > counts.sum() / 2)


def _are_points_in_time(texts: Sequence[str], counted: Form | None, rows_each: float) -> bool:
    """Whether texts are dates or times; days in six digits leave too many gaps to follow on each other."""
    if counted is Form.RUN and max(map(len, texts)) < _DATE_DIGITS:
        return False
    return _share(texts, _is_time) >= _NUMBER_SHARE or are_epochs(texts, rows_each)


def _find_counted(distinct: pa.Array, looked: Sequence[str], counts: np.ndarray) -> Form | None:
    """The form of whole numbers that were given one after the other."""
    if not all(map(str.isdecimal, looked)):
        return None
    texts = [text.strip() for text in distinct.to_pylist()]
    if are_counted(texts, counts):
        return Form.COUNTED
    if not are_run(texts, counts):
        return None
    return Form.DAYS if may_be_days(texts) else Form.RUN


def count_texts(values: pd.Series) -> tuple[pa.Array, np.ndarray]:
    """The distinct values of a column as text, and how many rows each has; missing ones are left out."""
    counts = values.value_counts()
    texts = as_text(pd.Series(counts.index.to_numpy()))
    is_told = pc.not_equal(texts, "")
    return texts.filter(is_told), counts.to_numpy()[is_told.to_numpy(zero_copy_only=False)]


def _are_securities(texts: pa.Array, counts: np.ndarray) -> bool:
    """Whether few securities or banks are in many rows each: their codes are published."""
    if len(texts) >= FEWEST_SECURITIES or counts.mean() < SECURITY_ROWS:
        return False
    codes = texts.to_pylist()
    return all(isin.is_valid(code) for code in codes) or all(bic.is_valid(code) for code in codes)


def _have_decimals(values: pd.Series) -> bool:
    """Whether a column of numbers has decimals other than zeros, as codes have not."""
    if values.dtype.kind == "b":
        return True
    if not pd.api.types.is_numeric_dtype(values):
        return False
    numbers = values.dropna().to_numpy(dtype=np.float64)
    return bool(np.mean(numbers != np.round(numbers)) > 0.01) if len(numbers) else True


def measure_space(texts: Sequence[str], is_measure: bool = False) -> float | None:
    """How many codes the form of distinct texts could hold at least; None where they are no such codes.

    `is_measure` says that they are numbers written with groups of digits or a unit.
    """
    numbers = [number for text in texts if (number := read_number(text)) is not None]
    if len(numbers) >= 0.99 * len(texts):
        return measure_numbers(numbers, is_measure)
    if _share(texts, _has_digit) < 0.9 or _share(texts, _is_measure) > _MOST_MEASURES:
        return None
    usual = max(set(lengths := [len(text) for text in texts]), key=lengths.count)
    formed = [text for text in texts if len(text) == usual]
    if usual > LONGEST or len(formed) < _FORM_SHARE * len(texts):
        return None
    return require_sparse(count_possible(formed), len(texts), SMALLEST_SPACE)


def _are_formed(texts: pa.Array) -> pa.Array:
    """Which of the distinct texts of a column of codes are codes: a word among them identifies no one."""
    lengths = pc.utf8_length(pc.replace_substring_regex(texts, r"^[-+(]|[-+)]$", ""))
    # Numbers may have lost leading zeros.
    is_long = pc.greater_equal(lengths, pc.subtract(pc.mode(lengths)[0]["mode"], 2))
    return pc.and_(is_long, pc.match_substring_regex(texts, r"\d"))


def _are_thin(texts: Sequence[str], counts: np.ndarray) -> bool:
    """Whether most rows hold texts that few rows share; numbers are measures, not texts."""
    rows = int(counts.sum())
    if rows < FEWEST_ROWS or len(counts) < max(FEWEST_TEXTS, TEXT_SHARE * rows):
        return False
    is_thin = counts[counts < FEWEST_SHARING].sum() > rows / 2
    if not is_thin or _share(texts, _has_letter) < _FORM_SHARE:
        return False
    return _share(texts, _is_measure) < _HEAPED_SHARE


def _is_time(text: str) -> bool:
    return len(text) <= LONGEST and bool(_TIMES.fullmatch(text))


def _is_measure(text: str) -> bool:
    """A number with a sign, decimals, a currency or a unit."""
    return bool(_AMOUNT.fullmatch(text)) and bool(_AMOUNT_SIGN.search(text))


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))


def _has_letter(text: str) -> bool:
    return any(map(str.isalpha, text))


def _share(texts: Sequence[str], accepts: Callable[[str], bool]) -> float:
    return sum(map(accepts, texts)) / max(1, len(texts))
