"""Every set of several tables, and the ways to add one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages._related.database import ask_database
from pages._related.sets import show_set
from pages._related.upload import ask_files

if TYPE_CHECKING:
    from pipeline.datasets.related.schema import RelatedSchema
    from pipeline.workbench.workbench import Workbench


def show_sets(workbench: Workbench, sets: Sequence[RelatedSchema], may_add: bool) -> None:
    """A line for each set, which opens; without one, what to do about it."""
    st.write(
        "Tables that refer to each other are generated together, so that every foreign key has its parent "
        "and confirmed rules hold in every row."
    )
    for schema in sets:
        show_set(workbench, schema)
    if not sets:
        way = "Add one below." if may_add else "Analysts add them."
        st.info(f"There is no set of tables yet. {way}", icon=":material/account_tree:")
    if may_add:
        _ask_another(workbench, is_open=not sets)


def _ask_another(workbench: Workbench, is_open: bool) -> None:
    with st.expander("Add several tables", icon=":material/add:", expanded=is_open, key="related_add_box"):
        ask_files(workbench)
    with st.expander("Add tables from a database", icon=":material/database:", key="related_database_box"):
        ask_database()
