"""The tour of a first login: three steps, shown until the account ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages._server.services import open_workbench

if TYPE_CHECKING:
    from pipeline.workbench.workbench import Workbench

_STEPS = (
    (
        "1. Choose a dataset",
        "Take one that is built in, or add a table of yours and check what each column was taken for.",
        "datasets.py",
        "Datasets",
    ),
    (
        "2. Generate",
        "Choose rows and seed. The first order trains a model, later ones reuse it.",
        "generate.py",
        "Generate",
    ),
    (
        "3. Read the verdict, then download",
        "See validity, quality and privacy first, then save the rows as CSV, Excel, JSON, Word or Parquet.",
        "runs.py",
        "Runs",
    ),
)
_LOOKING = (
    ("1. See the datasets", "What each one contains and what is learned from it.", "datasets.py", "Datasets"),
    ("2. Open a run", "Every run that you have access to, with its verdict.", "runs.py", "Runs"),
    ("3. Read its evidence", "Quality, privacy and validity, with charts.", "quality.py", "Quality"),
)


def show_tour(workbench: Workbench, may_order: bool) -> None:
    """Three steps through the app, and the button that ends the tour for this account."""
    if not workbench.account.is_tour_due():
        return
    with st.container(border=True, key="tour"):
        st.subheader("How it goes")
        for place, (title, text, page, label) in zip(
            st.columns(3), _STEPS if may_order else _LOOKING, strict=True
        ):
            place.markdown(f"**{title}**  \n{text}")
            place.page_link(page, label=label, icon=":material/arrow_forward:")
        st.button("Do not show this again", key="end_tour", icon=":material/check:", on_click=_end)


def _end() -> None:
    """End the tour; a callback."""
    open_workbench().account.end_tour()
