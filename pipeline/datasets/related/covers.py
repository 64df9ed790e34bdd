"""Sheets of a workbook beside its tables: covers, lists of versions, parameters."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.datasets.related.declared import Declared
from pipeline.datasets.related.own_columns import FEWEST_ROWS
from pipeline.datasets.related.reading import ReadTable
from pipeline.datasets.related.schema import RelatedSchema


def find_covers(
    tables: Sequence[ReadTable], schema: RelatedSchema, declared: Declared
) -> tuple[ReadTable, ...]:
    """The sheets of one workbook that are none of its tables, by rows and relations.

    They have too few rows to be learned, are related to no other sheet and are not mentioned by `declared`;
    at least two others are related. Elsewhere such a table is refused.
    """
    is_workbook = len({one.source.get("file") for one in tables}) == 1
    if not is_workbook or any("sheet" not in one.source for one in tables):
        return ()
    related = {
        name for one in schema.relations if one.parent != one.child for name in (one.parent, one.child)
    }
    known = related | declared.public | set(declared.primary_keys) | set(declared.unique)
    few = [one for one in tables if one.name not in known and len(one.cells) < FEWEST_ROWS]
    return tuple(few) if len(related) > 1 else ()


def tell_cover(table: ReadTable) -> str:
    """That a sheet was left out, and why, in a sentence without a value."""
    return (
        f'The sheet "{table.source["sheet"]}" is left out: it has {len(table.cells)} rows, and no other '
        "sheet is related to it."
    )
