"""Raw columns ↔ modelled columns: what synthesizers learn of a raw table, and how it becomes raw again.

Time is relative: an age or the months to an expiry count from `as_of`, so that output never goes stale.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.datasets import calendar
from pipeline.datasets.parsing import (
    ISO_DATE,
    OLDEST_AGE,
    as_text,
    compute_ages,
    keeps_form,
    refuse_bad_cells,
    to_dates,
    to_numbers,
)
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, FeatureSpec, ModelledColumn, ModelledType, Role
from pipeline.datasets.typed import VALUE, is_mixed, is_tolerant, mix, split_mixed, to_periods
from pipeline.errors import DataError, MetadataError, SamplingError

LONGEST_VALIDITY = 60
FIRST_AS_OF, LAST_AS_OF = date(1900, 1, 1), date(2199, 12, 31)
"""The dates between which the oldest age and the longest validity fit into datetime64[ns] (1677 to 2262)."""

_YEARS_BACK = 20
"""A two-digit year is the one from 20 years before `as_of` to 79 after it."""

_US_STATE = r",\s*(?P<state>[A-Z]{2})\s+\d{5}(?:-\d{4})?\s*$"
_EXPIRY = r"^(0[1-9]|1[0-2])/(\d{2})$"

NO_DATES: Mapping[str, pd.Series] = {}
ODD_WORDS = "odd_words"
FEATURE_TYPES: Mapping[str, ModelledType] = {
    "age": ModelledType.NUMERICAL,
    "us_state": ModelledType.CATEGORICAL,
    "months_ahead": ModelledType.NUMERICAL,
    ODD_WORDS: ModelledType.CATEGORICAL,
    calendar.WEEK: ModelledType.DATETIME,
    calendar.WEEKDAY: ModelledType.CATEGORICAL,
    calendar.TIME: ModelledType.NUMERICAL,
}
_UNITS = {"age": "years", "months_ahead": "months", calendar.TIME: "s"}


def check_as_of(as_of: date) -> None:
    """Raise DataError where ages and expiries cannot be counted from `as_of`."""
    if not FIRST_AS_OF <= as_of <= LAST_AS_OF:
        raise DataError(
            f"The table's date {as_of} is out of range: it may lie from {FIRST_AS_OF} to {LAST_AS_OF}.",
            "give a date in that range, or omit it to use today.",
        )


def modelled_columns(spec: DatasetSpec) -> tuple[ModelledColumn, ...]:
    """The columns of the modelled table: raw order, a feature in the place of its source."""
    return tuple(modelled for modelled, _ in _sources(spec))


def find_units(spec: DatasetSpec) -> dict[str, str]:
    """Modelled column → its unit: that of a feature's own, or the option `unit` of a column."""
    units = {
        modelled.name: _UNITS.get(feature.kind, "") if feature else str(column.options.get("unit", ""))
        for modelled, (column, feature) in _sources(spec)
    }
    return {name: unit for name, unit in units.items() if unit}


def extract(
    spec: DatasetSpec, raw: pd.DataFrame, as_of: date, dates: Mapping[str, pd.Series] = NO_DATES
) -> pd.DataFrame:
    """The modelled table of a raw one; ages and expiries count from `as_of`.

    `dates` are columns (datetime64[ns], the index of `raw`) that take the place of those of the table; its
    odd cells stay. Numbers are int64 (float64 where some are missing or fractional), dates datetime64[ns],
    categories text, missing cells NaN, NaT or None. Raises DataError naming column, count, first
    bad value and row.
    """
    absent = [column.name for _, source in _sources(spec) if (column := source[0]).name not in raw.columns]
    if absent:
        raise DataError(
            f'The table has no column "{absent[0]}".', f'give it the columns of the dataset "{spec.name}".'
        )
    columns = {
        modelled.name: _extract_column(
            spec.table, column, feature, raw[column.name], as_of, dates.get(column.name)
        )
        for modelled, (column, feature) in _sources(spec)
    }
    return pd.DataFrame(columns, index=raw.index)


def render(
    spec: DatasetSpec, modelled: pd.DataFrame, as_of: date, rng: np.random.Generator
) -> dict[str, np.ndarray | pd.Series]:
    """Raw columns that follow from modelled ones alone: modelled raw columns, birth dates and card expiries.

    The other identity columns are derived in `pipeline.identity`. `rng` draws the day inside an age.
    Raises SamplingError when a modelled column is absent.
    """
    columns: dict[str, np.ndarray | pd.Series] = {}
    drawn: dict[str, dict[str, pd.Series]] = {}
    for target, (column, feature) in _sources(spec):
        if target.name not in modelled.columns:
            raise SamplingError(f'The sample has no column "{target.name}".', "train the model again.")
        values = modelled[target.name].reset_index(drop=True)
        if column.role is Role.MODELLED:
            drawn.setdefault(column.name, {})[feature.kind if feature else ""] = values
        elif feature is not None and feature.kind == "age":
            ages = values.astype(float).clip(feature.options.get("minimum"), feature.options.get("maximum"))
            columns[column.name] = draw_birth_dates(ages.to_numpy(), as_of, rng)
        elif feature is not None and feature.kind == "months_ahead":
            columns[column.name] = render_expiries(values.to_numpy(dtype=float), as_of, _maximum(feature))
    for column in spec.columns:
        if column.name in drawn:
            columns[column.name] = _render_modelled(column, drawn[column.name], rng)
    return columns


def draw_birth_dates(ages: np.ndarray, as_of: date, rng: np.random.Generator) -> np.ndarray:
    """Birth dates (datetime64[ns], NaT for NaN), uniform over the days on which that age was reached.

    A person aged a on `as_of` was born after `as_of` - (a+1) years and not after `as_of` - a years;
    who was born on 29 February has no birthday before 1 March in other years. Raises DataError where
    `as_of` is out of range.
    """
    check_as_of(as_of)
    known = ~np.isnan(ages)
    years = np.clip(np.rint(np.where(known, ages, 0)), 0, OLDEST_AGE).astype(np.int64)
    last, first = _birthday(as_of, years), _birthday(as_of, years + 1) + np.timedelta64(1, "D")
    spans = (last - first).astype(np.int64) + 1
    births = first + rng.integers(0, spans).astype("timedelta64[D]")
    return np.where(known, births, np.datetime64("NaT")).astype("datetime64[ns]")


def render_expiries(months: np.ndarray, as_of: date, maximum: int = LONGEST_VALIDITY) -> np.ndarray:
    """Expiries "MM/YY" (object array, None for NaN), `months` (1 to `maximum`) after the month of `as_of`."""
    start = as_of.year * 12 + as_of.month - 1
    texts = [
        f"{(start + ahead) % 12 + 1:02d}/{(start + ahead) // 12 % 100:02d}" for ahead in range(1, maximum + 1)
    ]
    table = np.array([*texts, None], dtype=object)
    ahead = np.clip(np.rint(np.where(np.isnan(months), 1, months)), 1, maximum).astype(np.int64)
    return table[np.where(np.isnan(months), maximum, ahead - 1)]


def _sources(spec: DatasetSpec) -> list[tuple[ModelledColumn, tuple[ColumnSpec, FeatureSpec | None]]]:
    """Each modelled column with the raw column that it comes from, and the feature where it is one."""
    pairs: list[tuple[ModelledColumn, tuple[ColumnSpec, FeatureSpec | None]]] = []
    for column in spec.columns:
        features = [feature for feature in spec.features if feature.column == column.name]
        is_in_parts = any(feature.kind in calendar.PARTS for feature in features)
        if column.role is Role.MODELLED and not is_in_parts:
            pairs.append((ModelledColumn(column.name, ModelledType(column.kind)), (column, None)))
        pairs.extend(
            (ModelledColumn(feature.name, _feature_type(feature)), (column, feature)) for feature in features
        )
    return pairs


def _feature_type(feature: FeatureSpec) -> ModelledType:
    if feature.kind not in FEATURE_TYPES:
        known = ", ".join(sorted(FEATURE_TYPES))
        raise MetadataError(
            f'Feature "{feature.name}": the kind "{feature.kind}" is unknown.',
            f"use one of {known} in dataset.yaml.",
        )
    return FEATURE_TYPES[feature.kind]


def _extract_column(
    table: str,
    column: ColumnSpec,
    feature: FeatureSpec | None,
    values: pd.Series,
    as_of: date,
    dates: pd.Series | None,
) -> pd.Series:
    where = f'Table "{table}": column "{column.name}"'
    if feature is not None and feature.kind in _EXTRACTORS:
        return _EXTRACTORS[feature.kind](values, where, as_of)
    if column.kind not in (ModelledType.NUMERICAL, ModelledType.DATETIME):
        return as_text(values)
    typed, words = _split(column, values, where)
    typed = typed if dates is None else dates
    if feature is None:
        return typed
    if feature.kind == ODD_WORDS:
        return words.mask(typed.notna().to_numpy(), VALUE)
    return calendar.extract_part(typed, feature.kind)


def _split(column: ColumnSpec, values: pd.Series, where: str) -> tuple[pd.Series, pd.Series]:
    """Numbers or dates of a column, and its odd cells.

    DataError where more cells are odd than a column of its kind has.
    """
    nothing = pd.Series([None] * len(values), index=values.index, dtype=object)
    is_date = column.kind == ModelledType.DATETIME
    if not is_mixed(values) or not is_tolerant(column):
        if is_date:
            return to_dates(values, where, column.options.get("format", ISO_DATE)), nothing
        return to_numbers(values, where), nothing
    typed, words = split_mixed(values, "date" if is_date else "number")
    if not typed.notna().any() and words.notna().any():
        refuse_bad_cells(values, typed, where, "date" if is_date else "number")
    return typed, words


def _extract_age(values: pd.Series, where: str, as_of: date) -> pd.Series:
    births = to_dates(values, where)
    return to_numbers(pd.Series(compute_ages(births.to_numpy(), as_of), index=values.index), where)


def _extract_us_state(values: pd.Series, where: str, as_of: date) -> pd.Series:
    texts = as_text(values)
    # Arrow's regular expressions take a tenth of the time of pandas' on distinct addresses.
    found = pc.extract_regex(pa.array(texts, type=pa.string(), from_pandas=True), pattern=_US_STATE)
    states = pd.Series(pc.struct_field(found, "state").to_numpy(zero_copy_only=False), index=values.index)
    refuse_bad_cells(texts, states, where, 'address that ends like ", TX 75201"')
    return states


def _extract_months_ahead(values: pd.Series, where: str, as_of: date) -> pd.Series:
    texts = as_text(values)
    codes, distinct = pd.factorize(texts)
    parts = pd.Series(distinct, dtype=object).str.extract(_EXPIRY).astype(float)
    first_year = as_of.year - _YEARS_BACK
    years = first_year + (parts[1] - first_year) % 100
    ahead = years * 12 + parts[0] - (as_of.year * 12 + as_of.month)
    months = pd.Series(np.append(ahead, np.nan)[codes], index=values.index)
    refuse_bad_cells(texts, months, where, "expiry in the form MM/YY")
    return to_numbers(months, where)


_EXTRACTORS: Mapping[str, Callable[[pd.Series, str, date], pd.Series]] = {
    "age": _extract_age,
    "us_state": _extract_us_state,
    "months_ahead": _extract_months_ahead,
}


def _render_modelled(
    column: ColumnSpec, drawn: Mapping[str, pd.Series], rng: np.random.Generator
) -> pd.Series:
    """A raw column from what was drawn of it: its values or its parts, and its odd words."""
    if calendar.WEEK in drawn:
        values = calendar.compose(drawn, float(column.options.get("step_s", 1)), rng)
        values = _render_dates(column, values)
    else:
        values = render_column(column, drawn[""])
    if ODD_WORDS not in drawn:
        return values
    states = drawn[ODD_WORDS]
    is_value = (states == VALUE).to_numpy()
    values = calendar.fill_from_rows(values.where(is_value), rng) if is_value.any() else values
    return mix(values.where(is_value), states.mask(is_value, None))


def render_column(column: ColumnSpec, values: pd.Series) -> pd.Series:
    """A raw column from values without odd cells: in its type, its decimals and its range."""
    if column.kind == ModelledType.NUMERICAL:
        return _render_numbers(column, values)
    if column.kind == ModelledType.DATETIME:
        return _render_dates(column, values)
    if column.options.get("stored_as") == "number":
        numbers = to_numbers(values, f'Column "{column.name}"')
        return (
            numbers.astype("Int64") if (numbers.dropna() % 1 == 0).all() and numbers.isna().any() else numbers
        )
    return as_text(values)


def _render_dates(column: ColumnSpec, values: pd.Series) -> pd.Series:
    """Real dates, rounded down to the precision of the column; text where its format is not ISO."""
    date_format = column.options.get("format", ISO_DATE)
    dates = pd.to_datetime(values).astype("datetime64[ns]")
    if column.form.get("kind") == "period":
        return to_periods(dates, column)
    if not keeps_form(date_format):
        step = pd.Timedelta(seconds=float(column.options.get("step_s", 1)))
        return dates.dt.normalize() if date_format == ISO_DATE else dates.dt.floor(step)
    codes, distinct = pd.factorize(dates)  # formatting takes a microsecond, and dates come many times
    texts = np.array([*pd.DatetimeIndex(distinct).strftime(date_format), None], dtype=np.object_)
    return pd.Series(texts[codes], index=values.index, dtype=object)


def _render_numbers(column: ColumnSpec, values: pd.Series) -> pd.Series:
    """Numbers with the raw column's decimals, step and range; whole ones as int64, or Int64 with gaps."""
    options = column.options
    numbers = values.astype(float).round(options.get("decimals", 6))
    numbers = numbers.clip(options.get("minimum"), options.get("maximum"))
    if "step" in options:
        numbers = _to_steps(numbers, options["step"], options)
    if options.get("decimals", 6) == 0:
        return numbers.astype("Int64" if numbers.isna().any() else "int64")
    return numbers


def _to_steps(numbers: pd.Series, step: float, options: Mapping[str, Any]) -> pd.Series:
    """The nearest multiples of a step that lie in the range of a column."""
    low, high = options.get("minimum", -np.inf), options.get("maximum", np.inf)
    return (numbers / step).round().clip(np.ceil(low / step), np.floor(high / step)) * step


def _birthday(as_of: date, years_before: np.ndarray) -> np.ndarray:
    """The last day on which a person turns that many years old by `as_of` (datetime64[D])."""
    years = as_of.year - years_before
    is_leap = (years % 4 == 0) & ((years % 100 != 0) | (years % 400 == 0))
    day = np.where(~is_leap & ((as_of.month, as_of.day) == (2, 29)), 28, as_of.day)
    months = (years - 1970).astype("datetime64[Y]").astype("datetime64[M]") + (as_of.month - 1)
    return months.astype("datetime64[D]") + (day - 1)


def _maximum(feature: FeatureSpec) -> int:
    return int(feature.options.get("maximum", LONGEST_VALIDITY))
