"""The newest runs in a few lines: what each is, how it ended, and where it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import escape
from pages._runs.link import find_page
from pages._runs.text import ICONS, KINDS, STATUSES, name_run

if TYPE_CHECKING:
    from pipeline.runs.records import Run

MOST_RECENT = 5


def show_recent_runs(runs: Sequence[Run]) -> None:
    """The newest runs with their verdict, each with a link; nothing where nothing has run."""
    if not runs:
        return
    st.subheader("Recent runs")
    with st.container(border=True, key="recent_runs"):
        for run in runs[:MOST_RECENT]:
            _show(run)
        st.page_link("runs.py", label="All runs", icon=":material/list_alt:")


def _show(run: Run) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"{ICONS[run.status]} **{KINDS[run.kind]}: {escape(name_run(run))}** · {_tell_end(run)}",
            width="stretch",
        )
        st.page_link(
            find_page(run), label="Open", icon=":material/open_in_new:", query_params={"run": run.id}
        )


def _tell_end(run: Run) -> str:
    verdict = f", verdict {run.verdict}" if run.verdict else ""
    quality = "" if run.figure.score is None else f", quality {run.figure.shortly}"
    return escape(f"{STATUSES[run.status]}{verdict}{quality} · {run.created_at:%Y-%m-%d %H:%M} UTC")
