"""The run that a link leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import escape
from pipeline.errors import NotFoundError

if TYPE_CHECKING:
    from pipeline.runs.records import Run
    from pipeline.workbench.workbench import Workbench


def find_linked_run(workbench: Workbench) -> Run | None:
    """The run that the address of the page names; None where it names none, or one that no longer exists."""
    linked = st.query_params.get("run")
    if linked is None:
        return None
    try:
        return workbench.runs.get(linked)
    except NotFoundError as error:
        st.warning(f"{escape(error.message)} It may have been deleted.")
        return None
