"""Requests for the tests of identity columns."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from pipeline.datasets.spec import ColumnSpec, Role
from pipeline.identity import IdentityRequest
from pipeline.settings import IdentityOptions

NETWORKS = ("Visa", "Mastercard", "American Express", "Discover", "JCB", "Diners Club")


def column(
    name: str, kind: str, follows: Sequence[str] = (), is_unique: bool = False, **options: Any
) -> ColumnSpec:
    return ColumnSpec(name, Role.IDENTITY, kind, tuple(follows), is_unique, options=options)


def request(
    columns: Sequence[ColumnSpec],
    modelled: pd.DataFrame | int,
    seed: int = 1,
    options: IdentityOptions | None = None,
    protected: Mapping[str, Sequence[Any]] | None = None,
    first_row: int = 0,
    total_rows: int | None = None,
) -> IdentityRequest:
    frame = pd.DataFrame(index=range(modelled)) if isinstance(modelled, int) else modelled
    real = {name: np.array(values, dtype=object) for name, values in (protected or {}).items()}
    return IdentityRequest(
        tuple(columns),
        frame,
        seed,
        date(2026, 1, 15),
        options or IdentityOptions(),
        real,
        first_row,
        total_rows,
    )
