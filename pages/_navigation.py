"""The one table of pages: which there are, and to which roles each is offered."""

from __future__ import annotations

from typing import Literal

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from pipeline.access.accounts import AccountRole
from pipeline.access.sessions import Session


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
        _page("rest_api", "REST API", "api"),
        _page("account", "Account", "person"),
        _page("admin", "Administration", "admin_panel_settings", may_manage),
    ]


def _page(name: str, title: str, icon: str, is_offered: bool = True) -> StreamlitPage:
    visibility: Literal["visible", "hidden"] = "visible" if is_offered else "hidden"
    return st.Page(f"{name}.py", title=title, icon=f":material/{icon}:", visibility=visibility)
