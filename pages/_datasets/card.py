"""One dataset: what it is, its columns, and the way to remove it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages._datasets.columns import show_columns
from pages._datasets.rules import show_rules
from pages._errors import escape, show_error
from pages._server.services import may_order, open_workbench
from pages._sharing.requirement import offer_requirement
from pipeline.access.accounts import AccountRole
from pipeline.datasets.source import list_findings
from pipeline.errors import WorkbenchError

if TYPE_CHECKING:
    from pipeline.datasets.spec import DatasetSpec
    from pipeline.workbench.workbench import Workbench

_REMOVED, _REFUSED = "removed_dataset", "remove_refused"


def show_removed() -> None:
    """Say which dataset was removed last, or why it was not."""
    if removed := st.session_state.pop(_REMOVED, None):
        st.success(f"{escape(removed)} was removed.", icon=":material/check:")
    if refused := st.session_state.pop(_REFUSED, None):
        show_error(refused)


def show_dataset(workbench: Workbench, dataset: DatasetSpec) -> None:
    """A dataset under its title; its columns are read when it is opened."""
    origin = "built in" if dataset.is_builtin else "registered"
    columns = "1 column" if len(dataset.columns) == 1 else f"{len(dataset.columns)} columns"
    label = f"**{escape(dataset.title)}** · {dataset.name} · {columns}, {origin}"
    box = st.expander(label, icon=":material/database:", key=f"dataset_{dataset.name}", on_change="rerun")
    if not box.open:
        return
    with box:
        st.write(escape(dataset.description))
        st.caption(
            f"Sample as of {dataset.as_of.isoformat()}; {dataset.holdout_fraction:.0%} of its rows are held "
            "out from training. Only the structure is shown here, never a value."
        )
        if findings := list_findings(dataset.source):
            st.caption(f"When its file was read: {escape(' '.join(findings))}")
        if may_order():
            _link_orders(dataset.name)
        offer_requirement(workbench, dataset.name)
        show_columns(workbench, dataset)
        show_rules(workbench, dataset)
        if not dataset.is_builtin and may_order():
            _offer_removal(dataset)


def _link_orders(name: str) -> None:
    """What a dataset is there for: the ways to a table and to a model of it."""
    with st.container(horizontal=True, key=f"orders_of_{name}"):
        query = {"dataset": name}
        st.page_link(
            "generate.py", label="Generate a table", icon=":material/table_chart:", query_params=query
        )
        st.page_link("train.py", label="Train a model", icon=":material/model_training:", query_params=query)


def _offer_removal(dataset: DatasetSpec) -> None:
    with st.popover("Remove", icon=":material/delete:", key=f"ask_remove_{dataset.name}"):
        st.write(f"Remove {escape(dataset.title)} and its sample for good?")
        st.button(
            "Yes, remove",
            key=f"remove_{dataset.name}",
            type="primary",
            on_click=_remove,
            args=(dataset.name, dataset.title),
        )


def _remove(name: str, title: str) -> None:
    # A callback runs before the page and its gate.
    try:
        open_workbench(AccountRole.ANALYST).datasets.remove(name)
    except WorkbenchError as error:
        st.session_state[_REFUSED] = error
        return
    st.session_state[_REMOVED] = title
