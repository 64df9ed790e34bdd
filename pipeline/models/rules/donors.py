"""Rows in which rules leave no room between them take the columns of a row that keeps all rules."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pipeline.datasets.related.schema import RelatedRule
from pipeline.datasets.rules.check import find_rows
from pipeline.datasets.rules.given import RuleTables
from pipeline.datasets.rules.single import OF_CELLS, as_values, describe_single
from pipeline.datasets.spec import ModelledType
from pipeline.models.grouping import Grouping
from pipeline.models.rules.kept import KeptRules, name_state
from pipeline.models.rules.limits import limit


def replace_failing(
    kept: KeptRules,
    columns: dict[str, pd.Series],
    filled: Mapping[tuple[str, ...], np.ndarray],
    grouping: Grouping,
    rng: np.random.Generator,
) -> None:
    """Give failing rows, in place, the columns of others; of the same entity where it holds some constant.

    A row without such another one stays as it is: the check before an export finds it.
    """
    failing = find_failing(kept, columns)
    if not failing.any():
        return
    fixed, strata = _find_strata(kept, grouping, len(failing))
    rows, donors = _choose_donors(failing, strata, rng)
    for name in (*kept.touched, *map(name_state, kept.split)):
        if name in columns and name not in fixed:
            columns[name] = columns[name].copy()
            columns[name].iloc[rows] = columns[name].iloc[donors].to_numpy()
    for names, cells in filled.items():
        if not fixed & set(names):
            cells[rows] = cells[donors]


def find_failing(kept: KeptRules, columns: Mapping[str, pd.Series]) -> np.ndarray:
    """Rows in which two rules, or a rule and the limits of a column, leave no room."""
    schema = describe_single(kept.spec)
    frame = pd.DataFrame(columns, copy=False)
    given = RuleTables(schema, {schema.tables[0].name: frame}, {})
    failing = np.zeros(len(frame), dtype=bool)
    for rule in kept.rules:
        if rule.kind not in OF_CELLS and not _is_in_one(kept, rule):
            failing |= find_rows(rule, given).is_failed
    for column in kept.spec.columns:
        if column.kind == ModelledType.NUMERICAL and column.name in kept.touched and column.name in columns:
            values = pd.to_numeric(as_values(column, columns[column.name]))
            failing |= (values != limit(kept, column.name, values)).to_numpy() & values.notna().to_numpy()
    return failing


def _is_in_one(kept: KeptRules, rule: RelatedRule) -> bool:
    """Whether a rule is about columns of one combination, which all rows of the sample keep."""
    return any(set(rule.columns) <= set(one.form.columns) for one in kept.plan.merged)


def _find_strata(kept: KeptRules, grouping: Grouping, rows: int) -> tuple[set[str], np.ndarray]:
    """Columns that stay because they are the same in all rows of an entity, and which rows share them."""
    fixed: set[str] = set()
    strata = np.zeros(rows, dtype=np.int64)
    for group in grouping.groups:
        own = set(group.entity.constant) | set(group.entity.columns)
        if own & set(kept.touched):
            fixed |= own
            strata, _ = pd.factorize(strata * (rows + 1) + group.numbers)
    return fixed, strata


def _choose_donors(
    failing: np.ndarray, strata: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The failing rows, and for each a row of its stratum that does not fail, or itself."""
    by_stratum: dict[int, list[int]] = {}
    for row in rng.permutation(np.flatnonzero(~failing)):
        by_stratum.setdefault(int(strata[row]), []).append(int(row))
    rows = np.flatnonzero(failing)
    pools = [by_stratum.get(int(strata[row]), [int(row)]) for row in rows]
    return rows, np.array([pool[place % len(pool)] for place, pool in enumerate(pools)])
