"""Columns of a parent that no row of its children may lie above: the end of an account and its bookings.

Both are learned as they are, so that each is distributed as in the sample. Of what was drawn, a child's value
that lies above moves between its other bounds, as long as the sample's values leave room there. Where they
leave none, the parent gives its end to a parent that has none and no later child (see `exchange`), or else
the end moves up to its last child.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from pipeline.datasets.related.schema import RelatedRule
from pipeline.datasets.rules.business_days import roll
from pipeline.datasets.rules.check import find_rows
from pipeline.datasets.rules.gaps import GapForm, find_base, find_nearest_value, from_gap, to_gap
from pipeline.datasets.rules.given import RuleTables
from pipeline.datasets.rules.numbers import as_steps
from pipeline.datasets.spec import ColumnSpec
from pipeline.models.rules.apart import Bounds, bound_rows
from pipeline.models.rules.distances import Cell, Gap
from pipeline.models.rules.exchange import code_groups, find_partners
from pipeline.models.rules.grid import snap
from pipeline.models.rules.repairs import Bound, move_inside
from pipeline.models.rules.steps import Steps


@dataclass(frozen=True)
class Below:
    """A column of a child under a ceiling; `first` is its least value in the sample.

    `floor` is the gap that it counts from a column below it. It stays where it is unless it `may_move`.
    """

    rule: RelatedRule
    form: GapForm
    first: Any
    spec: ColumnSpec | None = None
    floor: Gap | None = None
    may_move: bool = False
    is_business: bool = False

    @property
    def cell(self) -> Cell:
        """The table and the name of the column."""
        return self.rule.table, self.rule.columns[0]

    def find_failing(self, current: RuleTables) -> np.ndarray:
        """Which rows lie above their parent's value."""
        return find_rows(self.rule, current).is_failed

    def find_needs(self, current: RuleTables, rows: int) -> pd.Series:
        """The least value that each parent of `rows` can have, missing where no child asks for one."""
        values = current.column(*self.cell)
        parents = current.parents(current.relation(self.rule))
        least = find_nearest_value(replace(self.form, is_below=False), values)
        return least[parents >= 0].groupby(parents[parents >= 0]).max().reindex(range(rows))

    def move(self, current: RuleTables, is_fixed: bool) -> None:
        """Put rows above their parent's value between their bounds, in the order that they had.

        Where one row of a parent has no room there, none of its rows move, unless the parent `is_fixed`.
        """
        failing = self.find_failing(current)
        low, high = self._find_room(current, is_fixed)
        has_room = (low <= high).to_numpy(dtype=bool)
        if not is_fixed:
            parents = current.parents(current.relation(self.rule))
            has_room &= ~np.isin(parents, parents[failing & ~has_room])
        moves = failing & has_room
        if not moves.any():
            return
        values = current.column(*self.cell)
        share = values.where(moves).rank(pct=True)
        above = replace(self.form, is_strict=False, is_below=False)
        found = from_gap(above, low, to_gap(above, low, high) * share)
        found = roll(found, is_back=True) if self.is_business else found
        found = found if self.spec is None else snap(self.spec, above, low, found)
        moves &= (found <= high).to_numpy(dtype=bool)
        table, name = self.cell
        current.table(table)[name] = values.where(~moves, found).to_numpy()

    def _find_room(self, current: RuleTables, is_fixed: bool) -> tuple[pd.Series, pd.Series]:
        """The least and the greatest value of each row: as in the sample, or any where that leaves none."""
        high = find_nearest_value(self.form, find_base(self.rule, current))
        floor = high
        if self.floor is not None:
            base = find_nearest_value(self.floor.form, self.floor.find_base(current))
            floor = base.fillna(high) if is_fixed else base
        first = pd.Series([self.first] * len(high), dtype=high.dtype)
        low = first if self.floor is None else pd.concat([floor, first], axis=1).max(axis=1)
        if self.is_business:
            low, high, floor = roll(low, is_back=False), roll(high, is_back=True), roll(floor, is_back=False)
        return (low.where(low <= high, floor) if is_fixed else low), high


@dataclass(frozen=True)
class Ceiling:
    """A column of a table under which columns of its children lie.

    It stays where it is unless it `may_move`, and is given to no other row unless it `may_change_rows`; then
    only to one that is alike in the columns `alike`, which tell whether it is filled.
    """

    table: str
    column: str
    below: tuple[Below, ...]
    form: GapForm
    bound: Bound
    spec: ColumnSpec | None = None
    floor: Gap | None = None
    may_move: bool = False
    may_change_rows: bool = False
    alike: tuple[str, ...] = ()
    is_business: bool = False

    @property
    def cell(self) -> Cell:
        """The table and the name of the column."""
        return self.table, self.column

    def settle(self, current: RuleTables, held: Collection[Cell]) -> None:
        """Put drawn columns right in place; `held` are those that keep a combination unique."""
        for one in self.below:
            if one.may_move and not (self.may_move and one.cell in held):
                one.move(current, not self.may_move)
        if not self.may_move:
            return
        if self.may_change_rows and self.cell not in held:
            self._change_rows(current)
        self._lift(current)

    def find_needs(self, current: RuleTables) -> pd.Series:
        """The least value that each row can have for its children and for what it counts from."""
        rows = len(current.table(self.table))
        needs = [one.find_needs(current, rows) for one in self.below]
        if self.floor is not None:
            needs.append(find_nearest_value(self.floor.form, self.floor.find_base(current)))
        return pd.concat(needs, axis=1).max(axis=1)

    def _change_rows(self, current: RuleTables) -> None:
        """Give ends that come too early to rows that have none and can have them."""
        ends, needs = current.column(*self.cell), self.find_needs(current)
        failing = (ends < needs).to_numpy(dtype=bool)
        if not failing.any():
            return
        groups = code_groups(current.table(self.table), self.alike)
        begins = None if self.floor is None else as_steps(self.floor.find_base(current))
        givers, takers = find_partners(as_steps(ends), as_steps(needs), begins, failing, groups)
        changed = ends.copy()
        changed.iloc[takers], changed.iloc[givers] = ends.iloc[givers].to_numpy(), None
        current.table(self.table)[self.column] = changed.to_numpy()

    def _lift(self, current: RuleTables) -> None:
        ends, needs = current.column(*self.cell), self.find_needs(current)
        rows = np.flatnonzero((ends < needs).to_numpy(dtype=bool))
        if not len(rows):
            return
        base = needs.iloc[rows].reset_index(drop=True)
        found = move_inside(self.form, self.bound, base, ends.iloc[rows].reset_index(drop=True))
        found = found if self.spec is None else snap(self.spec, self.form, base, found)
        found = roll(found, is_back=False) if self.is_business else found
        lifted = ends.copy()
        lifted.iloc[rows] = found.to_numpy()
        current.table(self.table)[self.column] = lifted.to_numpy()

    def limit_rows(self, cell: Cell, steps: Steps, current: RuleTables) -> Bounds:
        """How far the rows of one of its columns may move."""
        if cell == self.cell:
            return bound_rows(self.form, self.find_needs(current), steps)
        one = next(one for one in self.below if one.cell == cell)
        bounds = bound_rows(one.form, find_base(one.rule, current), steps)
        if one.floor is None:
            return bounds
        return replace(bounds, floors=bound_rows(one.floor.form, one.floor.find_base(current), steps).floors)

    def list_read(self, given: RuleTables) -> set[Cell]:
        """The columns that it looks at, and those from which they count."""
        floors = [self.floor, *(one.floor for one in self.below)]
        bases = [one.list_read(given) for one in floors if one is not None]
        return set(self.list_cells()).union(*bases)

    def list_cells(self) -> Iterator[Cell]:
        """The column and those below it."""
        yield self.cell
        yield from (one.cell for one in self.below)
