"""Rules between a row and its parent, and along the rows of one parent."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pipeline.datasets.related.schema import RelatedRule
from pipeline.datasets.rules.given import RuleTables
from pipeline.datasets.rules.numbers import are_above, are_equal, as_steps, count_decimals
from pipeline.datasets.rules.row_checks import RuleRows, code_combinations, compare
from pipeline.errors import MetadataError


def check_after_parent(rule: RelatedRule, given: RuleTables) -> RuleRows:
    """The column is at least the parent's column, more if strict; rows without a parent do not count."""
    values = as_steps(given.column(rule.table, rule.columns[0]))
    base = as_steps(given.from_parent(given.relation(rule), require_option(rule, "parent_column")))
    return compare(base, values, bool(rule.options.get("strict")))


def check_before_parent(rule: RelatedRule, given: RuleTables) -> RuleRows:
    """The column is at most the parent's column, less if strict; rows without either do not count."""
    values = as_steps(given.column(rule.table, rule.columns[0]))
    base = as_steps(given.from_parent(given.relation(rule), require_option(rule, "parent_column")))
    return compare(values, base, bool(rule.options.get("strict")))


def require_option(rule: RelatedRule, name: str) -> str:
    """An option that the rule cannot do without; MetadataError where it is missing."""
    if not rule.options.get(name):
        raise MetadataError(
            f'The rule {rule.kind} of table "{rule.table}" lacks the option "{name}".',
            "add it to the rule in schema.yaml.",
        )
    return str(rule.options[name])


class Sequence(NamedTuple):
    """Rows of a child in the order of their siblings, and whether each is the first of its parent."""

    rows: np.ndarray
    is_first: np.ndarray


def sort_siblings(rule: RelatedRule, given: RuleTables) -> Sequence:
    """The rows along which a rule goes: by the option `order`, else by the order of the table."""
    relation = given.relation(rule)
    order = str(rule.options.get("order") or given.schema.get(rule.table).order)
    rows = given.siblings(relation, order)
    parents = given.parents(relation)[rows]
    return Sequence(rows, np.r_[True, parents[1:] != parents[:-1]][: len(rows)])


def sign_amounts(rule: RelatedRule, given: RuleTables) -> np.ndarray:
    """The amounts of a running balance with their signs, which a column may give."""
    amounts = as_steps(given.column(rule.table, rule.columns[1]))
    column = rule.options.get("sign")
    if not column:
        return amounts
    negative = set(map(str, rule.options.get("negative", ())))
    codes, found = code_combinations([given.column(rule.table, str(column))])
    is_less = np.array([value in negative for (value,) in found], dtype=bool)
    return np.where(is_less[codes], -amounts, amounts)


def find_starts(rule: RelatedRule, given: RuleTables) -> np.ndarray | None:
    """What the first balance of each row's parent starts from; None where it is as it is."""
    start = rule.options.get("start")
    if start is None:
        return None
    if isinstance(start, str):
        return as_steps(given.from_parent(given.relation(rule), start))
    return np.full(len(given.table(rule.table)), float(start))


def check_running(rule: RelatedRule, given: RuleTables) -> RuleRows:
    """Each balance is the one before it plus the amount, the first one the start plus the amount."""
    balances = as_steps(given.column(rule.table, rule.columns[0]))
    amounts, starts = sign_amounts(rule, given), find_starts(rule, given)
    rows, is_first = sort_siblings(rule, given)
    before = np.r_[np.nan, balances[rows][:-1]][: len(rows)]
    before[is_first] = np.nan if starts is None else starts[rows][is_first]
    expected = np.full(len(balances), np.nan)
    expected[rows] = before + amounts[rows]
    is_checked = ~np.isnan(expected) & ~np.isnan(balances)
    decimals = int(rule.options.get("decimals", count_decimals(given.column(rule.table, rule.columns[0]))))
    return RuleRows(is_checked, is_checked & ~are_equal(balances, expected, decimals))


def check_one_open(rule: RelatedRule, given: RuleTables) -> RuleRows:
    """At most one row of a parent has an empty column; all but the first of them fail."""
    is_open = given.column(rule.table, rule.columns[0]).isna().to_numpy()
    parents = given.parents(given.relation(rule))
    is_failed = np.zeros(len(parents), dtype=bool)
    open_rows = np.flatnonzero(is_open & (parents >= 0))
    _, first = np.unique(parents[open_rows], return_index=True)
    is_failed[np.delete(open_rows, first)] = True
    return RuleRows(parents >= 0, is_failed)


def check_ordered(rule: RelatedRule, given: RuleTables) -> RuleRows:
    """The column does not fall from one row of a parent to the next, rises if strict."""
    values = as_steps(given.column(rule.table, rule.columns[0]))
    rows, is_first = sort_siblings(rule, given)
    before = np.r_[np.nan, values[rows][:-1]][: len(rows)]
    before[is_first] = np.nan
    previous = np.full(len(values), np.nan)
    previous[rows] = before
    is_checked = ~np.isnan(previous) & ~np.isnan(values)
    return RuleRows(is_checked, is_checked & ~are_above(values, previous, bool(rule.options.get("strict"))))


def check_total(rule: RelatedRule, given: RuleTables) -> RuleRows:
    """The parent's column is the sum over its children, 0 without any."""
    held, totals = as_steps(given.column(rule.table, rule.columns[0])), sum_children(rule, given)
    decimals = int(rule.options.get("decimals", count_decimals(given.column(rule.table, rule.columns[0]))))
    is_checked = ~np.isnan(held)
    return RuleRows(is_checked, is_checked & ~are_equal(held, totals, decimals))


def sum_children(rule: RelatedRule, given: RuleTables) -> np.ndarray:
    """The sum of a child's column for each parent, exact in its decimals; missing values add 0."""
    relation = given.relation(rule)
    column = given.column(relation.child, require_option(rule, "child_column"))
    scale = 10.0 ** count_decimals(column)
    units = np.nan_to_num(np.round(as_steps(column) * scale))
    parents = given.parents(relation)
    weights = np.bincount(parents[parents >= 0], units[parents >= 0], len(given.table(rule.table)))
    return np.asarray(weights / scale)


def check_count(rule: RelatedRule, given: RuleTables) -> RuleRows:
    """The parent's column is the number of its children."""
    held, counts = as_steps(given.column(rule.table, rule.columns[0])), count_children(rule, given)
    is_checked = ~np.isnan(held)
    return RuleRows(is_checked, is_checked & (held != counts))


def count_children(rule: RelatedRule, given: RuleTables) -> np.ndarray:
    """The number of children of each parent."""
    parents = given.parents(given.relation(rule))
    return np.bincount(parents[parents >= 0], minlength=len(given.table(rule.table)))
