"""The fitted models as a table, and what can be done with one."""

from __future__ import annotations

import streamlit as st

from pages._models.cards import show_model
from pages._models.table import select_model
from pages._server.services import open_workbench

workbench = open_workbench()

st.title("Models")
models = workbench.labels.list_models()
if not models:
    st.info(
        "No model has been fitted yet. The first table you generate fits one.",
        icon=":material/model_training:",
    )
    st.stop()
count = "1 model" if len(models) == 1 else f"{len(models):,} models, the newest first"
st.caption(
    f"{count}. Select a row to open it, a column header to sort. The name and tags of a model are those of "
    "the run that trained it."
)
if model := select_model(models):
    show_model(workbench, model)
