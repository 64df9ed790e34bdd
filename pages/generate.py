"""Order a table, watch it being made, look at the evidence, download it."""

from __future__ import annotations

import streamlit as st

from pages._errors import show_error
from pages._evidence import show_evidence
from pages._order_form import ask_order, choose_dataset, take_click
from pages._outcome import make_outcome
from pages._result import show_downloads, show_preview, show_summary
from pages._runs import RUNS, show_run
from pages._services import open_workbench
from pipeline.errors import JobError
from pipeline.store.accounts import AccountRole

st.title("Generate a table")
is_sent = take_click()
workbench = open_workbench(AccountRole.ANALYST)
datasets = workbench.list_datasets()
if not datasets:
    st.info("There is no dataset yet. Add a table on the Datasets page.", icon=":material/database:")
    st.stop()

account = workbench.actor.name
run = RUNS.find(account)
is_running = run is not None and not run.is_done(within_s=0.5)
dataset = choose_dataset(datasets, run.dataset if run else "")
order = ask_order(workbench, dataset, is_sent, is_running)
if order is not None:
    subject = f"{dataset.title}, {order.rows:,} rows"
    try:
        RUNS.start(account, lambda report: make_outcome(workbench, order, report), dataset.name, subject)
    except JobError as refusal:
        show_error(refusal)
    else:
        # Drawn again, so that the button above knows of the run.
        st.rerun()

if run is None:
    st.info(
        "Press Generate. The first table of a recipe trains a model, which takes a minute or so; "
        "later ones take seconds.",
        icon=":material/lightbulb:",
    )
elif is_running:
    show_run(run)
else:
    outcome = run.get_result()
    show_summary(outcome.generation, dataset)
    show_preview(outcome.generation)
    show_evidence(outcome)
    show_downloads(outcome, workbench)
