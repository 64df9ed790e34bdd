"""Several runs or models beside each other: a row for each setting or figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import escape
from pipeline.reports import draw_mark

if TYPE_CHECKING:
    from pipeline.evaluation.figure import Figure
    from pipeline.workbench.run_comparison import ComparedRow

_MARK = "≠"


def show_beside(
    names: Sequence[str], figures: Sequence[Figure], rows: Sequence[ComparedRow], key: str
) -> None:
    """The quality of each as a mark, and a column for each name, numbered: two may be called the same."""
    headings = [f"{number}. {name}" for number, name in enumerate(names, start=1)]
    for place, heading, figure in zip(st.columns(len(names)), headings, figures, strict=True):
        if drawing := draw_mark(figure, "quality"):
            place.markdown(f"**{escape(heading)}**")
            place.html(drawing)
    st.caption(f"{_MARK} marks what differs between them.")
    st.dataframe(
        [
            {
                "differs": _MARK if row.differs else "",
                "name": row.name,
                **dict(zip(headings, row.values, strict=True)),
            }
            for row in rows
        ],
        key=key,
        hide_index=True,
        height="content",
        column_config={
            "differs": st.column_config.TextColumn("", width=30, pinned=True),
            "name": st.column_config.TextColumn("Setting or figure", width=160, pinned=True),
        },
    )
