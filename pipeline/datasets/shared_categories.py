"""Columns that somebody made categories: refused where training would find none that enough rows share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from pipeline.datasets.changes import Change
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, ModelledType, Role
from pipeline.errors import DataError

FEWEST_ROWS = 5
"""Training rows that hold a category which may be reproduced, as the synthesizers count them."""


def require_shared_categories(
    spec: DatasetSpec, changes: Sequence[Change], load_training: Callable[[], pd.DataFrame]
) -> None:
    """DataError for a column that `changes` make one of categories, none of which enough rows share.

    `spec` is the description after the changes, `load_training` gives the rows that synthesizers would learn
    from; it is called where there is such a column.
    """
    changed = {change.column for change in changes if change.key in ("role", "kind")}
    names = [one.name for one in spec.columns if one.name in changed and _is_categorical(one)]
    training = load_training() if names else pd.DataFrame()
    for name in names:
        _require(name, training[name])


def _is_categorical(column: ColumnSpec) -> bool:
    return column.role is Role.MODELLED and column.kind == ModelledType.CATEGORICAL


def _require(name: str, values: pd.Series) -> None:
    rows = values.value_counts()
    if len(rows) and rows.max() < FEWEST_ROWS:
        raise DataError(
            f'Column "{name}" cannot be of the kind "categorical": none of its {len(rows):,} values is in '
            f"{FEWEST_ROWS} training rows or more, and values of fewer rows are never reproduced.",
            f"keep it an identity ({name}.kind=code or {name}.kind=text), or group its values before you add "
            "the table.",
        )
