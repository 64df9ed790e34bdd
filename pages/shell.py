"""The script behind every page: who is there, where they may go, then the page itself."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages._accounts.password import show_change_done, show_required_change
from pages._errors import show_error
from pages._navigation import list_pages
from pages._server.session_gate import (
    admit,
    complete_page,
    find_session,
    show_account,
    watch,
)
from pages._server.uploads import begin_run, end_run
from pipeline.errors import WorkbenchError

FOLDER = Path(__file__).parent
MARK, NAME = str(FOLDER / "mark.svg"), "Synthetic Data Workbench"

# A Material icon as the page's own would be fetched from the network.
st.set_page_config(page_title=NAME, page_icon=MARK, layout="wide")
st.logo(MARK, size="large")
st.html(FOLDER / "style.css")
try:
    session = find_session()
    # All pages are declared before the gate, or a deep link would not survive the login.
    is_in = session is not None and not session.must_change_password
    page = st.navigation(list_pages(session), position="sidebar" if is_in else "hidden")
    st.set_page_config(page_title=f"{page.title if session else 'Log in'} · {NAME}")
    if session is None:
        admit(page.url_path)
    else:
        show_account(session)
        complete_page()
        watch(session.id)
        if is_in:
            show_change_done()
            begin_run(session.actor.name)
            page.run()
            end_run()
        else:
            show_required_change()
except WorkbenchError as error:
    show_error(error)
