"""How orders of tables are sent, by callbacks, and what their page says of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from pages._order.bulk_form import keep_bulk_order, read_bulk_order
from pages._order.table_form import keep_order, read_order
from pages._server.orders import try_order
from pages._server.services import get_actor
from pipeline.generation.orders import BulkOrder, GenerateOrder, RelatedBulkOrder, RelatedOrder
from pipeline.runs.states import RunKind

if TYPE_CHECKING:
    from pipeline.datasets.spec import DatasetSpec
    from pipeline.runs.orders import Order, UnknownOrder
    from pipeline.runs.records import Run
    from pipeline.workbench.workbench import Workbench

_SENT, _FIRST = "run_sent", "first_form"


def order_table(dataset: DatasetSpec) -> None:
    """Queue the table that the form asks for, once, and fold the form; a callback."""

    def order(workbench: Workbench) -> None:
        note_sent(queue_once(workbench, read_order(workbench, dataset)))

    keep_order(dataset)
    try_order(order)


def order_bulk(dataset: DatasetSpec) -> None:
    """Queue the large table that its form asks for, once; a callback."""

    def order(workbench: Workbench) -> None:
        note_sent(queue_once(workbench, read_bulk_order(workbench, dataset)))

    keep_bulk_order(dataset)
    try_order(order)


def note_sent(run: Run) -> None:
    """Have the page of an order fold its form, and put the run into its address."""
    st.session_state[_name_followed(run.kind)] = run.id
    st.session_state[_name_open(run.kind)] = False
    st.session_state[_SENT], st.session_state[_FIRST] = run.id, run.kind


def show_sent() -> None:
    """Put what was just ordered into the address, so that a reload shows it again."""
    if run_id := st.session_state.pop(_SENT, None):
        st.query_params.from_dict({"run": run_id})


def is_folded(run: Run | None) -> bool:
    """Whether the form has made way for the run that the page is about."""
    if run is None or st.session_state.get(_name_open(run.kind)) in (True, run.id):
        return False
    if {"dataset", "model"} & set(st.query_params):
        return False
    is_asked_for = run.id in (st.query_params.get("run"), st.session_state.get(_name_followed(run.kind)))
    return is_asked_for or not run.status.is_final


def open_form(kind: RunKind, run_id: str = "") -> None:
    """Show the form of a kind of runs again where the page is about a run, or whatever was ordered."""
    st.session_state[_name_open(kind)] = run_id or True
    st.session_state[_FIRST] = kind


def find_first_form() -> RunKind | None:
    """The kind of runs whose order was sent, or filled in, last."""
    kind: RunKind | None = st.session_state.get(_FIRST)
    return kind


def _name_open(kind: RunKind) -> str:
    return f"is_form_open_{kind}"


def _name_followed(kind: RunKind) -> str:
    """Where a tab keeps the id of the run that was ordered in it last."""
    return f"followed_{kind}"


def queue_once(workbench: Workbench, order: Order) -> Run:
    """The run of an order: the newest one of the account if it does the same and is not over."""
    kind, owner = RunKind(order.kind), get_actor().name
    newest = next(iter(workbench.runs.list(kind=kind, owner=owner, limit=1)), None)
    is_same = newest is not None and newest.order == _settle(order, newest.order)
    return newest if newest and is_same and not newest.status.is_final else workbench.runs.submit(order)


def _settle(order: Order, sent: Order | UnknownOrder) -> Order:
    """The order with what was decided when the other was submitted: its folder, how identities are made."""
    if isinstance(order, BulkOrder) and isinstance(sent, BulkOrder):
        return replace(order, out=sent.out, part_rows=sent.part_rows)
    if isinstance(order, RelatedBulkOrder) and isinstance(sent, RelatedBulkOrder):
        return replace(order, out=sent.out, identity=sent.identity)
    if isinstance(order, GenerateOrder) and isinstance(sent, GenerateOrder):
        return replace(order, identity=sent.identity)
    if isinstance(order, RelatedOrder) and isinstance(sent, RelatedOrder):
        return replace(order, identity=sent.identity)
    return order
