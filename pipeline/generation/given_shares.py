"""Shares that a request asks for: possible ones only."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

from pipeline.datasets.dataset import ModelledType
from pipeline.datasets.shares import find_share_fault
from pipeline.errors import DataError
from pipeline.evaluation.reference import Reference
from pipeline.synthesizers.protocol import Shares
from pipeline.synthesizers.width import FEWEST_ROWS, count_categories

RANGES_BY = "autoregressive"
"""The synthesizer that takes shares of numbers and dates."""

CATEGORICAL = (ModelledType.CATEGORICAL, ModelledType.BOOLEAN)


def check_shares(shares: Shares, reference: Reference, synthesizer: str) -> None:
    """Raise DataError where shares name an unknown column or category, or sum to more than 1.

    Ranges of numbers and dates, which `autoregressive` alone can give, are checked against its own cells.
    """
    categorical = [column.name for column in reference.columns if column.kind in CATEGORICAL]
    modelled = {column.name for column in reference.columns}
    for column, parts in shares.items():
        if column in modelled.difference(categorical) and synthesizer == RANGES_BY:
            continue
        if column not in categorical:
            raise DataError(
                f'Shares were asked for "{column}", which is no categorical column of {reference.spec.name}.',
                f"choose one of {', '.join(categorical) or 'none: this dataset has no such column'}; only "
                f"{RANGES_BY} takes shares of numbers and dates.",
            )
        counts = count_categories(reference.training[column])
        _check_parts(column, parts, known=set(counts.index[counts >= FEWEST_ROWS].astype(str)))


def _check_parts(column: str, parts: Mapping[Any, float], known: Set[str]) -> None:
    """DataError where a category is none of those known, or the shares cannot fill the rows."""
    given = {str(value) for value in parts}
    if unknown := sorted(given - known):
        raise DataError(
            f'Column "{column}" has no category {", ".join(unknown)} that may be given.',
            f"choose among {', '.join(sorted(known)[:20])}; one of fewer than {FEWEST_ROWS} training "
            "rows is protected.",
        )
    if fault := find_share_fault(parts, is_complete=given == known):
        raise DataError(f'Column "{column}": {fault.message}.', fault.hint)
