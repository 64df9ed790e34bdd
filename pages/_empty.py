"""What a page says while there is nothing on it: what to do, for those who may do it."""

from __future__ import annotations

import streamlit as st

from pages._server.services import may_order


def say_no_dataset() -> None:
    """There is no dataset: where to add one, or who does."""
    way = "Add a table on the Datasets page." if may_order() else "Analysts add them."
    st.info(f"There is no dataset yet. {way}", icon=":material/database:")
