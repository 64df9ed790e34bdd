"""Distances between points, in blocks that stay in the processor's cache and never fill the memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from pipeline.evaluation.privacy.space import Points

TIE = 1e-6
"""Distances closer than this are equal: numbers have 24 bits, and their order in a sum matters."""

_BLOCK_CELLS = 1 << 17
_COUNTED_AT_ONCE = 255


class Nearest(NamedTuple):
    """Nearest reference points of each query, nearest first: both arrays of shape (queries, count).

    `distances` are 0–1 (float32), `rows` are positions among the reference points; where there are
    fewer than `count` of them, the distance is infinite and the position -1.
    """

    distances: np.ndarray
    rows: np.ndarray


def find_nearest(queries: Points, reference: Points, count: int = 1) -> Nearest:
    """The `count` reference points nearest to each query; of equally near ones the first."""
    distances = np.full((len(queries), count), np.inf, dtype=np.float32)
    positions = np.full((len(queries), count), -1, dtype=np.int64)
    for start, block in sum_blocks(queries, reference):
        rows = np.arange(len(block))
        for rank in range(min(count, len(reference))):
            nearest = block.argmin(axis=1)
            distances[start + rows, rank] = block[rows, nearest]
            positions[start + rows, rank] = nearest
            block[rows, nearest] = np.inf
    return Nearest(distances / np.float32(max(1, queries.columns)), positions)


def sum_blocks(queries: Points, reference: Points) -> Iterator[tuple[int, np.ndarray]]:
    """First query and distances summed over columns, float32 of shape (some queries, reference).

    The array is used again for the next block.
    """
    if not len(queries) or not len(reference):
        return
    step = max(1, min(len(queries), _BLOCK_CELLS // len(reference)))
    sums, scratch = np.empty((2, step, len(reference)), dtype=np.float32)
    for start in range(0, len(queries), step):
        part = queries.take(slice(start, start + step))
        rows = len(part)
        sums[:rows] = 0.0
        for first in range(0, len(part.codes), _COUNTED_AT_ONCE):
            chosen = slice(first, first + _COUNTED_AT_ONCE)
            sums[:rows] += _count_differences(part.codes[chosen], reference.codes[chosen])
        for numbers, others in zip(part.numbers, reference.numbers, strict=True):
            sums[:rows] += measure_numbers(numbers[:, None], others, scratch[:rows])
        yield start, sums[:rows]


def _count_differences(codes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """In how many of at most 255 columns rows differ, counted in bytes, which is what makes it fast."""
    differs = np.empty((codes.shape[1], others.shape[1]), dtype=bool)
    counts = np.zeros(differs.shape, dtype=np.uint8)
    for code, other in zip(codes, others, strict=True):
        np.not_equal(code[:, None], other, out=differs)
        counts += differs.view(np.uint8)
    return counts


def measure_numbers(one: np.ndarray, other: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Distances (0–1) of scaled numbers, written to `out`."""
    np.subtract(one, other, out=out)
    np.abs(out, out=out)
    return np.minimum(out, 1.0, out=out)
