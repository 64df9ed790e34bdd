"""Upload of several tables: choose files, see the keys that were found, name the set, register it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages._datasets.upload import suggest_name
from pages._errors import show_error
from pages._related.said_keys import ask_keys, forget_keys, read_keys, read_options
from pages._related.sets import note_added, show_learned, show_schema
from pages._server.services import open_workbench
from pages._uploads import ask_file, forget_files, saved_files
from pipeline.access.accounts import AccountRole
from pipeline.errors import WorkbenchError

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from pipeline.workbench.workbench import Workbench

_TYPES = ["csv", "tsv", "txt", "xlsx", "parquet", "zip"]
_TURN, _FILES, _PLANNED, _REFUSED = "related_turn", "related_ids", "related_planned", "related_refused"
_NAME = "related_name"


def ask_files(workbench: Workbench) -> None:
    """Show the form; its first button shows what was found, its second one registers the tables."""
    files = ask_file(
        None,
        "Tables: CSV, Excel or Parquet files, or a ZIP of them",
        _TYPES,
        accept_multiple_files=True,
        key=_files_key(),
    )
    if not files:
        st.caption(
            "A file for each table, or a workbook with a sheet for each. You see which keys were found "
            "before anything is kept."
        )
        return
    _begin(workbench, files)
    st.text_input(
        "Name of the set",
        key=_NAME,
        help="A lower-case letter first, then lower-case letters, digits, _ and -.",
    )
    ask_keys()
    planned = st.session_state.get(_PLANNED)
    with st.container(horizontal=True):
        st.button("Show what was found", key="related_plan", icon=":material/search:", on_click=_plan)
        st.button(
            "Register",
            key="related_add",
            type="primary",
            icon=":material/add:",
            disabled=planned is None,
            on_click=_add,
        )
    if refused := st.session_state.pop(_REFUSED, None):
        show_error(refused)
    if planned is not None:
        st.markdown("**What was found**")
        show_learned(planned)
        show_schema(planned.schema, "planned")


def _begin(workbench: Workbench, files: list[UploadedFile]) -> None:
    """Where other files are chosen, nothing was found in them yet, and the first one names the set."""
    ids = [one.file_id for one in files]
    if st.session_state.get(_FILES) == ids:
        return
    is_first = not st.session_state.get(_FILES)
    st.session_state[_FILES] = ids
    st.session_state.pop(_PLANNED, None)
    forget_keys()
    if is_first:
        taken = {dataset.name for dataset in workbench.datasets.list()}
        taken |= {schema.name for schema in workbench.related.list()}
        st.session_state[_NAME] = suggest_name(files[0].name, frozenset(taken))


def _plan() -> None:
    # A callback runs before the page and its gate.
    try:
        related = open_workbench(AccountRole.ANALYST).related
        with saved_files(_chosen()) as paths, st.spinner("Reading the tables …"):
            st.session_state[_PLANNED] = related.plan(_name(), paths, None, read_options(), read_keys())
    except WorkbenchError as error:
        st.session_state.pop(_PLANNED, None)
        st.session_state[_REFUSED] = error


def _add() -> None:
    try:
        related = open_workbench(AccountRole.ANALYST).related
        with saved_files(_chosen()) as paths, st.spinner("Registering the tables …"):
            note_added(related.add(_name(), paths, None, read_options(), read_keys()))
    except WorkbenchError as error:
        st.session_state[_REFUSED] = error
        return
    forget_files(*_chosen())
    for key in (_PLANNED, _FILES, _NAME):
        st.session_state.pop(key, None)
    # The uploader keeps its files under its key; for the next set it gets another one.
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1


def _chosen() -> list[UploadedFile]:
    found: list[UploadedFile] = st.session_state.get(_files_key()) or []
    return found


def _name() -> str:
    return str(st.session_state.get(_NAME, "")).strip()


def _files_key() -> str:
    return f"related_files_{st.session_state.get(_TURN, 0)}"
