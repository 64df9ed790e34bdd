"""How the rules of one table are kept: what is learned of it in place of what they decide."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from pipeline.datasets import features
from pipeline.datasets.parsing import ISO_SECOND, keeps_form
from pipeline.datasets.related.schema import RelatedRule
from pipeline.datasets.rules.business_days import to_business_index
from pipeline.datasets.rules.choices import to_choice, to_combined
from pipeline.datasets.rules.gaps import to_gap
from pipeline.datasets.rules.single import SingleTable
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, EntitySpec, ModelledType, Role
from pipeline.datasets.typed import VALUE
from pipeline.models.rules.keeping import RulePlan, name_choice
from pipeline.models.rules.shares import translate_shares
from pipeline.models.rules.uniqueness import Share
from pipeline.synthesizers.protocol import Shares


@dataclass(frozen=True, eq=False)
class KeptRules:
    """How the rules of one table are kept.

    `rules` are settled and oriented. `split` are columns whose odd or missing cells are learned beside them,
    as a column of their own; `spare` are computed columns that also hold values where nothing computes them.
    """

    spec: DatasetSpec
    rules: tuple[RelatedRule, ...]
    plan: RulePlan
    split: tuple[str, ...]
    spare: tuple[str, ...]
    sample: SingleTable

    @cached_property
    def touched(self) -> tuple[str, ...]:
        """The raw columns that rules are about, in table order."""
        named = {name for rule in self.rules for name in rule.columns}
        return tuple(one.name for one in self.spec.columns if one.name in named)

    @cached_property
    def learned(self) -> DatasetSpec:
        """The description of the table as it is learned."""
        return _describe_learned(self)

    @cached_property
    def deriving(self) -> DatasetSpec:
        """The description by which identity columns are derived: those that a rule leaves empty are full."""
        chosen = {name for rule in self.choices for name in rule.columns}
        columns = [_without(one, "missing_share") if one.name in chosen else one for one in self.spec.columns]
        return replace(self.spec, columns=tuple(columns))

    @cached_property
    def choices(self) -> tuple[RelatedRule, ...]:
        """The rules on which of several columns are filled."""
        return tuple(rule for rule in self.plan.rules if rule.kind == "one_of")

    def learn(self, raw: pd.DataFrame) -> pd.DataFrame:
        """Raw rows as they are learned."""
        table, read = raw.reset_index(drop=True), SingleTable(self.spec, raw)
        name = self.spec.table
        columns = {one: table[one] for one in table}
        for one in self.split:
            columns[one] = read.values.column(name, one)
            columns[name_state(one)] = _extract_state(table[one], columns[one])
        for rule in self.plan.rules:
            if rule.kind == "business_day":
                columns[rule.columns[0]] = to_business_index(read.values.column(name, rule.columns[0]))
        for gap in self.plan.distances:
            values = read.values.column(name, gap.column)
            columns[gap.column] = to_gap(gap.form, gap.find_base(read.values), values)
        for merged in self.plan.merged:
            columns[merged.name] = to_combined(merged.form, read.cells.table(name))
        for rule in self.choices:
            columns[name_choice(rule)] = to_choice(read.cells.table(name), rule.columns)
        return pd.DataFrame(columns)

    def translate(self, shares: Shares) -> Shares:
        """Shares of categories as those of the columns that are learned; SamplingError where it is none."""
        return translate_shares(self.plan, self.sample, self.spec, shares)

    def take_share(self, first: int, rows: int, total: int) -> Share:
        """The share of all combinations that the rows of a part may use."""
        return Share(first / total, (first + rows) / total) if total else Share()


def name_state(column: str) -> str:
    """The name of the column that holds the odd cells of another one."""
    return f"cells of {column}"


def _extract_state(cells: pd.Series, values: pd.Series) -> pd.Series:
    """VALUE where a cell holds one, the odd cell where it is one, None where nothing is there."""
    words = cells.astype(object).where(values.isna() & cells.notna(), None)
    return words.mask(values.notna(), VALUE)


def _describe_learned(kept: KeptRules) -> DatasetSpec:
    spec, split = kept.spec, set(kept.split)
    columns = [_as_typed(one) if one.name in kept.touched else one for one in spec.columns]
    columns = [_without(one, "odd_words") if one.name in split else one for one in columns]
    kinds = [one for one in spec.features if one.column not in split or one.kind != features.ODD_WORDS]
    plain = replace(spec, columns=tuple(columns), features=tuple(kinds))
    described = kept.plan.describe(spec.table, plain)
    spare = [one for one in columns if one.name in kept.spare]
    states = [ColumnSpec(name_state(one), Role.MODELLED, ModelledType.CATEGORICAL) for one in kept.split]
    parts = [one for one in kinds if one.column in kept.spare and one not in described.features]
    return replace(
        described,
        columns=(*described.columns, *spare, *states),
        features=(*described.features, *parts),
        entities=tuple(_map_entity(kept, one, described) for one in spec.entities),
        row_rules=(),
    )


def _map_entity(kept: KeptRules, entity: EntitySpec, learned: DatasetSpec) -> EntitySpec:
    """An entity whose constant columns are those that are learned in their place."""
    own = set(entity.constant)
    known = {one.name for one in learned.columns}
    names = [name for name in entity.constant if name in known]
    names += [one.name for one in kept.plan.merged if set(one.form.columns) <= own]
    names += [name_choice(one) for one in kept.choices if set(one.columns) <= own | set(entity.columns)]
    names += [name_state(one) for one in kept.split if one in own]
    return replace(entity, constant=tuple(names))


def _as_typed(column: ColumnSpec) -> ColumnSpec:
    """A column of dates that are written as text, as dates: rules count with them."""
    pattern = column.options.get("format")
    if column.kind != ModelledType.DATETIME or pattern is None or not keeps_form(pattern):
        return column
    return replace(column, options={**column.options, "format": ISO_SECOND})


def _without(column: ColumnSpec, option: str) -> ColumnSpec:
    options = {key: value for key, value in column.options.items() if key != option}
    return replace(column, options=options)
