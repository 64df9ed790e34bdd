"""Tables read from a database; its password is used once and kept nowhere."""

from __future__ import annotations

import streamlit as st

from pages._errors import show_error
from pages._related.sets import note_added
from pages._server.services import open_workbench
from pipeline.access.accounts import AccountRole
from pipeline.errors import WorkbenchError
from pipeline.progress import Progress, RowProgress
from pipeline.workbench.related_text import parse_roots

_REFUSED = "related_database_refused"
_NAME, _URL, _SCHEMA, _LIMITS = (f"related_database_{key}" for key in ("name", "url", "schema", "limits"))
_PASSWORD = "related_database_password"


def ask_database() -> None:
    """Show the form; its button reads and registers the tables."""
    with st.form("related_database", border=False):
        left, right = st.columns(2)
        left.text_input("Address", key=_URL, placeholder="postgresql://reader@host/bank")
        right.text_input(
            "Password",
            type="password",
            key=_PASSWORD,
            autocomplete="off",
            help="Used for this reading alone; it is not stored.",
        )
        name, schema, limits = st.columns(3)
        name.text_input("Name of the set", key=_NAME)
        schema.text_input("Schema, if not the usual one", key=_SCHEMA)
        limits.text_input(
            "Most rows of a table",
            key=_LIMITS,
            placeholder="customers=5000",
            help="Several with commas between them. Other tables bring the rows that belong to these.",
        )
        st.form_submit_button(
            "Read and register", key="related_database_add", icon=":material/database:", on_click=_add
        )
    st.caption("Everything is read in one transaction that writes nothing.")
    if refused := st.session_state.pop(_REFUSED, None):
        show_error(refused)


def _add() -> None:
    # A callback runs before the page and its gate.
    password = st.session_state.get(_PASSWORD) or None
    st.session_state[_PASSWORD] = ""
    place = st.empty()
    try:
        related = open_workbench(AccountRole.ANALYST).related
        bar = place.progress(0.0, "Reading the database …")
        roots = parse_roots([one.strip() for one in _read(_LIMITS).split(",") if one.strip()])

        def show(progress: Progress) -> None:
            if isinstance(progress, RowProgress):
                share = min(progress.rows / progress.total_rows, 1.0) if progress.total_rows else 0.0
                bar.progress(share, f"Read {progress.rows:,} of {progress.total_rows:,} rows …")

        schema = _read(_SCHEMA) or None
        added = related.add_database(_read(_NAME), _read(_URL), schema, None, roots, password, show)
    except WorkbenchError as error:
        st.session_state[_REFUSED] = error
        return
    finally:
        place.empty()
    note_added(added)
    for key in (_NAME, _URL, _SCHEMA, _LIMITS):
        st.session_state[key] = ""


def _read(key: str) -> str:
    return str(st.session_state.get(key, "")).strip()
