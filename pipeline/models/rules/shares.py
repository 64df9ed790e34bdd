"""Shares of categories as those of the columns that stand for them where rules are kept."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pipeline.datasets.parsing import as_text
from pipeline.datasets.rules.choices import to_combined
from pipeline.datasets.rules.single import SingleTable
from pipeline.datasets.spec import DatasetSpec
from pipeline.errors import SamplingError
from pipeline.models.rules.keeping import Merged, RulePlan
from pipeline.synthesizers.ends import FEWEST_ROWS
from pipeline.synthesizers.protocol import Shares


def translate_shares(
    plan: RulePlan, sample: SingleTable, spec: DatasetSpec, shares: Shares
) -> dict[str, Mapping[str, float]]:
    """Shares of a column of a fixed combination as shares of its combinations, as frequent as in the sample.

    SamplingError for shares of two columns of one combination, and for those of numbers that are learned as
    their distance from another column.
    """
    found: dict[str, Mapping[str, float]] = {}
    for column, parts in shares.items():
        merged = next((one for one in plan.merged if column in one.form.columns), None)
        if merged is None:
            _require_as_it_is(plan, column)
            found[column] = parts
        elif merged.name in found:
            names = ", ".join(merged.form.columns)
            raise SamplingError(
                f"Shares were requested for two of the columns {names}, which come in fixed combinations.",
                "give shares to one of them.",
            )
        else:
            found[merged.name] = _divide(merged, column, parts, sample.cells.table(spec.table))
    return found


def _require_as_it_is(plan: RulePlan, column: str) -> None:
    decided = {one.column for one in plan.distances}
    decided |= {one.columns[0] for one in plan.rules if one.kind in ("formula", "business_day")}
    if column in decided:
        raise SamplingError(
            f'Shares were requested for "{column}", which a rule decides.',
            "give shares to another column, or remove the rule.",
        )


def _divide(merged: Merged, column: str, parts: Mapping[str, float], table: pd.DataFrame) -> dict[str, float]:
    counts = to_combined(merged.form, table).value_counts()
    texts = as_text(merged.form.values[column])
    shares: dict[str, float] = {}
    for category, share in parts.items():
        codes = [str(code) for code in np.flatnonzero((texts == str(category)).to_numpy())]
        own = counts.reindex(codes).fillna(0)
        # Combinations of fewer rows are not learned.
        own = own[own >= FEWEST_ROWS] if (own >= FEWEST_ROWS).any() else own
        if not own.sum():
            raise SamplingError(
                f'Column "{column}" has no category "{category}".', "use one that the sample holds."
            )
        shares |= {str(code): share * count / own.sum() for code, count in own.items()}
    return shares
