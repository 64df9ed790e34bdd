"""Rules that drawn values are put right for, in place: ranges, order along a parent's rows, one open row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipeline.datasets.related.schema import RelatedRule
from pipeline.datasets.rules.gaps import GapForm, from_gap, to_gap
from pipeline.datasets.rules.given import RuleTables
from pipeline.datasets.rules.numbers import is_moment
from pipeline.datasets.rules.relation_checks import sort_siblings

_DAY_NS = 86_400 * 10**9


def put_in_range(rule: RelatedRule, table: pd.DataFrame) -> None:
    """Move what lies outside the range of a rule to its nearer end."""
    name = rule.columns[0]
    low, high = (rule.options.get(end) for end in ("low", "high"))
    if is_moment(table[name]):
        low, high = (None if end is None else pd.Timestamp(end) for end in (low, high))
    table[name] = table[name].clip(low, high)


def put_in_order(rule: RelatedRule, given: RuleTables) -> None:
    """Sort a column among the rows of each parent; its values stay with their parent."""
    table, name = given.table(rule.table), rule.columns[0]
    rows, _ = sort_siblings(rule, given)
    parents = given.parents(given.relation(rule))[rows]
    values = table[name].iloc[rows].reset_index(drop=True)
    keys = values.rank(method="first", na_option="bottom").to_numpy()
    order = np.lexsort([keys, parents])
    column = table[name].reset_index(drop=True)
    column.iloc[rows] = values.iloc[order].to_numpy()
    table[name] = column.to_numpy()


def close_all_but_last(rule: RelatedRule, given: RuleTables, seed: int) -> None:
    """Fill the column of all rows of a parent that are open, but for the last, from rows that are closed."""
    table, name = given.table(rule.table), rule.columns[0]
    rows, _ = sort_siblings(rule, given)
    parents = given.parents(given.relation(rule))[rows]
    is_open = table[name].isna().to_numpy()[rows]
    later = pd.Series(is_open[::-1].astype(int)).groupby(parents[::-1]).cumsum().to_numpy()[::-1]
    surplus = rows[is_open & (later > 1)]
    closed = table[name].dropna()
    if len(surplus) and len(closed):
        rng = np.random.default_rng(np.random.SeedSequence([seed, len(table)]))
        column = table[name].reset_index(drop=True)
        column.iloc[surplus] = closed.iloc[rng.integers(0, len(closed), len(surplus))].to_numpy()
        table[name] = column.to_numpy()


def settle_choice(table: pd.DataFrame, columns: Sequence[str], choice: pd.Series) -> pd.Series:
    """The choices of `to_choice`; one of a column that no row fills becomes one that can be filled.

    In few drawn rows a chosen column may have no value; the most frequent other choice takes its place.
    """
    is_filled = table[list(columns)].notna().any().to_numpy()
    usable = {
        text: all(has or digit == "0" for digit, has in zip(text, is_filled, strict=True))
        for text in choice.unique()
    }
    if all(usable.values()) or not is_filled.any():
        return choice
    first = int(np.argmax(is_filled))
    single = "".join("1" if place == first else "0" for place in range(len(columns)))
    others = [text for text in choice.value_counts().index if usable[text] and "1" in text]
    return choice.map(lambda text: text if usable[text] else next(iter(others), single))


def measure_spread(values: pd.Series) -> float:
    """The distance between the tenth and the ninetieth hundredth of numbers, or of dates in days."""
    known = values.dropna()
    if not len(known):
        return 0.0
    numbers = known.astype("int64") / _DAY_NS if is_moment(known) else known.astype(float)
    low, high = np.quantile(numbers.to_numpy(), (0.1, 0.9))
    return float(high - low)


@dataclass(frozen=True)
class Bound:
    """How far a column reaches on the side that its base leaves open: at most, and but for a hundredth."""

    last: Any
    usual: Any


def learn_bound(form: GapForm, values: pd.Series) -> Bound:
    """The bound of a column of the sample."""
    known = values.dropna()
    if form.is_below:
        return Bound(known.min(), known.quantile(0.01))
    return Bound(known.max(), known.quantile(0.99))


def move_inside(form: GapForm, bound: Bound, base: pd.Series, values: pd.Series) -> pd.Series:
    """The values, those on the wrong side of their base or beyond the bound moved between the two.

    There they are spread in the order that they had, so that they heap at neither end.
    """
    base = base.reset_index(drop=True)
    is_wrong = (
        (values > base) | (values < bound.last) if form.is_below else (values < base) | (values > bound.last)
    )
    if form.is_strict:
        is_wrong |= values == base
    is_wrong = is_wrong.fillna(False).to_numpy(dtype=bool)
    if not is_wrong.any():
        return values
    room = to_gap(form, base, pd.Series([bound.usual] * len(values)))
    share = values.where(is_wrong).rank(pct=True, ascending=not form.is_below)
    return values.where(~is_wrong, from_gap(form, base, room * share))
