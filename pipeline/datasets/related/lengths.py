"""How long texts of identity columns may be: as long as the columns of the database they came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pipeline.datasets.related.schema import SqlType
from pipeline.datasets.spec import DatasetSpec, Role

_BYTES = "BINARY"
_OF_LENGTH = frozenset({"email_follows_name"})
"""The rules of a table that read how short a column is."""


def limit_identities(spec: DatasetSpec, types: Mapping[str, SqlType]) -> DatasetSpec:
    """The spec with the length of its database column for each identity column that has one."""
    lengths = {name: one.length for name, one in types.items() if one.length and one.name != _BYTES}
    columns = tuple(
        replace(one, options={"length": lengths[one.name], **one.options})
        if one.role is Role.IDENTITY and one.name in lengths
        else one
        for one in spec.columns
    )
    rules = tuple(
        replace(one, options={"length": lengths[one.column], **one.options})
        if one.rule in _OF_LENGTH and one.column in lengths
        else one
        for one in spec.rules
    )
    return replace(spec, columns=columns, rules=rules)
