"""How long texts of identity columns may be: as long as the columns of the database they came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pipeline.datasets.related.schema import SqlType
from pipeline.datasets.spec import DatasetSpec, Role

_BYTES = "BINARY"


def limit_identities(spec: DatasetSpec, types: Mapping[str, SqlType]) -> DatasetSpec:
    """The spec with the length of its database column for each identity column that has one."""
    lengths = {name: one.length for name, one in types.items() if one.length and one.name != _BYTES}
    columns = tuple(
        replace(one, options={"length": lengths[one.name], **one.options})
        if one.role is Role.IDENTITY and one.name in lengths
        else one
        for one in spec.columns
    )
    return replace(spec, columns=columns)
