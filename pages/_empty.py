"""What a page says while there is nothing on it: what to do, for those who may do it."""

from __future__ import annotations

import streamlit as st

from pages._server.services import get_actor
from pipeline.access.accounts import AccountRole


def may_order() -> bool:
    """Whether the user orders work and adds data, and does not only look."""
    return get_actor().role.includes(AccountRole.ANALYST)


def say_no_dataset() -> None:
    """There is no dataset: where to add one, or who does."""
    way = "Add a table on the Datasets page." if may_order() else "Analysts add them."
    st.info(f"There is no dataset yet. {way}", icon=":material/database:")
