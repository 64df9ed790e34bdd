"""Which rows break which rule: counts for each rule of a schema."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pipeline.datasets.related.schema import RelatedRule
from pipeline.datasets.rules import relation_checks, row_checks
from pipeline.datasets.rules.given import RuleTables
from pipeline.datasets.rules.row_checks import RuleRows
from pipeline.errors import MetadataError

Check = Callable[[RelatedRule, RuleTables], RuleRows]

CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "inequality": row_checks.check_inequality,
        "range": row_checks.check_range,
        "combination": row_checks.check_combination,
        "formula": row_checks.check_formula,
        "one_of": row_checks.check_one_of,
        "business_day": row_checks.check_business_day,
        "unique": row_checks.check_unique,
        "after_parent": relation_checks.check_after_parent,
        "before_parent": relation_checks.check_before_parent,
        "running": relation_checks.check_running,
        "one_open": relation_checks.check_one_open,
        "ordered": relation_checks.check_ordered,
        "total": relation_checks.check_total,
        "count": relation_checks.check_count,
    }
)
"""Every kind of rule by name."""

LEAST_COLUMNS: Mapping[str, int] = MappingProxyType(
    {"inequality": 2, "combination": 2, "one_of": 2, "unique": 2, "running": 2}
)
"""How many columns a kind needs, where it is more than one."""


@dataclass(frozen=True)
class RuleCheck:
    """How many rows a rule says something about, and how many of them break it."""

    rule: RelatedRule
    checked: int
    failed: int

    @property
    def is_kept(self) -> bool:
        """Whether no row breaks the rule."""
        return not self.failed


def check_rules(rules: Iterable[RelatedRule], given: RuleTables) -> tuple[RuleCheck, ...]:
    """Count the rows of every rule; MetadataError for a rule that does not exist or is not complete."""
    return tuple(check_rule(rule, given) for rule in rules)


def check_rule(rule: RelatedRule, given: RuleTables) -> RuleCheck:
    """Count the rows that one rule is about and those that break it."""
    found = find_rows(rule, given)
    return RuleCheck(rule, int(found.is_checked.sum()), int(found.is_failed.sum()))


def find_rows(rule: RelatedRule, given: RuleTables) -> RuleRows:
    """The masks of one rule over the rows of its table."""
    check = CHECKS.get(rule.kind)
    if check is None:
        raise MetadataError(
            f'Table "{rule.table}" has a rule "{rule.kind}", which does not exist.',
            f"use one of {', '.join(CHECKS)}.",
        )
    least = LEAST_COLUMNS.get(rule.kind, 1)
    if len(rule.columns) < least:
        raise MetadataError(
            f'The rule {rule.kind} of table "{rule.table}" names {len(rule.columns)} columns.',
            f"name {least} or more.",
        )
    return check(rule, given)
