"""Texts of several lengths that differ by their digits: policies, cards, files of courts, addresses."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from pipeline.evaluation.privacy.letter_forms import MOST_ROWS
from pipeline.evaluation.privacy.number_codes import (
    FEWEST_CODES,
    FEWEST_LONG_CODES,
    MOST_DENSE,
    count_possible,
)

_FEWEST_DIGITS = 4
_SURE_DIGITS, _LONG_NUMBER = 7, 12  # of a code; of a plain number that is no amount
_SHARE, _DISTINCT = 0.85, 0.9
_WORD = re.compile("[a-zà-ÿ]{3}")


def find_numbered(texts: Sequence[str], counts: np.ndarray) -> bool | None:
    """Whether distinct texts, `counts` rows each in a whole column, are surely codes by their digits.

    True where nearly all have seven digits or more, which no other has, and no word; False where they have
    four, and few rows share each: addresses have those, and descriptions of things as well. None otherwise.
    """
    digits = ["".join(filter(str.isdecimal, text)) for text in texts]
    if len(set(digits)) < _DISTINCT * len(texts) or _are_dense(digits):
        return None
    is_plain = all(map(str.isdecimal, texts))
    least = _LONG_NUMBER if is_plain else _SURE_DIGITS
    coded = sum(len(own) >= least and not _WORD.search(text) for text, own in zip(texts, digits, strict=True))
    if coded >= _SHARE * len(texts) and len(texts) >= FEWEST_LONG_CODES:
        return True
    is_shared = len(texts) < FEWEST_CODES or counts.sum() >= MOST_ROWS * len(counts)
    numbered = sum(len(own) >= _FEWEST_DIGITS for own in digits)
    return None if is_plain or is_shared or numbered < _SHARE * len(texts) else False


def _are_dense(digits: Sequence[str]) -> bool:
    """Whether the digits use up what their places could hold: numbers in a row, sizes, years."""
    by_length: dict[int, list[str]] = {}
    for text in digits:
        by_length.setdefault(len(text), []).append(text)
    space = sum(count_possible(group) for length, group in by_length.items() if length)
    return len(digits) > MOST_DENSE * space
