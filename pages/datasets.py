"""Every dataset with its columns, and the ways to add, to change and to remove one."""

from __future__ import annotations

import streamlit as st

from pages._datasets.card import show_dataset, show_removed
from pages._datasets.upload import ADDED, ask_table
from pages._errors import escape
from pages._server.services import may_order, open_workbench

workbench = open_workbench()

st.title("Datasets")
way = "Add a table of your own below." if may_order() else "Analysts add tables of their own."
st.write(f"Open a dataset to see its columns and rules. {way}")
show_removed()
if added := st.session_state.pop(ADDED, None):
    st.success(f"{escape(added.title)} is ready: {len(added.columns)} columns.", icon=":material/check:")
    st.page_link("generate.py", label="Generate a table", query_params={"dataset": added.name})
    st.session_state[f"dataset_{added.name}"] = True

for dataset in workbench.datasets.list():
    show_dataset(workbench, dataset)
if may_order():
    ask_table(workbench)
