"""Order a table, follow the run that makes it, look at the evidence, download it."""

from __future__ import annotations

import streamlit as st

from pages._empty import say_no_dataset
from pages._order.bulk_form import ask_bulk_order
from pages._order.changing import show_left_out, show_order_line, take_change
from pages._order.filling import fill_table_form
from pages._order.sending import find_first_form, is_folded, order_bulk, order_table, show_sent
from pages._order.table_form import ask_order, choose_dataset
from pages._order.table_run import find_run, show_run
from pages._server.orders import show_refusal
from pages._server.services import may_order, open_workbench
from pipeline.access.accounts import AccountRole
from pipeline.runs.states import RunKind

_TABS = ("One table", "Bulk, any number of rows")

st.title("Generate a table")
# Viewers may still open the table of a run by its link.
is_linked = "run" in st.query_params
workbench = open_workbench(AccountRole.VIEWER if is_linked else AccountRole.ANALYST)
datasets = workbench.datasets.list()
if not datasets:
    say_no_dataset()
    st.stop()

show_sent()
if may_order():
    take_change(workbench, fill_table_form)
run = find_run(workbench)
dataset = None
if may_order():
    show_refusal()
    show_left_out()
    if run is not None and is_folded(run):
        show_order_line(run, fill_table_form)
    else:
        dataset = choose_dataset(datasets, run.dataset if run else "")
        first = _TABS[find_first_form() is RunKind.BULK]
        one, bulk = st.tabs(_TABS, default=first, key="order_tabs")
        with one:
            ask_order(workbench, dataset, order_table)
        with bulk:
            ask_bulk_order(workbench, dataset, order_bulk)

if run is not None:
    show_run(workbench, run, dataset)
elif may_order():
    st.info(
        "Press Generate. The first table of a recipe trains a model; later ones reuse it and take seconds. "
        "Nothing is lost when you close this page.",
        icon=":material/lightbulb:",
    )
