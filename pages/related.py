"""Sets of related tables: what was found in them, the ways to add one, and tables generated from them."""

from __future__ import annotations

import streamlit as st

from pages._order.sending import show_sent, show_sent_bulk
from pages._related.bulk_form import ask_bulk_order
from pages._related.database import ask_database
from pages._related.order import ask_order
from pages._related.result import find_run, show_run
from pages._related.sending import order_bulk_set, order_set
from pages._related.sets import show_done, show_set
from pages._related.upload import ask_files
from pages._server.orders import show_refusal
from pages._server.services import get_actor, open_workbench
from pipeline.access.accounts import AccountRole

workbench = open_workbench()
is_analyst = get_actor().role.includes(AccountRole.ANALYST)

st.title("Several tables")
st.write(
    "Tables that refer to each other are generated together, so that every foreign key has its parent and "
    "confirmed rules hold in every row."
)
show_done()
show_sent()
sets = workbench.related.list()
run = find_run(workbench)
for schema in sets:
    show_set(workbench, schema)
if not sets:
    st.info("There is no set of tables yet. Add one below.", icon=":material/account_tree:")
if is_analyst:
    with st.expander("Add several tables", icon=":material/add:", expanded=not sets, key="related_add_box"):
        ask_files(workbench)
    with st.expander("Add tables from a database", icon=":material/database:", key="related_database_box"):
        ask_database()
    if sets:
        st.subheader("Generate several tables")
        show_refusal()
        show_sent_bulk()
        ask_order(workbench, sets, run.dataset if run else "", order_set)
        with st.expander("Any number of rows, in bulk", icon=":material/stacks:", key="related_bulk_box"):
            ask_bulk_order(workbench, order_bulk_set)
if run is not None:
    show_run(workbench, run)
elif sets and is_analyst:
    st.info(
        "Press Generate. The first tables of a set train a model, which takes minutes; later ones take "
        "seconds. Nothing is lost when you close this page.",
        icon=":material/lightbulb:",
    )
