"""The rules of one table: how they are kept, planned from its sample, and rows that keep all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from pipeline.datasets import features
from pipeline.datasets.related.schema import RelatedRule
from pipeline.datasets.rules.keepable import orient_rules
from pipeline.datasets.rules.single import OF_CELLS, SingleTable, describe_single, settle_rules
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, Role
from pipeline.datasets.typed import has_values, is_mixed
from pipeline.models.grouping import Grouping
from pipeline.models.rules.keeping import RulePlan
from pipeline.models.rules.kept import KeptRules
from pipeline.models.rules.planning import plan_rules
from pipeline.models.rules.restoring import Restored, Restoring
from pipeline.models.rules.uniqueness import Share

_SCORED = 0x73636F72
_WHOLE = Share()


def plan_kept(spec: DatasetSpec, raw: pd.DataFrame) -> KeptRules:
    """How the rules of a table are kept, by what its sample holds.

    DataError where the sample breaks a rule, or where one cannot be kept.
    """
    sample = SingleTable(spec, raw)
    rules = orient_rules(spec, settle_rules(spec, raw))
    merged = [rule for rule in rules if rule.kind == "combination"]
    in_one = [set(rule.columns) for rule in merged]
    rest = [
        rule
        for rule in rules
        if rule.kind != "combination" and not any(set(rule.columns) <= group for group in in_one)
    ]
    specs = {spec.table: spec}
    groups = plan_rules(describe_single(spec, merged), sample.cells, specs).merged
    gaps = plan_rules(describe_single(spec, rest), sample.values, specs).gaps
    plan = RulePlan(describe_single(spec, [*merged, *rest]), gaps, groups)
    split, spare = _find_split(spec, raw, rest), _find_spare(spec, rest, sample)
    return KeptRules(spec, rules, plan, split, spare, sample)


def restore_rows(
    kept: KeptRules,
    columns: Mapping[str, np.ndarray | pd.Series],
    grouping: Grouping,
    as_of: date,
    rng: np.random.Generator,
    share: Share = _WHOLE,
) -> Restored:
    """The columns of the table from rendered ones of what is learned, and the modelled table again.

    `share` is the part of a job among all combinations of columns that are unique together.
    """
    found = Restoring(kept, pd.DataFrame(columns, copy=False), grouping, rng, share).run()
    return replace(found, modelled=_extract(kept, grouping.modelled, found.columns, as_of))


def show_rows(kept: KeptRules, drawn: pd.DataFrame) -> pd.DataFrame:
    """Drawn rows as a modelled table without rules would have them: what is compared with real rows."""
    rng = np.random.default_rng(_SCORED)
    columns = features.render(kept.learned, drawn, kept.spec.as_of, rng)
    return restore_rows(kept, columns, Grouping(drawn, ()), kept.spec.as_of, rng).modelled


def _extract(
    kept: KeptRules, drawn: pd.DataFrame, columns: Mapping[str, pd.Series], as_of: date
) -> pd.DataFrame:
    """The modelled table: what no rule touches as it was drawn, the rest of the columns."""
    own = [one for one in kept.spec.columns if one.name in kept.touched and one.name in columns]
    names = {one.name for one in own}
    part = replace(
        kept.spec,
        columns=tuple(own),
        features=tuple(one for one in kept.spec.features if one.column in names),
    )
    table = pd.DataFrame({name: columns[name] for name in names}, index=drawn.index)
    found = features.extract(part, table, as_of) if own else table
    wanted = [one.name for one in features.modelled_columns(kept.spec)]
    return pd.DataFrame(
        {name: drawn[name] if name in drawn and name not in found else found[name] for name in wanted}
    )


def _find_split(spec: DatasetSpec, raw: pd.DataFrame, rules: list[RelatedRule]) -> tuple[str, ...]:
    of_values = {name for rule in rules if rule.kind not in OF_CELLS for name in rule.columns}
    computed = {rule.columns[0] for rule in rules if rule.kind == "formula"}
    merged: set[str] = set()
    return tuple(
        one.name
        for one in spec.columns
        if one.name in of_values - merged
        and one.role is Role.MODELLED
        and has_values(one)
        and (
            (is_mixed(raw[one.name]) and one.kind in ("numerical", "datetime") and _is_worded(spec, one))
            or (one.name in computed and raw[one.name].isna().any())
        )
    )


def _is_worded(spec: DatasetSpec, column: ColumnSpec) -> bool:
    return any(one.column == column.name and one.kind == features.ODD_WORDS for one in spec.features)


def _find_spare(spec: DatasetSpec, rules: list[RelatedRule], sample: SingleTable) -> tuple[str, ...]:
    """Computed columns that hold values in rows in which an input is missing."""
    found = []
    for rule in rules:
        if rule.kind == "formula":
            columns = [sample.values.column(spec.table, name) for name in rule.columns]
            lacks = np.any([one.isna().to_numpy() for one in columns[1:]], axis=0)
            if (lacks & columns[0].notna().to_numpy()).any():
                found.append(rule.columns[0])
    return tuple(found)
