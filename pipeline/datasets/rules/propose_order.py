"""Proposes what is an order: one column not before another, or not before or after one of the parent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import NamedTuple

import numpy as np

from pipeline.datasets.related.schema import RelatedRule, Relation
from pipeline.datasets.rules.candidates import list_dates, list_numbers
from pipeline.datasets.rules.given import RuleTables
from pipeline.datasets.rules.numbers import are_above, as_steps

_MOST_BY_CHANCE = 0.95
"""Shuffled, at least a twentieth of the rows has to break an order of numbers."""
_LEAST_AT_ZERO = 5
_LEAST_DAYS = 30
_WEEKEND = 5
_QUANTILES = np.linspace(0, 1, 501)


def propose_inequalities(table: str, given: RuleTables, formulas: Sequence[RelatedRule]) -> list[RelatedRule]:
    """Pairs of dates, and pairs of numbers whose ranges overlap or whose names share a word."""
    computed = {frozenset(pair) for one in formulas for pair in permutations(one.columns, 2)}
    dates, numbers = list_dates(table, given), list_numbers(table, given)
    pairs = [(a, b, True) for a, b in permutations(dates, 2)]
    pairs += [
        (a, b, False)
        for a, b in permutations(numbers, 2)
        # A time of day is neither above nor below an amount.
        if frozenset((a, b)) not in computed and given.clocks.get((table, a)) == given.clocks.get((table, b))
    ]
    steps = {name: as_steps(given.column(table, name)) for name in (*dates, *numbers)}
    return [
        RelatedRule("inequality", table, (a, b))
        for a, b, are_dates in pairs
        if _is_order(steps[a], steps[b]) and (are_dates or _is_telling(a, b, steps[a], steps[b]))
    ]


def _is_order(lower: np.ndarray, upper: np.ndarray) -> bool:
    """Whether one is at most the other wherever both are there, and less somewhere."""
    both = ~np.isnan(lower) & ~np.isnan(upper)
    low, high = lower[both], upper[both]
    return bool(len(low) and are_above(high, low).all() and are_above(high, low, True).any())


def _is_telling(first: str, second: str, lower: np.ndarray, upper: np.ndarray) -> bool:
    return _share_a_word(first, second) or _would_be_broken(lower, upper)


def _would_be_broken(lower: np.ndarray, upper: np.ndarray) -> bool:
    """Whether enough rows would break the order if one of the columns were shuffled."""
    both = ~np.isnan(lower) & ~np.isnan(upper)
    # Quantiles stand for the shuffled rows, which would differ with every seed.
    low, high = (np.sort(np.quantile(part[both], _QUANTILES)) for part in (lower, upper))
    kept = 1.0 - np.searchsorted(high, low, side="left").mean() / len(high)
    return kept <= _MOST_BY_CHANCE


def _share_a_word(first: str, second: str) -> bool:
    words = [
        set(re.findall(r"[^\W\d_]{3,}", re.sub(r"([a-z])([A-Z])", r"\1 \2", one).lower()))
        for one in (first, second)
    ]
    return bool(words[0] & words[1])


def propose_ranges(table: str, given: RuleTables) -> list[RelatedRule]:
    """Numbers that are 0 in several rows and below it in none: they are not negative."""
    rules = []
    for name in list_numbers(table, given):
        steps = as_steps(given.column(table, name))
        is_heaped = np.count_nonzero(steps == 0) >= _LEAST_AT_ZERO and len(np.unique(steps)) > 2
        if is_heaped and np.nanmin(steps) == 0:
            rules.append(RelatedRule("range", table, (name,), options={"low": 0}))
    return rules


def propose_business_days(table: str, given: RuleTables) -> list[RelatedRule]:
    """Dates of many days, none of them on a weekend."""
    rules = []
    for name in list_dates(table, given):
        values = given.column(table, name).dropna()
        if values.dt.normalize().nunique() >= _LEAST_DAYS and (values.dt.dayofweek < _WEEKEND).all():
            rules.append(RelatedRule("business_day", table, (name,)))
    return rules


def propose_after_parent(given: RuleTables) -> list[RelatedRule]:
    """Dates of a child that are never before one of its parent, which every parent has.

    A date that parents may lack is an end more often than a beginning, and its order chance.
    """
    return [
        _compare("after_parent", pair)
        for pair in _pair_dates(given)
        if _is_full(pair.relation.parent, pair.other, given) and _is_order(pair.base, pair.values)
    ]


def propose_before_parent(given: RuleTables) -> list[RelatedRule]:
    """Dates of a child that are never after one of its parent; parents may lack it, as an end that is open.

    An order that other pairs of rows would hardly break says nothing.
    """
    return [
        _compare("before_parent", pair)
        for pair in _pair_dates(given)
        if _is_order(pair.values, pair.base) and _would_be_broken(pair.values, pair.base)
    ]


class _DatePair(NamedTuple):
    """A date of a child (`column`) and one of its parent (`other`), both as steps for each child."""

    relation: Relation
    column: str
    values: np.ndarray
    other: str
    base: np.ndarray


def _pair_dates(given: RuleTables) -> Iterator[_DatePair]:
    for relation in given.schema.relations:
        for column in list_dates(relation.child, given):
            values = as_steps(given.column(relation.child, column))
            for other in list_dates(relation.parent, given):
                yield _DatePair(relation, column, values, other, as_steps(given.from_parent(relation, other)))


def _compare(kind: str, pair: _DatePair) -> RelatedRule:
    options = {"parent_column": pair.other}
    return RelatedRule(kind, pair.relation.child, (pair.column,), pair.relation.id, options)


Place = tuple[str, str, str]


def drop_implied(rules: Sequence[RelatedRule], given: RuleTables) -> list[RelatedRule]:
    """The rules without orders that follow from two others.

    A column that may be empty proves nothing about those around it, so that it is no link in a chain.
    """
    edges = {edge for rule in rules for edge in _list_edges(rule, given)}
    edges |= {edge for one in edges for edge in _see_from_children(one, given)}
    return [
        rule for rule in rules if not any(_follows(edge, edges, given) for edge in _list_edges(rule, given))
    ]


def _list_edges(rule: RelatedRule, given: RuleTables) -> list[tuple[Place, Place]]:
    """A rule as lower and upper place: table, column, and the relation over which the table is reached."""
    if rule.kind == "inequality":
        return [((rule.table, rule.columns[0], ""), (rule.table, rule.columns[1], ""))]
    if rule.kind not in ("after_parent", "before_parent"):
        return []
    above = (given.relation(rule).parent, str(rule.options["parent_column"]), rule.relation)
    own = (rule.table, rule.columns[0], "")
    return [(above, own) if rule.kind == "after_parent" else (own, above)]


def _see_from_children(edge: tuple[Place, Place], given: RuleTables) -> list[tuple[Place, Place]]:
    """An order inside a table as the rows of each of its children have it above them."""
    (table, low, via), (_, high, other) = edge
    if via or other:
        return []
    relations = [one.id for one in given.schema.relations if one.parent == table]
    return [((table, low, relation), (table, high, relation)) for relation in relations]


def _follows(edge: tuple[Place, Place], edges: set[tuple[Place, Place]], given: RuleTables) -> bool:
    """Whether a place that is never empty lies between both ends of an order."""
    lower, upper = edge
    between = {high for low, high in edges if low == lower and high != upper}
    return any((one, upper) in edges and _is_full(one[0], one[1], given) for one in between)


def _is_full(table: str, column: str, given: RuleTables) -> bool:
    return bool(given.column(table, column).notna().all())
