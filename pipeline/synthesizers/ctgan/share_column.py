"""A column with shares in encoded rows: where its codes stand, and which group of categories they mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from pipeline.synthesizers.bounded_categories import CodeGrid
from pipeline.synthesizers.ctgan.transformer import ModeTransformer
from pipeline.synthesizers.encoding import TableEncoding
from pipeline.synthesizers.shares import ShareTarget


@dataclass(frozen=True)
class ShareColumn:
    """`positions` are those of the column's codes among the codes of a row: one, or two where it is split."""

    target: ShareTarget
    grid: CodeGrid
    positions: tuple[int, ...]

    @classmethod
    def of_target(cls, target: ShareTarget, encoding: TableEncoding, transformer: ModeTransformer) -> Self:
        """Find the column of a target in the rows of a transformer."""
        names = encoding.code_names(target.column)
        positions = tuple(transformer.discrete_names.index(name) for name in names)
        return cls(target, encoding.grid_of(target.column), positions)

    def groups(self, codes: np.ndarray) -> np.ndarray:
        """The group of each row of `codes`."""
        parts = tuple(codes[:, position] for position in self.positions)
        return self.target.group_of_code[self.grid.merge(parts)]

    def write(self, codes: np.ndarray, numbers: np.ndarray) -> None:
        """Set the category numbers of all rows of `codes`, in place."""
        codes[:, self.positions] = np.column_stack(self.grid.split(numbers))
