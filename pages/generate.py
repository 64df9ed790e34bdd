"""Order a table, watch it being made, look at the evidence, download it."""

from __future__ import annotations

import streamlit as st

from pages._evidence import show_downloads, show_evidence, show_preview, show_summary
from pages._order_form import ask_order, choose_dataset
from pages._runs import Run, show_run
from pages._services import open_workbench
from pipeline.store.accounts import AccountRole

workbench = open_workbench(AccountRole.ANALYST, AccountRole.ADMIN)

st.title("Generate a table")
datasets = workbench.list_datasets()
if not datasets:
    st.info("There is no dataset yet. Add a table on the Datasets page.", icon=":material/database:")
    st.stop()

run: Run | None = st.session_state.get("run")
order = ask_order(workbench, choose_dataset(datasets), is_running=run is not None and not run.is_done())
if order is not None:
    for leftover in ("exports", "charts"):
        st.session_state.pop(leftover, None)
    run = Run(lambda report: workbench.generate(order, report))
    st.session_state["run"] = run

if run is None:
    st.info(
        "Press Generate. The first table of a recipe trains a model, which takes a minute or so; "
        "later ones take seconds.",
        icon=":material/lightbulb:",
    )
elif not run.is_done(within_s=0.5):
    show_run(run)
else:
    generation = run.get_result()
    show_summary(generation)
    show_preview(generation)
    show_evidence(workbench, generation)
    show_downloads(workbench, generation)
