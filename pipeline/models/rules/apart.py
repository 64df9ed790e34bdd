"""Rows of several tables that repeat a key, or a combination that is unique: one of their values moves.

The first row of each combination stays as it is. A later one takes the nearest value that is free in a column
of dates or numbers; where a key has none, repeated rows were merged (see `pipeline.models.related.merging`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from pipeline.datasets.related.schema import RelatedRule, RelatedSchema, RelatedTable
from pipeline.datasets.rules.compute import COMPUTED
from pipeline.datasets.rules.gaps import GapForm
from pipeline.datasets.rules.given import RuleTables
from pipeline.datasets.spec import CONTINUOUS, ColumnSpec, DatasetSpec, ModelledType, Role
from pipeline.errors import SamplingError
from pipeline.models.rules.steps import Steps, describe_steps

_ROOM = 2
"""How many times the rows that the sample has for one combination there must be values."""


@dataclass(frozen=True, eq=False)
class Promise:
    """Columns of a table whose combination comes once; `moved` is the one that repeated rows change.

    `moved` is empty where no column of dates or numbers is learned. `steps` are the values that it can take,
    and `low` and `high` the numbers of the least and the greatest that are valid.
    """

    table: str
    columns: tuple[str, ...]
    moved: str = ""
    steps: Steps | None = None
    low: float = -np.inf
    high: float = np.inf

    @property
    def cell(self) -> tuple[str, str]:
        """The table and the column that repeated rows change."""
        return self.table, self.moved

    def narrow(self, bounds: Bounds, options: Mapping[str, Any]) -> Bounds:
        """The bounds inside the range of a rule as well."""
        ends = self.steps.find_ends(options) if self.steps else {}
        low, high = ends.get("low", -np.inf), ends.get("high", np.inf)
        return replace(bounds, low=max(bounds.low, low), high=min(bounds.high, high))

    def keep(self, current: RuleTables, bounds: Bounds) -> None:
        """Move what is repeated in the table, in place; SamplingError where no value is left."""
        others = trace_rows(current, self.table, [one for one in self.columns if one != self.moved])
        if others is None or self.steps is None:
            return
        column = current.table(self.table)[self.moved].reset_index(drop=True)
        there = np.flatnonzero(column.notna().to_numpy() & (others >= 0))
        pairs = pd.DataFrame({"others": others[there], "value": column.iloc[there].to_numpy()})
        repeated = there[pairs.duplicated().to_numpy()]
        if not len(repeated):
            return
        rows = there[np.isin(others[there], others[repeated])]
        numbers = np.zeros(len(column), dtype=np.int64)
        numbers[rows] = self.steps.number(column.iloc[rows])
        bounds = replace(bounds, low=max(bounds.low, self.low), high=min(bounds.high, self.high))
        places = _Places(self, self.steps, bounds, others, numbers, np.setdiff1d(rows, repeated))
        found = np.array([places.take(row) for row in repeated])
        values = column.copy()
        values.iloc[repeated] = self.steps.take(found, column.dtype)
        current.table(self.table)[self.moved] = values.to_numpy()


@dataclass(frozen=True, eq=False)
class Bounds:
    """How far rows may move: numbers from `low` to `high`, and by row from `floors` to `ceilings`."""

    low: float = -np.inf
    high: float = np.inf
    floors: np.ndarray | None = None
    ceilings: np.ndarray | None = None

    def of_row(self, row: int) -> tuple[float, float]:
        """The least and the greatest number that a row may take."""
        low = self.low if self.floors is None else max(self.low, float(self.floors[row]))
        high = self.high if self.ceilings is None else min(self.high, float(self.ceilings[row]))
        return low, high


class _Places:
    """Which numbers are taken by the rows of one combination of the other columns."""

    def __init__(
        self,
        promise: Promise,
        steps: Steps,
        bounds: Bounds,
        others: np.ndarray,
        numbers: np.ndarray,
        first: np.ndarray,
    ) -> None:
        self._promise, self._steps, self._bounds = promise, steps, bounds
        self._others, self._numbers = others, numbers
        self._up: dict[tuple[int, int], int] = {}
        self._down: dict[tuple[int, int], int] = {}
        for row in first:
            self._mark(int(others[row]), int(numbers[row]))

    def take(self, row: int) -> int:
        """The free number nearest above the row's own, else nearest below, else beyond the sample's ends."""
        key, number = int(self._others[row]), int(self._numbers[row])
        steps, (lowest, highest) = self._steps, self._bounds.of_row(row)
        above, below = self._find(self._up, key, number), self._find(self._down, key, number)
        inside = [above] * (above <= steps.high) + [below] * (below >= steps.low)
        for found in (*inside, above, below):
            if lowest <= found <= highest and steps.holds(found):
                self._mark(key, found)
                return found
        raise SamplingError(
            f'Table "{self._promise.table}": {", ".join(self._promise.columns)} must not repeat, and '
            f'"{self._promise.moved}" has too few values for so many rows.',
            "ask for fewer rows, or widen the range of that column.",
        )

    def _mark(self, key: int, number: int) -> None:
        self._up[key, number], self._down[key, number] = number + 1, number - 1

    def _find(self, next_of: dict[tuple[int, int], int], key: int, number: int) -> int:
        """The first free number in one direction; what was passed points there from now on."""
        passed = []
        while (found := next_of.get((key, number))) is not None:
            passed.append(number)
            number = found
        for one in passed:
            next_of[key, one] = number
        return number


def bound_rows(form: GapForm, base: pd.Series, steps: Steps) -> Bounds:
    """The bounds of rows whose column lies beside another one; a base between two steps is rounded."""
    known = base.notna().to_numpy()
    ends = np.full(len(base), np.inf if form.is_below else -np.inf)
    if known.any():
        numbers = steps.number(base[known])
        is_exact = (
            pd.Series(steps.take(numbers, base.dtype)) == base[known].reset_index(drop=True)
        ).to_numpy()
        if form.is_below:
            ends[known] = numbers - (is_exact & form.is_strict)
        else:
            ends[known] = numbers + np.where(is_exact, int(form.is_strict), 1)
    return Bounds(ceilings=ends) if form.is_below else Bounds(floors=ends)


def plan_promises(
    schema: RelatedSchema, given: RuleTables, specs: Mapping[str, DatasetSpec], rules: Sequence[RelatedRule]
) -> tuple[Promise, ...]:
    """What must not repeat in the generated tables, parents before children.

    `given` is the sample as rules read it, `rules` the confirmed ones.
    """
    return tuple(
        _promise(table, columns, given, specs.get(table.name), rules)
        for table in schema.tables
        if not table.is_public
        for columns in dict.fromkeys(list_unique(schema, table, rules))
        if not _is_derived_apart(columns, specs.get(table.name))
    )


def list_unique(
    schema: RelatedSchema, table: RelatedTable, rules: Sequence[RelatedRule]
) -> Iterator[tuple[str, ...]]:
    """The combinations of a table's columns that come once: keys, one-to-one relations and rules."""
    yield from (key for key in (table.primary_key, *table.unique) if key)
    yield from (one.columns for one in schema.list_relations(table.name) if one.is_one_to_one)
    yield from (rule.columns for rule in rules if rule.kind == "unique" and rule.table == table.name)


def list_movable(table: str, spec: DatasetSpec | None, rules: Sequence[RelatedRule]) -> tuple[str, ...]:
    """The columns of dates and numbers that a repeated row may change; no other rule decides them."""
    own = [rule for rule in rules if rule.table == table]
    decided = {rule.columns[0] for rule in own if rule.kind in COMPUTED}
    decided |= {name for rule in own if rule.kind in ("combination", "one_of") for name in rule.columns}
    columns = spec.columns if spec else ()
    return tuple(one.name for one in columns if _is_counted(one) and one.name not in decided)


def explain_unkept(
    schema: RelatedSchema,
    table: str,
    columns: Sequence[str],
    spec: DatasetSpec | None,
    rules: Sequence[RelatedRule],
) -> str:
    """Why generated rows could repeat a combination all the same; empty where they cannot."""
    if _is_derived_apart(columns, spec) or set(list_movable(table, spec, rules)) & set(columns):
        return ""
    own = set(schema.list_own_columns(table)) & set(columns)
    known = {one.name: one for one in spec.columns} if spec else {}
    derived = sorted(name for name in own if name in known and known[name].role is Role.IDENTITY)
    if derived:
        return f'"{derived[0]}" is derived anew in each row'
    mine = [rule for rule in rules if rule.table == table]
    computed = {rule.columns[0] for rule in mine if rule.kind in COMPUTED}
    computed |= {name for rule in mine if rule.kind == "one_of" for name in rule.columns}
    decided = sorted(own & computed)
    return f'another rule decides "{decided[0]}"' if decided else ""


def is_too_narrow(promise: Promise, given: RuleTables) -> bool:
    """Whether the rows of one combination of the other columns could use up the values of the moved one."""
    others = trace_rows(given, promise.table, [one for one in promise.columns if one != promise.moved])
    if others is None or not (others >= 0).any():
        return False
    if promise.high - promise.low + 1 >= _ROOM * np.bincount(others[others >= 0]).max():
        return False
    return not _are_numbered(given.table(promise.table)[promise.moved], others)


def _are_numbered(values: pd.Series, others: np.ndarray) -> bool:
    """Whether rows that share the other columns are numbered, as 1, 2, 3: as many values as rows."""
    numbers = pd.to_numeric(values, errors="coerce").reset_index(drop=True)[others >= 0]
    groups = numbers.groupby(others[others >= 0])
    return bool((groups.max() - groups.min() + 1 == groups.size()).all())


def trace_rows(given: RuleTables, table: str, columns: Sequence[str]) -> np.ndarray | None:
    """A number for each row that is equal where all columns are, -1 where one is missing.

    None where a column is not there yet, since a rule computes it.
    """
    rows = len(given.table(table))
    if not columns:
        return np.zeros(rows, dtype=np.int64)
    traced = [_trace(given, table, name) for name in columns]
    if any(one is None for one in traced):
        return None
    codes = pd.DataFrame({str(place): one for place, one in enumerate(traced)})
    numbers = codes.groupby(list(codes), sort=False).ngroup().to_numpy()
    return np.where((codes < 0).any(axis=1), -1, numbers).astype(np.int64)


def _trace(given: RuleTables, table: str, column: str) -> np.ndarray | None:
    """A number for each row's value, by the column of an ancestor that it is taken from."""
    frame = given.table(table)
    if column in frame:
        return pd.factorize(frame[column])[0].astype(np.int64)
    found: np.ndarray | None = None
    for positions, parent, source in _list_sources(given, table, column):
        above = np.arange(len(frame)) if parent == table else _trace(given, parent, source)
        if above is None:
            return None
        taken = np.append(above, -1)[positions]
        found = taken if found is None else np.where(found >= 0, found, taken)
    return found


def _list_sources(given: RuleTables, table: str, column: str) -> Iterator[tuple[np.ndarray, str, str]]:
    """Where a foreign or copied column takes its values from, the owner before other parents."""
    relations = sorted(given.schema.list_relations(table), key=lambda one: (not one.is_owner, one.is_self))
    for one in relations:
        if column in one.columns:
            yield given.parents(one), one.parent, one.parent_columns[one.columns.index(column)]
    by_id = {one.id: one for one in relations}
    for name, relation, source in given.schema.get(table).copied:
        if name == column:
            yield given.parents(by_id[relation]), by_id[relation].parent, source


def _promise(
    table: RelatedTable,
    columns: tuple[str, ...],
    given: RuleTables,
    spec: DatasetSpec | None,
    rules: Sequence[RelatedRule],
) -> Promise:
    free = [name for name in list_movable(table.name, spec, rules) if name in columns]
    if spec is None or not free:
        return Promise(table.name, columns)
    based = {name for rule in rules if rule.table == table.name for name in rule.columns}
    # What no rule is about moves before what others hang on, the last part of a key before the first.
    moved = max(free, key=lambda name: (name not in based, columns.index(name)))
    column = next(one for one in spec.columns if one.name == moved)
    is_business = any(
        rule.kind == "business_day" and (rule.table, rule.columns[0]) == (table.name, moved) for rule in rules
    )
    steps = describe_steps(column, given.column(table.name, moved), is_business)
    valid = {"low": column.options.get("minimum"), "high": column.options.get("maximum")}
    ends = {} if steps.is_date else steps.find_ends(valid)
    return Promise(table.name, columns, moved, steps, **ends)


def _is_counted(column: ColumnSpec) -> bool:
    """Whether a column holds dates or numbers, which go on beyond those of the sample."""
    is_modelled = column.role is Role.MODELLED and ModelledType(column.kind) in CONTINUOUS
    return is_modelled and "odd_words" not in column.options


def _is_derived_apart(columns: Sequence[str], spec: DatasetSpec | None) -> bool:
    """Whether one of the columns is an identity that never repeats."""
    known = {one.name: one for one in spec.columns} if spec else {}
    return any(
        name in known and known[name].role is Role.IDENTITY and known[name].is_unique for name in columns
    )
