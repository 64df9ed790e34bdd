"""A few values of each identity column, so that what no rule can make is refused before anything is kept."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from pipeline.datasets import features
from pipeline.datasets.kinds import find_kind
from pipeline.datasets.spec import DatasetSpec, Role
from pipeline.errors import MetadataError, SamplingError
from pipeline.identity import derive
from pipeline.identity.task import IdentityRequest
from pipeline.settings import IdentityOptions

_ROWS = 20


def require_derivable(spec: DatasetSpec, rows: pd.DataFrame, total_rows: int | None = None) -> None:
    """Raise MetadataError where an identity column of the spec cannot be generated; `rows` are typed ones.

    That there are codes enough for many rows is tried only where `total_rows` says how many.
    """
    kinds = {one.name: find_kind(one.kind) for one in spec.columns if one.role is Role.IDENTITY}
    rendered = {name for name, kind in kinds.items() if kind is not None and not kind.generator}
    columns = tuple(one for one in spec.columns if one.name in kinds and one.name not in rendered)
    if not columns:
        return
    modelled = features.extract(spec, rows.head(_ROWS), spec.as_of).reset_index(drop=True)
    given = {name: rows[name].head(_ROWS).to_numpy(dtype=object) for name in rendered}
    try:
        request = IdentityRequest(columns, modelled, 0, spec.as_of, IdentityOptions(), given=given)
        derive(replace(request, total_rows=total_rows))
    except SamplingError as error:
        raise MetadataError(error.message, error.hint) from error
