"""The runs that wait or are running, with their progress: looked up again every few seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from pages._runs.card import show_card
from pages._server.services import open_workbench
from pages._server.tab import redraw
from pipeline.errors import NotFoundError
from pipeline.runs.states import RunStatus

if TYPE_CHECKING:
    from pipeline.runs.records import Run
    from pipeline.workbench.workbench import Workbench

POLL_S = 2.0
MOST_LIVE = 5
_WATCHED = "watched_runs"


def show_live_runs(workbench: Workbench, wanted: Mapping[str, Any], keep_ended: bool) -> set[str]:
    """Cards of the newest live runs, and of those that ended before these eyes; gives the ids of all."""
    live = _list_live(workbench, wanted)
    kept = [one for one in st.session_state.get(_WATCHED, []) if keep_ended]
    shown = list(dict.fromkeys([*(run.id for run in live[:MOST_LIVE]), *kept]))[: 2 * MOST_LIVE]
    st.session_state[_WATCHED] = shown
    if shown:
        is_live = bool(live)
        st.fragment(_show, run_every=POLL_S if is_live else None)(wanted, shown, {run.id for run in live})
    return set(shown)


def forget_ended() -> None:
    """Show no run any more that has ended since the page was opened."""
    st.session_state.pop(_WATCHED, None)


def _show(wanted: Mapping[str, Any], shown: Sequence[str], drawn: set[str]) -> None:
    """The cards; the page is drawn again once another run is live, so that its table follows."""
    workbench = open_workbench()
    live = _list_live(workbench, wanted) if drawn else []
    if {run.id for run in live} != drawn:
        redraw()
    with st.container(key="live_runs"):
        for run_id in shown:
            if run := _find(workbench, run_id):
                show_card(workbench, run, is_brief=True)


def _find(workbench: Workbench, run_id: str) -> Run | None:
    try:
        return workbench.runs.get(run_id)
    except NotFoundError:
        # It was deleted meanwhile.
        return None


def _list_live(workbench: Workbench, wanted: Mapping[str, Any]) -> list[Run]:
    """Running ones first, then those that wait, the newest first."""
    about: dict[str, Any] = {name: wanted.get(name) for name in ("kind", "dataset", "owner")}
    statuses = (RunStatus.RUNNING, RunStatus.QUEUED)
    return [run for status in statuses for run in workbench.runs.list(**about, status=status)]
