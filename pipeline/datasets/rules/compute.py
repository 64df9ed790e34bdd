"""Columns that rules decide, computed from the others: formulas, running balances, totals, counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from types import MappingProxyType

import numpy as np
import pandas as pd

from pipeline.datasets.related.schema import RelatedRule
from pipeline.datasets.rules.given import RuleTables
from pipeline.datasets.rules.numbers import as_steps, count_decimals, is_moment, round_to
from pipeline.datasets.rules.relation_checks import (
    count_children,
    find_starts,
    require_option,
    sign_amounts,
    sort_siblings,
    sum_children,
)
from pipeline.datasets.rules.row_checks import compute_formula
from pipeline.errors import MetadataError

_NS_A_SECOND = 10**9
_SECONDS_A_DAY = 86_400
Cell = tuple[str, str]


def compute_all(rules: Iterable[RelatedRule], given: RuleTables) -> dict[str, pd.DataFrame]:
    """All tables with every computed column in its place (a new one last), each after those that it reads.

    Rules of other kinds are left alone. MetadataError where computed columns need each other in a circle.
    """
    tables = {name: table.copy() for name, table in given.tables.items()}
    current = replace(given, tables=tables)
    for rule in sort_computed(rules, given):
        tables[rule.table][rule.columns[0]] = compute_column(rule, current).to_numpy()
    return tables


def sort_computed(rules: Iterable[RelatedRule], given: RuleTables) -> list[RelatedRule]:
    """The rules that compute a column, each after those whose columns it reads."""
    by_cell = {(rule.table, rule.columns[0]): rule for rule in rules if rule.kind in COMPUTED}
    graph = {cell: list_read(rule, given) & by_cell.keys() for cell, rule in by_cell.items()}
    try:
        return [by_cell[cell] for cell in TopologicalSorter(graph).static_order()]
    except CycleError as error:
        circle = ", ".join(f'"{table}.{column}"' for table, column in error.args[1])
        raise MetadataError(
            f"Rules compute columns from each other in a circle: {circle}.", "remove one of these rules."
        ) from error


def list_read(rule: RelatedRule, given: RuleTables) -> set[Cell]:
    """The columns that a computed one needs."""
    cells = {(rule.table, column) for column in rule.columns[1:]}
    options = rule.options
    if rule.kind == "running":
        cells |= {(rule.table, str(options[key])) for key in ("order", "sign") if options.get(key)}
        if isinstance(options.get("start"), str):
            cells.add((given.relation(rule).parent, str(options["start"])))
    if rule.kind == "total":
        cells.add((given.relation(rule).child, require_option(rule, "child_column")))
    return cells


def list_sources(cells: Iterable[Cell], rules: Iterable[RelatedRule], given: RuleTables) -> set[Cell]:
    """These columns and all that they are computed from, over any number of rules."""
    by_cell = {(rule.table, rule.columns[0]): rule for rule in rules if rule.kind in COMPUTED}
    found: set[Cell] = set()
    left = list(cells)
    while left:
        cell = left.pop()
        if cell not in found:
            found.add(cell)
            left += list_read(by_cell[cell], given) if cell in by_cell else ()
    return found


def compute_missing(
    cells: Iterable[Cell], rules: Sequence[RelatedRule], given: RuleTables
) -> dict[Cell, np.ndarray]:
    """The computed ones of some columns that tables lack so far, and what those need."""
    wanted = list_sources(cells, rules, given)
    tables = {name: table.copy(deep=False) for name, table in given.tables.items()}
    current, found = replace(given, tables=tables), {}
    for rule in sort_computed(rules, given):
        cell = (rule.table, rule.columns[0])
        if cell in wanted and rule.columns[0] not in tables[rule.table]:
            found[cell] = tables[rule.table][rule.columns[0]] = compute_column(rule, current).to_numpy()
    return found


def compute_column(rule: RelatedRule, given: RuleTables) -> pd.Series:
    """The values of the column that a rule decides, for every row of its table."""
    return COMPUTED[rule.kind](rule, given)


def _compute_formula(rule: RelatedRule, given: RuleTables) -> pd.Series:
    values = compute_formula(rule, given)
    held = given.table(rule.table).get(rule.columns[0])
    if rule.options.get("is_date") or (held is not None and is_moment(held)):
        seconds = np.round(values * _SECONDS_A_DAY)
        moments = np.where(np.isnan(seconds), np.iinfo(np.int64).min, np.nan_to_num(seconds) * _NS_A_SECOND)
        return pd.Series(moments.astype(np.int64).view("datetime64[ns]"))
    inputs = [given.column(rule.table, name) for name in rule.columns[1:]]
    return _as_column(values, _find_decimals(rule, given, inputs))


def _find_decimals(rule: RelatedRule, given: RuleTables, inputs: list[pd.Series]) -> int:
    """The decimals of a computed column: those of the rule, else of the column itself, else of its inputs."""
    if "decimals" in rule.options:
        return int(rule.options["decimals"])
    table = given.table(rule.table)
    own = [table[rule.columns[0]]] if rule.columns[0] in table else []
    return count_decimals(*(own or inputs))


def _as_column(values: np.ndarray, decimals: int) -> pd.Series:
    """Numbers rounded to decimals; whole ones as int64 where none is missing."""
    rounded = round_to(values, decimals)
    is_whole = decimals == 0 and not np.isnan(rounded).any()
    return pd.Series(rounded.astype(np.int64) if is_whole else rounded)


def _compute_running(rule: RelatedRule, given: RuleTables) -> pd.Series:
    """Balances in whole units of their decimals, so that a million bookings are exact to the cent.

    Without a start, the first balance of each parent stays as the table has it. A missing amount counts
    as 0; rows without a parent keep what they have.
    """
    inputs = [given.column(rule.table, rule.columns[1])]
    decimals = _find_decimals(rule, given, inputs)
    table, scale = given.table(rule.table), 10.0**decimals
    held = as_steps(table[rule.columns[0]]) if rule.columns[0] in table else np.full(len(table), np.nan)
    rows, is_first = sort_siblings(rule, given)
    steps = np.nan_to_num(round_to(sign_amounts(rule, given)[rows], decimals) * scale).round()
    steps = steps.astype(np.int64)
    starts = find_starts(rule, given)
    opening = held[rows][is_first] if starts is None else starts[rows][is_first]
    opening = np.nan_to_num(round_to(opening, decimals) * scale).round().astype(np.int64)
    if starts is None:
        steps[is_first] = 0
    steps[is_first] += opening
    balances = held.copy()
    balances[rows] = _sum_by_parent(steps, is_first) / scale
    return _as_column(balances, decimals)


def _sum_by_parent(steps: np.ndarray, is_first: np.ndarray) -> np.ndarray:
    """Running sums that begin again at each first row."""
    sums = np.cumsum(steps)
    places = np.flatnonzero(is_first)
    before = np.r_[0, sums][places]
    return np.asarray(sums - np.repeat(before, np.diff(np.r_[places, len(steps)])))


def _compute_total(rule: RelatedRule, given: RuleTables) -> pd.Series:
    child = given.column(given.relation(rule).child, require_option(rule, "child_column"))
    decimals = int(rule.options.get("decimals", count_decimals(child)))
    return _as_column(sum_children(rule, given), decimals)


def _compute_count(rule: RelatedRule, given: RuleTables) -> pd.Series:
    return pd.Series(count_children(rule, given).astype(np.int64))


COMPUTED: Mapping[str, Callable[[RelatedRule, RuleTables], pd.Series]] = MappingProxyType(
    {
        "formula": _compute_formula,
        "running": _compute_running,
        "total": _compute_total,
        "count": _compute_count,
    }
)
"""The kinds of rules that decide a column."""
