"""The form with which a table is ordered; what was sent last is what it shows after a page switch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import streamlit as st

from pages._errors import escape
from pages._order.model_form import ask_model, fill_model, keep_model, read_model
from pages._order.shares_form import ask_shares, fill_shares, keep_shares, read_shares
from pages._recipes.saving import offer_saving
from pages._runs.code import offer_code
from pages._runs.duration import show_estimate
from pipeline.datasets.spec import DatasetSpec
from pipeline.errors import WorkbenchError
from pipeline.generation.orders import GenerateOrder

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.delta_generator import DeltaGenerator

    from pipeline.runs.records import Run
    from pipeline.workbench.workbench import Workbench

_LAST = "last_order"


def choose_dataset(datasets: tuple[DatasetSpec, ...], before: str, asked: str | None = None) -> DatasetSpec:
    """The dataset that is chosen: by the link that led here or `asked`, else in this tab, else `before`."""
    names = [dataset.name for dataset in datasets]
    linked = st.query_params.get("dataset", asked)
    if linked is not None and linked not in names:
        st.warning(f"The link asks for a dataset {escape(linked)}, which does not exist.")
    wanted = linked if linked in names else st.session_state.get("chosen_dataset", before)
    index = names.index(wanted) if wanted in names else 0
    titles = {dataset.name: dataset.title for dataset in datasets}
    chosen = st.selectbox("Dataset", names, index, format_func=titles.__getitem__, key="dataset")
    st.session_state["chosen_dataset"] = chosen
    dataset = datasets[names.index(chosen)]
    st.caption(escape(dataset.description))
    return dataset


def ask_order(workbench: Workbench, dataset: DatasetSpec, send: Callable[[DatasetSpec], None]) -> None:
    """Show the form of a table; `send` is the callback of its button, and reads the form by `read_order`.

    It is no `st.form`, so that the estimate of time is that of the settings that stand there.
    """
    last = st.session_state.get(_LAST, {})
    limits = workbench.settings.rows
    with st.container(border=True, key="order"):
        columns = st.columns(3)
        columns[0].number_input(
            f"Rows, {limits.minimum:,}–{limits.maximum:,}",
            limits.minimum,
            limits.maximum,
            last.get("rows", limits.minimum),
            step=1_000,
            key="rows",
        )
        ask_seed_and_date(columns[1:], last)
        ask_shares(workbench, dataset)
        ask_model(workbench, dataset)
        with st.container(horizontal=True, vertical_alignment="center", key="order_send"):
            st.button(
                "Generate",
                key="generate",
                type="primary",
                icon=":material/play_arrow:",
                on_click=send,
                args=(dataset,),
            )
            _show_order(workbench, dataset)


def read_order(workbench: Workbench, dataset: DatasetSpec) -> GenerateOrder:
    """What the form asks for; WorkbenchError where its settings contradict each other."""
    state = st.session_state
    rows, seed, as_of = (state[key] for key in ("rows", "seed", "as_of"))
    chosen = read_model(workbench, dataset)
    shares = read_shares(workbench, dataset)
    return GenerateOrder(dataset.name, rows, chosen.recipe, seed, as_of, shares, model=chosen.model)


def keep_order(dataset: DatasetSpec) -> None:
    """Show what the form asks for when it is drawn next, whether it is refused or not."""
    st.session_state[_LAST] = {name: st.session_state[name] for name in ("rows", "seed", "as_of")}
    keep_shares(dataset)
    keep_model(dataset)


def fill_order(workbench: Workbench, dataset: DatasetSpec, run: Run, order: GenerateOrder) -> list[str]:
    """Have the form show the order of a run when it is drawn next; gives what it has no fields for."""
    limits = workbench.settings.rows
    rows = min(max(order.rows, limits.minimum), limits.maximum)
    st.session_state[_LAST] = {"rows": rows, "seed": order.seed, "as_of": order.as_of or date.today()}
    st.session_state["chosen_dataset"] = dataset.name
    fill_model(workbench, run)
    return [f"the shares of {one}" for one in fill_shares(workbench, dataset, order.shares or {})]


def ask_seed_and_date(
    places: Sequence[DeltaGenerator], last: Mapping[str, Any], prefix: str = ""
) -> tuple[int, date]:
    """The seed of the rows, and the day from which ages and expiries count."""
    seed = places[0].number_input(
        "Seed of the rows",
        0,
        2**31 - 1,
        last.get("seed", 0),
        key=f"{prefix}seed",
        help="The same seed, the same rows.",
    )
    as_of = places[1].date_input(
        "As of",
        last.get("as_of", date.today()),
        key=f"{prefix}as_of",
        format="YYYY-MM-DD",
        help="Ages and expiries count from this day.",
    )
    return seed, as_of


def _show_order(workbench: Workbench, dataset: DatasetSpec) -> None:
    """The order of the settings that stand there, as code, and how long it takes."""
    try:
        order = read_order(workbench, dataset)
    except WorkbenchError:
        # Settings that contradict each other are refused, in words, when the form is sent.
        return
    offer_code(order, "order")
    offer_saving("table", lambda workbench: read_model(workbench, dataset).recipe)
    show_estimate(lambda: workbench.runs.estimate(order))
