"""Keys, foreign keys and columns of a set: to read, and to edit for those who may change it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from pages._datasets import column_table
from pages._errors import escape, show_error
from pages._related.key_table import (
    describe_relations,
    describe_tables,
    lay_out_relations,
    lay_out_tables,
    list_changes,
)
from pages._server.services import open_workbench
from pipeline.access.accounts import AccountRole
from pipeline.datasets.related.editing import SetEdits
from pipeline.errors import WorkbenchError

if TYPE_CHECKING:
    from pipeline.datasets.related.schema import RelatedSchema
    from pipeline.workbench.workbench import Workbench

_NOTHING = SetEdits()
_NO_EDITS: dict[str, Any] = {"edited_rows": {}, "added_rows": [], "deleted_rows": []}


def edit_keys(workbench: Workbench, schema: RelatedSchema) -> None:
    """Tables to edit; what is changed is checked in the sample at once, and kept with the button."""
    name = schema.name
    st.caption(
        "Double-click a cell to change it; add and remove foreign keys as rows of the second table. Every "
        "change is checked against the sample. Only the structure is shown here, never a value."
    )
    wanted = _edit_tables(workbench, schema)
    settings = (*wanted.settings, *_edit_columns(workbench, schema))
    wanted = replace(wanted, settings=settings)
    is_right = _check(workbench, name, wanted)
    st.button(
        "Save changes",
        key=f"related_save_{name}",
        type="primary",
        icon=":material/save:",
        disabled=wanted == _NOTHING or not is_right,
        on_click=_save,
        args=(name, wanted),
    )


def _edit_tables(workbench: Workbench, schema: RelatedSchema) -> SetEdits:
    overview = workbench.related.describe(schema.name)
    tables, relations = _key("tables", schema.name), _key("relations", schema.name)
    st.data_editor(
        lay_out_tables(overview),
        hide_index=True,
        column_config=describe_tables(workbench.actor.role is AccountRole.ADMIN),
        key=tables,
        alt=f"Tables of {schema.name}, to edit",
    )
    st.data_editor(
        lay_out_relations(schema),
        hide_index=True,
        num_rows="dynamic",
        column_order=list(describe_relations()),
        column_config=describe_relations(),
        key=relations,
        alt=f"Foreign keys of {schema.name}, to edit",
    )
    return list_changes(schema, _read_edits(tables), _read_edits(relations))


def _edit_columns(workbench: Workbench, schema: RelatedSchema) -> tuple[str, ...]:
    """What edits of the columns of one table ask for, as TABLE.COLUMN.key=value."""
    name = schema.name
    places = [one.name for one in schema.tables if schema.list_own_columns(one.name)]
    table = st.selectbox("Columns of", places, None, key=f"related_columns_of_{name}", placeholder="A table")
    if table is None:
        return ()
    own = schema.list_own_columns(table)
    columns = [one for one in workbench.related.describe_columns(name)[table] if one.name in own]
    key = _key(f"columns_{table}", name)
    st.data_editor(
        column_table.lay_out(columns),
        hide_index=True,
        column_config=column_table.describe_table(workbench.datasets.list_kinds(), columns),
        disabled=column_table.list_fixed(workbench.actor.role is AccountRole.ADMIN),
        key=key,
        alt=f"Columns of {table}, to edit",
    )
    changes = column_table.list_changes(columns, _read_edits(key)["edited_rows"])
    return tuple(f"{table}.{change}" for change in changes)


def _read_edits(key: str) -> dict[str, Any]:
    """What the editor of that key keeps."""
    edits: dict[str, Any] = st.session_state.get(key) or _NO_EDITS
    return edits


def _check(workbench: Workbench, name: str, wanted: SetEdits) -> bool:
    """Whether the changes agree with the sample; if not, the reason is under the tables."""
    if refused := st.session_state.pop(f"related_keys_refused_{name}", None):
        show_error(refused)
        return True
    if st.session_state.pop(f"related_keys_saved_{name}", False):
        st.success(
            "Saved as a new version of the set. Models that were trained before belong to the earlier "
            "version; the next tables train a new one.",
            icon=":material/check:",
        )
    if wanted == _NOTHING:
        return True
    key = f"related_keys_checked_{name}"
    if st.session_state.get(key, (_NOTHING, None))[0] != wanted:
        st.session_state[key] = wanted, *_look(workbench, name, wanted)
    _, headline, fault = st.session_state[key]
    if fault:
        show_error(fault)
        return False
    st.info(f"The changes agree with the sample and are not yet saved. {headline}", icon=":material/edit:")
    return True


def _look(workbench: Workbench, name: str, wanted: SetEdits) -> tuple[str, WorkbenchError | None]:
    """What would be learned after changes, or why they are refused."""
    try:
        with st.spinner("Checking against the sample …"):
            return escape(workbench.related.edit(name, wanted, is_dry_run=True).headline), None
    except WorkbenchError as error:
        return "", error


def _save(name: str, wanted: SetEdits) -> None:
    # A callback runs before the page and its gate.
    try:
        with st.spinner("Saving …"):
            open_workbench(AccountRole.ANALYST).related.edit(name, wanted)
    except WorkbenchError as error:
        st.session_state[f"related_keys_refused_{name}"] = error
        return
    # Editors keep their edits under their keys: once these are saved, they get others.
    st.session_state[_turn(name)] = st.session_state.get(_turn(name), 0) + 1
    st.session_state[f"related_keys_saved_{name}"] = True


def _key(what: str, name: str) -> str:
    return f"related_edit_{what}_{name}_{st.session_state.get(_turn(name), 0)}"


def _turn(name: str) -> str:
    return f"related_keys_turn_{name}"
