"""A table whose rows can be selected, which keeps the selection while the table changes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import streamlit as st


def select_rows(
    name: str, rows: Mapping[str, Mapping[str, Any]], columns: Mapping[str, Any], is_single: bool = False
) -> list[str]:
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
        selection_mode="single-row" if is_single else "multi-row",
    )
    selected = [ids[place] for place in sorted(state.selection.rows) if place < len(ids)]
    st.session_state[f"{name}_chosen"] = selected
    return selected
