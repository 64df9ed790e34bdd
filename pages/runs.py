"""Everything that ran, waits or is running: follow it, end it, take it up again, open what it made."""

from __future__ import annotations

import streamlit as st

from pages._runs.listing import ask_filter, show_runs
from pages._server.orders import show_refusal
from pages._server.services import open_workbench

workbench = open_workbench()

st.title("Runs")
st.write(
    "Trainings, tables and evaluations continue in the background: you can close this page and return later."
)
show_refusal()
show_runs(workbench, ask_filter(workbench))
