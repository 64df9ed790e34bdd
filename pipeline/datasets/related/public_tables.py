"""What a public table must not hold unless somebody says so for each column: it is kept as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pipeline.datasets.commands import columns_command
from pipeline.datasets.kinds import NAME_KINDS, find_kind, is_birth_date, tells_apart
from pipeline.datasets.related.schema import RelatedTable
from pipeline.datasets.source import with_doubts
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, Role
from pipeline.errors import DataError

_OF_THINGS = frozenset({"key", "code", "tail", "faker:uuid4", "faker:url"})
"""Kinds of identifiers that products and districts have as well."""


def refuse_people(table: RelatedTable, spec: DatasetSpec) -> None:
    """Raise DataError for a public table with data of people that were not declared public one by one."""
    found = [one for one in _list_people(spec) if not one.is_public] if table.is_public else []
    if found:
        settings = [
            f"{table.name}.public=true",
            *(f"{table.name}.{one.name}.public=true" for one in found),
        ]
        raise DataError(
            f'Table "{table.name}" cannot be public as it is: it would be handed out unchanged, and holds '
            f"{', '.join(map(_tell, found))}.",
            "leave the table to be generated, or let an administrator declare these columns public too: "
            f"{columns_command(spec.part_of or spec.name, *settings)}.",
        )


def note_identifiers(table: RelatedTable, spec: DatasetSpec) -> DatasetSpec:
    """The spec of a public table with a sentence on each column that leaves with real identifiers."""
    keys = {key[0] for key in (table.primary_key, *table.unique) if len(key) == 1}
    found = [
        *_list_people(spec),
        *(one for one in spec.columns if one.kind in ("code", "tail") and one.name not in keys),
    ]
    said = [
        f'Column "{one.name}" is handed out as it is, since the table is public: it holds {_tell(one)}.'
        for one in found
    ]
    return replace(spec, source=with_doubts(spec.source, said))


def _list_people(spec: DatasetSpec) -> Iterator[ColumnSpec]:
    for one in spec.columns:
        is_personal = tells_apart(one.kind) or one.kind in NAME_KINDS or is_birth_date(one.kind)
        if one.role is Role.IDENTITY and is_personal and one.kind not in _OF_THINGS:
            yield one


def _tell(column: ColumnSpec) -> str:
    kind = find_kind(column.kind)
    return f'{kind.title if kind else "identifiers"} ("{column.name}")'
