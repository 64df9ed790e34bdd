"""What the columns of a dataset were taken for: a table to read, and to edit for who may change it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages._datasets.column_table import (
    describe_table,
    lay_out,
    lay_out_said,
    list_changes,
    list_fixed,
    name_doubts,
)
from pages._errors import escape, show_error
from pages._server.services import may_order, open_workbench
from pipeline.access.accounts import AccountRole
from pipeline.errors import WorkbenchError

if TYPE_CHECKING:
    from pipeline.datasets.columns import ColumnInfo
    from pipeline.datasets.spec import DatasetSpec
    from pipeline.workbench.workbench import Workbench

_PREVIEW_ROWS = 10
_SAVED, _REFUSED = "columns_saved", "columns_refused"


def show_columns(workbench: Workbench, dataset: DatasetSpec) -> None:
    """The columns of a dataset; analysts may change those of a table that was registered."""
    try:
        columns = workbench.datasets.describe_columns(dataset.name)
    except WorkbenchError as error:
        show_error(error)
        return
    st.markdown(f"**{escape(workbench.datasets.list_learned(dataset.name).headline)}**")
    if doubts := name_doubts(columns):
        st.markdown(doubts)
    if dataset.is_builtin or not may_order():
        _show_table(dataset.name, columns)
        return
    changes = _edit_table(workbench, dataset.name, columns)
    is_right = _check(workbench, dataset.name, changes)
    _offer(workbench, dataset.name, changes, is_right)


def _show_table(name: str, columns: Sequence[ColumnInfo]) -> None:
    st.dataframe(
        lay_out_said(columns),
        hide_index=True,
        column_config=describe_table((), columns),
        key=f"columns_{name}",
        alt=f"Columns of the dataset {name}",
    )


def _edit_table(workbench: Workbench, name: str, columns: Sequence[ColumnInfo]) -> tuple[str, ...]:
    """The table to edit, and what its edits ask for."""
    # The editor keeps its edits under its key: once they are saved, it gets another one.
    key = f"columns_{name}_{st.session_state.get(_turn(name), 0)}"
    st.caption(
        "Double-click a cell to change it. Every change is checked against the sample. The last columns of "
        "the table say why each was taken for what it is."
    )
    st.data_editor(
        lay_out(columns),
        hide_index=True,
        column_config=describe_table(workbench.datasets.list_kinds(), columns),
        disabled=list_fixed(workbench.actor.role is AccountRole.ADMIN),
        key=key,
        alt=f"Columns of the dataset {name}, to edit",
    )
    return list_changes(columns, st.session_state[key]["edited_rows"])


def _check(workbench: Workbench, name: str, changes: tuple[str, ...]) -> bool:
    """Whether the changes agree with the sample; if not, the reason is under the table."""
    if refused := st.session_state.pop(f"{_REFUSED}_{name}", None):
        show_error(refused)
        return True
    if st.session_state.pop(f"{_SAVED}_{name}", False):
        st.success(
            "Saved as a new version of the dataset. Models that were trained before belong to the earlier "
            "version; the next table trains a new one.",
            icon=":material/check:",
        )
    if not changes:
        return True
    key = f"columns_checked_{name}"
    if st.session_state.get(key, ((), None))[0] != changes:
        st.session_state[key] = changes, _find_fault(workbench, name, changes)
    if fault := st.session_state[key][1]:
        show_error(fault)
        return False
    count = "1 change agrees" if len(changes) == 1 else f"{len(changes)} changes agree"
    st.info(f"{count} with the sample, not yet saved.", icon=":material/edit:")
    return True


def _find_fault(workbench: Workbench, name: str, changes: Sequence[str]) -> WorkbenchError | None:
    try:
        with st.spinner("Checking against the sample …"):
            workbench.datasets.change_columns(name, changes, is_dry_run=True)
    except WorkbenchError as error:
        return error
    return None


def _offer(workbench: Workbench, name: str, changes: tuple[str, ...], is_right: bool) -> None:
    with st.container(horizontal=True):
        is_asked = st.button(
            "Preview ten rows", key=f"preview_{name}", icon=":material/visibility:", disabled=not is_right
        )
        st.button(
            "Save changes",
            key=f"save_{name}",
            type="primary",
            icon=":material/save:",
            disabled=not (changes and is_right),
            on_click=_save,
            args=(name, changes),
        )
    _show_preview(workbench, name, changes, is_asked)


def _show_preview(workbench: Workbench, name: str, changes: tuple[str, ...], is_asked: bool) -> None:
    key = f"columns_preview_{name}"
    if is_asked:
        try:
            with st.spinner("Making ten rows, which takes a few seconds …"):
                rows = workbench.datasets.preview_rows(name, changes, _PREVIEW_ROWS)
        except WorkbenchError as error:
            show_error(error)
            return
        st.session_state[key] = changes, rows
    # Rows that were made with other changes would mislead.
    made_with, rows = st.session_state.get(key, (None, None))
    if made_with == changes:
        st.caption("Ten synthetic rows as they would come out; no value of the sample is shown.")
        st.dataframe(rows, hide_index=True, key=f"preview_rows_{name}", alt=f"Ten synthetic rows of {name}")


def _save(name: str, changes: tuple[str, ...]) -> None:
    # A callback runs before the page and its gate.
    try:
        open_workbench(AccountRole.ANALYST).datasets.change_columns(name, changes)
    except WorkbenchError as error:
        st.session_state[f"{_REFUSED}_{name}"] = error
        return
    st.session_state[_turn(name)] = st.session_state.get(_turn(name), 0) + 1
    st.session_state.pop(f"columns_preview_{name}", None)
    st.session_state[f"{_SAVED}_{name}"] = True


def _turn(name: str) -> str:
    return f"columns_turn_{name}"
