"""Columns that are learned as their distance from another one, which they may not lie before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from pipeline.datasets.related.schema import RelatedRule
from pipeline.datasets.rules.gaps import GapForm, find_base, find_decided, learn_form, to_gap
from pipeline.datasets.rules.given import RuleTables
from pipeline.models.rules.repairs import Bound, learn_bound, measure_spread

Cell = tuple[str, str]


@dataclass(frozen=True)
class Gap:
    """A column that is learned as the distance from another, or from the nearest of several.

    One that `is_direct` varies less by itself than that distance does (the day of a booking and the day on
    which its account was opened): it is learned as it is, and what lies on the wrong side is moved.
    """

    rules: tuple[RelatedRule, ...]
    form: GapForm
    column: str
    bound: Bound
    is_direct: bool = False

    @property
    def table(self) -> str:
        """The table of the column."""
        return self.rules[0].table

    def list_read(self, given: RuleTables) -> set[Cell]:
        """The columns from which it counts."""
        return {find_base_cell(rule, given) for rule in self.rules}

    def find_base(self, given: RuleTables) -> pd.Series:
        """From where the gap counts, by row."""
        return find_nearest(self.rules, given)

    @property
    def cell(self) -> Cell:
        """The table and the name of the column."""
        return self.table, self.column


def find_nearest(rules: Sequence[RelatedRule], given: RuleTables) -> pd.Series:
    """The greatest of the columns that one may not lie before, by row; the least of those it lies below."""
    bases = [find_base(rule, given).reset_index(drop=True) for rule in rules]
    if len(bases) == 1:
        return bases[0]
    together = pd.concat(bases, axis=1)
    return together.min(axis=1) if is_below(rules[0]) else together.max(axis=1)


def learn_gap(cell: Cell, rules: Sequence[RelatedRule], given: RuleTables) -> Gap:
    """The gap of a column of the sample; rules that bound it from the other side are only checked."""
    alike = tuple(rule for rule in rules if is_below(rule) == is_below(rules[0]))
    is_strict = any(bool(rule.options.get("strict")) for rule in alike)
    values = given.column(*cell)
    base = find_nearest(alike, given)
    form = learn_form(base, values, is_strict, is_below(alike[0]))
    is_direct = measure_spread(to_gap(form, base, values)) > measure_spread(values)
    return Gap(alike, form, cell[1], learn_bound(form, values), is_direct)


def is_below(rule: RelatedRule) -> bool:
    """Whether a rule is kept by the column that lies below the other one."""
    return rule.kind == "inequality" and rule.options.get("decides") == "lower"


def find_base_cell(rule: RelatedRule, given: RuleTables) -> Cell:
    """The table and the name of the column that another one lies beside."""
    if rule.kind in ("after_parent", "before_parent"):
        return given.relation(rule).parent, str(rule.options["parent_column"])
    return rule.table, next(one for one in rule.columns if one != find_decided(rule))
