"""Rows of tables: those that can be selected, while the table changes, and the cells of a quality."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from pipeline.evaluation.score_text import cut_score
from pipeline.reports import draw_cell

if TYPE_CHECKING:
    from pipeline.evaluation.figure import Figure


def select_rows(name: str, rows: Mapping[str, Mapping[str, Any]], columns: Mapping[str, Any]) -> list[str]:
    """Show rows by id, and give the ids of those that are selected, in the order of the table.

    Streamlit selects by position. So a table with other rows is another one, where the same ids are selected.
    """
    ids = list(rows)
    chosen = [one for one in st.session_state.get(f"{name}_chosen", []) if one in rows]
    key = f"{name}_{hashlib.sha256(' '.join(ids).encode()).hexdigest()[:12]}"
    if key not in st.session_state:
        st.session_state[key] = {"selection": {"rows": [ids.index(one) for one in chosen]}}
    state = st.dataframe(
        [dict(row) for row in rows.values()],
        key=key,
        hide_index=True,
        placeholder="–",
        column_config=columns,
        on_select="rerun",
        selection_mode="multi-row",
    )
    selected = [ids[place] for place in sorted(state.selection.rows) if place < len(ids)]
    st.session_state[f"{name}_chosen"] = selected
    return selected


def describe_quality() -> dict[str, Any]:
    """The columns of a quality: the score, its mark between floor and ceiling, these, and words."""
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    return {
        "quality": number("Quality, 0–1", format="%.3f", help="Likeness to the real table."),
        "mark": st.column_config.ImageColumn(
            "Floor to ceiling",
            width=130,
            help="The mark is the quality, the blue bar the range from floor to ceiling.",
        ),
        "finding": text("Finding", help="In words where it is below its floor, or nothing can be told."),
        "floor": number("Floor", format="%.3f", help="What independent columns score."),
        "ceiling": number("Ceiling", format="%.3f", help="What other real rows score."),
    }


def lay_out_quality(figure: Figure) -> dict[str, Any]:
    """The cells of these columns; None where nothing was measured or found."""
    quality, floor, ceiling = (
        None if one is None else cut_score(one) for one in (figure.score, figure.floor, figure.ceiling)
    )
    drawn = {"mark": draw_cell(figure), "finding": figure.finding or None}
    return {"quality": quality, **drawn, "floor": floor, "ceiling": ceiling}
