"""What the workbench does, and where to go from here."""

from __future__ import annotations

import streamlit as st

from pages._errors import escape
from pages._server.services import get_actor, open_workbench
from pages._sharing.approval import show_waiting
from pipeline.access.accounts import AccountRole
from pipeline.datasets.spec import Role

workbench = open_workbench()
may_generate = get_actor().role.includes(AccountRole.ANALYST)

st.title("Synthetic Data Workbench")
st.write(
    "Give it a small sample of sensitive records; get thousands of rows that behave like them and contain "
    "no real person. Columns that carry statistics are learned by a synthesizer. Columns that identify "
    "people are derived from published rules and never copied."
)

show_waiting(workbench)
st.subheader("Datasets")
datasets = workbench.datasets.list()
if not datasets:
    st.info("There is no dataset yet. Add a table on the Datasets page.", icon=":material/database:")
places = st.columns(2)
for number, dataset in enumerate(datasets):
    learned = [column.name for column in dataset.columns if column.role is Role.MODELLED]
    learned += [feature.name for feature in dataset.features]
    with places[number % 2].container(border=True):
        st.markdown(f"#### {escape(dataset.title)}")
        st.write(escape(dataset.description))
        names = escape(", ".join(learned))
        st.caption(f"{len(dataset.columns)} columns. Learned: {names}; the rest is derived.")
        if may_generate:
            st.page_link(
                "generate.py",
                label="Generate a table",
                icon=":material/arrow_forward:",
                query_params={"dataset": dataset.name},
            )

st.subheader("How it goes")
steps = st.columns(3)
steps[0].markdown(
    "**1. Order.** Choose dataset, rows and seed. The first order trains a model, later ones reuse it."
)
steps[1].markdown(
    "**2. Review.** See preview, validity, quality, privacy and charts before anything is downloaded."
)
steps[2].markdown("**3. Download.** Save the same rows as CSV, Excel, JSON, Word or Parquet.")
