"""Rules inside a row or among the rows of one table: which rows they are about, and which fail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pipeline.datasets.related.schema import RelatedRule
from pipeline.datasets.rules.expression import compute, list_names
from pipeline.datasets.rules.given import RuleTables
from pipeline.datasets.rules.numbers import (
    are_above,
    are_equal,
    as_steps,
    count_decimals,
    is_moment,
)

_WEEKDAYS = 5


class RuleRows(NamedTuple):
    """Two masks over the rows of a table: those that a rule is about, and those that break it."""

    is_checked: np.ndarray
    is_failed: np.ndarray


def check_inequality(rule: RelatedRule, given: RuleTables) -> RuleRows:
    """The first column is at most the second, less if strict; rows without one of them do not count."""
    lower, upper = (as_steps(given.column(rule.table, name)) for name in rule.columns)
    return compare(lower, upper, bool(rule.options.get("strict")))


def compare(lower: np.ndarray, upper: np.ndarray, is_strict: bool) -> RuleRows:
    """Whether one vector is at most another in rows that have both."""
    is_checked = ~np.isnan(lower) & ~np.isnan(upper)
    return RuleRows(is_checked, is_checked & ~are_above(upper, lower, is_strict))


def check_range(rule: RelatedRule, given: RuleTables) -> RuleRows:
    """The column lies between `low` and `high`, both included; either may be absent."""
    values = given.column(rule.table, rule.columns[0])
    steps = as_steps(values)
    is_checked = ~np.isnan(steps)
    is_failed = np.zeros(len(steps), dtype=bool)
    low, high = (read_end(rule.options.get(end), is_moment(values)) for end in ("low", "high"))
    if low is not None:
        is_failed |= ~are_above(steps, np.asarray(low))
    if high is not None:
        is_failed |= ~are_above(np.full(len(steps), high), steps)
    return RuleRows(is_checked, is_checked & is_failed)


def read_end(end: Any, is_date: bool) -> float | None:
    """An end of a range as a number, days since 1970 for dates."""
    if end is None:
        return None
    return float(as_steps(pd.Series(pd.to_datetime([str(end)])))[0]) if is_date else float(end)


def check_combination(rule: RelatedRule, given: RuleTables) -> RuleRows:
    """The columns together hold one of `values`; without these nothing is checked."""
    known = rule.options.get("values")
    columns = [given.column(rule.table, name) for name in rule.columns]
    is_checked = np.full(len(columns[0]), known is not None)
    allowed = {tuple(map(spell, combination)) for combination in known or ()}
    codes, found = code_combinations(columns)
    is_known = np.array([combination in allowed for combination in found], dtype=bool)
    return RuleRows(is_checked, is_checked & ~is_known[codes])


def code_combinations(columns: Sequence[pd.Series]) -> tuple[np.ndarray, list[tuple[str, ...]]]:
    """A number for the combination of each row, and the combinations as texts, in order of appearance."""
    codes = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        own, values = pd.factorize(column, use_na_sentinel=False)
        codes, _ = pd.factorize(codes * max(1, len(values)) + own)
    first = np.unique(codes, return_index=True)[1]
    parts = [[spell(value) for value in column.iloc[first]] for column in columns]
    return codes, list(zip(*parts, strict=True))


def spell(value: Any) -> str:
    """A value as text that is the same for 1 and 1.0, empty where it is missing."""
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return ""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def check_formula(rule: RelatedRule, given: RuleTables) -> RuleRows:
    """The first column is what the expression gives, rounded to its decimals."""
    decided = given.column(rule.table, rule.columns[0])
    values, computed = as_steps(decided), compute_formula(rule, given)
    decimals = int(
        rule.options.get("decimals", MOST_OF_DATES if is_moment(decided) else count_decimals(decided))
    )
    is_checked = ~np.isnan(values) & ~np.isnan(computed)
    return RuleRows(is_checked, is_checked & ~are_equal(values, computed, decimals))


MOST_OF_DATES = 5
"""Decimals of a day that are compared: about a second."""


def compute_formula(rule: RelatedRule, given: RuleTables) -> np.ndarray:
    """The values of a formula's expression, not yet rounded; dates count as days since 1970."""
    expression = str(rule.options.get("expression", ""))
    names = list_names(expression)
    if not names:
        return np.full(len(given.table(rule.table)), np.nan)
    return compute(expression, {name: as_steps(given.column(rule.table, name)) for name in names})


def check_one_of(rule: RelatedRule, given: RuleTables) -> RuleRows:
    """Exactly one of the columns is filled, one or more with `at_least`."""
    filled = np.sum([given.column(rule.table, name).notna().to_numpy() for name in rule.columns], axis=0)
    is_failed = filled < 1 if rule.options.get("at_least") else filled != 1
    return RuleRows(np.ones(len(filled), dtype=bool), is_failed)


def check_business_day(rule: RelatedRule, given: RuleTables) -> RuleRows:
    """The date is a Monday to Friday."""
    values = given.column(rule.table, rule.columns[0])
    moments = values if is_moment(values) else pd.to_datetime(values, errors="coerce")
    days = moments.dt.dayofweek.to_numpy(dtype=float, na_value=np.nan)
    is_checked = ~np.isnan(days)
    return RuleRows(is_checked, is_checked & (days >= _WEEKDAYS))


def check_unique(rule: RelatedRule, given: RuleTables) -> RuleRows:
    """No combination of the columns comes twice; all rows but the first of each fail."""
    columns = pd.DataFrame({name: given.column(rule.table, name) for name in rule.columns})
    is_checked = columns.notna().all(axis=1).to_numpy()
    is_failed = np.zeros(len(columns), dtype=bool)
    is_failed[is_checked] = columns[is_checked].duplicated().to_numpy()
    return RuleRows(is_checked, is_failed)
