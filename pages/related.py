"""Sets of related tables: what was found in them, the ways to add one, and tables generated from them."""

from __future__ import annotations

import streamlit as st

from pages._order.changing import show_left_out, show_order_line, take_change
from pages._order.sending import is_folded, show_sent
from pages._related.filling import fill_set_form
from pages._related.listing import show_sets
from pages._related.ordering import ask_orders
from pages._related.result import find_run, show_run
from pages._related.sets import show_done
from pages._server.orders import show_refusal
from pages._server.services import may_order, open_workbench

workbench = open_workbench()
is_analyst = may_order()

st.title("Several tables")
show_done()
show_sent()
if is_analyst:
    take_change(workbench, fill_set_form)
sets = workbench.related.list()
run = find_run(workbench)
if is_analyst:
    show_refusal()
    show_left_out()
# What was asked for comes first; the form makes way for it.
is_first = run is not None and is_folded(run)
if run is not None and is_first:
    if is_analyst:
        show_order_line(run, fill_set_form)
    show_run(workbench, run, is_named=is_analyst)
    st.subheader("Sets of tables")
show_sets(workbench, sets, is_analyst)
if is_analyst and sets and not is_first:
    ask_orders(workbench, sets, run.dataset if run else "")
if run is not None and not is_first:
    show_run(workbench, run)
elif sets and is_analyst and run is None:
    st.info(
        "Press Generate. The first tables of a set train a model, which takes minutes; later ones take "
        "seconds. Nothing is lost when you close this page.",
        icon=":material/lightbulb:",
    )
