"""Rules of related tables built into what is learned, so that no row has to be thrown away.

A column that may not lie before another is learned as a gap, a fixed combination as one column, and which
columns are filled as a column of its own; a computed column is not learned at all. `restore` turns drawn
tables back, in the order in which the rules need each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from pipeline.datasets.related.schema import RelatedRule, RelatedSchema
from pipeline.datasets.rules.business_days import from_business_index, to_business_index
from pipeline.datasets.rules.choices import (
    CombinationForm,
    from_choice,
    from_combined,
    to_choice,
    to_combined,
)
from pipeline.datasets.rules.compute import COMPUTED, compute_all, compute_missing
from pipeline.datasets.rules.gaps import from_gap, to_gap
from pipeline.datasets.rules.given import RuleTables
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, ModelledType, Role
from pipeline.models.rules.apart import Bounds, Promise, bound_rows
from pipeline.models.rules.ceilings import Ceiling
from pipeline.models.rules.distances import Gap
from pipeline.models.rules.repairs import (
    close_all_but_last,
    move_inside,
    put_in_order,
    put_in_range,
    settle_choice,
)


@dataclass(frozen=True)
class Merged:
    """Columns that are learned as one."""

    table: str
    form: CombinationForm

    @property
    def name(self) -> str:
        """The name of the one column."""
        return "+".join(self.form.columns)


@dataclass(frozen=True)
class RulePlan:
    """How the confirmed rules of a dataset are kept; each step comes after those that it needs."""

    schema: RelatedSchema
    steps: tuple[Gap | Ceiling, ...] = ()
    merged: tuple[Merged, ...] = ()
    promises: tuple[Promise, ...] = ()

    @cached_property
    def rules(self) -> tuple[RelatedRule, ...]:
        """The rules that are promises."""
        return tuple(rule for rule in self.schema.rules if rule.is_confirmed)

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """The columns that lie beside another one."""
        return tuple(step for step in self.steps if isinstance(step, Gap))

    def transform(self, given: RuleTables, raw: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
        """The raw tables as they are learned; `given` has them as rules read them, `describe` their specs."""
        tables = {name: table.copy() for name, table in raw.items()}
        for rule in self._select("business_day"):
            table = tables[rule.table]
            table[rule.columns[0]] = to_business_index(table[rule.columns[0]]).to_numpy()
        for gap in self.distances:
            values = given.column(gap.table, gap.column)
            found = to_gap(gap.form, gap.find_base(given), values)
            tables[gap.table][gap.column] = found.to_numpy()
        for one in self.merged:
            tables[one.table][one.name] = to_combined(one.form, given.table(one.table)).to_numpy()
        for rule in self._select("one_of"):
            tables[rule.table][name_choice(rule)] = to_choice(
                given.table(rule.table), rule.columns
            ).to_numpy()
        return tables

    def describe(self, name: str, spec: DatasetSpec) -> DatasetSpec:
        """The spec of a table as it is learned."""
        gone = {rule.columns[0] for rule in self.rules if rule.table == name and rule.kind in COMPUTED}
        gone |= {column for one in self.merged if one.table == name for column in one.form.columns}
        numbers = {
            gap.column: 0 if gap.form.unit else gap.form.decimals
            for gap in self.distances
            if gap.table == name
        }
        numbers |= {
            rule.columns[0]: 6
            for rule in self._select("business_day")
            if rule.table == name and rule.columns[0] not in numbers
        }
        columns = [
            _as_number(one, numbers[one.name]) if one.name in numbers else one
            for one in spec.columns
            if one.name not in gone
        ]
        added = [one.name for one in self.merged if one.table == name]
        added += [name_choice(rule) for rule in self._select("one_of") if rule.table == name]
        columns += [ColumnSpec(one, Role.MODELLED, ModelledType.CATEGORICAL) for one in added]
        features = tuple(one for one in spec.features if one.column not in gone | numbers.keys())
        return replace(spec, columns=tuple(columns), features=features, rules=())

    def restore(self, given: RuleTables, seed: int) -> dict[str, pd.DataFrame]:
        """Drawn tables with the columns of the sample, every rule kept."""
        tables = {name: table.copy() for name, table in given.tables.items()}
        current = replace(given, tables=tables)
        for one in self.merged:
            table = tables[one.table]
            tables[one.table] = pd.concat(
                [table.drop(columns=one.name), from_combined(one.form, table[one.name])], axis=1
            )
        for rule in self._select("one_open"):
            # Before gaps become dates, so that what is filled in keeps its distance.
            close_all_but_last(rule, current, seed)
        held = {gap.cell for gap in self.distances}
        for rule in self._select("business_day"):
            if (rule.table, rule.columns[0]) not in held:
                values = tables[rule.table][rule.columns[0]]
                tables[rule.table][rule.columns[0]] = from_business_index(values).to_numpy()
        decided = {gap.cell for gap in self.gaps}
        for promise in self.promises:
            if promise.moved and promise.cell not in decided:
                self._keep(promise, current, Bounds())
        for step in self.steps:
            # Columns that a step reads are computed for it alone: later steps change what they are made of.
            computed = compute_missing(step.list_read(current), self.rules, current)
            for (name, column), found in computed.items():
                tables[name][column] = found
            self._place(step, current) if isinstance(step, Gap) else self._settle(step, current)
            for name, column in computed:
                del tables[name][column]
        self._repair(current, tables, seed)
        return compute_all(self.rules, current)

    def _place(self, gap: Gap, current: RuleTables) -> None:
        """Turn a gap into its column."""
        table = current.table(gap.table)
        drawn, base = table[gap.column], gap.find_base(current)
        found = drawn.reset_index(drop=True) if gap.is_direct else from_gap(gap.form, base, drawn)
        found = move_inside(gap.form, gap.bound, base, found)
        table[gap.column] = found.to_numpy()
        if self._is_business(gap):
            table[gap.column] = from_business_index(to_business_index(found)).to_numpy()
        for promise in self.promises:
            if promise.cell == gap.cell and promise.steps:
                self._keep(promise, current, bound_rows(gap.form, base, promise.steps))

    def _settle(self, ceiling: Ceiling, current: RuleTables) -> None:
        """Put a column of a parent and those of its children below it right."""
        ceiling.settle(current, {one.cell for one in self.promises})
        for promise in self.promises:
            if promise.steps and promise.cell in set(ceiling.list_cells()):
                self._keep(promise, current, ceiling.limit_rows(promise.cell, promise.steps, current))

    def _keep(self, promise: Promise, current: RuleTables, bounds: Bounds) -> None:
        """Move what a table repeats, inside the ranges that rules give."""
        for rule in self._select("range"):
            if (rule.table, rule.columns[0]) == (promise.table, promise.moved):
                put_in_range(rule, current.table(promise.table))
                bounds = promise.narrow(bounds, rule.options)
        promise.keep(current, bounds)

    def _repair(self, current: RuleTables, tables: dict[str, pd.DataFrame], seed: int) -> None:
        for rule in self.rules:
            table = tables[rule.table]
            if rule.columns[0] not in table:  # computed from the others, when these are put right
                continue
            match rule.kind:
                case "one_of":
                    own = table.drop(columns=name_choice(rule))
                    choice = settle_choice(own, rule.columns, table[name_choice(rule)])
                    filled = from_choice(own, rule.columns, choice, seed)
                    tables[rule.table] = filled
                case "range":
                    put_in_range(rule, table)
                case "ordered":
                    put_in_order(rule, current)

    @property
    def distances(self) -> list[Gap]:
        """The gaps that are learned as distances."""
        return [gap for gap in self.gaps if not gap.is_direct]

    def _is_business(self, gap: Gap) -> bool:
        return any((rule.table, rule.columns[0]) == gap.cell for rule in self._select("business_day"))

    def _select(self, kind: str) -> list[RelatedRule]:
        return [rule for rule in self.rules if rule.kind == kind]


def _as_number(column: ColumnSpec, decimals: int) -> ColumnSpec:
    options = {"decimals": decimals, "minimum": 0} if decimals != 6 else {"decimals": 6}
    return ColumnSpec(column.name, Role.MODELLED, ModelledType.NUMERICAL, options=options)


def name_choice(rule: RelatedRule) -> str:
    """The name of the column that says which columns of a rule are filled."""
    return f"filled: {', '.join(rule.columns)}"
