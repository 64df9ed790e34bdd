"""The form with which a table is ordered; what was sent last is what it shows after a page switch."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import streamlit as st

from pages._errors import escape
from pipeline.dataset import DatasetSpec
from pipeline.requests import GenerateRequest

if TYPE_CHECKING:
    from pipeline.workbench import Workbench

_LAST, _SENT = "last_order", "order_sent"
_HMA_CHOICES = {"As usual: before ctgan only": None, "Yes": True, "No": False}


def choose_dataset(datasets: tuple[DatasetSpec, ...], before: str) -> DatasetSpec:
    """The dataset that is chosen: by the link that led here, else in this tab, else `before`."""
    names = [dataset.name for dataset in datasets]
    linked = st.query_params.get("dataset")
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


def take_click() -> bool:
    """Whether Generate was pressed since this was last asked.

    Streamlit drops the click of a button that is drawn disabled, as it is where another tab has begun a
    run; the order would vanish without a word.
    """
    return bool(st.session_state.pop(_SENT, False))


def ask_order(
    workbench: Workbench, dataset: DatasetSpec, is_sent: bool, is_running: bool
) -> GenerateRequest | None:
    """Show the form; the order once it is sent, None until then."""
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
        seed = columns[1].number_input(
            "Seed of the rows",
            0,
            2**31 - 1,
            last.get("seed", 0),
            key="seed",
            help="The same seed, the same rows.",
        )
        as_of = columns[2].date_input(
            "As of",
            last.get("as_of", date.today()),
            key="as_of",
            help="Ages and expiries count from this day.",
        )
        shares = _ask_shares(dataset)
        with st.expander("Training", icon=":material/tune:"):
            recipe = _ask_recipe(workbench, last.get("recipe", {}))
        st.form_submit_button(
            "Generate",
            key="generate",
            type="primary",
            icon=":material/play_arrow:",
            disabled=is_running,
            on_click=lambda: st.session_state.update({_SENT: True}),
        )
    if not is_sent:
        return None
    st.session_state[_LAST] = {"rows": rows, "seed": seed, "as_of": as_of, "recipe": recipe}
    return GenerateRequest(dataset.name, rows, workbench.default_recipe(**recipe), seed, as_of, shares)


def _ask_recipe(workbench: Workbench, last: dict[str, Any]) -> dict[str, Any]:
    defaults = workbench.default_recipe(**last)
    names = workbench.list_synthesizers()
    columns = st.columns(3)
    synthesizer = columns[0].selectbox(
        "Synthesizer", names, names.index(defaults.synthesizer), key="synthesizer"
    )
    epochs = columns[1].number_input("Epochs", 1, 10_000, defaults.epochs, key="epochs")
    seed = columns[2].number_input("Seed of the training", 0, 2**31 - 1, defaults.seed, key="training_seed")
    choice = st.selectbox(
        "HMA first: train on its initial synthetic data instead of the real rows",
        list(_HMA_CHOICES),
        list(_HMA_CHOICES.values()).index(last.get("use_hma")),
        key="use_hma",
        help="The stage keeps the real rows away from the synthesizer, and costs some quality.",
    )
    return {"synthesizer": synthesizer, "epochs": epochs, "seed": seed, "use_hma": _HMA_CHOICES[choice]}


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
