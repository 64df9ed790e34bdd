"""The columns of a table that rules may be about: not keys, not constant."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.datasets.rules.given import RuleTables
from pipeline.datasets.rules.numbers import is_moment, is_number

MOST_COLUMNS = 40
"""Numbers or dates of a table that are compared in pairs; a wider table has its first ones compared."""
MOST_CATEGORIES = 50
ROWS_A_CATEGORY = 5


def list_numbers(table: str, given: RuleTables) -> list[str]:
    """Columns of numbers that are not constant and in no key."""
    return [name for name in list_free(table, given) if is_number(given.column(table, name))][:MOST_COLUMNS]


def list_decimals(table: str, given: RuleTables) -> list[str]:
    """Columns of categories that are all written as numbers with decimals."""
    return [name for name in list_categories(table, given) if _are_decimals(given.column(table, name))]


def _are_decimals(values: pd.Series) -> bool:
    distinct = values.dropna().drop_duplicates()
    return distinct.dtype == object and bool(distinct.astype(str).str.fullmatch(r"-?\d+\.\d+").all())


def list_dates(table: str, given: RuleTables) -> list[str]:
    """Columns of dates that are not constant and in no key."""
    return [name for name in list_free(table, given) if is_moment(given.column(table, name))][:MOST_COLUMNS]


def list_categories(table: str, given: RuleTables) -> list[str]:
    """Columns of few values, each in several rows."""
    names = []
    for name in list_free(table, given):
        values = given.column(table, name)
        is_apt = not is_moment(values) and values.dtype.kind != "f"
        distinct = values.nunique()
        if is_apt and distinct <= MOST_CATEGORIES and distinct * ROWS_A_CATEGORY <= values.notna().sum():
            names.append(name)
    return names[:MOST_COLUMNS]


def list_free(table: str, given: RuleTables) -> list[str]:
    """Columns in no key and no relation with two values or more."""
    own = given.schema.get(table)
    foreign = {name for one in given.schema.list_relations(table) for name in one.columns}
    taken = foreign | set(own.primary_key) | {name for key in own.unique for name in key if len(key) == 1}
    frame = given.table(table)
    return [name for name in own.columns if name in frame and name not in taken and frame[name].nunique() > 1]


def codes_of(values: pd.Series) -> np.ndarray:
    """A number for each value, missing ones among them."""
    return np.asarray(pd.factorize(values, use_na_sentinel=False)[0])
