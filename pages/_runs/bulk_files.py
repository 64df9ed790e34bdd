"""The files of finished large tables: chosen from a list, one at a time, and downloaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import escape
from pages._findings import is_answered_for
from pages._server.services import defer
from pipeline.errors import WorkbenchError
from pipeline.generation.results import MOST_MB

if TYPE_CHECKING:
    from pipeline.generation.results import BulkContents, BulkFile
    from pipeline.runs.records import Run
    from pipeline.workbench.workbench import Workbench


def offer_files(workbench: Workbench, run: Run) -> None:
    """A list of manifest, report and parts, with a download for the chosen one."""
    with st.popover("Download", icon=":material/download:", key=f"files_{run.id}"):
        show_files(workbench, run)


def show_files(workbench: Workbench, run: Run) -> None:
    """The same without a popover."""
    try:
        contents = _list_files(run.id, run.attempt, workbench.approvals.is_required(run.dataset), workbench)
    except WorkbenchError as lost:
        st.write(escape(f"{lost.message} {lost.hint[:1].upper()}{lost.hint[1:]}"))
        return
    if contents.warnings and not is_answered_for(contents.warnings, f"answered_{run.id}"):
        return
    _offer_chosen(run, contents)


def _offer_chosen(run: Run, contents: BulkContents) -> None:
    st.caption(
        f"{contents.parts:,} files of rows, their manifest, which has every checksum, and the report on them."
    )
    file = st.selectbox("File", contents.files, key=f"file_{run.id}", format_func=_name)
    if not file.is_small:
        st.caption(f"Larger than {MOST_MB} MB: fetch it from the folder on the server.")
        return
    st.download_button(
        "Download the file",
        defer(lambda workbench: workbench.bulk.read_file(run.id, file.name)),
        f"{run.dataset}-{run.id[:6]}-{file.name.replace('/', '-')}",
        "application/octet-stream",
        key=f"download_file_{run.id}",
        icon=":material/download:",
        on_click="ignore",
    )


def _name(file: BulkFile) -> str:
    rows = "" if file.rows is None else f"{file.rows:,} rows, "
    return f"{file.name} ({rows}{_tell_size(file.size_bytes)})"


def _tell_size(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:,.1f} MB" if size_bytes >= 100_000 else f"{size_bytes / 1e3:,.1f} KB"


@st.cache_resource(max_entries=100, show_spinner=False)
def _list_files(run_id: str, attempt: int, is_held: bool, _workbench: Workbench) -> BulkContents:
    """The files of a run that is done; only asked for runs that the actor may see.

    Refused where they may not leave any more (`is_held`), which changes after they were listed.
    """
    return _workbench.bulk.list_files(run_id)
