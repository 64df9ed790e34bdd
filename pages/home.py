"""Where to begin: what to do next, what ran last, and the datasets; a tour for a first login."""

from __future__ import annotations

import streamlit as st

from pages._home.datasets import show_datasets
from pages._home.decided import show_decided
from pages._home.recent import show_recent_runs
from pages._home.steps import show_next_steps
from pages._home.tour import show_tour
from pages._server.services import may_order, open_workbench
from pipeline.access.accounts import AccountRole
from pipeline.workbench.next_steps import list_next_steps

NEWEST = 200

workbench = open_workbench()
actor, is_analyst = workbench.actor, may_order()

st.title("Synthetic Data Workbench")
st.write(
    "Give it a small sample of sensitive records; get thousands of rows that behave like them and contain "
    "no real person. Columns that carry statistics are learned by a synthesizer. Columns that identify "
    "people are derived from published rules and never copied."
)
datasets = workbench.datasets.list()
# An administrator sees everybody's runs elsewhere; this page is about one's own.
owner = actor.name if actor.role is AccountRole.ADMIN else None
runs = workbench.runs.list(owner=owner, limit=NEWEST)

sets = workbench.related.list()
names = {one.name for one in sets}
asked, waiting = workbench.approvals.list_asked(), workbench.approvals.list_waiting()

show_tour(workbench, is_analyst)
show_next_steps(list_next_steps([one.name for one in datasets], runs, is_analyst, asked, waiting), names)
show_recent_runs(runs)
show_decided(workbench.approvals.list_settled(), actor, names)
show_datasets(datasets, sets, is_analyst)
