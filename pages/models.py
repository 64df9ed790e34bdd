"""The fitted models as a table, and what can be done with one or several."""

from __future__ import annotations

import streamlit as st

from pages._models.chosen import show_chosen
from pages._models.listing import ask_filter, describe_count, matches
from pages._models.table import select_models
from pages._server.services import may_order, open_workbench

workbench = open_workbench()

st.title("Models")
models = workbench.labels.list_models()
if not models:
    way = "The first table you generate fits one." if may_order() else "Analysts train them."
    st.info(f"No model has been fitted yet. {way}", icon=":material/model_training:")
    st.stop()
wanted = ask_filter(models)
shown = [model for model in models if matches(model, wanted)]
if not shown:
    st.info("No model matches. Change the filters.", icon=":material/filter_alt_off:")
    st.stop()
st.caption(describe_count(len(shown)))
show_chosen(workbench, select_models(shown))
