"""The form with which a table is ordered; what was sent last is what it shows after a page switch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import streamlit as st

from pages._errors import escape
from pages._order.recipe_form import ask_model, settle_model
from pipeline.datasets.spec import DatasetSpec, ModelledType, Role
from pipeline.generation.orders import GenerateOrder

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from pipeline.workbench.workbench import Workbench

_LAST = "last_order"
_SHARED_KINDS = (ModelledType.CATEGORICAL, ModelledType.BOOLEAN)


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


def ask_order(workbench: Workbench, dataset: DatasetSpec) -> GenerateOrder | None:
    """Show the form of a table; the order once it is sent, None until then."""
    last = st.session_state.get(_LAST, {})
    limits = workbench.settings.rows
    with st.form("order", border=True):
        columns = st.columns(3)
        rows = columns[0].number_input(
            f"Rows, {limits.minimum:,}–{limits.maximum:,}",
            limits.minimum,
            limits.maximum,
            last.get("rows", limits.minimum),
            step=1_000,
            key="rows",
        )
        seed, as_of = ask_seed_and_date(columns[1:], last)
        shares = {**_ask_shares(dataset), **_ask_another_share(dataset)}
        asked = ask_model(workbench, dataset)
        is_sent = st.form_submit_button(
            "Generate", key="generate", type="primary", icon=":material/play_arrow:"
        )
    if not is_sent:
        return None
    st.session_state[_LAST] = {"rows": rows, "seed": seed, "as_of": as_of}
    if (chosen := settle_model(workbench, dataset, asked)) is None:
        return None
    return GenerateOrder(dataset.name, rows, chosen.recipe, seed, as_of, shares, model=chosen.model)


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


def _ask_shares(dataset: DatasetSpec) -> dict[str, dict[str, float]]:
    shares = {}
    for column, defaults in dataset.shares.items():
        places = st.columns(max(len(defaults), 3))
        shares[column] = {
            category: place.number_input(
                f"{column}: {category}, % of rows",
                0.0,
                100.0,
                round(share * 100, 2),
                step=5.0,
                format="%.1f",
                key=f"share_{dataset.name}_{column}_{category}",
            )
            / 100
            for place, (category, share) in zip(places, defaults.items(), strict=False)
        }
    return shares


def _ask_another_share(dataset: DatasetSpec) -> dict[str, dict[str, float]]:
    """The share of one category, of any categorical column that has no shares of its own."""
    names = [
        column.name
        for column in dataset.columns
        if column.role is Role.MODELLED and column.kind in _SHARED_KINDS and column.name not in dataset.shares
    ]
    if not names:
        return {}
    places = st.columns(3)
    key = f"another_share_{dataset.name}"
    column = places[0].selectbox(
        "Share of another column" if dataset.shares else "Share of a column",
        names,
        None,
        key=f"{key}_column",
        placeholder="None",
        help="The other categories of the column keep their proportions.",
    )
    category = places[1].text_input("Its category", key=f"{key}_category").strip()
    percent = places[2].number_input(
        "That category, % of rows", 0.0, 100.0, 50.0, step=5.0, format="%.1f", key=f"{key}_percent"
    )
    # Without a category the order is refused with those that there are.
    return {column: {category: percent / 100}} if column else {}
