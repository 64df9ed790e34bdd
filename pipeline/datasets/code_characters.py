"""Which characters a place of a code may hold, by those that the sample has there."""

from __future__ import annotations

from math import comb

import numpy as np

from pipeline.datasets.code_patterns import DIGITS

FEWEST_SHARING = 10
"""As many distinct values share what a template takes over from them."""

_CHANCE = 0.01

UPPER = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
LOWER = tuple("abcdefghijklmnopqrstuvwxyz")
_HEX = (tuple("0123456789ABCDEF"), tuple("0123456789abcdef"))
_MIXED = (tuple(sorted(DIGITS + UPPER)), tuple(sorted(DIGITS + LOWER)), tuple(sorted(UPPER + LOWER)))
_ANY = tuple(sorted(DIGITS + UPPER + LOWER))


def narrowest(present: tuple[str, ...]) -> tuple[str, ...]:
    """The smallest class of characters that holds those of a sample."""
    classes = (DIGITS, UPPER, LOWER, *_HEX, *_MIXED, _ANY)
    return next(each for each in classes if set(present) <= set(each))


def list_present(count: np.ndarray) -> tuple[str, ...]:
    """The characters that come, by how often each character of ASCII does."""
    return tuple(chr(point) for point in np.flatnonzero(count))


def list_allowed(count: np.ndarray, rows: int, possible: tuple[str, ...]) -> tuple[str, ...]:
    """The characters of a position: those of the sample, where chance cannot have left the others out."""
    present = list_present(count)
    if set(present).isdisjoint((*DIGITS, *UPPER, *LOWER)):
        return present
    is_shared = count[count > 0].min() >= FEWEST_SHARING
    if is_shared and _are_few(len(present), len(possible), rows):
        return present
    if len(present) == 1 and rows >= FEWEST_SHARING:
        return present
    if possible == DIGITS and "0" not in present and 0.9**rows < _CHANCE:
        return DIGITS[1:]
    return possible


def _are_few(present: int, possible: int, rows: int) -> bool:
    """Whether chance would leave so many characters of a place out in less than one of a hundred tables."""
    return comb(possible, present) * (present / possible) ** rows < _CHANCE
