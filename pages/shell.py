"""The script behind every page: who is there, where they may go, then the page itself."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from pages._accounts.password import show_change_done, show_required_change
from pages._errors import show_error
from pages._server.session_gate import admit, find_session, show_account, watch
from pages._server.uploads import begin_run, end_run
from pipeline.access.accounts import AccountRole
from pipeline.access.sessions import Session
from pipeline.errors import WorkbenchError

MARK = str(Path(__file__).parent / "mark.svg")


def list_pages(session: Session | None) -> list[StreamlitPage]:
    """Every page; one that the role may not use is not offered, and still answers a link that leads to it."""
    may_generate = session is not None and session.actor.role.includes(AccountRole.ANALYST)
    may_manage = session is not None and session.actor.role is AccountRole.ADMIN
    return [
        st.Page("home.py", title="Home", icon=":material/home:", default=True),
        _page("generate", "Generate", "table_chart", may_generate),
        _page("train", "Train", "model_training", may_generate),
        _page("runs", "Runs", "list_alt"),
        _page("quality", "Quality", "monitoring"),
        _page("datasets", "Datasets", "database"),
        _page("related", "Several tables", "account_tree"),
        _page("models", "Models", "deployed_code"),
        _page("account", "Account", "person"),
        _page("admin", "Administration", "admin_panel_settings", may_manage),
    ]


def _page(name: str, title: str, icon: str, is_offered: bool = True) -> StreamlitPage:
    visibility: Literal["visible", "hidden"] = "visible" if is_offered else "hidden"
    return st.Page(f"{name}.py", title=title, icon=f":material/{icon}:", visibility=visibility)


# A Material icon as the page's own would be fetched from the network.
st.set_page_config(page_title="Synthetic Data Workbench", page_icon=MARK, layout="wide")
st.logo(MARK, size="large")
try:
    session = find_session()
    # All pages are declared before the gate, or a deep link would not survive the login.
    is_in = session is not None and not session.must_change_password
    page = st.navigation(list_pages(session), position="sidebar" if is_in else "hidden")
    if session is None:
        admit(page.url_path)
    else:
        show_account(session)
        watch(session.id)
        if is_in:
            show_change_done()
            begin_run()
            page.run()
            end_run()
        else:
            show_required_change()
except WorkbenchError as error:
    show_error(error)
