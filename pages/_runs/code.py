"""An order as code to copy: the command, Python, and the request to the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from pipeline.errors import WorkbenchError
from pipeline.workbench.order_code import write_code

if TYPE_CHECKING:
    from pipeline.runs.orders import Order, UnknownOrder
    from pipeline.workbench.code_text import OrderCode

_NOTE = "WORKBENCH is the address of the API and TOKEN a token with the role analyst: see the page REST API."

LABEL = "Copy as code"


def offer_form_code(read: Callable[[], Order], key: str) -> None:
    """The order that a form asks for as code; nothing for settings that contradict each other."""
    try:
        order = read()
    except WorkbenchError:
        # They are refused, in words, when the form is sent.
        return
    offer_code(order, key)


def offer_code(order: Order | UnknownOrder, key: str, label: str = LABEL) -> None:
    """A popover with the order as code; nothing for an order that no code gives again."""
    show_code(write_code(order), key, label)


def show_code(code: OrderCode | None, key: str, label: str = LABEL) -> None:
    """The same of code that is written already."""
    if code is None:
        return
    with st.popover(label, icon=":material/code:", key=f"code_{key}"):
        st.markdown("**Command**")
        st.code(code.command, language="shell", wrap_lines=True)
        st.markdown("**Python**")
        st.code(code.python, language="python", wrap_lines=True)
        if code.curl:
            st.markdown("**curl**")
            st.code(code.curl, language="shell", wrap_lines=True)
            st.caption(_NOTE)
