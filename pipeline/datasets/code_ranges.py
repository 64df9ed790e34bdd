"""Ranges that parts of codes keep to: months, days, and numbers that a type of integers can hold.

They are known in general; the sample shows only that its codes keep to one, and no value of it is taken over.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.datasets.code_patterns import DIGITS, CodeField, merge_fields
from pipeline.datasets.code_template import CodeShape

_LIMITS = (2**31 - 1, 2**32 - 1, 2**63 - 1, 2**64 - 1)
_CALENDAR = ((12, 8), (31, 16))  # months and days of two digits, and how many of them come at least
_CHANCE = 0.01
_LEAD = 4  # digits of a limit that are kept to


def find_calendar(points: np.ndarray) -> tuple[str, ...] | None:
    """The months or the days of a month as two digits, where all values of a place are such numbers.

    `points` are code points (values × 2).
    """
    if ((points < ord("0")) | (points > ord("9"))).any():
        return None
    numbers = (points[:, 0].astype(np.int64) - ord("0")) * 10 + points[:, 1] - ord("0")
    high, fewest = next(((last, least) for last, least in _CALENDAR if numbers.max() <= last), (0, 0))
    if not high or numbers.min() < 1 or len(np.unique(numbers)) < fewest:
        return None
    return tuple(f"{number:02d}" for number in range(1, high + 1))


def confine(shape: CodeShape, points: np.ndarray) -> list[CodeShape]:
    """The shape of whole numbers, or several in its place that stay within what a type of integers holds.

    `points` are the code points of the values of the shape, with a minus sign in front or without.
    """
    sign = 1 if chr(points[0, 0]) == "-" else 0
    singles = shape.singles[sign:]
    if not singles or any(field.width != 1 or not set(field.choices) <= set(DIGITS) for field in singles):
        return [shape]
    if len(singles) <= _LEAD or singles[0].is_literal:
        return [shape]
    limit = _find_limit(points[:, sign:])
    if limit is None:
        return [shape]
    parts = [_within(lead, singles) for lead in _leads(limit[:_LEAD])]
    total = sum(CodeShape(fields).size for fields in parts)
    return [
        CodeShape(
            merge_fields([*shape.singles[:sign], *fields]), shape.share * CodeShape(fields).size / total
        )
        for fields in parts
    ]


def _find_limit(points: np.ndarray) -> str | None:
    """The largest number of the smallest type that holds all values, where chance does not explain that."""
    width = points.shape[1]
    largest = max("".join(map(chr, row)) for row in points)
    for limit in map(str, _LIMITS):
        if len(limit) != width or largest > limit:
            continue
        share = (int(limit) - 10 ** (width - 1)) / (9 * 10 ** (width - 1))
        return limit if share ** len(points) < _CHANCE else None
    return None


def _leads(limit: str) -> list[tuple[tuple[str, ...], ...]]:
    """The characters of the first places below a limit: for 2147, 1, 20, 210 to 213 and 2140 to 2146."""
    leads = []
    for at, digit in enumerate(limit):
        below = tuple(one for one in DIGITS if one < digit and (at or one != "0"))
        if below:
            leads.append((*((one,) for one in limit[:at]), below))
    return leads


def _within(lead: Sequence[tuple[str, ...]], singles: Sequence[CodeField]) -> tuple[CodeField, ...]:
    return (*map(CodeField, lead), *singles[len(lead) :])
