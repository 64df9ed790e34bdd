"""Shares of numbers and dates: single values and ranges, met by the cells that lie in them.

A range `30..40` includes both ends, and either may be left out (`..40`). It must begin and end between two
cells: where few values are distinct every value is a cell, elsewhere the error names the nearest ends.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from pipeline.datasets.shares import find_share_fault
from pipeline.errors import SamplingError
from pipeline.synthesizers.autoregressive.codebook import NumberBook
from pipeline.synthesizers.shares import ShareTarget, read_range


def resolve_ranges(column: str, wanted: Mapping[Any, float], book: NumberBook) -> ShareTarget:
    """The shares of a numeric or date column; SamplingError where they cannot be met."""
    rest = len(wanted)
    group_of_code = np.full(book.sizes[0], rest, dtype=np.int64)
    for group, label in enumerate(wanted):
        codes = np.flatnonzero(_find_cells(column, str(label), book))
        if (group_of_code[codes] < rest).any():
            raise SamplingError(
                f'Column "{column}": ranges overlap at {label}.', "put each value in only one range."
            )
        group_of_code[codes] = group
    has_rest = bool((group_of_code == rest).any())
    return ShareTarget(column, group_of_code, _fractions(column, wanted, has_rest))


def _fractions(column: str, wanted: Mapping[Any, float], has_rest: bool) -> np.ndarray:
    if fault := find_share_fault(wanted, is_complete=not has_rest):
        raise SamplingError(f'Column "{column}": {fault.message}.', fault.hint)
    parts = list(wanted.values())
    groups = [*parts, max(0.0, 1 - math.fsum(parts))] if has_rest else parts
    return np.array(groups) / math.fsum(groups)


def _find_cells(column: str, label: str, book: NumberBook) -> np.ndarray:
    """Which cells lie in the range that `label` names."""
    low, high = read_range(column, label, book.encoding)
    first, last = book.bounds
    # Sums of decimals miss the value by a hair; half a step apart are two values.
    near = book.encoding.step / 4
    is_inside = (first >= low - near) & (last <= high + near)
    is_touched = (first <= high + near) & (last >= low - near)
    if (is_touched & ~is_inside).any() or not is_inside.any():
        starts, ends = _list_near(book, first, low), _list_near(book, last, high)
        raise SamplingError(
            f'Column "{column}": no known values make up exactly the range {label}.',
            f"begin at one of {starts} and end at one of {ends}.",
        )
    return is_inside


def _list_near(book: NumberBook, ends: np.ndarray, wanted: float) -> str:
    known = np.unique(ends)
    # An open end is as far from one value as from another: the outermost ones are named then.
    distance = np.abs(known - np.clip(wanted, known[0], known[-1]))
    near = np.sort(known[np.argsort(distance, kind="stable")[:3]])
    return ", ".join(map(str, book.encoding.values(near.astype(np.float64)).tolist()))
