"""Proposes what holds of columns together: fixed combinations, one of several filled, unique together."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from pipeline.datasets.related.schema import RelatedRule
from pipeline.datasets.rules.candidates import codes_of, list_categories, list_free
from pipeline.datasets.rules.given import RuleTables

_LEAST_EXPECTED = 20.0
_LEAST_SHARE = 0.05
"""Rows, and their share, that would hold a combination which none holds, were the columns independent."""
_LEAST_IN_CELL = 5.0
_LEAST_EMPTY = 5
_LEAST_REPEATS = 10.0
_MOST_MISSING_COLUMNS = 12


def propose_combinations(table: str, given: RuleTables) -> list[RelatedRule]:
    """Columns of which one decides others, all of them together; else pairs that lack combinations."""
    codes = {name: codes_of(given.column(table, name)) for name in list_categories(table, given)}
    pairs = [pair for pair in combinations(codes, 2) if _lacks(codes[pair[0]], codes[pair[1]])]
    decided = [pair for pair in pairs if _decides(codes[pair[0]], codes[pair[1]])]
    groups = _join(decided)
    rest = [pair for pair in pairs if not any(set(pair) <= set(group) for group in groups)]
    order = list(codes)
    return [
        RelatedRule("combination", table, tuple(sorted(group, key=order.index)))
        for group in (*groups, *map(set, rest))
    ]


def _lacks(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether more rows than chance allows would hold combinations that do not occur."""
    rows, width = len(first), int(second.max(initial=0)) + 1
    counts = np.bincount(first * width + second, minlength=(int(first.max(initial=0)) + 1) * width)
    expected = np.outer(np.bincount(first), np.bincount(second)) / rows
    is_missing = counts.reshape(expected.shape) == 0
    if not _decides(first, second):
        # Rare values lack combinations by chance: only those count that several rows should hold.
        is_missing &= expected >= _LEAST_IN_CELL
    missing = float(expected[is_missing].sum())
    return missing >= max(_LEAST_EXPECTED, _LEAST_SHARE * rows)


def _decides(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether one value always comes with the same other one, in either direction."""
    pairs = len(np.unique(first * (int(second.max()) + 1) + second))
    return pairs == max(len(np.unique(first)), len(np.unique(second)))


def _join(pairs: list[tuple[str, str]]) -> list[set[str]]:
    """Pairs with a column in common as one group."""
    groups: list[set[str]] = []
    for pair in pairs:
        touched = [group for group in groups if group & set(pair)]
        groups = [group for group in groups if group not in touched]
        groups.append(set(pair).union(*touched))
    return groups


def propose_one_of(table: str, given: RuleTables) -> list[RelatedRule]:
    """Pairs of columns of which one is always filled, though by chance several rows would lack both."""
    frame = given.table(table)
    empty = {name: frame[name].isna().to_numpy() for name in list_free(table, given) if frame[name].hasnans}
    rules = []
    for pair in combinations(list(empty)[:_MOST_MISSING_COLUMNS], 2):
        first, second = empty[pair[0]], empty[pair[1]]
        by_chance = first.mean() * second.mean() * len(frame)
        if not (first & second).any() and by_chance >= _LEAST_EMPTY:
            is_one = not (~first & ~second).any()
            rules.append(RelatedRule("one_of", table, pair, options={} if is_one else {"at_least": True}))
    return rules


def propose_unique(table: str, given: RuleTables) -> list[RelatedRule]:
    """A foreign key and a column of few values, never twice together, though by chance they would be."""
    own = given.schema.get(table)
    known = [set(key) for key in (own.primary_key, *own.unique) if key]
    others = list_categories(table, given)
    rules = []
    for relation in given.schema.list_relations(table):
        for name in others:
            columns = (*relation.columns, name)
            if name in relation.columns or any(key <= set(columns) for key in known):
                continue
            if _never_repeats(given.parents(relation), codes_of(given.column(table, name))):
                rules.append(RelatedRule("unique", table, columns))
    return rules


def _never_repeats(parents: np.ndarray, codes: np.ndarray) -> bool:
    has_parent = parents >= 0
    parents, codes = parents[has_parent], codes[has_parent]
    if not len(codes):
        return False
    together = np.unique(np.column_stack([parents, codes]), axis=0)
    siblings = np.bincount(parents).astype(float)
    pairs = float((siblings * (siblings - 1) / 2).sum())
    by_chance = pairs * float(((np.bincount(codes) / len(codes)) ** 2).sum())
    return len(together) == len(codes) and by_chance >= _LEAST_REPEATS
