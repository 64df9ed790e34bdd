"""The list of runs: filters, what is live, and a table to select from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from pages._filters import Wanted, ask_wanted
from pages._runs.chosen import show_chosen
from pages._runs.link import find_linked_run
from pages._runs.live import forget_ended, show_live_runs
from pages._runs.table import select_runs
from pages._runs.text import KINDS, STATUSES, matches
from pages._server.services import get_actor, may_order
from pipeline.access.accounts import AccountRole, normalize_name
from pipeline.runs.states import RunKind, RunStatus

if TYPE_CHECKING:
    from pipeline.runs.records import Run
    from pipeline.workbench.workbench import Workbench

MOST_RUNS = 500


def ask_filter(workbench: Workbench) -> Wanted:
    """Ask which runs are wanted: arguments of `runs.list`, and words of their names."""
    if "runs_kind" not in st.session_state:
        # The page was just opened: Streamlit drops the state of widgets that it has left.
        forget_ended()
    names = [dataset.name for dataset in workbench.datasets.list()]
    names += [schema.name for schema in workbench.related.list()]
    choices: dict[str, tuple[list[Any], Any]] = {
        "kind": (list(RunKind), KINDS.__getitem__),
        "status": (list(RunStatus), STATUSES.__getitem__),
        "dataset": (names, str),
        "tag": (list(workbench.labels.list_tags()), str),
    }
    wanted = ask_wanted("runs", choices, ("owner",) if get_actor().role is AccountRole.ADMIN else ())
    if owner := wanted.filters.get("owner"):
        wanted.filters["owner"] = normalize_name(owner) or None
    return wanted


def show_runs(workbench: Workbench, wanted: Wanted) -> None:
    """Live runs with their progress, all that match as a table, and what is selected of them."""
    runs = [
        run for run in workbench.runs.list(**wanted.filters, limit=MOST_RUNS) if matches(run, wanted.text)
    ]
    linked = find_linked_run(workbench)
    top = st.container()
    chosen = _select(runs) if runs else []
    with top:
        # Above the table, which says whether something is selected.
        shown = show_live_runs(workbench, wanted.filters, keep_ended=not chosen)
    if not runs:
        _show_nothing(wanted.is_narrow)
    show_chosen(workbench, chosen or ([linked] if linked else []), shown)


def _select(runs: Sequence[Run]) -> list[Run]:
    going = sum(not run.status.is_final for run in runs)
    count = "1 run" if len(runs) == 1 else f"{len(runs):,} runs, the newest first"
    limit = "; older ones are left out" if len(runs) == MOST_RUNS else ""
    st.caption(
        f"{count}; {going:,} waiting or running{limit}. Select a row to open it, several to compare"
        f"{' or delete' if may_order() else ''} them; select a column header to sort."
    )
    return select_runs(runs)


def _show_nothing(is_filtered: bool) -> None:
    if is_filtered:
        st.info("No run matches. Change the filters.", icon=":material/filter_alt_off:")
        return
    way = "" if may_order() else " Runs of others appear here once they are shared with you."
    st.info(f"Nothing has run yet.{way}", icon=":material/list_alt:")
    if may_order():
        st.page_link("generate.py", label="Generate a table", icon=":material/arrow_forward:")
        st.page_link("train.py", label="Train a model", icon=":material/arrow_forward:")
