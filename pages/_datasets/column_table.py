"""The columns of a dataset as rows of a table, and edits of that table as changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from pages._errors import escape
from pipeline.datasets.spec import Role

if TYPE_CHECKING:
    from pipeline.datasets.columns import ColumnInfo

_MOST_DOUBTS = 6
_EDITABLE = ("role", "kind", "minimum", "maximum", "unit", "locale", "group")
_FIXED = ("name", "form", "why", "alternatives")


def name_doubts(columns: Sequence[ColumnInfo]) -> str:
    """The columns that could be something else, and what, as Markdown; empty where there is no doubt."""
    doubts = [column for column in columns if column.alternatives]
    if not doubts:
        return ""
    named = [
        f"{escape(column.name)} ({escape(' or '.join(column.alternatives))})"
        for column in doubts[:_MOST_DOUBTS]
    ]
    more = [f"{len(doubts) - _MOST_DOUBTS} more"] if len(doubts) > _MOST_DOUBTS else []
    return f"Could also be something else: {', '.join([*named, *more])}."


def lay_out(columns: Sequence[ColumnInfo]) -> list[dict[str, Any]]:
    """A row for each column of the dataset, everything in it text but whether it is public."""
    return [
        {
            "name": column.name,
            "role": str(column.role),
            "kind": str(column.kind),
            **{key: format_value(getattr(column, key)) for key in _EDITABLE[2:]},
            "is_public": column.is_public,
            "form": column.describe_form(),
            "why": column.why,
            "alternatives": ", ".join(column.alternatives),
        }
        for column in columns
    ]


def lay_out_said(columns: Sequence[ColumnInfo]) -> list[dict[str, Any]]:
    """The same to read, without what is said of no column."""
    rows = lay_out(columns)
    said = {name for row in rows for name, value in row.items() if value}
    return [{name: value for name, value in row.items() if name in said} for row in rows]


def list_changes(columns: Sequence[ColumnInfo], edits: Mapping[int, Mapping[str, Any]]) -> tuple[str, ...]:
    """What edits of the table ask for, as COLUMN.key=value; cells that were set back ask for nothing."""
    return tuple(
        f"{columns[row].name}.{'public' if key == 'is_public' else key}={format_value(edits[row][key])}"
        for row in sorted(edits)
        for key in (*_EDITABLE, "is_public")
        if key in edits[row] and _is_changed(edits[row][key], getattr(columns[row], key))
    )


def list_fixed(is_admin: bool) -> list[str]:
    """The columns of the table that are read-only, or that only an administrator may edit."""
    return [*_FIXED, *([] if is_admin else ["is_public"])]


def describe_table(kinds: Sequence[str], columns: Sequence[ColumnInfo]) -> dict[str, Any]:
    """Titles, choices and explanations of the table's columns; `kinds` are those that can be chosen."""
    text, choice = st.column_config.TextColumn, st.column_config.SelectboxColumn
    known = list(dict.fromkeys([*kinds, *(str(column.kind) for column in columns)]))
    return {
        "name": text("Column", pinned=True),
        "role": choice(
            "Role",
            options=[role.value for role in Role],
            required=True,
            help="Modelled columns are learned; identity columns are derived anew and hold no real value.",
        ),
        "kind": choice("Kind", options=known, required=True),
        "minimum": text("Minimum", help="In the column's own unit; a date as 2026-12-31."),
        "maximum": text("Maximum", help="In the column's own unit; a date as 2026-12-31."),
        "unit": text("Unit", help="A currency, a unit, or % behind the numbers."),
        "locale": text("Locale", help="Language and country of names, places and numbers: de_DE."),
        "group": text("Group", help="Columns of one group describe the same person, account or device."),
        "is_public": st.column_config.CheckboxColumn(
            "Public", help="Codes that identify no one. Only an administrator sets this; it is recorded."
        ),
        "form": text("Form in the source"),
        "why": text("Why", width="large"),
        "alternatives": text("Could also be"),
    }


def format_value(value: Any) -> str:
    """A value as it is in a cell and in a change: true, 12, 0.5, or nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).removesuffix(".0") if isinstance(value, float) else str(value).strip()


def _is_changed(new: Any, old: Any) -> bool:
    return format_value(new) != format_value(old)
