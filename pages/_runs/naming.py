"""The form that names a run, and with it the model that it trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import show_error
from pages._server.services import may_order, open_workbench
from pipeline.access.accounts import AccountRole
from pipeline.errors import WorkbenchError

if TYPE_CHECKING:
    from pipeline.runs.records import Run

_REFUSED = "name_refused"


def offer_naming(run: Run) -> None:
    """A popover with title and tags; what cannot be used is refused in it."""
    if run.is_shared or not may_order():
        return
    with st.popover("Name", icon=":material/label:", key=f"name_run_{run.id}"):
        st.caption("A title and tags stand wherever this run, or the model that it trained, is named.")
        st.text_input("Title", run.title or "", max_chars=80, key=_key("title", run))
        known = sorted({*run.tags, *open_workbench().labels.list_tags()})
        st.multiselect(
            "Tags",
            known,
            list(run.tags),
            key=_key("tags", run),
            accept_new_options=True,
            placeholder="choose, or write new ones",
        )
        if refusal := st.session_state.pop(f"{_REFUSED}_{run.id}", None):
            show_error(refusal)
        st.button("Save", key=f"save_name_{run.id}", type="primary", on_click=_save, args=(run,))


def _save(run: Run) -> None:
    """Keep what the form says; a callback."""
    title, tags = st.session_state[_key("title", run)], st.session_state[_key("tags", run)]
    try:
        open_workbench(AccountRole.ANALYST).labels.label(run.id, title, tags)
    except WorkbenchError as refusal:
        st.session_state[f"{_REFUSED}_{run.id}"] = refusal


def _key(field: str, run: Run) -> str:
    return f"{field}_of_{run.id}"
