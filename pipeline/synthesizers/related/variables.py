"""How a row is written: one or two variables a column, each with its codes and what it may be at its turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any, Self

import numpy as np

from pipeline.synthesizers.bounded_categories import CodeGrid
from pipeline.synthesizers.cells import Cells, learn_cells
from pipeline.synthesizers.width import MOST_CATEGORIES


class Role(StrEnum):
    """What the codes of a variable stand for.

    A column with siblings in order is written as FIRST, its first known value in a parent, and a GAP to the
    last known one after that. An OFFSET is added to a value of the parent.
    """

    CATEGORY = "category"
    VALUE = "value"
    OFFSET = "offset"
    FIRST = "first"
    GAP = "gap"


SINGLE = (Role.VALUE, Role.OFFSET)
"""Roles of numbers that are written as one variable: missing there is missing in the column."""


@dataclass(frozen=True)
class Variable:
    """One column, or its part, as codes: `categories` of them, or cells and one for what is missing.

    `has_rare` adds a last code for rare categories, which is never drawn; more than 256 categories take two
    codes. A FIRST is missing where a GAP is not, and the other way round.
    """

    column: str
    role: Role
    cells: Cells | None = None
    categories: int = 0
    has_rare: bool = False
    step: float = 0.0

    @classmethod
    def of_categories(cls, column: str, categories: int, has_rare: bool) -> Self:
        """A variable of codes."""
        return cls(column, Role.CATEGORY, None, categories, has_rare)

    @classmethod
    def of_numbers(cls, column: str, role: Role, numbers: np.ndarray, step: float, bins: int) -> Self:
        """A variable of the cells of `numbers` (NaN: missing)."""
        cells, _ = learn_cells(numbers[~np.isnan(numbers)], step, bins)
        return cls(column, role, cells, step=step)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of codes of each part."""
        if self.cells is not None:
            return (len(self.cells) + 1,)
        first, *second = self._grid.sizes
        return first + self.has_rare, *second

    @property
    def ordered(self) -> int:
        """How many leading codes stand in increasing order of value."""
        return 0 if self.cells is None else len(self.cells)

    @cached_property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """The least and the greatest number of each cell."""
        return (np.empty(0), np.empty(0)) if self.cells is None else self.cells.bounds(self.step)

    def encode(self, numbers: np.ndarray) -> np.ndarray:
        """The codes of `numbers` (rows × parts)."""
        if self.cells is not None:
            return self._find_cells(numbers)[:, None]
        is_rare = np.isnan(numbers) | (numbers < 0)
        first, *second = self._grid.split(np.where(is_rare, 0, numbers).astype(np.int64))
        places = [np.where(is_rare, 0, place) for place in second]
        return np.stack([np.where(is_rare, self.sizes[0] - 1, first), *places], axis=1)

    def decode(self, codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """The numbers of drawn codes (rows × parts); `rng` draws inside the cells."""
        if self.cells is None:
            return self._grid.merge(tuple(codes.T)).astype(np.float64)
        is_known = codes[:, 0] < len(self.cells)
        numbers = np.full(len(codes), np.nan)
        numbers[is_known] = self.cells.draw(codes[is_known, 0], rng)
        return numbers

    def allowed(self, is_wanted: np.ndarray, earlier: np.ndarray) -> np.ndarray:
        """Which codes of the next part lead to a wanted category, shape rows (or 1) × codes.

        `is_wanted` has shape rows (or 1) × categories, `earlier` the codes of the parts before.
        """
        table = np.zeros((len(is_wanted), int(np.prod(self._grid.sizes))), dtype=bool)
        table[:, : self.categories] = is_wanted
        if not self._grid.is_split:
            return np.pad(table, ((0, 0), (0, int(self.has_rare))))
        pairs = table.reshape(len(is_wanted), *self._grid.sizes)
        if not earlier.shape[1]:
            return np.pad(pairs.any(axis=2), ((0, 0), (0, int(self.has_rare))))
        rows = np.arange(len(earlier)) if len(pairs) > 1 else np.zeros(len(earlier), dtype=np.int64)
        return pairs[rows, np.minimum(earlier[:, 0], pairs.shape[1] - 1)]

    @cached_property
    def _grid(self) -> CodeGrid:
        return CodeGrid(self.categories, self.categories > MOST_CATEGORIES)

    def _find_cells(self, numbers: np.ndarray) -> np.ndarray:
        """The cell of each number; the nearest one where it lies in none."""
        low, high = self.bounds
        codes = np.full(len(numbers), len(low), dtype=np.int64)
        known = np.flatnonzero(~np.isnan(numbers))
        if len(low):
            right = np.clip(np.searchsorted(low, numbers[known], side="right") - 1, 0, len(low) - 1)
            above = np.minimum(right + 1, len(low) - 1)
            is_nearer = (low[above] - numbers[known]) < (numbers[known] - high[right])
            codes[known] = np.where(is_nearer, above, right)
        return codes

    def as_dict(self) -> dict[str, Any]:
        """JSON-able values for `from_dict`; the cells are arrays and go their own way."""
        return asdict(replace(self, cells=None)) | {"has_cells": self.cells is not None}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """The variable again from its plain values and the arrays of its cells."""
        plain = {**values, "role": Role(values["role"])}
        cells = Cells.from_arrays(arrays) if plain.pop("has_cells") else None
        return cls(**{**plain, "cells": cells})
