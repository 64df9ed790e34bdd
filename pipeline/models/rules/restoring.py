"""What was drawn of one table turned back into its columns, every rule kept.

In this order: which cells are filled, combinations, business days; then what rules decide, each column after
those that it needs. Rows in which rules leave no room between them take the columns of a row that keeps all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

import numpy as np
import pandas as pd

from pipeline.datasets import features
from pipeline.datasets.calendar import fill_from_rows
from pipeline.datasets.related.schema import RelatedRule
from pipeline.datasets.rules.business_days import from_business_index, roll
from pipeline.datasets.rules.choices import from_combined
from pipeline.datasets.rules.compute import compute_column
from pipeline.datasets.rules.gaps import from_gap
from pipeline.datasets.rules.given import RuleTables
from pipeline.datasets.rules.keepable import list_movable
from pipeline.datasets.rules.single import describe_single
from pipeline.datasets.rules.text import print_rule
from pipeline.datasets.spec import CONTINUOUS, Role
from pipeline.datasets.typed import VALUE, mix
from pipeline.models.grouping import Grouping
from pipeline.models.rules.distances import Gap
from pipeline.models.rules.donors import replace_failing
from pipeline.models.rules.grid import floor_to_grid, is_beside, snap
from pipeline.models.rules.keeping import name_choice
from pipeline.models.rules.kept import KeptRules, name_state
from pipeline.models.rules.limits import limit
from pipeline.models.rules.repairs import move_inside, settle_choice
from pipeline.models.rules.uniqueness import Domain, Share, describe_domain, move_apart

_WHOLE = Share()


@dataclass(frozen=True)
class Restored:
    """The columns of a table, its modelled table, and by rule which columns of each row are filled."""

    columns: Mapping[str, pd.Series]
    modelled: pd.DataFrame
    filled: Mapping[tuple[str, ...], np.ndarray]

    def blank(self, columns: Mapping[str, np.ndarray | pd.Series]) -> dict[str, np.ndarray | pd.Series]:
        """The columns, identity ones among them, empty where a rule says so."""
        blanked = dict(columns)
        for names, filled in self.filled.items():
            for place, name in enumerate(names):
                values = pd.Series(blanked[name])
                if name not in self.columns:
                    blanked[name] = values.astype(object).where(filled[:, place], None)
        return blanked


class Restoring:
    """One table on its way back; `run` gives its columns."""

    def __init__(
        self,
        kept: KeptRules,
        frame: pd.DataFrame,
        grouping: Grouping,
        rng: np.random.Generator,
        share: Share = _WHOLE,
    ) -> None:
        self._kept, self._grouping, self._rng, self._share = kept, grouping, rng, share
        self._filled: dict[tuple[str, ...], np.ndarray] = {}
        self._spec = {one.name: one for one in kept.spec.columns}
        self._columns: dict[str, pd.Series] = {
            str(name): frame[name].reset_index(drop=True) for name in frame
        }
        self._rows = len(frame)
        self._schema = describe_single(kept.spec)

    def run(self) -> Restored:
        """Every column of the table that is not derived."""
        self._fill_states()
        self._filled = {rule.columns: self._fill_chosen(rule) for rule in self._kept.choices}
        self._split_merged()
        self._settle_free()
        self._make_unique(is_early=True)
        for name in self._order():
            self._decide(name)
        replace_failing(self._kept, self._columns, self._filled, self._grouping, self._rng)
        self._make_unique(is_early=False)
        for names, cells in self._filled.items():
            for place, name in enumerate(names):
                if name in self._columns:
                    self._columns[name] = _blank(self._columns[name], cells[:, place])
        self._write()
        wanted = {name: self._columns[name] for name in self._spec if name in self._columns}
        return Restored(wanted, pd.DataFrame(), self._filled)

    def _given(self) -> RuleTables:
        frame = pd.DataFrame(self._columns, copy=False)
        return RuleTables(self._schema, {self._schema.tables[0].name: frame}, {})

    def _fill_states(self) -> None:
        """Columns with odd cells: a value where one was drawn, nothing elsewhere."""
        for name in self._kept.split:
            if name in self._columns:
                is_value = (self._columns[name_state(name)] == VALUE).to_numpy()
                values = self._columns[name].where(is_value)
                self._columns[name] = fill_from_rows(values, self._rng).where(is_value)

    def _fill_chosen(self, rule: RelatedRule) -> np.ndarray:
        """Which columns of a rule each row has filled; what is missing there is drawn from other rows."""
        own = {
            name: self._columns[name] if name in self._columns else pd.Series(np.zeros(self._rows))
            for name in rule.columns
        }
        texts = settle_choice(pd.DataFrame(own), rule.columns, self._columns[name_choice(rule)])
        filled = np.array([list(text) for text in texts], dtype=object).reshape(self._rows, -1) == "1"
        for place, name in enumerate(rule.columns):
            chosen = filled[:, place]
            if name not in self._columns:
                continue
            if name in self._kept.split:
                state = self._columns[name_state(name)]
                self._columns[name_state(name)] = state.mask(state.isna() & chosen, VALUE).where(chosen, None)
            values = self._columns[name]
            drawn = fill_from_rows(values, self._rng)
            self._columns[name] = values.where(values.notna() | ~chosen, drawn)
        return filled

    def _split_merged(self) -> None:
        for merged in self._kept.plan.merged:
            values = from_combined(merged.form, self._columns[merged.name])
            self._columns |= {str(name): values[name] for name in values}

    def _settle_free(self) -> None:
        """What no other column decides: business days, and values as the columns can hold them."""
        distances = {gap.column for gap in self._kept.plan.distances}
        merged = {name for one in self._kept.plan.merged for name in one.form.columns}
        for rule in self._select("business_day"):
            name = rule.columns[0]
            if name not in distances:
                self._columns[name] = from_business_index(self._columns[name], self._has_times(name))
        for name in self._kept.touched:
            column = self._spec[name]
            if name in self._columns and name not in distances | merged and column.kind in CONTINUOUS:
                self._columns[name] = limit(self._kept, name, floor_to_grid(column, self._columns[name]))

    def _has_times(self, name: str) -> bool:
        dates = self._kept.sample.values.column(self._kept.spec.table, name).dropna()
        return bool((dates != dates.dt.normalize()).any())

    def _order(self) -> Sequence[str]:
        """The columns that rules decide, each after those that it needs."""
        needs = self._list_needs()
        return [name for name in TopologicalSorter(needs).static_order() if name in needs]

    def _list_needs(self) -> dict[str, set[str]]:
        needs = {rule.columns[0]: set(rule.columns[1:]) for rule in self._select("formula")}
        for gap in self._kept.plan.gaps:
            needs[gap.column] = {name for rule in gap.rules for name in rule.columns} - {gap.column}
        return needs

    def _decide(self, name: str) -> None:
        gap = next((one for one in self._kept.plan.gaps if one.column == name), None)
        self._columns[name] = self._compute(name) if gap is None else self._place(gap)

    def _compute(self, name: str) -> pd.Series:
        rule = next(one for one in self._select("formula") if one.columns[0] == name)
        drawn = self._columns.pop(name, None)
        given = self._given()
        values = compute_column(rule, given).reset_index(drop=True)
        return values if drawn is None else values.where(values.notna(), drawn)

    def _place(self, gap: Gap) -> pd.Series:
        """A column beside the nearest of its bases, as it can hold its values."""
        column, form = self._spec[gap.column], gap.form
        drawn, base = self._columns[gap.column], gap.find_base(self._given())
        values = drawn if gap.is_direct else from_gap(form, base, drawn)
        values = snap(column, form, base, move_inside(form, gap.bound, base, values))
        if self._is_business(gap.column):
            values = roll(values, form.is_below)
        limited = limit(self._kept, gap.column, values)
        return values.mask(is_beside(form, base, limited) & limited.notna(), limited)

    def _is_business(self, name: str) -> bool:
        return any(rule.columns[0] == name for rule in self._select("business_day"))

    def _make_unique(self, is_early: bool) -> None:
        needed = {name for inputs in self._list_needs().values() for name in inputs}
        for rule in self._select("unique"):
            movable = list_movable(self._kept.spec, rule, self._kept.rules)
            free = [name for name in movable if name not in needed] or [*movable]
            if free and is_early == (free[0] in needed):
                self._move_apart(rule, free)

    def _move_apart(self, rule: RelatedRule, free: Sequence[str]) -> None:
        sample = self._kept.sample.values
        counts = {name: sample.column(rule.table, name).nunique() for name in free}
        moved = max(free, key=lambda name: counts[name])
        others = [name for name in rule.columns if name != moved]
        keys = pd.DataFrame({name: self._read_key(name) for name in others}, index=range(self._rows))
        values = self._columns[moved]
        rows = np.flatnonzero(values.notna() & keys.notna().all(axis=1))
        column, is_business = self._spec[moved], self._is_business(moved)
        known = sample.column(rule.table, moved)
        domain = describe_domain(column, known, values, is_business)
        whole = any(name in group.entity.columns for group in self._grouping.groups for name in others)
        found, sources = move_apart(
            keys.iloc[rows].reset_index(drop=True),
            domain.number(values.iloc[rows]),
            domain,
            Share() if whole else self._share,
            self._find_bounds(moved, domain, rows),
            print_rule(rule, self._schema),
            set(others) <= set(free),
        )
        changed = {moved: domain.take(found)}
        if set(others) <= set(free):
            changed |= {name: self._columns[name].iloc[rows[sources]].to_numpy() for name in others}
        for name, new in changed.items():
            self._columns[name] = self._columns[name].copy()
            self._columns[name].iloc[rows] = new

    def _find_bounds(self, name: str, domain: Domain, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The least and the greatest number that each row may take, by the column that it lies beside."""
        low, high = np.zeros(len(rows), dtype=np.int64), np.full(len(rows), domain.size - 1)
        gap = next((one for one in self._kept.plan.gaps if one.column == name), None)
        if gap is None:
            return low, high
        numbers = self._columns[name].iloc[rows]
        base = gap.find_base(self._given()).iloc[rows].reset_index(drop=True)
        # A base between two values of the domain is rounded up to the next one.
        ends = domain.number(base.fillna(numbers.reset_index(drop=True)))
        if gap.form.is_below:
            return low, np.where(base.notna(), ends - 1, high)
        return np.where(base.notna(), ends + gap.form.is_strict, low), high

    def _read_key(self, name: str) -> pd.Series:
        for group in self._grouping.groups:
            if name in group.entity.columns:
                return pd.Series(group.numbers + group.first)
        return self._columns[name]

    def _write(self) -> None:
        """The values in the types of the table, with their odd cells."""
        owned = {name: group for group in self._grouping.groups for name in group.entity.constant}
        for name in self._kept.touched:
            if name not in self._columns or name in self._derived:
                continue
            values = self._columns[name]
            if name in self._kept.split:
                state = self._columns[name_state(name)]
                is_value = (state == VALUE).to_numpy()
                written = features.render_column(self._spec[name], values.where(is_value))
                values = (
                    mix(written, state.mask(is_value, None)) if state.dropna().ne(VALUE).any() else written
                )
            else:
                values = features.render_column(self._spec[name], values)
            self._columns[name] = values.reset_index(drop=True)
        for name, group in owned.items():
            if name in self._kept.touched and name in self._columns:
                owners = group.owner_of_row
                self._columns[name] = self._columns[name].iloc[owners].reset_index(drop=True)

    @property
    def _derived(self) -> set[str]:
        return {name for name, one in self._spec.items() if one.role is Role.IDENTITY}

    def _select(self, kind: str) -> list[RelatedRule]:
        return [rule for rule in self._kept.plan.rules if rule.kind == kind]


def _blank(values: pd.Series, chosen: np.ndarray) -> pd.Series:
    if values.dtype.kind in "iu":
        values = values.astype(float)
    return values.where(chosen, None) if values.dtype == object else values.where(chosen)
