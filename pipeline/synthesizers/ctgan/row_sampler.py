"""Samples from a fitted CTGAN: by the real frequencies, or with shares that are met to the row.

Shares are reached through the generator's own condition: rows are asked for with the category that is
still missing and kept where they have it, until every cell of the plan is full.
"""

from __future__ import annotations

import numpy as np
import torch

from pipeline.synthesizers.ctgan.conditions import ConditionOdds
from pipeline.synthesizers.ctgan.noise import Noise
from pipeline.synthesizers.ctgan.row_generator import RowGenerator
from pipeline.synthesizers.ctgan.share_column import ShareColumn
from pipeline.synthesizers.ctgan.transformer import EncodedRows, ModeTransformer
from pipeline.synthesizers.shares import plan_cells

_OBSERVED_ROWS = 10_000
_MOST_ROUNDS = 30
_FIRST_SPARE, _SPARE = 1.05, 1.2
_LEAST_ROWS_AT_ONCE = 256
_MOST_ROWS_AT_ONCE = 200_000


class RowSampler:
    """One seeded sampling; `counts` are the real rows of each position of the condition vector."""

    def __init__(
        self, transformer: ModeTransformer, generator: RowGenerator, counts: np.ndarray, seed: int
    ) -> None:
        condition_seed, noise_seed = np.random.SeedSequence(seed).spawn(2)
        self._layout, self._generator = transformer.layout, generator
        self._counts = counts
        self._odds = ConditionOdds.of_counts(counts, self._layout, logarithmic=False)
        self._rng = np.random.default_rng(condition_seed)
        self._noise = Noise(int(noise_seed.generate_state(1, np.uint64)[0] >> 1), torch.device("cpu"))

    def draw(self, rows: int) -> EncodedRows:
        """`rows` rows; their conditions follow the real frequencies."""
        conditions = self._odds.draw(self._rng, rows) if self._layout.conditions else None
        return self._generator.draw(rows, conditions, self._noise)

    def draw_with_shares(self, rows: int, columns: tuple[ShareColumn, ...]) -> tuple[EncodedRows, np.ndarray]:
        """`rows` rows in random order that meet the shares of every column exactly, and which were forced.

        A cell that stays short after many rounds, because a weakly trained generator hardly ever gives
        it, is filled with rows drawn for its condition whose target columns are set to what was asked.
        """
        plan = plan_cells(tuple(column.target for column in columns), self._observe(columns), rows)
        left, kept = plan.ravel().copy(), []
        for spare in [_FIRST_SPARE, *[_SPARE] * _MOST_ROUNDS][:_MOST_ROUNDS]:
            if not left.any():
                break
            kept.append(self._matching(left, plan.shape, columns, spare))
        forced = int(left.sum())
        if forced:
            kept.append(self._forced(left, plan.shape, columns))
        order = self._rng.permutation(rows)
        return _taken(_joined(kept), order), order >= rows - forced

    def _observe(self, columns: tuple[ShareColumn, ...]) -> tuple[np.ndarray, ...]:
        """The groups of an unconditioned sample; a single column depends on no other."""
        if len(columns) == 1:
            return (np.zeros(1, dtype=np.int64),)
        return _groups(columns, self.draw(_OBSERVED_ROWS).codes)

    def _matching(
        self, left: np.ndarray, shape: tuple[int, ...], columns: tuple[ShareColumn, ...], spare: float
    ) -> EncodedRows:
        """Rows for cells that are short, as the generator gives them; takes them off `left`."""
        drawn, _ = self._conditioned(_wanted_cells(left, spare), shape, columns)
        cells = np.ravel_multi_index(_groups(columns, drawn.codes), shape)
        accepted = np.flatnonzero(_ranks(cells, len(left)) < left[cells])
        left -= np.bincount(cells[accepted], minlength=len(left))
        return _taken(drawn, accepted)

    def _forced(
        self, left: np.ndarray, shape: tuple[int, ...], columns: tuple[ShareColumn, ...]
    ) -> EncodedRows:
        drawn, wanted = self._conditioned(np.repeat(np.arange(len(left)), left), shape, columns)
        for column, numbers in zip(columns, wanted, strict=True):
            column.write(drawn.codes, numbers)
        return drawn

    def _conditioned(
        self, cells: np.ndarray, shape: tuple[int, ...], columns: tuple[ShareColumn, ...]
    ) -> tuple[EncodedRows, list[np.ndarray]]:
        """One row for each wanted cell, conditioned on one code of its columns; and the wanted categories."""
        groups = np.unravel_index(cells, shape)
        wanted = [self._numbers_for(*pair) for pair in zip(columns, groups, strict=True)]
        positions = [position for column in columns for position in column.positions]
        codes = [
            part
            for column, numbers in zip(columns, wanted, strict=True)
            for part in column.grid.split(numbers)
        ]
        chosen = self._rng.integers(0, len(positions), len(cells))
        starts = self._layout.condition_starts[positions]
        conditions = starts[chosen] + np.column_stack(codes)[np.arange(len(cells)), chosen]
        return self._generator.draw(len(cells), conditions, self._noise), wanted

    def _numbers_for(self, column: ShareColumn, groups: np.ndarray) -> np.ndarray:
        """A category of each wanted group; within the group of all others, by the real frequencies."""
        start, size = self._layout.condition_starts[column.positions[0]], column.grid.sizes[0]
        weights = column.grid.spread(self._counts[start : start + size]).astype(np.float64)
        numbers = np.empty(len(groups), dtype=np.int64)
        for group in np.unique(groups):
            members = column.target.codes_of(group)
            odds = weights[members] / weights[members].sum() if weights[members].any() else None
            here = groups == group
            numbers[here] = self._rng.choice(members, int(here.sum()), p=odds)
        return numbers


def _groups(columns: tuple[ShareColumn, ...], codes: np.ndarray) -> tuple[np.ndarray, ...]:
    return tuple(column.groups(codes) for column in columns)


def _wanted_cells(left: np.ndarray, spare: float) -> np.ndarray:
    """The short cells, each repeated a little more often than it is short, within bounds for a round."""
    total = int(left.sum())
    spare = max(spare, _LEAST_ROWS_AT_ONCE / total)
    spare = min(spare, _MOST_ROWS_AT_ONCE / total)
    return np.repeat(np.arange(len(left)), np.ceil(left * spare).astype(np.int64))


def _ranks(cells: np.ndarray, size: int) -> np.ndarray:
    """How many earlier rows fell into the same cell, for each row."""
    order = np.argsort(cells, kind="stable")
    counts = np.bincount(cells, minlength=size)
    starts = np.cumsum(counts) - counts
    ranks = np.empty(len(cells), dtype=np.int64)
    ranks[order] = np.arange(len(cells)) - starts[cells[order]]
    return ranks


def _taken(rows: EncodedRows, positions: np.ndarray) -> EncodedRows:
    return EncodedRows(rows.scalars[positions], rows.codes[positions])


def _joined(parts: list[EncodedRows]) -> EncodedRows:
    scalars = np.concatenate([part.scalars for part in parts])
    return EncodedRows(scalars, np.concatenate([part.codes for part in parts]))
