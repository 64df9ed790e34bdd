"""German tax numbers (Steuer-ID): of the first ten digits one comes twice, one not at all, the last checks.

Those here hold exactly one 0, which never is first, and no digit three times, which the rules would
allow: 117,573,120 numbers.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations, permutations

import numpy as np

from pipeline.datasets.check_digits import mod_11_10
from pipeline.identity.permutation import Codes, Permutation
from pipeline.identity.task import ColumnTask
from pipeline.identity.templates import as_texts

_ZERO_PLACES, _TWICE, _ABSENT = 9, 9, 8


def derive(task: ColumnTask, real: np.ndarray) -> np.ndarray:
    """Tax numbers (object array of texts), none of them among `real` (digits without separators)."""
    places = _tables()[0]
    size = _ZERO_PLACES * _TWICE * _ABSENT * len(places) * len(_tables()[1])
    codes = task.pick(Codes(Permutation.seeded(size, task.job_seed()), _read(real)))
    digits = _digits(codes)
    checked = np.column_stack([digits, mod_11_10(digits)])
    return as_texts((checked + ord("0")).astype(np.uint32))


@lru_cache(maxsize=1)
def _tables() -> tuple[np.ndarray, np.ndarray]:
    """The pairs of places of the digit that comes twice, and the orders of the seven others."""
    return np.array(list(combinations(range(9), 2))), np.array(list(permutations(range(7))))


def _digits(codes: np.ndarray) -> np.ndarray:
    """The first ten digits (rows × 10) of codes."""
    pairs, orders = _tables()
    rest, order = np.divmod(codes.astype(np.int64), len(orders))
    rest, pair = np.divmod(rest, len(pairs))
    rest, absent = np.divmod(rest, _ABSENT)
    place, twice = np.divmod(rest, _TWICE)
    rows = np.arange(len(codes))
    nine = np.full((len(codes), 9), -1, dtype=np.int64)
    nine[rows[:, None], pairs[pair]] = (twice + 1)[:, None]
    others = np.take_along_axis(_others(twice, absent), orders[order], axis=1)
    nine[nine < 0] = others.ravel()
    digits = np.zeros((len(codes), 10), dtype=np.int64)
    # The zero is at place + 1; the nine other digits fill the places around it.
    targets = np.arange(9)[None, :] + (np.arange(9)[None, :] >= place[:, None] + 1)
    digits[rows[:, None], targets] = nine
    return digits


@lru_cache(maxsize=1)
def _all_others() -> np.ndarray:
    table = np.empty((_TWICE, _ABSENT, 7), dtype=np.int64)
    for twice in range(_TWICE):
        for absent in range(_ABSENT):
            left = [digit for digit in range(1, 10) if digit != twice + 1]
            table[twice, absent] = [digit for digit in left if digit != left[absent]]
    return table


def _others(twice: np.ndarray, absent: np.ndarray) -> np.ndarray:
    """The seven digits that come once besides 0, ascending."""
    return _all_others()[twice, absent]


def _read(real: np.ndarray) -> np.ndarray:
    """Codes of those real numbers that could come up."""
    return np.array([code for text in real if (code := _code_of(text)) is not None], dtype=np.uint64)


def _code_of(text: str) -> int | None:
    digits = [int(digit) for digit in text[:10]] if text.isdecimal() and len(text) == 11 else []
    counts = np.bincount(digits, minlength=10) if digits else np.zeros(10)
    if sorted(counts[1:].tolist()) != [0, *[1] * 7, 2] or digits[0] == 0:
        return None
    place = digits.index(0) - 1
    nine = [digit for digit in digits if digit]
    twice = int(np.argmax(counts))
    left = [digit for digit in range(1, 10) if digit != twice]
    absent = next(at for at, digit in enumerate(left) if not counts[digit])
    pairs, orders = _tables()
    where = tuple(at for at, digit in enumerate(nine) if digit == twice)
    pair = int(np.flatnonzero((pairs == where).all(axis=1))[0])
    others = _all_others()[twice - 1, absent].tolist()
    order = [others.index(digit) for digit in nine if digit != twice]
    rank = int(np.flatnonzero((orders == order).all(axis=1))[0])
    return (((place * _TWICE + twice - 1) * _ABSENT + absent) * len(pairs) + pair) * len(orders) + rank
