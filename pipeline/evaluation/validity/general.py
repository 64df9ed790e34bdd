"""Validity rules for any table: presence, uniqueness, ranges, dates and overlap with the real sample."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.datasets.spec import DIFFERS
from pipeline.evaluation.text import is_among, matches, repeats_any
from pipeline.evaluation.validity.rule import Rule, RuleInput

ISO_DATE = "%Y-%m-%d"


def _missing(rule: RuleInput) -> np.ndarray:
    return rule.values.isna().to_numpy() | ~matches(rule.text, r"(?s).*\S.*")


def _repeated(rule: RuleInput) -> np.ndarray:
    if len(rule.text.unique()) == len(rule.text):
        return np.zeros(len(rule.text), dtype=bool)
    return pd.Series(rule.text.to_numpy(zero_copy_only=False)).duplicated().to_numpy()


def _outside_values(rule: RuleInput) -> np.ndarray:
    allowed = pa.array([str(value) for value in rule.option("values")], type=pa.string())
    return ~is_among(rule.text, allowed)


def _outside_integers(rule: RuleInput) -> np.ndarray:
    return ~matches(rule.text, r"[+-]?\d+") | _outside_numbers(rule)


def _outside_numbers(rule: RuleInput) -> np.ndarray:
    numbers = pd.to_numeric(rule.values, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    low = float(rule.spec.options.get("min", -np.inf))
    high = float(rule.spec.options.get("max", np.inf))
    return ~((numbers >= low) & (numbers <= high) & np.isfinite(numbers))


def _not_a_date(rule: RuleInput) -> np.ndarray:
    if rule.values.dtype.kind == "M":
        return np.zeros(len(rule.values), dtype=bool)
    pattern = str(rule.spec.options.get("format", ISO_DATE))
    distinct = rule.text.unique()
    good = [text for text in distinct.to_pylist() if _is_date(text, pattern)]
    return ~is_among(rule.text, pa.array(good, type=pa.string()))


def _is_date(text: str, pattern: str) -> bool:
    try:
        moment = datetime.strptime(text, pattern)
    except ValueError:
        return False
    # strptime reads 2024-1-5 too; the exact form is what other programs will expect. Years before
    # 1000 come back without their zeros on some platforms, so they are compared by length.
    return moment.strftime(pattern) == text or (moment.year < 1000 and len(text) >= len(pattern))


def _equal_to_real(rule: RuleInput) -> np.ndarray:
    if rule.real is None:
        return np.zeros(len(rule.values), dtype=bool)
    return repeats_any(rule.text, rule.real)


def _torn_apart(rule: RuleInput) -> np.ndarray:
    """Rows whose value is another than in the first row of the same entity; missing ones are ignored."""
    value, entity = rule.text, rule.others[0]
    is_told = pc.and_(pc.not_equal(value, ""), pc.not_equal(entity, "")).to_numpy(zero_copy_only=False)
    values, entities = _number(value), _number(entity)
    failed = _differs_from_first(entities, values, is_told)
    if rule.spec.options.get("both_ways"):
        failed |= _differs_from_first(values, entities, is_told)
    return failed


def _equal_to_other(rule: RuleInput) -> np.ndarray:
    """Rows whose value is that of another column of the row; missing ones are ignored."""
    is_told = pc.not_equal(rule.text, "")
    return np.asarray(pc.and_(is_told, pc.equal(rule.text, rule.others[0])).to_numpy(zero_copy_only=False))


def _number(text: pa.Array) -> np.ndarray:
    return np.asarray(text.dictionary_encode().indices.to_numpy(zero_copy_only=False))


def _differs_from_first(keys: np.ndarray, values: np.ndarray, is_told: np.ndarray) -> np.ndarray:
    rows = np.flatnonzero(is_told)
    first = np.zeros(int(keys.max(initial=0)) + 1, dtype=np.int64)
    first[keys[rows[::-1]]] = values[rows[::-1]]
    return np.asarray(is_told & (values != first[keys]))


GENERAL_RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "not_missing": Rule(_missing, "Every row holds a value.", is_about_missing=True),
        "unique": Rule(_repeated, "No value occurs twice."),
        "one_of": Rule(_outside_values, "Every value is one of those that the dataset allows."),
        "integer_range": Rule(_outside_integers, "Every value is a whole number within the allowed range."),
        "number_range": Rule(_outside_numbers, "Every value is a number within the allowed range."),
        "date_format": Rule(_not_a_date, "Every value is a real calendar date in the expected form."),
        "entity_constant": Rule(
            _torn_apart, "All rows of one entity (the same code in another column) hold one value.", others=1
        ),
        DIFFERS: Rule(
            _equal_to_other,
            "No row holds one value in both columns, such as an account on both sides.",
            others=1,
        ),
        "not_real": Rule(
            _equal_to_real,
            "No value equals one of the real sample, letter case and separators aside.",
        ),
    }
)
