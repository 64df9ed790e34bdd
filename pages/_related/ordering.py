"""The forms that generate several tables, of the size of a sample and in bulk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages._order.sending import find_first_form
from pages._related.bulk_form import ask_bulk_order
from pages._related.order import ask_order
from pages._related.sending import order_bulk_set, order_set
from pipeline.runs.states import RunKind

if TYPE_CHECKING:
    from pipeline.datasets.related.schema import RelatedSchema
    from pipeline.workbench.workbench import Workbench


def ask_orders(workbench: Workbench, sets: tuple[RelatedSchema, ...], before: str) -> None:
    """Show both; `before` is the set that is chosen at first."""
    st.subheader("Generate several tables")
    ask_order(workbench, sets, before, order_set)
    is_first = find_first_form() is RunKind.RELATED_BULK
    with st.expander(
        "Any number of rows, in bulk", is_first, icon=":material/stacks:", key="related_bulk_box"
    ):
        ask_bulk_order(workbench, order_bulk_set)
