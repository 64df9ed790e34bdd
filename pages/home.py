"""Where to begin: what to do next, what ran last, and the datasets; a tour for a first login."""

from __future__ import annotations

import streamlit as st

from pages._home.datasets import show_datasets
from pages._home.recent import show_recent_runs
from pages._home.steps import show_next_steps
from pages._home.tour import show_tour
from pages._server.services import open_workbench
from pages._sharing.approval import show_waiting
from pipeline.access.accounts import AccountRole
from pipeline.workbench.next_steps import list_next_steps

NEWEST = 50

workbench = open_workbench()
role = workbench.actor.role
may_order = role.includes(AccountRole.ANALYST)

st.title("Synthetic Data Workbench")
st.write(
    "Give it a small sample of sensitive records; get thousands of rows that behave like them and contain "
    "no real person. Columns that carry statistics are learned by a synthesizer. Columns that identify "
    "people are derived from published rules and never copied."
)
datasets = workbench.datasets.list()
# An administrator sees everybody's runs elsewhere; this page is about one's own.
owner = workbench.actor.name if role is AccountRole.ADMIN else None
runs = workbench.runs.list(owner=owner, limit=NEWEST)

show_tour(workbench, may_order)
show_waiting(workbench)
show_next_steps(list_next_steps([one.name for one in datasets], runs, may_order))
show_recent_runs(runs)
show_datasets(datasets, workbench.related.list(), may_order)
