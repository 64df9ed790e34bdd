"""The list of runs: filters, pages of cards, live while something is running."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from pages._runs.card import show_card
from pages._runs.text import KINDS, STATUSES
from pages._server.services import get_actor, open_workbench
from pages._server.tab import redraw
from pipeline.access.accounts import AccountRole, normalize_name
from pipeline.runs.states import RunKind, RunStatus

if TYPE_CHECKING:
    from pipeline.runs.records import Run
    from pipeline.workbench.workbench import Workbench

POLL_S = 2.0
PAGE_RUNS = 10
MOST_RUNS = 500


def ask_filter(workbench: Workbench) -> dict[str, Any]:
    """Which runs are wanted, as arguments of `list_runs`."""
    is_admin = get_actor().role is AccountRole.ADMIN
    places = st.columns(4 if is_admin else 3)
    names = [dataset.name for dataset in workbench.datasets.list()]
    names += [schema.name for schema in workbench.related.list()]
    wanted = {
        "kind": places[0].selectbox(
            "Kind", list(RunKind), None, key="runs_kind", format_func=KINDS.__getitem__, placeholder="any"
        ),
        "status": places[1].selectbox(
            "Status",
            list(RunStatus),
            None,
            key="runs_status",
            format_func=STATUSES.__getitem__,
            placeholder="any",
        ),
        "dataset": places[2].selectbox("Dataset", names, None, key="runs_dataset", placeholder="any"),
    }
    if is_admin:
        owner = places[3].text_input("Owner", key="runs_owner", placeholder="user name, empty for all")
        wanted["owner"] = normalize_name(owner) or None
    return wanted


def show_runs(wanted: dict[str, Any]) -> None:
    """The runs that match; looked up again every few seconds while one of them is running."""
    runs = open_workbench().runs.list(**wanted, limit=MOST_RUNS)
    is_live = any(not run.status.is_final for run in runs)
    st.fragment(_show_pages, run_every=POLL_S if is_live else None)(wanted, is_live)


def _show_pages(wanted: dict[str, Any], is_live: bool) -> None:
    workbench = open_workbench()
    runs = workbench.runs.list(**wanted, limit=MOST_RUNS)
    if is_live and all(run.status.is_final for run in runs):
        redraw()
    if not runs:
        _show_nothing(any(wanted.values()))
        return
    shown = _turn_page(runs)
    with st.container(key="run_list"):
        for run in shown:
            show_card(workbench, run)


def _turn_page(runs: tuple[Run, ...]) -> tuple[Run, ...]:
    going = sum(not run.status.is_final for run in runs)
    count = f"the newest {len(runs):,}" if len(runs) == MOST_RUNS else f"{len(runs):,}"
    st.caption(f"{count} runs, the newest first; {going:,} waiting or running.")
    pages = -(-len(runs) // PAGE_RUNS)
    if pages == 1:
        return runs
    # A key for each number of pages: a filter may leave fewer than the page that was open.
    number = st.number_input(f"Page, 1 to {pages}", 1, pages, key=f"runs_page_of_{pages}")
    return runs[(number - 1) * PAGE_RUNS : number * PAGE_RUNS]


def _show_nothing(is_filtered: bool) -> None:
    if is_filtered:
        st.info("No run matches. Change the filters.", icon=":material/filter_alt_off:")
        return
    st.info("Nothing has run yet.", icon=":material/list_alt:")
    if get_actor().role.includes(AccountRole.ANALYST):
        st.page_link("generate.py", label="Generate a table", icon=":material/arrow_forward:")
        st.page_link("train.py", label="Train a model", icon=":material/arrow_forward:")
