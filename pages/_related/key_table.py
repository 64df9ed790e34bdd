"""The tables and foreign keys of a set as rows to edit, and edits of these rows as changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from pipeline.datasets.related.editing import SetEdits

if TYPE_CHECKING:
    from pipeline.datasets.related.overview import SetOverview
    from pipeline.datasets.related.schema import RelatedSchema, Relation

NONE = "none"
Edits = Mapping[str, Any]
"""What a data editor keeps: `edited_rows`, `added_rows` and `deleted_rows`."""
_SETTINGS = {"primary_key": "primary_key", "owner": "owner", "is_public": "public"}


def lay_out_tables(overview: SetOverview) -> list[dict[str, Any]]:
    """A row for each table: its keys, whose rows it has, and what is learned of it."""
    schema, learned = overview.schema, overview.learned
    return [
        {
            "name": one.name,
            "primary_key": ", ".join(one.primary_key) or NONE,
            "owner": "+".join(owner.columns) if (owner := schema.find_owner(one.name)) else NONE,
            "is_public": one.is_public,
            "learned": learned[one.name].count if one.name in learned else "kept as it is",
            "replaced": ", ".join(learned[one.name].replaced) if one.name in learned else "",
            "why": one.why,
        }
        for one in schema.tables
    ]


def lay_out_relations(schema: RelatedSchema) -> list[dict[str, Any]]:
    """A row for each foreign key: what refers to what, and the evidence."""
    return [
        {"child": one.id, "parent": _name_parent(one), "kind": _describe(one), "why": one.why}
        for one in schema.relations
    ]


def list_changes(schema: RelatedSchema, tables: Edits, relations: Edits) -> SetEdits:
    """What edits of both tables ask for; cells that were set back ask for nothing."""
    dropped, added = [], []
    for place in relations["deleted_rows"]:
        dropped.append(schema.relations[place].id)
    for place, cells in relations["edited_rows"].items():
        one = schema.relations[int(place)]
        child, parent = cells.get("child", one.id), cells.get("parent", _name_parent(one))
        if (child, parent) != (one.id, _name_parent(one)):
            dropped.append(one.id)
            added.append(f"{child} -> {parent}")
    # A row that is still being filled asks for nothing.
    added += [
        f"{cells['child']} -> {cells['parent']}"
        for cells in relations["added_rows"]
        if cells.get("child") and cells.get("parent")
    ]
    return SetEdits(tuple(_list_settings(schema, tables["edited_rows"])), tuple(added), tuple(dropped))


def describe_tables(is_admin: bool) -> dict[str, Any]:
    """Titles and explanations of the columns of the table of tables."""
    text = st.column_config.TextColumn
    return {
        "name": text("Table", pinned=True, disabled=True),
        "primary_key": text("Primary key", help="Columns with commas between them, or none."),
        "owner": text(
            "Belongs to a row by",
            help="The foreign key whose parent has these rows, as an account has its transactions; or none.",
        ),
        "is_public": st.column_config.CheckboxColumn(
            "Public",
            disabled=not is_admin,
            help="Kept as it is in the sample. Only an administrator sets this; it is recorded.",
        ),
        "learned": text("Learned", disabled=True),
        "replaced": text("Replaced by invented text", disabled=True),
        "why": text("Why this key", disabled=True, width="large"),
    }


def describe_relations() -> dict[str, Any]:
    """Titles and explanations of the columns of the table of foreign keys."""
    text = st.column_config.TextColumn
    return {
        "child": text("Foreign key", required=True, help="TABLE.COLUMN, several with + between them."),
        "parent": text("Refers to", required=True, help="TABLE.COLUMN of the parent, or its name alone."),
        "kind": text("Kind", disabled=True),
        "why": text("Why", disabled=True, width="large"),
    }


def _list_settings(schema: RelatedSchema, edits: Mapping[int, Mapping[str, Any]]) -> Sequence[str]:
    found = []
    for place, cells in edits.items():
        table = schema.tables[int(place)]
        owner = schema.find_owner(table.name)
        before = {
            "primary_key": ", ".join(table.primary_key) or NONE,
            "owner": "+".join(owner.columns) if owner else NONE,
            "is_public": table.is_public,
        }
        for key, setting in _SETTINGS.items():
            if key in cells and cells[key] != before[key]:
                found.append(f"{table.name}.{setting}={_format(cells[key])}")
    return found


def _format(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value or "").strip() or NONE


def _name_parent(one: Relation) -> str:
    return f"{one.parent}.{'+'.join(one.parent_columns)}"


def _describe(one: Relation) -> str:
    kinds = {"owner": one.is_owner, "may be empty": one.is_optional, "one to one": one.is_one_to_one}
    return ", ".join(name for name, is_so in kinds.items() if is_so)
