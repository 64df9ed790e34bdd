"""The fitted models, and a way to be rid of one."""

from __future__ import annotations

import streamlit as st

from pages._models.cards import show_model, show_related_model
from pages._server.services import open_workbench

workbench = open_workbench()

st.title("Models")
models, related = workbench.models.list(), workbench.models.list_related()
if not models and not related:
    st.info(
        "No model has been fitted yet. The first table you generate fits one.",
        icon=":material/model_training:",
    )
for model in models:
    show_model(model)
if related:
    st.subheader("Models of several tables")
for together in related:
    show_related_model(together)
