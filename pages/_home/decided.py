"""What was decided on tables that wait for a release: by the user, and on what the user has asked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import escape
from pages._sharing.approval import find_evidence

if TYPE_CHECKING:
    from pipeline.access.accounts import Actor
    from pipeline.generation.approvals import Approval

_SHOWN = 3
"""Decisions that are shown at once; the others are folded."""


def show_decided(decided: Sequence[Approval], actor: Actor, sets: Collection[str]) -> None:
    """Each decision with who asked, who decided, when and why, and a link; nothing without any."""
    if not decided:
        return
    st.subheader("Decided")
    for one in decided[:_SHOWN]:
        _show(one, actor, sets)
    if older := decided[_SHOWN:]:
        with st.expander(f"{len(older)} earlier decisions", icon=":material/history:", key="decided_earlier"):
            for one in older:
                _show(one, actor, sets)


def _show(one: Approval, actor: Actor, sets: Collection[str]) -> None:
    words = f"{one.dataset}: {one.state}" + (" by you" if one.decided_by == actor.name else "")
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"decided_{one.number}"):
        st.markdown(f"**{escape(words)}**  \n{escape(str(one))}", width="stretch")
        st.page_link(
            find_evidence(one, sets),
            label="See the evidence",
            icon=":material/arrow_forward:",
            query_params={"run": one.run_id},
        )
