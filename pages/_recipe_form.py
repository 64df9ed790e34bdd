"""How a table's model is chosen: one that is trained already, or a recipe to train."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from pipeline.evaluation.score_text import format_score
from pipeline.run_orders import RunOrder
from pipeline.store.run_states import RunKind, RunStatus
from pipeline.synthesizers.recipe import Recipe, count_epochs

if TYPE_CHECKING:
    from pipeline.dataset import DatasetSpec
    from pipeline.store.run_records import Run
    from pipeline.workbench import Workbench

HMA_CHOICES = {"As usual: before ctgan only": None, "Yes": True, "No": False}
_NEW = "By the settings under Training"


def ask_recipe(
    workbench: Workbench, dataset: DatasetSpec, last: dict[str, Any], prefix: str = ""
) -> tuple[Recipe, dict[str, Any]]:
    """The recipe that is chosen, and the choices, which fill the form next time; widgets for a form."""
    trained = {run.id: run for run in _list_trained(workbench, dataset)}
    wanted = st.query_params.get("model", last.get("model", ""))
    options = ["", *trained]
    model = st.selectbox(
        "Model",
        options,
        options.index(wanted) if wanted in trained else 0,
        key=f"{prefix}model_{dataset.name}",
        format_func=lambda run_id: _name_model(trained.get(run_id)),
        help="One that the Train page has trained, with all of its settings, or one by the settings below.",
    )
    with st.expander("Training", icon=":material/tune:"):
        choices = _ask_settings(workbench, last.get("recipe", {}), prefix)
    # The choice may have been trained by a version that wrote orders differently.
    chosen = RunOrder.from_plain(trained[model].order).recipe if model else None
    return chosen or workbench.default_recipe(**choices), {"recipe": choices, "model": model}


def _ask_settings(workbench: Workbench, last: dict[str, Any], prefix: str) -> dict[str, Any]:
    defaults = workbench.default_recipe(**last)
    names = workbench.list_synthesizers()
    columns = st.columns(3)
    synthesizer = columns[0].selectbox(
        "Synthesizer", names, names.index(defaults.synthesizer), key=f"{prefix}synthesizer"
    )
    epochs = columns[1].number_input("Epochs", 1, 10_000, defaults.epochs, key=f"{prefix}epochs")
    seed = columns[2].number_input(
        "Seed of the training", 0, 2**31 - 1, defaults.seed, key=f"{prefix}training_seed"
    )
    choice = st.selectbox(
        "HMA first: train on its initial synthetic data instead of the real rows",
        list(HMA_CHOICES),
        list(HMA_CHOICES.values()).index(last.get("use_hma")),
        key=f"{prefix}use_hma",
        help="The stage keeps the real rows away from the synthesizer, and costs some quality.",
    )
    return {"synthesizer": synthesizer, "epochs": epochs, "seed": seed, "use_hma": HMA_CHOICES[choice]}


def _list_trained(workbench: Workbench, dataset: DatasetSpec) -> tuple[Run, ...]:
    return workbench.list_runs(kind=RunKind.TRAIN, status=RunStatus.DONE, dataset=dataset.name, limit=50)


def _name_model(run: Run | None) -> str:
    if run is None:
        return _NEW
    recipe = run.order.get("recipe") or {}
    quality = f", quality {format_score(run.quality)} (0–1)" if run.quality is not None else ""
    return (
        f"{recipe.get('synthesizer')}, {count_epochs(recipe.get('epochs') or 0)}{quality}, run {run.id[:6]}"
    )
