"""A fitted synthesizer whose rows are chosen among several candidates."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ModelledColumn
from pipeline.synthesizers.columns import DatetimeEncoding, NumberEncoding
from pipeline.synthesizers.protocol import Drawn, Sampler, Shares, SynthesizerState, take_arrays
from pipeline.synthesizers.refinement.balance import balance
from pipeline.synthesizers.refinement.learner import learn_refinement
from pipeline.synthesizers.refinement.record import STATE_KEY, RefinementRecord
from pipeline.synthesizers.refinement.refinement import Refinement
from pipeline.synthesizers.refinement.row_features import RowFeatures
from pipeline.synthesizers.shares import read_range
from pipeline.synthesizers.width import ColumnPlan

_STREAM = 0x7265666E

Group = Callable[[pd.DataFrame], np.ndarray]
"""A table → the group of each row, counted from 0."""


class RefinedSynthesizer:
    """Draws candidates of a fitted synthesizer and keeps rows in proportion to their weights.

    Rows are chosen without replacement (Efraimidis and Spirakis, Information Processing Letters 97, 2006),
    which can be done draw by draw: at most three times the rows asked for are held at a time.
    """

    def __init__(self, plain: Sampler, refinement: Refinement) -> None:
        self.plain, self._refinement = plain, refinement

    @property
    def record(self) -> RefinementRecord:
        """What the refinement learned."""
        return self._refinement.record

    @property
    def plans(self) -> tuple[ColumnPlan, ...]:
        """How the synthesizer treated each column."""
        return self.plain.plans

    def sample(self, rows: int, seed: int, shares: Shares | None = None) -> pd.DataFrame:
        """Give `rows` new rows; shares are met exactly, to the rounding of one row."""
        return self.draw(rows, seed, shares).table

    def draw(self, rows: int, seed: int, shares: Shares | None = None) -> Drawn:
        """The rows of `sample`, and how many of them had to be set to a share.

        Every draw of candidates meets the shares; the first says how many rows each combination of the
        categories asked for gets. Without shares, the column of the most categories gets its real shares to
        within a row, which takes the chance of many small categories out of the sample. Numbers and dates
        that have shares are not brought back through their ranks, which would lead out of their ranges.
        """
        if self.record.is_neutral:
            return self.plain.draw(rows, seed, shares)
        choice: _Choice | None = None
        for number in range(self.record.candidates):
            draw_seed, map_seed, key_seed = _spawn_seeds(seed, number)
            drawn = self.plain.draw(rows, draw_seed, shares)
            table = self._refinement.straighten(drawn.table, map_seed, as_drawn=set(shares or {}))
            drawn = replace(drawn, table=table)
            choice = choice or self._begin(drawn.table, shares or {}, map_seed)
            choice.add(drawn, self._refinement.log_weights(drawn.table), np.random.default_rng(key_seed))
        assert choice is not None
        if not shares:
            choice.balance(self._refinement, np.random.default_rng([seed, _STREAM, 2]))
        return choice.finish(np.random.default_rng([seed, _STREAM]))

    def _begin(self, first: pd.DataFrame, shares: Shares, seed: int) -> _Choice:
        features = self._refinement.features
        if shares:
            group, groups = _group_by_shares(features, shares)
            return _Choice(group, np.bincount(group(first), minlength=groups))
        if not features.ranks:
            return _Choice(lambda table: np.zeros(len(table), dtype=np.int64), np.array([len(first)]))
        widest = max(features.shares, key=lambda name: len(features.shares[name]))
        wanted = _deal(features.shares[widest], len(first), np.random.default_rng([seed, 1]))
        return _Choice(lambda table: features.read_codes(table, widest), wanted)

    @property
    def state(self) -> SynthesizerState:
        """The state of the plain synthesizer and the refinement's."""
        plain, own = self.plain.state, self._refinement.arrays
        arrays = {f"{STATE_KEY}.{name}": array for name, array in own.items()}
        values = {**plain.values, STATE_KEY: self._refinement.values}
        return SynthesizerState(values, {**plain.arrays, **arrays})


class _Choice:
    """The rows that are ahead after each draw: in each group, those with the largest keys.

    `group` numbers the groups of a table's rows, `wanted` says how many rows each gets. As many others again
    are held as spare, for groups that the candidates cannot fill.
    """

    def __init__(self, group: Group, wanted: np.ndarray) -> None:
        self._group, self._wanted = group, wanted
        self._kept, self._keys = pd.DataFrame(), np.empty(0)
        self._groups, self._is_forced = np.empty(0, dtype=np.int64), np.empty(0, dtype=bool)

    def add(self, drawn: Drawn, logs: np.ndarray, rng: np.random.Generator) -> None:
        """Let the rows of a draw compete; `logs` are their log weights."""
        # The largest of log w + Gumbel noise are a sample without replacement in proportion to w.
        table, keys = drawn.table, logs - np.log(-np.log1p(-rng.random(len(logs))))
        is_forced = np.zeros(len(table), dtype=bool) if drawn.is_forced is None else drawn.is_forced
        groups = np.concatenate([self._groups, self._group(table)])
        if len(self._keys):
            table = pd.concat([self._kept, table], ignore_index=True)
            keys = np.concatenate([self._keys, keys])
            is_forced = np.concatenate([self._is_forced, is_forced])
        is_chosen = self._choose(keys, groups)
        spare = np.flatnonzero(~is_chosen)
        spare = spare[np.argsort(-keys[spare], kind="stable")[: self._wanted.sum()]]
        kept = np.union1d(np.flatnonzero(is_chosen), spare)
        self._kept, self._keys = table.iloc[kept].reset_index(drop=True), keys[kept]
        self._groups, self._is_forced = groups[kept], is_forced[kept]

    def balance(self, refinement: Refinement, rng: np.random.Generator) -> None:
        """Exchange rows that are ahead for spare ones, so that all columns have their real shares."""
        is_chosen, shares = self._choose(self._keys, self._groups), refinement.shares
        cells = shares.read(refinement.features.read(self._kept))
        wanted = [_deal(one, int(self._wanted.sum()), rng) for one in shares.shares]
        is_chosen = balance(is_chosen, self._keys, self._groups, cells, wanted)
        # What was exchanged is behind all others from now on.
        self._keys = np.where(is_chosen, self._keys, -np.inf)

    def finish(self, rng: np.random.Generator) -> Drawn:
        """The rows that are ahead, in random order."""
        order = rng.permutation(np.flatnonzero(self._choose(self._keys, self._groups)))
        return Drawn(self._kept.iloc[order].reset_index(drop=True), self._is_forced[order])

    def _choose(self, keys: np.ndarray, groups: np.ndarray) -> np.ndarray:
        """Which rows are ahead: the best of each group, then the best of all until there are enough."""
        order = np.argsort(-keys, kind="stable")
        ranks = np.empty(len(keys), dtype=np.int64)
        ranks[order] = pd.Series(groups[order]).groupby(groups[order]).cumcount().to_numpy()
        is_chosen = ranks < self._wanted[groups]
        others = order[~is_chosen[order]]
        is_chosen[others[: self._wanted.sum() - is_chosen.sum()]] = True
        return is_chosen


def _group_by_shares(features: RowFeatures, shares: Shares) -> tuple[Group, int]:
    """Groups by combination of the categories and ranges named in `shares`, and their number.

    All others of a column are one group, so that they keep their natural proportions.
    """
    numbers = {one.name: one for one in features.number_encodings}
    readers = [
        _read_ranges(numbers[column], parts) if column in numbers else _read_named(features, column, parts)
        for column, parts in shares.items()
    ]

    def group(table: pd.DataFrame) -> np.ndarray:
        groups = np.zeros(len(table), dtype=np.int64)
        for parts, read in zip(shares.values(), readers, strict=True):
            groups = groups * (len(parts) + 1) + read(table)
        return groups

    return group, math.prod(len(parts) + 1 for parts in shares.values())


def _read_named(features: RowFeatures, column: str, parts: Mapping[Any, float]) -> Group:
    """Which of the categories in `parts` a row has, counted from 1; 0 for all others."""
    codes = {features.encoding.categories[column].code_of(category) for category in parts}
    of_code = np.zeros(len(features.ranks[column]), dtype=np.int64)
    known = sorted(code for code in codes if code is not None)
    of_code[known] = range(1, len(known) + 1)
    return lambda table: of_code[features.read_codes(table, column)]


def _read_ranges(encoding: NumberEncoding | DatetimeEncoding, parts: Mapping[Any, float]) -> Group:
    """In which of the ranges in `parts` a row lies, counted from 1; 0 where in none."""
    ranges = [read_range(encoding.name, str(label), encoding) for label in parts]
    near = encoding.step / 4

    def read(table: pd.DataFrame) -> np.ndarray:
        values, found = encoding.numbers(table[encoding.name]), np.zeros(len(table), dtype=np.int64)
        for number, (low, high) in enumerate(ranges, start=1):
            found[(values >= low - near) & (values <= high + near)] = number
        return found

    return read


def _deal(shares: np.ndarray, rows: int, rng: np.random.Generator) -> np.ndarray:
    """Whole numbers that add up to `rows`, each its share of them on average and within one (Madow 1949)."""
    ends = np.floor(np.cumsum(shares) / shares.sum() * rows + rng.random())
    ends[-1] = rows
    return np.diff(ends, prepend=0.0).astype(np.int64)


def _spawn_seeds(seed: int, number: int) -> tuple[int, int, int]:
    """Seeds of one draw of candidates: of its rows, of its numbers, of their keys."""
    draw, numbers, keys = np.random.SeedSequence([seed, _STREAM, number]).generate_state(3, np.uint64) >> 1
    return int(draw), int(numbers), int(keys)


def refine(
    synthesizer: Sampler,
    training: pd.DataFrame,
    columns: tuple[ModelledColumn, ...],
    seed: int,
    before_draw: Callable[[], None] = lambda: None,
    as_drawn: Collection[str] = (),
) -> RefinedSynthesizer:
    """Learn a refinement behind a fitted synthesizer from real training rows.

    Numbers of the columns in `as_drawn` are not brought back through their ranks, since others go with them.
    `before_draw` is called before rows are drawn for each round of learning, and may raise to end it.
    """

    def draw(rows: int, draw_seed: int) -> pd.DataFrame:
        before_draw()
        return synthesizer.sample(rows, draw_seed)

    return RefinedSynthesizer(synthesizer, learn_refinement(training, columns, draw, seed, as_drawn))


def restore_refined(plain: Sampler, state: SynthesizerState) -> RefinedSynthesizer:
    """A refined synthesizer again from the state of both."""
    arrays = take_arrays(state.arrays, f"{STATE_KEY}.")
    return RefinedSynthesizer(plain, Refinement.from_parts(state.values[STATE_KEY], arrays))
