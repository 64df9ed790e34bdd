"""A gap in place of a column that may not lie before another: what is never negative keeps the order.

The gap counts in days or seconds for dates and in the column's own decimals for numbers, so that both ways
are exact. Where the other column is missing, the gap counts from the least value of the sample.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.datasets.related.schema import RelatedRule
from pipeline.datasets.rules.given import RuleTables
from pipeline.datasets.rules.numbers import count_decimals, is_moment
from pipeline.datasets.rules.relation_checks import require_option

_DAY = 86_400 * 10**9
_SECOND = 10**9
_MISSING = np.iinfo(np.int64).min


@dataclass(frozen=True)
class GapForm:
    """How a column is turned into a gap and back.

    `unit` is nanoseconds for dates, 0 for numbers, which have `decimals`. `origin` (in units) stands for
    the other column where it is missing. `is_strict` where the gap is at least one unit; `is_below` where
    the column lies below the other one.
    """

    unit: int
    decimals: int
    origin: int
    is_strict: bool = False
    is_below: bool = False


def find_base(rule: RelatedRule, given: RuleTables) -> pd.Series:
    """The column that one of an inequality, an after_parent or a before_parent lies beside, by row."""
    if rule.kind in ("after_parent", "before_parent"):
        return given.from_parent(given.relation(rule), require_option(rule, "parent_column"))
    return given.column(rule.table, rule.columns[1 if rule.options.get("decides") == "lower" else 0])


def find_decided(rule: RelatedRule) -> str:
    """The column of an inequality, an after_parent or a before_parent that lies beside the other one."""
    if rule.kind in ("after_parent", "before_parent") or rule.options.get("decides") == "lower":
        return rule.columns[0]
    return rule.columns[1]


def learn_form(
    base: pd.Series, values: pd.Series, is_strict: bool = False, is_below: bool = False
) -> GapForm:
    """The form of the gap between two columns: dates without a time of day count in days."""
    if is_moment(values):
        moments = np.concatenate([_as_moments(base), _as_moments(values)])
        unit = _DAY if (moments[moments != _MISSING] % _DAY == 0).all() else _SECOND
        form = GapForm(unit, 0, 0, is_strict, is_below)
    else:
        form = GapForm(0, count_decimals(base, values), 0, is_strict, is_below)
    units = _as_units(form, values)
    known = units[units != _MISSING]
    end = known.max(initial=_MISSING) if is_below else known.min(initial=np.iinfo(np.int64).max)
    return GapForm(form.unit, form.decimals, int(end) if len(known) else 0, is_strict, is_below)


def to_gap(form: GapForm, base: pd.Series, values: pd.Series) -> pd.Series:
    """Gaps from base to values (or back, where the column lies below), NaN where the value is missing.

    Dates: days, or seconds; numbers: their own unit. What lies on the wrong side becomes 0.
    """
    units, start = _as_units(form, values), _as_start(form, base)
    gaps = (start - units if form.is_below else units - start) - form.is_strict
    steps = np.maximum(gaps, 0) / 10.0**form.decimals
    return pd.Series(np.where(units == _MISSING, np.nan, steps))


def from_gap(form: GapForm, base: pd.Series, gaps: pd.Series) -> pd.Series:
    """The values that `to_gap` was given; any number is a gap, a negative one is 0."""
    steps = pd.to_numeric(gaps).to_numpy(dtype=float, na_value=np.nan) * 10.0**form.decimals
    whole = np.maximum(np.round(np.nan_to_num(steps)), 0).astype(np.int64) + form.is_strict
    start = _as_start(form, base)
    units = np.where(np.isnan(steps), _MISSING, start - whole if form.is_below else start + whole)
    if form.unit:
        known = units != _MISSING
        moments = np.where(known, np.where(known, units, 0) * form.unit, _MISSING)
        return pd.Series(moments.view("datetime64[ns]"))
    return pd.Series(np.where(units == _MISSING, np.nan, units / 10.0**form.decimals))


def find_nearest_value(form: GapForm, base: pd.Series) -> pd.Series:
    """The value nearest to each base on the side of a form, missing where the base is."""
    base = base.reset_index(drop=True)
    return from_gap(form, base, pd.Series(np.zeros(len(base)))).where(base.notna())


def _as_start(form: GapForm, base: pd.Series) -> np.ndarray:
    units = _as_units(form, base)
    return np.where(units == _MISSING, form.origin, units)


def _as_units(form: GapForm, values: pd.Series) -> np.ndarray:
    """Whole units as int64, `_MISSING` where there is no value."""
    if form.unit:
        moments = _as_moments(values)
        return np.where(moments == _MISSING, _MISSING, moments // form.unit)
    numbers = pd.to_numeric(values).to_numpy(dtype=float, na_value=np.nan)
    whole = np.round(np.nan_to_num(numbers) * 10.0**form.decimals).astype(np.int64)
    return np.where(np.isnan(numbers), _MISSING, whole)


def _as_moments(values: pd.Series) -> np.ndarray:
    return pd.to_datetime(values).to_numpy().astype("datetime64[ns]").astype(np.int64)
