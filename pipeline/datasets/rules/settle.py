"""What a rule takes from the sample: its decimals, how many rows speak for it, and its combinations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from pipeline.datasets.related.schema import RelatedRule
from pipeline.datasets.rules.check import check_rule
from pipeline.datasets.rules.given import RuleTables
from pipeline.datasets.rules.numbers import count_decimals, is_moment
from pipeline.datasets.rules.row_checks import code_combinations

_WITH_DECIMALS = frozenset({"formula", "running", "total"})


def settle_rule(rule: RelatedRule, given: RuleTables) -> RelatedRule:
    """A rule with its decimals and its rows of the sample; MetadataError where it cannot be checked.

    Whether the sample keeps it is for `check_rule` to say.
    """
    options: dict[str, Any] = dict(rule.options)
    if rule.kind in _WITH_DECIMALS:
        decided = given.column(rule.table, rule.columns[0])
        if is_moment(decided):
            options["is_date"] = True
        else:
            options.setdefault("decimals", count_decimals(decided))
    settled = replace(rule, options=options)
    return replace(settled, rows=check_rule(fill_combination(settled, given), given).checked)


def fill_combinations(rules: Iterable[RelatedRule], sample: RuleTables) -> tuple[RelatedRule, ...]:
    """The rules, those of combinations with the ones that occur in the sample.

    A schema does not store them: one that occurs in a single row may be about a person.
    """
    return tuple(fill_combination(rule, sample) for rule in rules)


def fill_combination(rule: RelatedRule, sample: RuleTables) -> RelatedRule:
    """One rule, with the combinations of the sample where it is of that kind and has none."""
    if rule.kind != "combination" or "values" in rule.options:
        return rule
    _, found = code_combinations([sample.column(rule.table, name) for name in rule.columns])
    return replace(rule, options={**rule.options, "values": found})
