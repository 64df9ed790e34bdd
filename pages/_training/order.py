"""Which trainings a page is about, and how new ones are sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import escape
from pages._runs.code import LABEL, show_code
from pages._runs.link import find_linked_run
from pages._server.orders import try_order
from pages._server.services import get_actor
from pages._training.charts import add_to_curves
from pages._training.filling import list_unasked
from pages._training.form import fill_training, plan_best, read_training
from pipeline.errors import WorkbenchError
from pipeline.runs.orders import TrainOrder, find_recipe
from pipeline.runs.states import RunKind
from pipeline.synthesizers.recipe import name_recipe
from pipeline.workbench.sweep_code import write_sweep_code
from pipeline.workbench.sweeps import find_training

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from pipeline.runs.records import Run
    from pipeline.synthesizers.recipe import Recipe
    from pipeline.workbench.workbench import Workbench


_SENT, _KNOWN = "trainings_sent", "trainings_known"


def find_linked_training(workbench: Workbench) -> Run | None:
    """The training of the link that led here, or None."""
    linked = find_linked_run(workbench)
    return linked if linked is not None and linked.kind is RunKind.TRAIN else None


def find_latest_dataset(workbench: Workbench) -> str:
    """The dataset that the account has trained last, or nothing."""
    runs = workbench.runs.list(kind=RunKind.TRAIN, owner=get_actor().name, limit=1)
    return runs[0].dataset if runs else ""


def place_form(workbench: Workbench, dataset: str, linked: Run | None) -> DeltaGenerator:
    """Where the form stands: folded to one line once the dataset has trainings, which the page is about."""
    key = _name_box(dataset)
    if key not in st.session_state:
        # Streamlit drops the state of what it has left: the page was just opened, or its dataset chosen.
        trained = workbench.runs.list(kind=RunKind.TRAIN, dataset=dataset, limit=1)
        st.session_state[key] = linked is None and not trained
    return st.expander("Settings of a new training", icon=":material/tune:", key=key, on_change="rerun")


def order_trainings(dataset: str) -> None:
    """Queue the training that the form asks for, or a sweep of several; a callback."""
    try_order(lambda workbench: _send(workbench, dataset, read_training(workbench, dataset)))


def order_best(dataset: str) -> None:
    """Queue the training that looks for the best recipe; a callback."""

    def order(workbench: Workbench) -> None:
        _send(workbench, dataset, (plan_best(workbench, dataset),))

    try_order(order)


def offer_training_code(workbench: Workbench, dataset: str) -> None:
    """The trainings that the form asks for as code, all in one piece; it follows the form."""
    try:
        recipes = read_training(workbench, dataset)
    except WorkbenchError:
        return
    label = LABEL if len(recipes) == 1 else f"{LABEL}: {len(recipes)} trainings"
    with st.container(key="training_code"):
        show_code(write_sweep_code(dataset, recipes), "training", label)


def fill_training_form(workbench: Workbench, run: Run) -> list[str]:
    """Have the form show the order of a run, with its whole sweep; gives what it has no fields for."""
    runs = workbench.runs.list(kind=RunKind.TRAIN, dataset=run.dataset)
    together = [one for one in reversed(runs) if run.group and one.group == run.group] or [run]
    recipes = [recipe for one in together if (recipe := find_recipe(one.order))]
    if not recipes:
        return []
    fill_training(run.dataset, *recipes)
    st.session_state["chosen_dataset"], st.session_state[_name_box(run.dataset)] = run.dataset, True
    default = workbench.models.default_recipe(run.dataset)
    return list_unasked(recipes[0], default)


def show_sent_trainings() -> None:
    """Put the dataset of what was just ordered into the address, for a reload; say what was not trained."""
    if dataset := st.session_state.pop(_SENT, None):
        st.query_params.from_dict({"dataset": dataset})
    if known := st.session_state.pop(_KNOWN, None):
        st.info(
            escape(
                f"Not trained again, since it is the same training: {'; '.join(known)}. It is shown below."
            ),
            icon=":material/history:",
        )


def show_linked_curves() -> None:
    """Draw the curves of the trainings that the address names, and take them out of it."""
    if linked := st.query_params.get("compare"):
        add_to_curves(linked.split(","), alone=True)
        del st.query_params["compare"]


def _name_box(dataset: str) -> str:
    return f"training_box_{dataset}"


def _send(workbench: Workbench, dataset: str, recipes: Sequence[Recipe]) -> None:
    known = {recipe: run for recipe in recipes if (run := find_training(workbench, dataset, recipe))}
    new = [recipe for recipe in recipes if recipe not in known]
    runs: tuple[Run, ...] = ()
    if len(new) == 1:
        runs = (workbench.runs.submit(TrainOrder(dataset, new[0])),)
    elif new:
        runs = workbench.runs.submit_sweep(dataset, new)
    add_to_curves([run.id for run in (*runs, *known.values())])
    st.session_state[_SENT], st.session_state[_name_box(dataset)] = dataset, False
    st.session_state[_KNOWN] = [f"{name_recipe(recipe)} (run {run.id[:6]})" for recipe, run in known.items()]
