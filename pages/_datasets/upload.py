"""Upload of a table: choose a file, see how it is read, change that, name it, add it."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePath
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pages._datasets.read_fields import ask_options, forget_options, get_options, name_fields, show_guesses
from pages._errors import escape, show_error
from pages._server.services import open_workbench
from pages._uploads import ask_file, forget_files, saved_uploads
from pipeline.access.accounts import AccountRole
from pipeline.errors import WorkbenchError

if TYPE_CHECKING:
    from pipeline.datasets.source import Preview, ReadOptions
    from pipeline.workbench.workbench import Workbench

ADDED = "added_dataset"
"""The name of the dataset that was added last."""
_TYPES = ["csv", "tsv", "txt", "xlsx", "parquet"]
_TURN, _FILE, _LOOKED, _REFUSED = "upload_turn", "upload_file", "upload_looked", "upload_refused"
_NAME, _METADATA = "dataset_name", "dataset_metadata"
_LONGEST_NAME = 64


def ask_table(workbench: Workbench) -> None:
    """Show the form; its button adds the table."""
    st.subheader("Add a table")
    file = ask_file(None, "Table: CSV, Excel or Parquet", _TYPES, key=_file_key())
    if file is None:
        st.caption("You see how the file is read before anything is kept.")
        return
    if st.session_state.get(_FILE) != file.file_id:
        _begin(workbench, file)
    preview, error = _look(workbench, file)
    st.markdown("**How the file is read**")
    st.caption("The fields show what was guessed. Change what is wrong.")
    ask_options(file.name, preview)
    if error:
        _show_refusal(error)
    if preview:
        _show_preview(preview)
    _ask_name(is_readable=preview is not None)


def suggest_name(file_name: str, taken: frozenset[str]) -> str:
    """A name for the dataset from that of its file: lower case, and not one of those that are taken."""
    plain = unicodedata.normalize("NFKD", PurePath(file_name.replace("\\", "/")).stem.lower())
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    words = re.sub(r"[^a-z0-9_-]+", "_", letters.replace("ß", "ss")).lstrip("_-0123456789").rstrip("_-")
    name = words[: _LONGEST_NAME - 4] or "table"
    numbered = (f"{name}_{number}" for number in range(2, len(taken) + 3))
    return next(one for one in (name, *numbered) if one not in taken)


def _begin(workbench: Workbench, file: UploadedFile) -> None:
    """Another file is there: nothing was chosen for it, and its name names the dataset."""
    st.session_state[_FILE] = file.file_id
    st.session_state.pop(_LOOKED, None)
    forget_options()
    taken = frozenset(dataset.name for dataset in workbench.datasets.list())
    st.session_state[_NAME] = suggest_name(file.name, taken)


def _look(workbench: Workbench, file: UploadedFile) -> tuple[Preview | None, WorkbenchError | None]:
    """The first rows as read with what was chosen, or why that fails; a file is read once for each choice."""
    try:
        options = get_options()
    except WorkbenchError as error:
        return None, error
    looked = st.session_state.get(_LOOKED)
    if looked is None or looked[0] != options:
        looked = st.session_state[_LOOKED] = (options, *_read(workbench, file, options))
        if looked[1]:
            show_guesses(looked[1].source)
    return looked[1], looked[2]


def _read(
    workbench: Workbench, file: UploadedFile, options: ReadOptions
) -> tuple[Preview | None, WorkbenchError | None]:
    try:
        with saved_uploads(file, None) as (table, _), st.spinner("Reading the table …"):
            return workbench.datasets.preview(table, options), None
    except WorkbenchError as error:
        return None, error


def _show_preview(preview: Preview) -> None:
    if preview.findings:
        st.info("\n\n".join(map(escape, preview.findings)), icon=":material/search:")
    count = f"{preview.row_count:,} rows, {len(preview.columns):,} columns"
    st.caption(f"{count}. The first {len(preview.rows)} rows, as text; only you see them:")
    st.dataframe(
        [dict(zip(preview.columns, row, strict=True)) for row in preview.rows],
        hide_index=True,
        key="upload_rows",
        alt="First rows of the uploaded file",
    )


def _ask_name(is_readable: bool) -> None:
    name, metadata = st.columns(2)
    name.text_input(
        "Name of the dataset",
        key=_NAME,
        help="A lower-case letter first, then lower-case letters, digits, _ and -.",
    )
    ask_file(metadata, "Metadata in SDV's format, if you have it", "json", key=_METADATA)
    st.button(
        "Add dataset",
        key="dataset_add",
        type="primary",
        icon=":material/add:",
        disabled=not is_readable,
        on_click=_add,
        args=(_file_key(),),
    )
    if refused := st.session_state.pop(_REFUSED, None):
        _show_refusal(refused)


def _show_refusal(error: WorkbenchError) -> None:
    show_error(error)
    if fields := name_fields(f"{error.message} {error.hint}"):
        st.caption(f"On this page: choose in the fields above ({fields}).")


def _add(file_key: str) -> None:
    # A callback runs before the page and its gate.
    try:
        workbench = open_workbench(AccountRole.ANALYST)
        file, metadata = st.session_state.get(file_key), st.session_state.get(_METADATA)
        with saved_uploads(file, metadata) as (table, description), st.spinner("Reading the table …"):
            name = st.session_state[_NAME].strip()
            added = workbench.datasets.add(name, [table], description, get_options())
    except WorkbenchError as error:
        st.session_state[_REFUSED] = error
        return
    st.session_state[ADDED] = added
    forget_files(file, metadata)
    # The uploader keeps its file under its key; for the next table it gets another one.
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1


def _file_key() -> str:
    return f"dataset_file_{st.session_state.get(_TURN, 0)}"
