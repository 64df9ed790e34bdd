"""Orders are given in callbacks, which run before the page and its gate.

A click on a link that comes with the button's own would end the page's run, and the order with it; a callback
of that run has been through by then. The session is looked up in it, since no gate has done so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import show_error
from pages._server.services import open_workbench
from pipeline.access.accounts import AccountRole
from pipeline.errors import WorkbenchError

if TYPE_CHECKING:
    from pipeline.workbench.workbench import Workbench

_REFUSED = "order_refused"


def try_order(order: Callable[[Workbench], object]) -> None:
    """Give an order with the workbench of the user of this moment; a refusal is shown by the page."""
    try:
        order(open_workbench(AccountRole.ANALYST))
    except WorkbenchError as refusal:
        st.session_state[_REFUSED] = refusal


def show_refusal() -> None:
    """Why the last order was refused, once."""
    if refusal := st.session_state.pop(_REFUSED, None):
        show_error(refusal)
