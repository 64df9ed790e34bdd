"""Whether whole numbers are codes of people: by their lengths, endings and spread, however they are written.

A sign, brackets, groups of digits and decimals of zeros say nothing about what a number stands for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.datasets.spread import are_flat

FEWEST_CODES = 20
"""So many distinct codes are a list of entities; fewer only where the form could hold LARGE_SPACE codes."""

FEWEST_LONG_CODES = 5
LARGE_SPACE = 1e6
SMALLEST_SPACE = 5e3
"""A form that could hold fewer codes is one of branches and products, not of people."""

SMALLEST_NUMBER_SPACE = 2e4
"""The same for plain numbers, which have five digits or more where they are codes."""

MOST_DENSE = 0.1
"""Codes that fill more than this share of what their form could hold are consecutive, and identify no one."""

LONGEST = 40
"""Characters of a code."""

_NUMBER_SHARE, _EVEN_SHARE = 0.95, 0.85  # of numbers have the usual length; where they are spread evenly
_HEAPED_SHARE = 0.5  # of the distinct numbers end in the same digit: prices and rounded amounts
_FEW_LONGEST, _SKEWNESS = 0.5, 1.0  # of amounts: a minority needs the most digits, and the tail is long
_AROUND, _LEAST_AFTER = 0.2, 0.25  # of a power of ten, and of the amounts right before it
_OTHER_SIGN = 0.01
_YEAR_S = 365.25 * 86_400
_EPOCHS = ((631_152_000, 2_208_988_800), (631_152_000_000, 2_208_988_800_000))  # 1990 to 2040, in s and ms
_MOST_YEARS, _FEWEST_SPREAD, _WHOLE_MINUTES, _ROWS_EACH = 20, 20, 0.2, 2.0

_NUMBER = re.compile(
    r"(?P<before>[-+−–(]?)\s?"
    r"(?P<digits>\d{1,3}(?P<sign>[., '’_\u00a0\u202f])\d{2,3}(?:(?P=sign)\d{2,3})*|\d+)"
    r"(?:[.,]0+)?(?P<after>[-+−–)]?)"
)


@dataclass(frozen=True)
class WrittenNumber:
    """The digits of a whole number, whether it is below zero, and whether its digits are in groups."""

    digits: str
    is_negative: bool
    is_grouped: bool


def read_number(text: str) -> WrittenNumber | None:
    """A whole number with or without sign, brackets, groups of digits and decimals of zeros."""
    if text.isdecimal():
        return WrittenNumber(text, False, False)
    found = _NUMBER.fullmatch(text)
    if found is None or len(text) > LONGEST:
        return None
    sign = found["before"] + found["after"]
    digits = "".join(filter(str.isdecimal, found["digits"]))
    return WrittenNumber(digits, bool(sign.strip("+")), found["sign"] is not None)


def measure_numbers(numbers: Sequence[WrittenNumber], is_measure: bool) -> float | None:
    """How many codes the form of distinct numbers could hold at least; None where they are no codes.

    Numbers of both signs, and those that are written as measures are, need more: an even spread.
    """
    digits = list(dict.fromkeys(number.digits for number in numbers))
    lengths = np.bincount([len(text) for text in digits])
    width = len(lengths) - 1
    if width > LONGEST or _are_heaped(digits):
        return None
    # A number that lost its leading zeros is shorter; amounts are of many lengths.
    usual = (lengths + np.append(lengths[1:], 0)).max() / len(digits)
    has_zeros = any(text[0] == "0" and len(text) > 1 for text in digits)
    is_even = usual >= _EVEN_SHARE and _are_even(numbers)
    if not is_even and (usual < _NUMBER_SHARE or _look_like_amounts(numbers, is_measure)):
        return None
    if not has_zeros and _thin_out(np.array(digits, dtype=np.float64), width):
        return None
    smallest = SMALLEST_SPACE if has_zeros else SMALLEST_NUMBER_SPACE
    return require_sparse(count_possible([text.zfill(width) for text in digits]), len(digits), smallest)


def require_sparse(space: float, distinct: int, smallest: float) -> float | None:
    """The space of a form, where as many codes as it holds are few of those that are possible."""
    is_large = space >= LARGE_SPACE
    if distinct < (FEWEST_LONG_CODES if is_large else FEWEST_CODES) or space < smallest:
        return None
    return space if distinct <= MOST_DENSE * space else None


def count_possible(texts: Sequence[str]) -> float:
    """The product of how many characters were seen in each place: places that never change count once."""
    points = np.array(texts, dtype=str).view(np.uint32).reshape(len(texts), -1)
    return float(np.prod([len(np.unique(column)) for column in points.T], dtype=np.float64))


def are_epochs(texts: Sequence[str], rows_each: float) -> bool:
    """Whether distinct whole numbers are moments in seconds or milliseconds since 1970.

    Codes of as many digits come back, are spread evenly over decades, and stand at no whole minute.
    """
    if not all(map(str.isdecimal, texts)):
        return False
    numbers = np.array([float(text) for text in texts])
    found = next(
        (scale for scale in _EPOCHS if scale[0] <= numbers.min() and numbers.max() <= scale[1]), None
    )
    if found is None:
        return False
    seconds = numbers if found is _EPOCHS[0] else numbers / 1_000
    is_long = np.ptp(seconds) > _MOST_YEARS * _YEAR_S and len(texts) >= _FEWEST_SPREAD
    is_whole = bool(np.mean(seconds % 60 == 0) > _WHOLE_MINUTES)
    return not is_long or is_whole or rows_each < _ROWS_EACH or not are_flat(seconds)


def _look_like_amounts(numbers: Sequence[WrittenNumber], is_measure: bool) -> bool:
    """Whether the way of writing, or both signs in one column, suggest amounts."""
    below = sum(number.is_negative for number in numbers) / len(numbers)
    is_signed = _OTHER_SIGN < below < 1 - _OTHER_SIGN
    return is_measure or is_signed or any(number.is_grouped for number in numbers)


def _are_even(numbers: Sequence[WrittenNumber]) -> bool:
    """Whether numbers, or their magnitudes, are spread evenly."""
    values = np.array([-float(one.digits) if one.is_negative else float(one.digits) for one in numbers])
    return are_flat(np.unique(values)) or are_flat(np.unique(np.abs(values)))


def _are_heaped(texts: Sequence[str]) -> bool:
    endings = [text[-1] for text in texts]
    return max(endings.count(digit) for digit in set(endings)) >= _HEAPED_SHARE * len(texts)


def _thin_out(numbers: np.ndarray, width: int) -> bool:
    """Whether numbers become ever fewer up to the largest, as amounts do, some of which need a digit more.

    Codes that lost leading zeros are spread evenly; of codes with a digit more than older ones there are
    much fewer, or more, right after the last of the older ones than right before.
    """
    first = 10.0 ** (width - 1)
    before = int(((numbers >= first * (1 - _AROUND)) & (numbers < first)).sum())
    after = int(((numbers >= first) & (numbers < first * (1 + _AROUND))).sum())
    if not _LEAST_AFTER * before <= after <= before or (numbers >= first).mean() > _FEW_LONGEST:
        return False
    spread = float(numbers.std())
    return spread > 0 and float((((numbers - numbers.mean()) / spread) ** 3).mean()) > _SKEWNESS
