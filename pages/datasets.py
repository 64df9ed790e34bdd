"""Every dataset with its columns, and the way to add one."""

from __future__ import annotations

import streamlit as st

from pages._errors import escape
from pages._services import ACTOR, open_workbench
from pages._uploads import saved_uploads
from pipeline.store.accounts import AccountRole

workbench = open_workbench()

st.title("Datasets")
for dataset in workbench.list_datasets():
    origin = "built in" if dataset.is_builtin else "registered"
    with st.expander(f"**{escape(dataset.title)}** · {dataset.name} · {origin}", icon=":material/database:"):
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

if st.session_state[ACTOR].role is AccountRole.VIEWER:
    st.stop()
st.subheader("Add a table")
with st.form("add_dataset", clear_on_submit=False):
    name = st.text_input("Name", key="dataset_name", placeholder="lower-case letters, digits and underscores")
    files = st.file_uploader(
        "Table", ["csv", "xlsx", "parquet"], accept_multiple_files=True, key="dataset_files"
    )
    metadata = st.file_uploader("Metadata in SDV's format, if you have it", "json", key="dataset_metadata")
    is_sent = st.form_submit_button("Add", key="dataset_add", type="primary", icon=":material/add:")
if is_sent:
    with saved_uploads(files, metadata) as (tables, description), st.spinner("Reading the table …"):
        added = workbench.add_dataset(name, tables, description)
    st.success(f"{escape(added.title)} is ready: {len(added.columns)} columns.", icon=":material/check:")
    st.page_link("generate.py", label="Generate a table", query_params={"dataset": added.name})
