"""Every dataset with its columns, and the ways to add and to remove one."""

from __future__ import annotations

import streamlit as st

from pages._errors import escape
from pages._server.services import GENERATORS, get_actor, open_workbench
from pages._uploads import saved_uploads

workbench = open_workbench()
may_change = get_actor().role in GENERATORS

st.title("Datasets")
if removed := st.session_state.pop("removed_dataset", None):
    st.success(f"{escape(removed.title)} was removed.", icon=":material/check:")
if added := st.session_state.pop("added_dataset", None):
    st.success(f"{escape(added.title)} is ready: {len(added.columns)} columns.", icon=":material/check:")
    st.page_link("generate.py", label="Generate a table", query_params={"dataset": added.name})

for dataset in workbench.datasets.list():
    origin = "built in" if dataset.is_builtin else "registered"
    label = f"**{escape(dataset.title)}** · {dataset.name} · {origin}"
    with st.expander(label, icon=":material/database:", key=f"dataset_{dataset.name}"):
        st.write(escape(dataset.description))
        st.caption(
            f"Sample as of {dataset.as_of.isoformat()}; {dataset.holdout_fraction:.0%} of its rows are held "
            "out from training. Only the structure is shown here, never a value."
        )
        st.dataframe(
            [
                {
                    "column": column.name,
                    "role": column.role.value,
                    "kind": column.kind,
                    "follows": ", ".join(column.follows),
                    "unique": column.is_unique,
                }
                for column in dataset.columns
            ],
            hide_index=True,
            key=f"columns_{dataset.name}",
        )
        if dataset.is_builtin or not may_change:
            continue
        with st.popover("Remove", icon=":material/delete:", key=f"ask_remove_{dataset.name}"):
            st.write(f"Remove {escape(dataset.title)} and its sample for good?")
            if st.button("Yes, remove", key=f"remove_{dataset.name}", type="primary"):
                workbench.datasets.remove(dataset.name)
                st.session_state["removed_dataset"] = dataset
                st.rerun()

if not may_change:
    st.stop()
st.subheader("Add a table")
with st.form("add_dataset", clear_on_submit=False):
    name = st.text_input("Name", key="dataset_name", placeholder="lower-case letters, digits and underscores")
    file = st.file_uploader("Table", ["csv", "xlsx", "parquet"], key="dataset_file")
    metadata = st.file_uploader("Metadata in SDV's format, if you have it", "json", key="dataset_metadata")
    is_sent = st.form_submit_button("Add", key="dataset_add", type="primary", icon=":material/add:")
if is_sent:
    with saved_uploads(file, metadata) as (table, description), st.spinner("Reading the table …"):
        st.session_state["added_dataset"] = workbench.datasets.add(name, [table], description)
    st.rerun()
