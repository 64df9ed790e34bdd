"""Seeded orders of the numbers below a size, and code spaces that skip the codes of real values.

A unique column takes the code at its global row number, so parts of a job that are made apart
never collide. The permutation is a balanced Feistel network over Z_a × Z_a with a = ⌈√size⌉, and
cycle walking where a² exceeds the size (Black and Rogaway, "Ciphers with Arbitrary Finite
Domains", CT-RSA 2002). It scatters codes; it is not meant to hide anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import isqrt
from typing import Protocol

import numpy as np

LARGEST_SIZE = 2**62
# 2**64 over the golden ratio: multiples of it are spread evenly (Knuth, TAOCP 3, section 6.4).
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_ROUNDS = 4


class Order(Protocol):
    """A bijection on the whole numbers [0, size); arrays are uint64."""

    @property
    def size(self) -> int:
        """How many numbers are ordered."""
        ...

    def apply(self, positions: np.ndarray) -> np.ndarray:
        """The numbers at these positions."""
        ...

    def invert(self, numbers: np.ndarray) -> np.ndarray:
        """The positions of these numbers."""
        ...


@dataclass(frozen=True)
class Sequence:
    """Counts upwards from `start` and wraps around at `size`."""

    size: int
    start: int

    def apply(self, positions: np.ndarray) -> np.ndarray:
        """The numbers at these positions."""
        return (_as_uint64(positions) + np.uint64(self.start)) % np.uint64(self.size)

    def invert(self, numbers: np.ndarray) -> np.ndarray:
        """The positions of these numbers."""
        return (_as_uint64(numbers) + np.uint64(self.size - self.start)) % np.uint64(self.size)


@dataclass(frozen=True)
class Permutation:
    """Scatters [0, size) by four keys; `size` is at most 2**62, so that no sum overflows."""

    size: int
    keys: tuple[int, ...]

    @classmethod
    def seeded(cls, size: int, seed: np.random.SeedSequence) -> Permutation:
        """The permutation of this size that belongs to a seed; ValueError for a size out of 1 to 2**62."""
        if not 0 < size <= LARGEST_SIZE:
            raise ValueError(f"a permutation needs a size in 1..2**62, not {size}")
        return cls(size, tuple(int(key) for key in seed.generate_state(_ROUNDS, np.uint64)))

    def apply(self, positions: np.ndarray) -> np.ndarray:
        """The numbers at these positions."""
        return self._walk(positions, self._forwards)

    def invert(self, numbers: np.ndarray) -> np.ndarray:
        """The positions of these numbers."""
        return self._walk(numbers, self._backwards)

    @property
    def _side(self) -> np.uint64:
        return np.uint64(isqrt(self.size - 1) + 1)

    def _walk(self, values: np.ndarray, step: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        result = step(_as_uint64(values))
        while (outside := np.flatnonzero(result >= np.uint64(self.size))).size:
            result[outside] = step(result[outside])
        return result

    def _forwards(self, values: np.ndarray) -> np.ndarray:
        side = self._side
        left, right = np.divmod(values, side)
        for key in self.keys:
            left, right = right, (left + _scramble(right, key) % side) % side
        return left * side + right

    def _backwards(self, values: np.ndarray) -> np.ndarray:
        side = self._side
        left, right = np.divmod(values, side)
        for key in reversed(self.keys):
            left, right = (right + side - _scramble(left, key) % side) % side, left
        return left * side + right


def _scramble(values: np.ndarray, key: int) -> np.ndarray:
    """The finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) on `values` plus a key."""
    mixed = values + np.uint64(key)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _as_uint64(values: np.ndarray) -> np.ndarray:
    return np.atleast_1d(np.asarray(values, dtype=np.uint64))


_NO_CODES = np.empty(0, dtype=np.uint64)


@dataclass(frozen=True, eq=False)
class Codes:
    """An order without the excluded codes: index k gives the k-th code that may be used."""

    order: Order
    excluded: np.ndarray = field(default_factory=_NO_CODES.copy)

    def __post_init__(self) -> None:
        positions = np.sort(self.order.invert(np.unique(self.excluded)))
        shift = np.arange(positions.size, dtype=np.uint64)
        object.__setattr__(self, "_thresholds", positions - shift)

    _thresholds: np.ndarray = field(init=False, repr=False)

    @property
    def capacity(self) -> int:
        """How many distinct codes may be used."""
        return self.order.size - int(self._thresholds.size)

    def at(self, indices: np.ndarray) -> np.ndarray:
        """The codes at these indices, each below `capacity`; distinct indices give distinct codes."""
        wanted = _as_uint64(indices)
        skipped = np.searchsorted(self._thresholds, wanted, side="right").astype(np.uint64)
        return self.order.apply(wanted + skipped)


def spread(codes: np.ndarray, count: int) -> np.ndarray:
    """A number below `count` for each code (uint64), as good as drawn: neighbours get unrelated ones."""
    return ((codes * _GOLDEN) >> np.uint64(40)) % np.uint64(count)
