"""Proposes what holds along the rows of a parent: running balances, one open, order, totals, counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from pipeline.datasets.related.schema import RelatedRule, Relation
from pipeline.datasets.rules.candidates import list_categories, list_dates, list_free, list_numbers
from pipeline.datasets.rules.check import check_rule, find_rows
from pipeline.datasets.rules.given import RuleTables
from pipeline.datasets.rules.numbers import as_steps, count_decimals
from pipeline.datasets.rules.relation_checks import count_children, sort_siblings, sum_children
from pipeline.datasets.rules.row_checks import code_combinations

_LEAST_STEPS = 20
_LEAST_PARENTS = 20
_LEAST_OPEN = 5.0
_LEAST_VALUES = 3


def propose_along(given: RuleTables) -> list[RelatedRule]:
    """All rules along relations to parents whose rows are generated."""
    rules: list[RelatedRule] = []
    for relation in given.schema.relations:
        if given.schema.get(relation.child).is_public or relation.is_self:
            continue
        if relation.is_owner or given.schema.find_owner(relation.child) is None:
            rules += _propose_running(relation, given)
            rules += _propose_one_open(relation, given)
            rules += _propose_ordered(relation, given)
        if not given.schema.get(relation.parent).is_public:
            rules += _propose_totals(relation, given)
    return rules


def _propose_running(relation: Relation, given: RuleTables) -> list[RelatedRule]:
    """The first pair of a balance and an amount that runs, with its order, signs and start."""
    numbers = list_numbers(relation.child, given)
    rules = []
    for balance in numbers:
        for amount in numbers:
            rule = RelatedRule("running", relation.child, (balance, amount), relation.id)
            found = next(_list_running(rule, given), None) if amount != balance else None
            if found is not None:
                rules.append(_find_start(found, given))
                break
    return rules


def _list_running(rule: RelatedRule, given: RuleTables) -> Iterator[RelatedRule]:
    """The rule by every order and every column of signs by which it holds."""
    for order in _list_orders(rule, given):
        ordered = replace(rule, options=order)
        if _runs(ordered, given):
            yield ordered
        else:
            for column in list_categories(rule.table, given):
                signed = _find_signs(ordered, column, given)
                if signed is not None and _runs(signed, given):
                    yield signed


def _list_orders(rule: RelatedRule, given: RuleTables) -> list[dict[str, Any]]:
    """The order of the table; where it has none, each date, and the rows as they stand."""
    if given.schema.get(rule.table).order:
        return [{}]
    return [*({"order": name} for name in list_dates(rule.table, given)), {}]


def _runs(rule: RelatedRule, given: RuleTables) -> bool:
    rows = find_rows(rule, given)
    amounts = as_steps(given.column(rule.table, rule.columns[1]))
    moved = int((rows.is_checked & (amounts != 0)).sum())
    return moved >= _LEAST_STEPS and not rows.is_failed.any()


def _find_signs(rule: RelatedRule, column: str, given: RuleTables) -> RelatedRule | None:
    """The rule with the values of a column that subtract; None where a value does both."""
    amounts = as_steps(given.column(rule.table, rule.columns[1]))
    steps = _step(rule, given)
    codes, values = code_combinations([given.column(rule.table, column)])
    reach = 0.5 * 10.0 ** -count_decimals(given.column(rule.table, rule.columns[0]))
    known = ~np.isnan(steps) & ~np.isnan(amounts) & (amounts != 0)
    is_more = known & (np.abs(steps - amounts) < reach)
    is_less = known & (np.abs(steps + amounts) < reach)
    if (known & ~is_more & ~is_less).any():
        return None
    less, more = set(codes[is_less]), set(codes[is_more])
    if less & more or not less or not more:
        return None
    negative = tuple(values[code][0] for code in sorted(less))
    return replace(rule, options={**rule.options, "sign": column, "negative": negative})


def _step(rule: RelatedRule, given: RuleTables) -> np.ndarray:
    """What each balance is above the one before it; NaN for the first of a parent."""
    balances = as_steps(given.column(rule.table, rule.columns[0]))
    rows, is_first = sort_siblings(rule, given)
    steps = np.full(len(balances), np.nan)
    steps[rows] = np.diff(balances[rows], prepend=np.nan)
    steps[rows[is_first]] = np.nan
    return steps


def _find_start(rule: RelatedRule, given: RuleTables) -> RelatedRule:
    """The rule with the column of the parent, or 0, from which every first balance starts."""
    parent = given.relation(rule).parent
    starts: list[Any] = [0, *list_numbers(parent, given)]
    for start in starts:
        started = replace(rule, options={**rule.options, "start": start})
        found = check_rule(started, given)
        if found.is_kept and found.checked > check_rule(rule, given).checked:
            return started
    return rule


def _propose_one_open(relation: Relation, given: RuleTables) -> list[RelatedRule]:
    """Dates that are empty at most once per parent, though chance would leave several parents with two."""
    parents = given.parents(relation)
    counts = np.bincount(parents[parents >= 0])
    counts = counts[counts > 1]
    rules = []
    for name in list_dates(relation.child, given):
        share = float(given.column(relation.child, name).isna().mean())
        two = 1 - (1 - share) ** counts - counts * share * (1 - share) ** (counts - 1)
        rule = RelatedRule("one_open", relation.child, (name,), relation.id)
        if two.sum() >= _LEAST_OPEN and len(counts) >= _LEAST_PARENTS and check_rule(rule, given).is_kept:
            rules.append(rule)
    return rules


def _propose_ordered(relation: Relation, given: RuleTables) -> list[RelatedRule]:
    """Numbers and dates that never fall along the order of a table, besides that order itself."""
    order = given.schema.get(relation.child).order
    if not order:
        return []
    names = [*list_dates(relation.child, given), *list_numbers(relation.child, given)]
    rules = [RelatedRule("ordered", relation.child, (name,), relation.id) for name in names if name != order]
    return [rule for rule in rules if _rises(rule, given)]


def _rises(rule: RelatedRule, given: RuleTables) -> bool:
    rows = find_rows(rule, given)
    steps = _step(rule, given)
    return not rows.is_failed.any() and int((steps[rows.is_checked] > 0).sum()) >= _LEAST_STEPS


def _propose_totals(relation: Relation, given: RuleTables) -> list[RelatedRule]:
    """Numbers of a parent that count its children or add up one of their columns."""
    rules = []
    for name in list_numbers(relation.parent, given):
        held = given.column(relation.parent, name)
        if held.nunique() < _LEAST_VALUES:
            continue
        rule = RelatedRule("count", relation.parent, (name,), relation.id)
        if (as_steps(held) == count_children(rule, given)).all():
            rules.append(rule)
            continue
        total = _find_total(relation, name, given)
        rules += [total] if total else []
    return rules


def _find_total(relation: Relation, name: str, given: RuleTables) -> RelatedRule | None:
    for column in list_free(relation.child, given):
        if column not in list_numbers(relation.child, given):
            continue
        options = {"child_column": column}
        rule = RelatedRule("total", relation.parent, (name,), relation.id, options)
        is_telling = np.count_nonzero(sum_children(rule, given)) >= _LEAST_PARENTS
        if is_telling and check_rule(rule, given).is_kept:
            return rule
    return None
