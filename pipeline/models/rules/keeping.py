"""Rules of related tables built into what is learned, so that no row has to be thrown away.

A column that may not lie before another is learned as a gap, a fixed combination as one column, and which
columns are filled as a column of its own; a computed column is not learned at all. `restore` turns drawn
tables back, in the order in which the rules need each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from graphlib import TopologicalSorter

import pandas as pd

from pipeline.datasets.related.schema import RelatedRule, RelatedSchema
from pipeline.datasets.rules.business_days import from_business_index, to_business_index
from pipeline.datasets.rules.choices import (
    CombinationForm,
    from_choice,
    from_combined,
    learn_combinations,
    to_choice,
    to_combined,
)
from pipeline.datasets.rules.compute import COMPUTED, compute_all
from pipeline.datasets.rules.gaps import (
    GapForm,
    find_base,
    find_decided,
    from_gap,
    learn_form,
    to_gap,
)
from pipeline.datasets.rules.given import RuleTables
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, ModelledType, Role
from pipeline.models.rules.apart import Bounds, Promise, bound_rows
from pipeline.models.rules.repairs import (
    Bound,
    close_all_but_last,
    learn_bound,
    measure_spread,
    move_inside,
    put_in_order,
    put_in_range,
    settle_choice,
)

_GAPS = ("inequality", "after_parent")
Cell = tuple[str, str]


@dataclass(frozen=True)
class Gap:
    """A column that is learned as the distance from another, or from the nearest of several.

    One that `is_direct` varies less by itself than that distance does (the day of a booking and the day on
    which its account was opened): it is learned as it is, and what lies on the wrong side is moved.
    """

    rules: tuple[RelatedRule, ...]
    form: GapForm
    column: str
    bound: Bound
    is_direct: bool = False

    @property
    def table(self) -> str:
        """The table of the column."""
        return self.rules[0].table

    def find_base(self, given: RuleTables) -> pd.Series:
        """From where the gap counts, by row."""
        return find_nearest(self.rules, given)


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
    """How the confirmed rules of a dataset are kept; a gap comes after those that its other column needs."""

    schema: RelatedSchema
    gaps: tuple[Gap, ...] = ()
    merged: tuple[Merged, ...] = ()
    promises: tuple[Promise, ...] = ()

    @cached_property
    def rules(self) -> tuple[RelatedRule, ...]:
        """The rules that are promises."""
        return tuple(rule for rule in self.schema.rules if rule.is_confirmed)

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
        held = {(gap.table, gap.column) for gap in self.distances}
        for rule in self._select("business_day"):
            if (rule.table, rule.columns[0]) not in held:
                values = tables[rule.table][rule.columns[0]]
                tables[rule.table][rule.columns[0]] = from_business_index(values).to_numpy()
        decided = {(gap.table, gap.column) for gap in self.gaps}
        for promise in self.promises:
            if promise.moved and (promise.table, promise.moved) not in decided:
                self._keep(promise, current, Bounds())
        for gap in self.gaps:
            drawn, base = tables[gap.table][gap.column], gap.find_base(current)
            found = drawn.reset_index(drop=True) if gap.is_direct else from_gap(gap.form, base, drawn)
            found = move_inside(gap.form, gap.bound, base, found)
            tables[gap.table][gap.column] = found.to_numpy()
            if self._is_business(gap):
                rolled = from_business_index(to_business_index(found))
                tables[gap.table][gap.column] = rolled.to_numpy()
            for promise in self.promises:
                if (promise.table, promise.moved) == (gap.table, gap.column) and promise.steps:
                    self._keep(promise, current, bound_rows(gap.form, base, promise.steps))
        self._repair(current, tables, seed)
        return compute_all(self.rules, current)

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
        cell = (gap.table, gap.column)
        return any((rule.table, rule.columns[0]) == cell for rule in self._select("business_day"))

    def _select(self, kind: str) -> list[RelatedRule]:
        return [rule for rule in self.rules if rule.kind == kind]


def plan_rules(schema: RelatedSchema, given: RuleTables, specs: Mapping[str, DatasetSpec]) -> RulePlan:
    """How the confirmed rules of a schema are kept, by what the sample's tables hold.

    Rules that decide a column that is not learned, or that another rule decides, are only checked.
    """
    modelled = {
        (name, column.name)
        for name, spec in specs.items()
        for column in spec.columns
        if column.role is Role.MODELLED
    }
    rules = [rule for rule in schema.rules if rule.is_confirmed]
    free = modelled - {(rule.table, rule.columns[0]) for rule in rules if rule.kind in COMPUTED}
    merged = []
    for rule in rules:
        cells = {(rule.table, column) for column in rule.columns}
        if rule.kind == "combination" and cells <= free:
            merged.append(Merged(rule.table, learn_combinations(given.table(rule.table), rule.columns)))
            free -= cells
    by_cell: dict[Cell, list[RelatedRule]] = {}
    for rule in rules:
        cell = (rule.table, find_decided(rule)) if rule.kind in _GAPS else None
        if cell in free:
            by_cell.setdefault(cell, []).append(rule)
    gaps = {cell: _learn_gap(cell, found, given) for cell, found in by_cell.items()}
    return RulePlan(schema, tuple(_sort_gaps(gaps, given)), tuple(merged))


def find_nearest(rules: Sequence[RelatedRule], given: RuleTables) -> pd.Series:
    """The greatest of the columns that one may not lie before, by row; the least of those it lies below."""
    bases = [find_base(rule, given).reset_index(drop=True) for rule in rules]
    if len(bases) == 1:
        return bases[0]
    together = pd.concat(bases, axis=1)
    return together.min(axis=1) if _is_below(rules[0]) else together.max(axis=1)


def _learn_gap(cell: Cell, rules: Sequence[RelatedRule], given: RuleTables) -> Gap:
    """The gap of a column; rules that bound it from the other side are only checked."""
    alike = tuple(rule for rule in rules if _is_below(rule) == _is_below(rules[0]))
    is_strict = any(bool(rule.options.get("strict")) for rule in alike)
    values = given.column(*cell)
    base = find_nearest(alike, given)
    form = learn_form(base, values, is_strict, _is_below(alike[0]))
    is_direct = measure_spread(to_gap(form, base, values)) > measure_spread(values)
    return Gap(alike, form, cell[1], learn_bound(form, values), is_direct)


def _is_below(rule: RelatedRule) -> bool:
    return rule.kind == "inequality" and rule.options.get("decides") == "lower"


def _sort_gaps(gaps: Mapping[Cell, Gap], given: RuleTables) -> Iterable[Gap]:
    """Each gap after those of the columns that it counts from; one that closes a circle is left out."""
    order: dict[Cell, set[Cell]] = {}
    for cell, gap in gaps.items():
        bases = {_find_base_cell(rule, given) for rule in gap.rules} & gaps.keys()
        if not any(_leads_to(base, cell, order) for base in bases):
            order[cell] = bases
    return [gaps[cell] for cell in TopologicalSorter(order).static_order() if cell in order]


def _leads_to(start: Cell, goal: Cell, order: Mapping[Cell, set[Cell]]) -> bool:
    return start == goal or any(_leads_to(one, goal, order) for one in order.get(start, ()))


def _find_base_cell(rule: RelatedRule, given: RuleTables) -> Cell:
    if rule.kind == "after_parent":
        return given.relation(rule).parent, str(rule.options["parent_column"])
    return rule.table, next(one for one in rule.columns if one != find_decided(rule))


def _as_number(column: ColumnSpec, decimals: int) -> ColumnSpec:
    options = {"decimals": decimals, "minimum": 0} if decimals != 6 else {"decimals": 6}
    return ColumnSpec(column.name, Role.MODELLED, ModelledType.NUMERICAL, options=options)


def name_choice(rule: RelatedRule) -> str:
    """The name of the column that says which columns of a rule are filled."""
    return f"filled: {', '.join(rule.columns)}"
