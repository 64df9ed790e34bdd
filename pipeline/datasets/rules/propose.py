"""Rules that hold in every row of a sample, with enough rows that speak for them."""

from __future__ import annotations

from dataclasses import replace

from pipeline.datasets.related.schema import RelatedRule
from pipeline.datasets.rules.check import check_rule
from pipeline.datasets.rules.given import RuleTables
from pipeline.datasets.rules.propose_along import propose_along
from pipeline.datasets.rules.propose_formulas import propose_formulas
from pipeline.datasets.rules.propose_groups import (
    propose_combinations,
    propose_one_of,
    propose_unique,
)
from pipeline.datasets.rules.propose_order import (
    drop_implied,
    propose_after_parent,
    propose_before_parent,
    propose_business_days,
    propose_inequalities,
    propose_ranges,
)
from pipeline.datasets.rules.settle import fill_combination, settle_rule

LEAST_ROWS = 50
"""Rows that a rule needs; with fewer, chance has too much to say."""


def propose_rules(given: RuleTables, least_rows: int = LEAST_ROWS) -> tuple[RelatedRule, ...]:
    """Rules to confirm, none of a public table; each holds in every row and has `rows` of them.

    A rule that nearly any table keeps is not proposed: an inequality between numbers that never meet, a
    key that is unique because one of its columns is, a combination of which nothing is missing.
    """
    found: list[RelatedRule] = []
    for table in given.schema.tables:
        if table.is_public or not len(given.table(table.name)):
            continue
        formulas = propose_formulas(table.name, given)
        found += formulas
        found += propose_inequalities(table.name, given, formulas)
        found += propose_ranges(table.name, given)
        found += propose_business_days(table.name, given)
        found += propose_combinations(table.name, given)
        found += propose_one_of(table.name, given)
        found += propose_unique(table.name, given)
    found += propose_after_parent(given)
    found += propose_before_parent(given)
    found += propose_along(given)
    return tuple(_keep(drop_implied(found, given), given, least_rows))


def _keep(rules: list[RelatedRule], given: RuleTables, least_rows: int) -> list[RelatedRule]:
    """The rules that the whole sample keeps in enough rows, with their count."""
    kept = []
    for rule in rules:
        settled = settle_rule(rule, given)
        result = check_rule(fill_combination(settled, given), given)
        if result.is_kept and result.checked >= least_rows:
            kept.append(replace(settled, is_confirmed=False))
    return kept
