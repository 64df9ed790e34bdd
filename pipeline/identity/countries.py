"""The country of each row: of a country column that the column follows, or drawn by its own shares."""

from __future__ import annotations

from collections.abc import Container

import numpy as np
import pandas as pd

from pipeline.datasets.countries import read_country
from pipeline.errors import SamplingError
from pipeline.identity.task import ColumnTask


def countries_of_rows(task: ColumnTask, default: str, known: Container[str] | None = None) -> np.ndarray:
    """ISO codes (object array), one a row.

    A column that it follows comes first; where a row says nothing, one is drawn by the option `countries`
    (shares by code), or `country` is taken. All columns of a row draw alike. Of a
    followed column, only countries in `known` count.
    """
    drawn = _drawn(task, default)
    followed = _followed(task)
    if followed is None:
        return drawn
    codes, found = pd.factorize(followed)
    countries = [_read_known(value, known) for value in found]
    read = np.array([*countries, None], dtype=object)[codes]
    return np.where(pd.isna(read), drawn, read)


def _read_known(value: object, known: Container[str] | None) -> str | None:
    code = read_country(value)
    return code if known is None or code in known else None


def _drawn(task: ColumnTask, default: str) -> np.ndarray:
    options = task.column.options
    shares = options.get("countries") or {str(options.get("country") or default): 1.0}
    codes = np.array(sorted(str(code).upper() for code in shares), dtype=object)
    weights = np.array([float(shares[code]) for code in sorted(shares, key=lambda code: str(code).upper())])
    if (weights < 0).any() or not weights.sum() > 0:
        raise SamplingError(
            f'Column "{task.column.name}": the shares of `countries` do not add up to anything.',
            "give each country a share above 0 in dataset.yaml.",
        )
    if len(codes) == 1:
        return np.full(task.rows, codes[0], dtype=object)
    draws = task.shared_stream("country").random(task.rows)
    return codes[np.searchsorted(np.cumsum(weights / weights.sum())[:-1], draws, side="right")]


def _followed(task: ColumnTask) -> np.ndarray | None:
    """Values of the first followed column that names countries."""
    for name in task.column.follows:
        if name not in task.request.modelled:
            continue
        values = task.request.modelled[name]
        if any(read_country(value) for value in values.dropna().unique()):
            return values.to_numpy(dtype=object)
    return None
